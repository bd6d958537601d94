#pragma once

#include <augur/auth/impl/plain_file.ipp>
#include <augur/auth/impl/source_support.ipp>
#include <augur/core/clock.hpp>
#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#if !defined(_WIN32)
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// The file of a token cache: `absent` if it is missing, over 64 KiB, or no plain file; told as what it is if it is
/// (POSIX) a symbolic link or somebody else's, which a new login does not mend.
inline result<secret> read_private_file(std::string const& path, error absent)
{
    using kind = auth::detail::file_look::kind;
    auto const name = "the token cache \"" + sanitise(path, 200) + "\"";
    auto found = auth::detail::look_at_file(path, 64 * 1024, false);
    if (found.is == kind::no_room)
        return auth::detail::no_room_for(name);
    secret out(std::move(found.text));
#if !defined(_WIN32)
    struct stat about = {}; // a link was not opened, and what is somebody else's often cannot be
    bool const is_closed = found.is == kind::unreadable && ::lstat(path.c_str(), &about) == 0;
    if (is_closed && S_ISLNK(about.st_mode))
        return auth::detail::bad_setting(name + " is a link, and is not followed");
    if ((is_closed && about.st_uid != ::geteuid()) || (found.is == kind::good && found.owner != ::geteuid()))
        return auth::detail::bad_setting(name + " belongs to somebody else, and is not read");
#endif
    if (found.is != kind::good)
        return absent;
    return out;
}

/// Replaces it as a whole, readable by its owner only. False: it stays as it was.
inline bool write_private_file(std::string const& path, secret const& text)
{
    // A name that no other process has: it may be writing, too, and its half would come to stand here.
    auto const other = path + "." + make_uuid(*system_random());
#if defined(_WIN32)
    std::ofstream file(other, std::ios::binary | std::ios::trunc);
    file.write(text.reveal().data(), static_cast<std::streamsize>(text.reveal().size()));
    file.close();
    bool const whole = !file.fail();
    if (whole)
        std::remove(path.c_str());
#else
    int const file = ::open(other.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    auto rest = text.reveal();
    while (!rest.empty()) {
        auto const n = ::write(file, rest.data(), rest.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        rest.remove_prefix(static_cast<std::size_t>(n));
    }
    bool const whole = rest.empty() && ::fsync(file) == 0;
    ::close(file);
#endif
    if (whole && std::rename(other.c_str(), path.c_str()) == 0)
        return true;
    std::remove(other.c_str());
    return false;
}

/// The token caches of one source, and what could not be written into them: a refresh token is used once, so what it
/// brought stays here until somebody else writes the file, or removes it.
///
/// Threads: any; a source may be asked on several executors.
class token_files
{
public:
    result<secret> read(std::string const& path, error absent)
    {
        auto found = read_private_file(path, std::move(absent));
        std::lock_guard const lock(mutex_);
        auto const kept = kept_.find(path);
        if (kept == kept_.end())
            return found;
        if (found && *found == kept->second.in_file)
            return kept->second.newer;
        kept_.erase(kept);
        return found;
    }
    /// `old`: what `read` gave.
    void replace(std::string const& path, secret const& old, secret newer)
    {
        bool const is_written = write_private_file(path, newer);
        std::lock_guard const lock(mutex_);
        if (is_written)
            kept_.erase(path);
        else if (auto const kept = kept_.find(path); kept != kept_.end())
            kept->second.newer = std::move(newer);
        else
            kept_.emplace(path, kept_text{old, std::move(newer)});
    }

private:
    struct kept_text
    {
        secret in_file;
        secret newer;
    };

    std::mutex mutex_;
    std::map<std::string, kept_text> kept_;
};

} // namespace augur::inline AUGUR_ABI::auth::aws::detail
