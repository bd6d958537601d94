#pragma once

#include <augur/core/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

#if defined(_WIN32)
#include <filesystem>
#include <fstream>
#include <system_error>
#else
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace augur::inline AUGUR_ABI::auth::detail {

/// What was found at a path.
struct file_look
{
    enum class kind : std::uint8_t
    {
        good,
        missing,    ///< or in a folder that is closed to us
        unreadable, ///< there, but not for us; or it failed while it was read; or a link where none may be
        pipe,       ///< or a socket: it may have nobody at its other end
        folder,
        device,
        too_large,
        no_room, ///< there, and no more is known: the process or the machine can open no more
    };
    kind is = kind::missing;
    std::string text;   ///< only of a good one
    unsigned owner = 0; ///< POSIX
};

#if !defined(_WIN32)

struct open_file
{
    int const number;

    explicit open_file(int n) noexcept : number(n) {}
    open_file(open_file const&) = delete;
    open_file& operator=(open_file const&) = delete;
    ~open_file()
    {
        if (number >= 0)
            ::close(number);
    }
};

/// What `errno` says about a file that could not be opened.
inline file_look::kind why_not_opened(std::string const& path, int number, bool follow_links)
{
    using kind = file_look::kind;
    struct stat about = {};
    auto const is_there = [&] {
        return (follow_links ? ::stat(path.c_str(), &about) : ::lstat(path.c_str(), &about)) == 0;
    };
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return kind::missing;
    case ELOOP: return follow_links ? kind::missing : kind::unreadable;
    case ENXIO:
    case EOPNOTSUPP: return kind::pipe; // a socket
    case EMFILE:
    case ENFILE:
    case ENOMEM: return is_there() || errno == ENOMEM ? kind::no_room : kind::missing; // looking needs no descriptor
    case EACCES: return is_there() ? kind::unreadable : kind::missing;
    default: return kind::unreadable;
    }
}

inline file_look::kind kind_of(unsigned mode) noexcept
{
    using kind = file_look::kind;
    if (S_ISREG(mode))
        return kind::good;
    if (S_ISDIR(mode))
        return kind::folder;
    return S_ISFIFO(mode) || S_ISSOCK(mode) ? kind::pipe : kind::device;
}

#endif

/// A small file, read whole; waits for nobody at the other end of what stands in its place (a disk and a network mount
/// take their time). Half a file is none. Not inherited by programs that are started.
inline file_look look_at_file(std::string const& path, std::size_t cap, [[maybe_unused]] bool follow_links = true)
{
    using kind = file_look::kind;
    file_look out;
    std::size_t size = 0;
    bool failed = false;
#if defined(_WIN32)
    std::error_code ignored;
    auto const about = std::filesystem::status(path, ignored);
    if (!std::filesystem::exists(about))
        return out;
    out.is = std::filesystem::is_directory(about)      ? kind::folder
             : std::filesystem::is_regular_file(about) ? kind::unreadable
                                                       : kind::device;
    std::ifstream file(path, std::ios::binary);
    if (out.is != kind::unreadable || !file)
        return out;
    out.text.resize(cap + 1);
    file.read(out.text.data(), static_cast<std::streamsize>(out.text.size()));
    size = static_cast<std::size_t>(file.gcount());
    failed = file.bad();
#else
    int const flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow_links ? 0 : O_NOFOLLOW);
    int number = -1;
    do
        number = ::open(path.c_str(), flags);
    while (number < 0 && errno == EINTR);
    int const why = errno;
    open_file const file(number);
    struct stat about = {};
    if (number < 0)
        out.is = why_not_opened(path, why, follow_links);
    else
        out.is = ::fstat(number, &about) == 0 ? kind_of(about.st_mode) : kind::unreadable;
    if (out.is != kind::good)
        return out;
    out.owner = about.st_uid;
    out.text.resize(cap + 1);
    while (size < out.text.size()) {
        auto const n = ::read(number, out.text.data() + size, out.text.size() - size);
        if (n < 0 && errno == EINTR)
            continue;
        failed = n < 0;
        if (n <= 0)
            break;
        size += static_cast<std::size_t>(n);
    }
#endif
    out.is = failed ? kind::unreadable : size > cap ? kind::too_large : kind::good;
    if (out.is != kind::good) {
        cleanse(out.text.data(), out.text.size());
        size = 0;
    }
    out.text.resize(size);
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::detail
