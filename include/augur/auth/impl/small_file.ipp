#pragma once

#include <augur/auth/impl/source_support.ipp>
#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace augur::inline AUGUR_ABI::auth::detail {

/// A small file as it stands. Its name is told, its content never. Links are followed: projected tokens are links;
/// what is no plain file (a pipe would wait for ever) is refused. `what`: for people, such as "the token file".
inline result<secret> read_small_file(std::string_view what, std::string const& path, std::size_t cap)
{
    auto const refuse = [&](std::string_view why) {
        return bad_setting(std::string(what) + " \"" + sanitise(path, 200) + "\" " + std::string(why));
    };
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed))
        return refuse("cannot be read");
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return refuse("cannot be read");
    std::string text(cap + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    auto const size = static_cast<std::size_t>(file.gcount());
    if (size > cap) {
        cleanse(text.data(), text.size());
        return refuse("is over " + std::to_string(cap / 1024) + " KiB");
    }
    text.resize(size);
    return secret(std::move(text));
}

/// A small file that holds one token, blanks and line breaks around it aside.
inline result<secret> read_token_file(std::string const& path)
{
    auto const refuse = [&path](std::string_view why) {
        return bad_setting("the token file \"" + sanitise(path, 200) + "\" " + std::string(why));
    };
    auto const whole = read_small_file("the token file", path, 64 * 1024);
    if (!whole)
        return whole.error();
    constexpr std::string_view blank = "\n\r\t ";
    auto text = whole->reveal();
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    text = text.substr(0, text.find_last_not_of(blank) + 1);
    if (text.empty())
        return refuse("is empty");
    if (!is_field_value(text))
        return refuse("holds a line break or another character that cannot stand in a header");
    return secret(text);
}

} // namespace augur::inline AUGUR_ABI::auth::detail
