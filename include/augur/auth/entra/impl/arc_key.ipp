#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/impl/plain_file.ipp>
#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <string>
#include <utility>

#if !defined(_WIN32)
#include <sys/stat.h>
#endif

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// The key that Arc's agent has just written. Refused: a link, what is no plain file, what is over 4096 bytes, and
/// (POSIX) what belongs to somebody else than the folder does, or than root.
inline result<secret> read_arc_key(std::string const& path)
{
    auto const name = "the key of the agent of Azure Arc, \"" + sanitise(path, 200) + "\",";
    auto const refuse = [&name](char const* why) { return bad_setting(name + " " + why); };
#if !defined(_WIN32)
    struct stat folder = {};
    auto const parent = path.substr(0, path.rfind('/'));
    if (::lstat(parent.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode))
        return refuse("is in no plain folder");
#endif
    auto found = auth::detail::look_at_file(path, 4096, false);
    switch (found.is) {
    case auth::detail::file_look::kind::good: break;
    case auth::detail::file_look::kind::missing:
    case auth::detail::file_look::kind::unreadable:
        return refuse("cannot be read, or is a link; the agent's group is himds, and its members may read");
    case auth::detail::file_look::kind::pipe:
    case auth::detail::file_look::kind::device: return refuse("is no plain file");
    case auth::detail::file_look::kind::folder: return refuse("is a folder");
    case auth::detail::file_look::kind::no_room: return auth::detail::no_room_for(name);
    case auth::detail::file_look::kind::too_large: return refuse("is over 4096 bytes");
    }
    secret const out(std::move(found.text));
#if !defined(_WIN32)
    if (found.owner != folder.st_uid && found.owner != 0)
        return refuse("belongs to somebody else");
#endif
    if (out.empty() || !is_field_value(out.reveal()))
        return refuse("cannot stand in a header");
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail
