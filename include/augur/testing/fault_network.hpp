#pragma once

#include <augur/net/resolver.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Networks that misbehave before a connection exists.
namespace augur::inline AUGUR_ABI::testing {

/// A resolver that answers from a script; its last line serves all later lookups, whatever the name.
class AUGUR_DECL scripted_resolver final : public net::resolver
{
public:
    /// Addresses as text, such as "127.0.0.1". Throws std::invalid_argument.
    scripted_resolver& answer(std::vector<std::string> const& addresses);
    scripted_resolver& fail(error e);
    /// Does not answer before the caller's limit.
    scripted_resolver& never();

    /// The names that were asked for, in order.
    std::vector<std::string> const& lookups() const noexcept { return lookups_; }

    net::task<result<std::vector<net::address>>> resolve(net::operation& op, std::string host,
                                                         steady_time until) override;

private:
    struct line
    {
        std::vector<net::address> found;
        std::optional<error> failure;
        bool hangs = false;
    };
    std::deque<line> script_;
    std::vector<std::string> lookups_;
};

/// An address where connection attempts hear nothing at all: a listener whose queue is full.
class AUGUR_DECL black_hole
{
public:
    /// `address` is one of this machine's, such as "127.0.0.2"; port 0 takes a free one. Throws std::system_error.
    explicit black_hole(std::string const& address, std::uint16_t port = 0);
    black_hole(black_hole const&) = delete;
    black_hole& operator=(black_hole const&) = delete;
    ~black_hole();
    std::uint16_t port() const noexcept { return port_; }

private:
    std::vector<int> sockets_;
    std::uint16_t port_ = 0;
};

/// A port of 127.0.0.1 that refuses connections, reserved for as long as this lives.
class AUGUR_DECL closed_port
{
public:
    closed_port();
    closed_port(closed_port const&) = delete;
    closed_port& operator=(closed_port const&) = delete;
    ~closed_port();
    std::uint16_t port() const noexcept { return port_; }

private:
    int socket_ = -1;
    std::uint16_t port_ = 0;
};

/// While this lives the process may open `more` further descriptors and not one beyond.
class AUGUR_DECL descriptor_limit
{
public:
    explicit descriptor_limit(std::size_t more = 0);
    descriptor_limit(descriptor_limit const&) = delete;
    descriptor_limit& operator=(descriptor_limit const&) = delete;
    ~descriptor_limit();

private:
    std::uint64_t before_ = 0;
};

/// How many descriptors this process has open.
std::size_t open_descriptors();

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/fault_network.ipp>
#endif
