#pragma once

#include <augur/auth/entra/token.hpp>
#include <augur/core/headers.hpp>
#include <augur/fwd.hpp>
#include <augur/net/completion.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra {

/// Tokens for requests of your own, such as one with plain Beast:
///
///     entra::token_client tokens(executor, store);
///     auto token = co_await tokens.get(entra::token_request("https://storage.azure.com/.default"));
///
/// Errors: those of the source; `errc::auth_timeout` or `errc::deadline_exceeded` when patience ends.
/// Lifetime: a handle; pending calls keep what they need. The constructor does no I/O.
/// Threads: one object and its copies belong to their executor; a store may be shared among several.
/// Cancellation: every type, at any time; the call completes once with `errc::cancelled`, and a fetch that others
/// wait for goes on.
class token_client
{
public:
    token_client(boost::asio::any_io_executor executor, std::shared_ptr<token_store> store);

    /// At once if the store has a good token; after one fetch, which all callers share, if not. Waits at most
    /// `patience`.
    boost::asio::awaitable<result<access_token>> get(token_request what,
                                                     std::chrono::nanoseconds patience = std::chrono::seconds(30)) &;
    boost::asio::awaitable<result<access_token>>
    get(token_request what, std::chrono::nanoseconds patience = std::chrono::seconds(30)) && = delete;

    template <class Token>
    auto async_get(token_request what, std::chrono::nanoseconds patience, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<access_token>)>(
            [](auto h, token_client self, token_request w, std::chrono::nanoseconds p) {
                bool const here = net::completes_on(h, self.get_executor());
                self.start_get(std::move(w), p, here, handler(std::move(h)));
            },
            token, *this, std::move(what), patience);
    }

    /// A service refused this token with a 401, and these were its fields: the next `get` fetches another one, with the
    /// claims that were demanded if there were any. Does nothing if the token is not the store's any more.
    void refused(token_request const& what, access_token const& token, headers const& fields);

    boost::asio::any_io_executor get_executor() const;

private:
    using handler = net::completion<access_token>;
    void start_get(token_request what, std::chrono::nanoseconds patience, bool here, handler h);

    std::shared_ptr<struct token_client_state> state_;
};

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/token_client.ipp>
#endif
