#pragma once

#include <augur/core/secret.hpp>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#if !defined(_WIN32)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// The file of a token cache: nothing if it is missing, over 64 KiB, or (POSIX) a symbolic link, no plain file, or
/// somebody else's.
inline std::optional<secret> read_private_file(std::string const& path)
{
    constexpr std::size_t cap = 64 * 1024;
    std::string text(cap + 1, '\0');
    std::size_t size = 0;
#if defined(_WIN32)
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return std::nullopt;
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    size = static_cast<std::size_t>(file.gcount());
#else
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return std::nullopt;
    struct stat about = {};
    bool const ours = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == ::geteuid();
    while (ours && size < text.size()) {
        auto const n = ::read(file, text.data() + size, text.size() - size);
        if (n <= 0)
            break;
        size += static_cast<std::size_t>(n);
    }
    ::close(file);
    if (!ours)
        return std::nullopt;
#endif
    if (size > cap) {
        cleanse(text.data(), text.size());
        return std::nullopt;
    }
    text.resize(size);
    return secret(std::move(text));
}

/// Replaces it as a whole, readable by its owner only. False: it stays as it was.
inline bool write_private_file(std::string const& path, secret const& text)
{
    std::string const other = path + ".augur";
#if defined(_WIN32)
    {
        std::ofstream file(other, std::ios::binary | std::ios::trunc);
        file.write(text.reveal().data(), static_cast<std::streamsize>(text.reveal().size()));
        if (!file.flush())
            return false;
    }
    std::remove(path.c_str());
#else
    ::unlink(other.c_str()); // of somebody who died over it
    int const file = ::open(other.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    auto rest = text.reveal();
    while (!rest.empty()) {
        auto const n = ::write(file, rest.data(), rest.size());
        if (n <= 0)
            break;
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    bool const whole = rest.empty() && ::fsync(file) == 0;
    ::close(file);
    if (!whole) {
        ::unlink(other.c_str());
        return false;
    }
#endif
    return std::rename(other.c_str(), path.c_str()) == 0;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail
