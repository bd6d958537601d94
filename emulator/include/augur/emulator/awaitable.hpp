#pragma once

/// @file
/// Boost.Asio's `awaitable`, named and not defined: half of the emulator's files only need to know that there is one,
/// and the header that defines it is a third of what they would compile. Who writes a coroutine includes
/// <boost/asio/awaitable.hpp>.

namespace boost::asio {
template <typename T, typename Executor>
class awaitable;
class any_io_executor;
} // namespace boost::asio

namespace augur::emulator {

template <class T>
using awaitable = boost::asio::awaitable<T, boost::asio::any_io_executor>;

} // namespace augur::emulator
