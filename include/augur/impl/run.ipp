#pragma once

#include <augur/run.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <stdexcept>

namespace augur::inline AUGUR_ABI {

namespace detail {

AUGUR_INLINE void run_to_end(boost::asio::awaitable<void> main)
{
    boost::asio::io_context context(1);
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(main), [&](std::exception_ptr e) {
        thrown = e;
        ended = true;
    });
    context.run();
    if (!ended) // the coroutine is destroyed with the context
        throw std::logic_error("augur::run: the event loop was stopped before the coroutine came to its end");
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace detail

AUGUR_INLINE void run(boost::asio::awaitable<void> main)
{
    detail::run_to_end(std::move(main));
}

AUGUR_INLINE int run(boost::asio::awaitable<int> main)
{
    return run<int>(std::move(main));
}

} // namespace augur::inline AUGUR_ABI
