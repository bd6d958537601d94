#include <augur/emulator/private_file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace augur::emulator {

namespace {

/// False: errno says why.
bool write_all(int descriptor, std::string_view content)
{
    while (!content.empty()) {
        auto const n = ::write(descriptor, content.data(), content.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

} // namespace

void write_descriptor(int descriptor, std::string_view content)
{
    bool const written = write_all(descriptor, content);
    auto const reason = errno;
    ::close(descriptor);
    if (!written)
        throw std::system_error(reason, std::generic_category(),
                                "cannot write to descriptor " + std::to_string(descriptor));
}

void write_private_file(std::string const& path, std::string_view content)
{
    auto temporary = path + ".XXXXXX";
    auto const descriptor = ::mkstemp(temporary.data()); // mode 0600
    auto const fail = [&](char const* what) {
        auto const reason = errno;
        if (descriptor >= 0) {
            ::close(descriptor);
            ::unlink(temporary.c_str());
        }
        throw std::system_error(reason, std::generic_category(), std::string(what) + " " + path);
    };
    if (descriptor < 0)
        fail("cannot create");
    if (!write_all(descriptor, content))
        fail("cannot write");
    if (std::rename(temporary.c_str(), path.c_str()) != 0)
        fail("cannot name");
    ::close(descriptor);
}

} // namespace augur::emulator
