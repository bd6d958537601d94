#pragma once

#include <augur/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace augur::inline AUGUR_ABI {

/// For programs without an event loop: runs one coroutine to its end on this thread and gives what
/// it returns. Inside, `co_await boost::asio::this_coro::executor` is the executor to make clients on.
/// What the coroutine throws, `run` throws.
template <class T>
T run(boost::asio::awaitable<T> main)
{
    boost::asio::io_context context(1);
    std::exception_ptr thrown;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(context, std::move(main), [&](std::exception_ptr e) { thrown = e; });
        context.run();
        if (thrown)
            std::rethrow_exception(thrown);
    }
    else {
        std::optional<T> out;
        boost::asio::co_spawn(context, std::move(main), [&](std::exception_ptr e, T value) {
            thrown = e;
            if (!e)
                out.emplace(std::move(value));
        });
        context.run();
        if (thrown)
            std::rethrow_exception(thrown);
        return std::move(*out);
    }
}

} // namespace augur::inline AUGUR_ABI
