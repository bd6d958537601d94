#pragma once

#include <augur/core/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>

#include <type_traits>

namespace augur::inline AUGUR_ABI::net {

/// A completion handler for `void(result<T>)` that has forgotten its type. It passes its argument on by reference: by
/// value it would move it twice more, and an answer is large.
template <class T>
using completion = boost::asio::any_completion_handler<void(result<T>&&)>;

/// Whether `handler` is to be called on `executor`, asked while its type is still known: an erased handler
/// allocates four times to say the same. A wrong "no" costs only that.
template <class Handler>
bool completes_on(Handler const& handler, boost::asio::any_io_executor const& executor)
{
    auto const target = boost::asio::get_associated_executor(handler, executor);
    if constexpr (std::is_convertible_v<decltype(target), boost::asio::any_io_executor>)
        return boost::asio::any_io_executor(target) == executor;
    else
        return false;
}

} // namespace augur::inline AUGUR_ABI::net
