#pragma once

#include <augur/run.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace augur::inline AUGUR_ABI {

namespace detail {

AUGUR_INLINE void run_to_end(boost::asio::awaitable<void> main)
{
    boost::asio::io_context context(1);
    std::exception_ptr thrown;
    boost::asio::co_spawn(context, std::move(main), [&](std::exception_ptr e) { thrown = e; });
    context.run();
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
