#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <fstream>
#include <string>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// The key that Arc's agent has just written. Refused: a link, what is no plain file, what is over 4096 bytes, and
/// (POSIX) what belongs to somebody else than the folder does, or than root.
inline result<secret> read_arc_key(std::string const& path)
{
    constexpr std::size_t cap = 4096;
    auto const refuse = [&path](char const* why) {
        return bad_setting("the key of the agent of Azure Arc, \"" + sanitise(path, 200) + "\", " + why);
    };
    std::string text(cap + 1, '\0');
    std::size_t size = 0;
#if defined(_WIN32)
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return refuse("cannot be read");
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    size = static_cast<std::size_t>(file.gcount());
#else
    struct stat folder = {};
    auto const parent = path.substr(0, path.rfind('/'));
    if (::lstat(parent.c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode))
        return refuse("is in no plain folder");
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return refuse("cannot be read, or is a link; the agent's group is himds, and its members may read");
    struct stat about = {};
    bool const plain = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
    bool const owned = about.st_uid == folder.st_uid || about.st_uid == 0;
    while (plain && owned && size < text.size()) {
        auto const n = ::read(file, text.data() + size, text.size() - size);
        if (n <= 0)
            break;
        size += static_cast<std::size_t>(n);
    }
    ::close(file);
    if (!plain)
        return refuse("is no plain file");
    if (!owned)
        return refuse("belongs to somebody else");
#endif
    if (size <= cap)
        text.resize(size);
    secret out(std::move(text));
    if (size > cap)
        return refuse("is over 4096 bytes");
    if (out.empty() || !is_field_value(out.reveal()))
        return refuse("cannot stand in a header");
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail
