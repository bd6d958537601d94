#pragma once

#include <augur/core/http.hpp>
#include <augur/core/result.hpp>
#include <augur/fwd.hpp>
#include <augur/net/completion.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace augur::inline AUGUR_ABI::auth {

namespace detail {
struct signer_state;
}

/// Proves who asks, for requests that somebody else sends: one of Beast's to S3 or Blob storage, a database's.
/// `as` is any authenticator: `aws::sigv4`, a bearer token of Entra, a key. Nothing happens in the constructor; the
/// first request fetches what is needed, and it is fetched again before it ends.
///
/// Copies share everything. A signer belongs to its executor like a client; on a multi-threaded one, to a strand.
class request_signer
{
public:
    static constexpr std::chrono::seconds default_limit{30};

    /// `timers`: for tests, in place of the system's clocks.
    request_signer(boost::asio::any_io_executor executor, std::shared_ptr<call::authenticator> as,
                   std::shared_ptr<net::timer_service> timers = {});

    /// The head with what proves who asks; send its fields as they are. `payload` is read, not kept: S3 wants its
    /// hash. `limit`: how long a fetch may take.
    /// Errors: phase `auth`, and nothing was sent to the service; `deadline_exceeded` at the limit, `cancelled` for
    /// each type of cancellation. The fetch goes on for others who wait for it.
    boost::asio::awaitable<result<request_head>> sign(request_head head, body payload = {},
                                                      std::chrono::nanoseconds limit = default_limit) &;
    boost::asio::awaitable<result<request_head>> sign(request_head head, body payload = {},
                                                      std::chrono::nanoseconds limit = default_limit) && = delete;

    template <class Token>
    auto async_sign(request_head head, body payload, std::chrono::nanoseconds limit, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<request_head>)>(
            [](auto handler, request_signer self, request_head h, body b, std::chrono::nanoseconds l) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start(std::move(h), std::move(b), l, here, sign_handler(std::move(handler)));
            },
            token, *this, std::move(head), std::move(payload), limit);
    }

    /// The service answered 401 or 403 to the last request that was signed, and these were its fields: the next
    /// one is proved anew if it can be.
    void refused(headers const& fields = {});

    boost::asio::any_io_executor get_executor() const noexcept;

private:
    using sign_handler = net::completion<request_head>;
    void start(request_head head, body payload, std::chrono::nanoseconds limit, bool here, sign_handler handler);

    std::shared_ptr<detail::signer_state> state_;
};

} // namespace augur::inline AUGUR_ABI::auth

#if AUGUR_HEADER_ONLY
#include <augur/auth/impl/request_signer.ipp>
#endif
