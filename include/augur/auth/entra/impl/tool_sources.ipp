#pragma once

#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/impl/device_code.ipp>
#include <augur/auth/entra/impl/source_http.ipp>
#include <augur/auth/entra/impl/tool_wire.ipp>
#include <augur/auth/entra/tool_sources.hpp>
#include <augur/auth/impl/process.ipp>
#include <augur/codec/base64.hpp>
#include <augur/core/error_details.hpp>

#include <ctime>
#include <filesystem>
#include <system_error>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

/// The program of that name in an absolute folder of PATH; empty: there is none. What stands in the current folder
/// is nobody we know.
inline std::string find_program(std::string_view name, std::string_view path)
{
    namespace fs = std::filesystem;
    while (!path.empty()) {
        auto const end = std::min(path.find(':'), path.size());
        auto const folder = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (folder.empty() || folder.front() != '/')
            continue;
        auto const file = std::string(folder) + "/" + std::string(name);
        std::error_code failed;
        auto const about = fs::status(file, failed);
        constexpr auto run = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
        if (!failed && fs::is_regular_file(about) && (about.permissions() & run) != fs::perms::none)
            return file;
    }
    return {};
}

/// By this machine's time zone, in which Azure CLI before 2.54 writes.
inline std::optional<wall_time> from_local_time(date_fields const& f)
{
    std::tm local = {};
    local.tm_year = f.year - 1900;
    local.tm_mon = f.month - 1;
    local.tm_mday = f.day;
    local.tm_hour = f.hour;
    local.tm_min = f.minute;
    local.tm_sec = f.second;
    local.tm_isdst = -1;
    auto const seconds = std::mktime(&local);
    if (seconds == static_cast<std::time_t>(-1))
        return std::nullopt;
    return std::chrono::system_clock::from_time_t(seconds);
}

/// What one tool is called, how it is asked, and what its refusals look like.
struct tool_kind
{
    std::string_view label;    ///< "Azure CLI"
    std::string_view program;  ///< "az"
    std::string_view sign_in;  ///< "az login"
    result<std::vector<std::string>> (*arguments)(tool_request const&);
    bool (*nobody_signed_in)(std::string_view said);
};

class tool_source final : public token_source
{
public:
    tool_source(tool_kind const& kind, source_options options, tool_options tool) noexcept
        : kind_(&kind), options_(std::move(options)), tool_(std::move(tool))
    {
    }

    net::task<result<access_token>> fetch(net::operation& op, steady_time, token_request what) override
    {
        auto request = checked(what);
        if (!request)
            co_return request.error();
        auto arguments = kind_->arguments(*request);
        if (!arguments)
            co_return arguments.error();
        auto const file = find_program(kind_->program, options_.environment().path);
        if (file.empty())
            co_return nothing_here(name() + ": \"" + std::string(kind_->program) + "\" is in no folder of PATH");
        auth::detail::program run;
        run.label = name();
        run.words.push_back(file);
        for (auto& word : *arguments)
            run.words.push_back(std::move(word));
        run.limit = tool_.timeout();
        run.keep_errors = true;
        auto ended = co_await auth::detail::run_program(op, std::move(run));
        if (!ended)
            co_return ended.error();
        if (ended->status != 0)
            co_return refusal(*ended);
        auto out = parse_tool_token(ended->output.reveal(), op.timers().clock().wall_now(), &from_local_time);
        if (!out)
            co_return out.error().with_message(name() + ": " + std::string(out.error().message()));
        out->source = name();
        co_return out;
    }
    std::string name() const override { return std::string(kind_->label); }

private:
    result<tool_request> checked(token_request const& what) const
    {
        tool_request out;
        auto const tenant = options_.tenant_for(what.tenant(), tool_.tenant());
        if (!tenant)
            return tenant.error();
        out.scope = what.scope();
        out.tenant = *tenant;
        out.subscription = tool_.subscription();
        if (!is_scope(out.scope))
            return bad_setting(name() + ": the scope \"" + sanitise(out.scope, 100) + "\" is no argument");
        if (!out.tenant.empty() && !is_tenant(out.tenant))
            return bad_setting(name() + ": the tenant \"" + sanitise(out.tenant, 80) + "\" is no argument");
        if (!out.subscription.empty() && !is_scope(out.subscription))
            return bad_setting(name() + ": the subscription \"" + sanitise(out.subscription, 80) + "\" is no argument");
        if (!what.claims().empty())
            out.claims = codec::base64_encode(what.claims());
        return out;
    }

    error refusal(auth::detail::program_end const& ended) const
    {
        auto const said = ended.errors.reveal();
        if (kind_->nobody_signed_in(said))
            return nothing_here(name() + ": nobody is signed in; run: " + std::string(kind_->sign_in));
        error_details details;
        details.message = name() + " ended with status " + std::to_string(ended.status) +
                          "; run: " + std::string(kind_->sign_in);
        auto const number = wire::detail::aadsts_of(said);
        auto code = errc::refused;
        if (number > 0) {
            details.provider_code = "AADSTS" + std::to_string(number);
            code = meaning_of(number);
        }
        return error(make_error_code(code), phase::auth, outcome::not_sent, std::move(details));
    }

    tool_kind const* kind_;
    source_options options_;
    tool_options tool_;
};

inline constexpr tool_kind cli_tool{"Azure CLI", "az", "az login", &cli_arguments, [](std::string_view said) {
                                        return said.find("az login") != said.npos ||
                                               said.find("az account set") != said.npos;
                                    }};
inline constexpr tool_kind developer_tool{
    "Azure Developer CLI", "azd", "azd auth login", &developer_arguments, [](std::string_view said) {
        return said.find("azd auth login") != said.npos || said.find("not logged in") != said.npos;
    }};
inline constexpr tool_kind powershell_tool{
    "Azure PowerShell", "pwsh", "Connect-AzAccount", &powershell_arguments, [](std::string_view said) {
        return said.find("Connect-AzAccount") != said.npos || said.find("Az.Accounts") != said.npos;
    }};

} // namespace detail

AUGUR_INLINE std::shared_ptr<token_source> azure_cli(source_options options, tool_options tool)
{
    return std::make_shared<detail::tool_source>(detail::cli_tool, std::move(options), std::move(tool));
}

AUGUR_INLINE std::shared_ptr<token_source> azure_developer_cli(source_options options, tool_options tool)
{
    return std::make_shared<detail::tool_source>(detail::developer_tool, std::move(options), std::move(tool));
}

AUGUR_INLINE std::shared_ptr<token_source> azure_powershell(source_options options, tool_options tool)
{
    return std::make_shared<detail::tool_source>(detail::powershell_tool, std::move(options), std::move(tool));
}

} // namespace augur::inline AUGUR_ABI::auth::entra
