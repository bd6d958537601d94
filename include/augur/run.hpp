#pragma once

#include <augur/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

// Compiled once: the event loop and co_spawn are what is slow to compile here.
void run_to_end(boost::asio::awaitable<void> main);

template <class T>
boost::asio::awaitable<void> store(boost::asio::awaitable<T> main, std::optional<T>& out)
{
    out.emplace(co_await std::move(main));
}

} // namespace detail

/// For programs without an event loop: runs one coroutine to its end on this thread and gives what
/// it returns. Inside, `co_await boost::asio::this_coro::executor` is the executor to make clients on.
/// What the coroutine throws, `run` throws. Who stops the event loop from inside leaves nothing to give:
/// `std::logic_error`.
template <class T>
T run(boost::asio::awaitable<T> main)
{
    std::optional<T> out;
    detail::run_to_end(detail::store(std::move(main), out));
    return std::move(*out);
}

// The usual ones, compiled once.
void run(boost::asio::awaitable<void> main);
int run(boost::asio::awaitable<int> main);

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/impl/run.ipp>
#endif
