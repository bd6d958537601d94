#pragma once

#include <augur/testing/fault_network.hpp>
#include <augur/testing/impl/fault_socket.ipp>

#include <sys/resource.h>

#include <filesystem>
#include <iterator>
#include <stdexcept>

namespace augur::inline AUGUR_ABI::testing {

AUGUR_INLINE scripted_resolver& scripted_resolver::answer(std::vector<std::string> const& addresses)
{
    line one;
    for (auto const& text : addresses) {
        auto const parsed = net::parse_address(text);
        if (!parsed)
            throw std::invalid_argument("not an address: " + text);
        one.found.push_back(*parsed);
    }
    script_.push_back(std::move(one));
    return *this;
}

AUGUR_INLINE scripted_resolver& scripted_resolver::fail(error e)
{
    line one;
    one.failure = std::move(e);
    script_.push_back(std::move(one));
    return *this;
}

AUGUR_INLINE scripted_resolver& scripted_resolver::never()
{
    line one;
    one.hangs = true;
    script_.push_back(std::move(one));
    return *this;
}

AUGUR_INLINE net::task<result<std::vector<net::address>>>
scripted_resolver::resolve(net::operation& op, std::string host, steady_time until)
{
    lookups_.push_back(std::move(host));
    if (script_.empty())
        co_return make_error(errc::resolve_failed, phase::resolve, outcome::not_sent, "the script has no answer");
    auto one = script_.front();
    if (script_.size() > 1)
        script_.pop_front();
    if (one.hangs) {
        co_await net::sleep_until(op, until);
        co_return op.interrupted(phase::resolve, outcome::not_sent, errc::resolve_timeout);
    }
    if (one.failure)
        co_return *one.failure;
    co_return std::move(one.found);
}

AUGUR_INLINE black_hole::black_hole(std::string const& address, std::uint16_t port)
{
    int const listener = detail::bound_socket(address.c_str(), port);
    sockets_.push_back(listener);
    port_ = detail::port_of(listener);
    if (::listen(listener, 0) != 0)
        detail::fail_with_errno("cannot listen");
    sockaddr_in to{};
    socklen_t size = sizeof to;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&to), &size);
    for (int i = 0; i < 4; ++i) { // they fill the queue; nobody will ever take them out
        int const filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        static_cast<void>(::connect(filler, reinterpret_cast<sockaddr const*>(&to), size));
        sockets_.push_back(filler);
    }
}

AUGUR_INLINE black_hole::~black_hole()
{
    for (int const one : sockets_)
        ::close(one);
}

AUGUR_INLINE closed_port::closed_port() : socket_(detail::bound_socket("127.0.0.1", 0)), port_(detail::port_of(socket_))
{
}

AUGUR_INLINE closed_port::~closed_port()
{
    ::close(socket_);
}

AUGUR_INLINE descriptor_limit::descriptor_limit(std::size_t more)
{
    rlimit now{};
    int const next = ::dup(0);
    if (next < 0 || ::getrlimit(RLIMIT_NOFILE, &now) != 0)
        detail::fail_with_errno("cannot limit descriptors");
    ::close(next);
    before_ = now.rlim_cur;
    now.rlim_cur = static_cast<rlim_t>(next) + more;
    ::setrlimit(RLIMIT_NOFILE, &now);
}

AUGUR_INLINE descriptor_limit::~descriptor_limit()
{
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    now.rlim_cur = static_cast<rlim_t>(before_);
    ::setrlimit(RLIMIT_NOFILE, &now);
}

AUGUR_INLINE std::size_t open_descriptors()
{
    std::filesystem::directory_iterator const folder("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(folder), end(folder))) - 1; // the folder itself
}

} // namespace augur::inline AUGUR_ABI::testing
