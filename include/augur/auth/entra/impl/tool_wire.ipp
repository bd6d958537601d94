#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/impl/wire_support.ipp>
#include <augur/codec/base64.hpp>
#include <augur/core/error_details.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// What the developer tools are asked and what they print. Pure.

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// Checked: every text may be an argument.
struct tool_request
{
    std::string scope;
    std::string tenant;       ///< empty: the tool's own
    std::string subscription; ///< the same
    std::string claims;       ///< base64; empty: none
};

/// A tool that cannot pass claims on: a person must.
inline error sign_in_again(std::string_view tool, std::string command)
{
    error_details said;
    said.message = std::string(tool) + " cannot pass claims on; run: " + std::move(command);
    return error(make_error_code(errc::interaction), phase::auth, outcome::not_sent, std::move(said));
}

inline result<std::vector<std::string>> cli_arguments(tool_request const& what)
{
    if (!what.claims.empty())
        return sign_in_again("Azure CLI", "az login --claims-challenge " + what.claims + " --scope " + what.scope);
    std::vector<std::string> out{"account", "get-access-token", "--output",
                                 "json",    "--resource",       resource_of(what.scope)};
    if (!what.tenant.empty())
        out.insert(out.end(), {"--tenant", what.tenant});
    if (!what.subscription.empty())
        out.insert(out.end(), {"--subscription", what.subscription});
    return out;
}

inline result<std::vector<std::string>> developer_arguments(tool_request const& what)
{
    std::vector<std::string> out{"auth", "token", "--output", "json", "--no-prompt", "--scope", what.scope};
    if (!what.tenant.empty())
        out.insert(out.end(), {"--tenant-id", what.tenant});
    if (!what.claims.empty())
        out.insert(out.end(), {"--claims", what.claims});
    return out;
}

/// UTF-16LE in base64, as -EncodedCommand wants it; the script is ASCII.
inline std::string encoded_command(std::string_view script)
{
    std::string wide;
    for (char const c : script)
        (wide += c) += '\0';
    return codec::base64_encode(wide);
}

inline result<std::vector<std::string>> powershell_arguments(tool_request const& what)
{
    if (!what.claims.empty())
        return sign_in_again("Azure PowerShell", "Connect-AzAccount -ClaimsChallenge " + what.claims);
    std::string script = "$ErrorActionPreference = 'Stop'\n"
                         "Import-Module Az.Accounts -MinimumVersion 2.2.0\n"
                         "$t = Get-AzAccessToken -ResourceUrl '" +
                         resource_of(what.scope) + "'";
    if (!what.tenant.empty())
        script += " -TenantId '" + what.tenant + "'";
    // Newer modules give a SecureString.
    script += "\n$v = $t.Token\n"
              "if ($v -is [System.Security.SecureString]) "
              "{ $v = [System.Net.NetworkCredential]::new('', $v).Password }\n"
              "@{ token = $v; expires_on = $t.ExpiresOn.ToUnixTimeSeconds() } | ConvertTo-Json -Compress\n";
    return std::vector<std::string>{"-NoProfile", "-NonInteractive", "-EncodedCommand", encoded_command(script)};
}

/// A date without a zone.
struct date_fields
{
    int year, month, day, hour, minute, second;
};

/// "2026-01-01 01:00:00.000000".
inline std::optional<date_fields> parse_local_date(std::string_view text) noexcept
{
    using auth::detail::take;
    using auth::detail::take_number;
    std::size_t at = 0;
    date_fields out = {};
    out.year = take_number(text, at, 4);
    bool good = take(text, at, "-");
    out.month = take_number(text, at, 2);
    good = good && take(text, at, "-");
    out.day = take_number(text, at, 2);
    good = good && take(text, at, " T");
    out.hour = take_number(text, at, 2);
    good = good && take(text, at, ":");
    out.minute = take_number(text, at, 2);
    good = good && take(text, at, ":");
    out.second = take_number(text, at, 2);
    if (take(text, at, "."))
        while (take(text, at, "0123456789")) {
        }
    good = good && at == text.size() && out.year >= 1970 && out.year <= 2200 && out.month >= 1 && out.month <= 12 &&
           out.day >= 1 && out.day <= 31 && out.hour >= 0 && out.hour <= 23 && out.minute >= 0 && out.minute <= 59 &&
           out.second >= 0 && out.second <= 60;
    if (!good)
        return std::nullopt;
    return out;
}

/// What any of the tools prints. Some print warnings around it. `local`: a date without a zone in this machine's.
inline result<access_token> parse_tool_token(std::string_view text, wall_time now,
                                             std::optional<wall_time> (*local)(date_fields const&))
{
    auto const from = text.find('{');
    auto const to = text.rfind('}');
    if (from == text.npos || to == text.npos || to < from)
        return bad_answer("it printed no JSON object");
    auto const document = codec::json::parse(text.substr(from, to - from + 1), auth::detail::small());
    if (!document || !document->root().is_object())
        return bad_answer("it printed no JSON object");
    auto const root = document->root();
    access_token out;
    for (std::string_view const key : {"accessToken", "token"})
        if (auto const found = root.find_string(key); found && out.text.empty())
            out.text = secret(*found);
    if (out.text.empty() || !auth::detail::is_clean(out.text.reveal()))
        return bad_answer("it printed no token that can be sent");
    for (std::string_view const key : {"expires_on", "expiresOn"}) {
        auto const end = root.find(key);
        if (!end || out.expires)
            continue;
        out.expires = wire::detail::moment_of(*end, now);
        if (out.expires)
            continue;
        if (auto const words = end->as_string())
            if (auto const date = parse_local_date(*words))
                out.expires = local(*date);
    }
    if (!out.expires)
        return bad_answer("it did not say when the token ends");
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail
