#pragma once

#include <augur/net/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <coroutine>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

/// `co_await next_turn(op)`: goes on behind everything that the executor has to do already. For work that could
/// otherwise keep a thread to itself. `wake::done`, or what ended the call meanwhile. An operation that was never told
/// its executor goes on at once.
class next_turn final : public suspension
{
public:
    explicit next_turn(operation& op) noexcept : suspension(op, op.deadline()) {}

    bool await_ready() const noexcept { return op().executor() == nullptr; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        give_token([this](wake_token token) { boost::asio::post(*op().executor(), std::move(token)); });
        return true;
    }
    wake await_resume() const noexcept { return cause(); }

private:
    void interrupt() noexcept override {} // the token is on its way, and cannot be called back
};

} // namespace augur::inline AUGUR_ABI::net
