#pragma once

#include <augur/net/dialer.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/impl/pool.ipp>
#include <augur/net/impl/tls_registry.ipp>
#include <augur/net/proxy.hpp>

#include <optional>

namespace augur::inline AUGUR_ABI::net::detail {

inline constexpr std::size_t buffer_size = 32 * 1024;

/// What the transport, its exchanges and its streams share.
struct https_state
{
    https_state(boost::asio::any_io_executor e, https_config c)
        : executor(std::move(e)),
          config(std::move(c)),
          connections(executor, config.pool),
          names(config.resolver || config.dialer ? config.resolver : system_resolver(executor)),
          streams(config.dialer ? config.dialer : tcp_dialer(executor, names))
    {
        // Giving one back cannot fail. One serves all calls but those whose answer comes in pieces.
        buffers.reserve(2);
    }

    using buffer = std::unique_ptr<char[]>;

    buffer take_buffer(std::size_t size)
    {
        if (size == buffer_size && !buffers.empty()) {
            auto out = std::move(buffers.back());
            buffers.pop_back();
            return out;
        }
        return buffer(new char[size]);
    }
    void give_buffer(buffer b, std::size_t size) noexcept
    {
        if (b && size == buffer_size && buffers.size() < buffers.capacity())
            buffers.push_back(std::move(b));
    }

    result<std::shared_ptr<tls_context>> tls()
    {
        if (!context) {
            auto made = tls_registry::get(config.tls);
            if (!made)
                return made.error();
            context = std::move(*made);
        }
        return context;
    }

    task<result<std::unique_ptr<stream>>> tunnel(operation& op, exchange& x, std::unique_ptr<stream> lower,
                                                 proxy_target via);
    task<result<std::unique_ptr<connection>>> connect(operation& op, exchange& x, origin_slot& slot);
    task<result<void>> reach(operation& op, exchange& x, connection& to, origin_slot& slot);
    task<result<std::unique_ptr<stream>>> dial(operation& op, exchange& x, proxy_target const* via);
    /// After a doubt: looks where the name leads now, and closes idle connections that lead elsewhere.
    task<void> look_again(operation& op, exchange& x, origin_slot& slot);
    /// Opens connections until `count` are alive and will be for a while.
    task<result<void>> fill(operation& op, origin to, std::size_t count, phase_limits limits);
    /// Nothing: the origin is reached directly.
    result<std::optional<proxy_target>> proxy_for(origin const& to) const;

    boost::asio::any_io_executor executor;
    https_config config;
    pool connections;
    std::shared_ptr<net::resolver> names; ///< null: only the dialer knows where names lead
    std::shared_ptr<net::dialer> streams;
    std::shared_ptr<tls_context> context;
    std::vector<buffer> buffers;
};

} // namespace augur::inline AUGUR_ABI::net::detail
