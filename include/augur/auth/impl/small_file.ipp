#pragma once

#include <augur/auth/impl/plain_file.ipp>
#include <augur/auth/impl/source_support.ipp>
#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::detail {

/// A small file as it stands. Its name is told, its content never. Links are followed: projected tokens are links;
/// what is no plain file (a pipe would wait for ever) is refused. `what`: for people, such as "the token file".
inline result<secret> read_small_file(std::string_view what, std::string const& path, std::size_t cap)
{
    auto const name = std::string(what) + " \"" + sanitise(path, 200) + "\"";
    auto const refuse = [&name](std::string_view why) { return bad_setting(name + " " + std::string(why)); };
    auto found = look_at_file(path, cap);
    switch (found.is) {
    case file_look::kind::good: break;
    case file_look::kind::missing:
    case file_look::kind::unreadable: return refuse("cannot be read");
    case file_look::kind::pipe:
    case file_look::kind::device: return refuse("is no plain file");
    case file_look::kind::folder: return refuse("is a folder");
    case file_look::kind::no_room: return no_room_for(name);
    case file_look::kind::too_large: return refuse("is over " + std::to_string(cap / 1024) + " KiB");
    }
    return secret(std::move(found.text));
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
