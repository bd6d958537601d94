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

} // namespace augur::inline AUGUR_ABI
