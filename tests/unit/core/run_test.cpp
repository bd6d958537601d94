#include <augur/run.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

namespace {

template <class T>
asio::awaitable<T> stop_and_wait([[maybe_unused]] std::shared_ptr<int> held)
{
    auto const executor = co_await asio::this_coro::executor;
    auto& context = asio::query(executor, asio::execution::context);
    static_cast<asio::io_context&>(context).stop();
    co_await asio::post(executor, asio::use_awaitable);
    if constexpr (!std::is_void_v<T>)
        co_return T();
}

asio::awaitable<std::string> greet()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    co_return "hello";
}

asio::awaitable<int> fail()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    throw std::runtime_error("as the test asked");
}

template <class T>
void check_stopped()
{
    auto const held = std::make_shared<int>();
    CHECK_THROWS_AS(augur::run(stop_and_wait<T>(held)), std::logic_error);
    CHECK(held.use_count() == 1); // the coroutine is gone
}

} // namespace

TEST_CASE("run: it gives what its coroutine gives, and throws what it throws")
{
    CHECK(augur::run(greet()) == "hello");
    CHECK_THROWS_WITH_AS(augur::run(fail()), "as the test asked", std::runtime_error);
}

TEST_CASE("run: whose event loop is stopped before the coroutine ends has nothing to give, and says so")
{
    check_stopped<std::string>();
    check_stopped<int>();
    check_stopped<void>();
}
