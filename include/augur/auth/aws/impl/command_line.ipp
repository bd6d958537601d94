#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// The words of a command line, split like a POSIX shell without its substitutions: blanks separate, quotes of both
/// kinds keep them, a backslash keeps the next character (inside double quotes only before " \ $ ` and a line break).
/// Each one into `words` with a zero byte behind it.
inline result<void> take_words(std::string_view line, std::string& words)
{
    if (line.find('\0') != line.npos)
        return bad_setting("credential_process has a zero byte");
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char const c = line[i];
        bool const blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (quote == 0 && blank) {
            if (std::exchange(in_word, false))
                words += '\0';
            continue;
        }
        in_word = true;
        bool const more = i + 1 < line.size();
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (quote != 0 && c == quote)
            quote = 0;
        else if (c == '\\' && more && quote == 0)
            words += line[++i];
        else if (c == '\\' && more && quote == '"' && std::string_view("\"\\$`\n").find(line[i + 1]) != line.npos)
            words += line[++i];
        else
            words += c;
    }
    if (quote != 0)
        return bad_setting("credential_process has a quote that is not closed");
    if (in_word)
        words += '\0';
    if (words.empty() || words.front() == '\0')
        return bad_setting("credential_process names no program");
    return {};
}

/// They may hold secrets: no memory that goes back holds one of them.
inline result<std::vector<std::string>> split_command(std::string_view line)
{
    std::string words;
    words.reserve(line.size() + 1); // a text that moves leaves a copy behind, and so do short ones in a list that grows
    auto const taken = take_words(line, words);
    std::vector<std::string> out;
    if (taken) {
        out.reserve(static_cast<std::size_t>(std::count(words.begin(), words.end(), '\0')));
        for (std::string_view rest = words; !rest.empty(); rest.remove_prefix(rest.find('\0') + 1))
            out.emplace_back(rest.substr(0, rest.find('\0')));
    }
    cleanse(words.data(), words.size());
    if (!taken)
        return taken.error();
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail
