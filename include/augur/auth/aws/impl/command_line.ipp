#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/core/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// Splits a command line like a POSIX shell, without its substitutions: blanks separate, quotes of both kinds
/// keep them, a backslash keeps the next character (inside double quotes only before " \ $ ` and a line break).
inline result<std::vector<std::string>> split_command(std::string_view line)
{
    std::vector<std::string> out;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char const c = line[i];
        if (c == '\0')
            return bad_setting("credential_process has a zero byte");
        bool const blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (quote == 0 && blank) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true))
            out.emplace_back();
        bool const more = i + 1 < line.size();
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (quote != 0 && c == quote)
            quote = 0;
        else if (c == '\\' && more && quote == 0)
            out.back() += line[++i];
        else if (c == '\\' && more && quote == '"' && std::string_view("\"\\$`\n").find(line[i + 1]) != line.npos)
            out.back() += line[++i];
        else
            out.back() += c;
    }
    if (quote != 0)
        return bad_setting("credential_process has a quote that is not closed");
    if (out.empty() || out.front().empty())
        return bad_setting("credential_process names no program");
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail
