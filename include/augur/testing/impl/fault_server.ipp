#pragma once

#include <augur/testing/fault_server.hpp>
#include <augur/testing/impl/fault_server_state.ipp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::testing {

namespace detail {

inline char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The n-th word of the first line.
inline std::string_view word_of(std::string_view head, int n) noexcept
{
    auto line = head.substr(0, head.find("\r\n"));
    for (; n > 0; --n) {
        auto const blank = line.find(' ');
        line = blank == line.npos ? std::string_view() : line.substr(blank + 1);
    }
    return line.substr(0, line.find(' '));
}

} // namespace detail

AUGUR_INLINE std::string_view received_request::method() const noexcept
{
    return detail::word_of(head, 0);
}

AUGUR_INLINE std::string_view received_request::target() const noexcept
{
    return detail::word_of(head, 1);
}

AUGUR_INLINE std::string_view received_request::field(std::string_view name) const noexcept
{
    auto const same = [](char a, char b) { return detail::lower(a) == detail::lower(b); };
    std::string_view rest = head;
    for (auto end = rest.find("\r\n"); end != rest.npos; end = rest.find("\r\n")) {
        auto const line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        if (line.size() <= name.size() || line[name.size()] != ':' ||
            !std::equal(name.begin(), name.end(), line.begin(), same))
            continue;
        auto value = line.substr(name.size() + 1);
        while (value.starts_with(' '))
            value.remove_prefix(1);
        return value;
    }
    return {};
}

AUGUR_INLINE connection_script& connection_script::add(kind what, std::string bytes, std::size_t number)
{
    steps_.push_back({what, std::move(bytes), number, nullptr, nullptr});
    return *this;
}

AUGUR_INLINE connection_script& connection_script::serve(answer_function answer)
{
    add(kind::answer);
    steps_.back().answer = std::make_shared<answer_function const>(std::move(answer));
    return *this;
}

AUGUR_INLINE connection_script& connection_script::start_tls(fault_tls settings)
{
    add(kind::start_tls);
    steps_.back().tls = std::make_shared<fault_tls const>(std::move(settings));
    return *this;
}

AUGUR_INLINE fault_server::fault_server() : fault_server("127.0.0.1", 0, std::nullopt) {}

AUGUR_INLINE fault_server::fault_server(fault_tls settings) : fault_server("127.0.0.1", 0, std::move(settings)) {}

AUGUR_INLINE fault_server::fault_server(std::string const& address, std::uint16_t port,
                                        std::optional<fault_tls> settings)
    : state_(std::make_shared<fault_server_state>(
          address, port, settings ? std::make_shared<fault_tls const>(std::move(*settings)) : nullptr))
{
}

AUGUR_INLINE fault_server::~fault_server() = default;

AUGUR_INLINE fault_server& fault_server::script(connection_script s)
{
    std::lock_guard const lock(state_->mutex);
    state_->scripts.push_back(std::move(s));
    return *this;
}

AUGUR_INLINE fault_server& fault_server::always(connection_script s)
{
    std::lock_guard const lock(state_->mutex);
    state_->always = std::move(s);
    return *this;
}

AUGUR_INLINE fault_server& fault_server::small_buffers()
{
    int const bytes = 4096; // accepted sockets inherit it
    int const some = 128 * 1024; // with less each round trip would wait for a delayed acknowledgement
    ::setsockopt(state_->listener, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    ::setsockopt(state_->listener, SOL_SOCKET, SO_SNDBUF, &some, sizeof some);
    return *this;
}

AUGUR_INLINE std::uint16_t fault_server::port() const noexcept
{
    return state_->port;
}

AUGUR_INLINE std::size_t fault_server::connections() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->connections;
}

AUGUR_INLINE std::size_t fault_server::open_connections() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->still_open();
}

AUGUR_INLINE std::size_t fault_server::unexpected() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->unexpected;
}

AUGUR_INLINE std::size_t fault_server::handshakes() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->handshakes;
}

AUGUR_INLINE std::size_t fault_server::resumptions() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->resumptions;
}

AUGUR_INLINE std::size_t fault_server::requests() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->received.size();
}

AUGUR_INLINE std::uint64_t fault_server::request_bytes() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->request_bytes;
}

AUGUR_INLINE std::uint64_t fault_server::sent_bytes() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->sent_bytes;
}

AUGUR_INLINE std::size_t fault_server::breaks() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->breaks;
}

AUGUR_INLINE std::vector<received_request> fault_server::received() const
{
    std::lock_guard const lock(state_->mutex);
    std::vector<received_request> out;
    for (auto const& r : state_->received)
        out.push_back(*r);
    return out;
}

AUGUR_INLINE std::vector<std::string> fault_server::server_names() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->names;
}

AUGUR_INLINE std::vector<std::string> fault_server::problems() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->problems;
}

AUGUR_INLINE void fault_server::step(std::size_t n)
{
    std::lock_guard const lock(state_->mutex);
    state_->credits += n;
    state_->changed.notify_all();
}

AUGUR_INLINE bool fault_server::wait_for_connections(std::size_t n) const
{
    return state_->wait([&] { return state_->connections >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_requests(std::size_t n) const
{
    return state_->wait([&] { return state_->received.size() >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_request_bytes(std::uint64_t n) const
{
    return state_->wait([&] { return state_->request_bytes >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_sent_bytes(std::uint64_t n) const
{
    return state_->wait([&] { return state_->sent_bytes >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_blocked_sends(std::size_t n) const
{
    return state_->wait([&] { return state_->blocked_sends >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_breaks(std::size_t n) const
{
    return state_->wait([&] { return state_->breaks >= n; });
}

AUGUR_INLINE bool fault_server::wait_for_open_connections(std::size_t n) const
{
    return state_->wait([&] { return state_->still_open() <= n; });
}

AUGUR_INLINE void fault_server::close_connections()
{
    state_->drop_all();
    static_cast<void>(wait_for_open_connections(0));
}

} // namespace augur::inline AUGUR_ABI::testing
