// What the doubles of `testing` promise to the tests that stand on them.
#include "exchange_support.hpp"

#include <augur/testing/transports.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

using namespace augur;
using namespace std::chrono_literals;

namespace {

/// Runs one task on manual time.
template <class T, class Body>
result<T> run_task(boost::asio::io_context& context, Body body)
{
    auto const time = std::make_shared<testing::manual_time>();
    net::arena_handle const arena;
    std::optional<result<T>> out;
    net::start<T>(arena, time, context.get_executor(), 1min, std::move(body),
                  [&out](result<T> r) { out.emplace(std::move(r)); });
    while (!out) {
        context.restart();
        if (context.poll() == 0 && !out && !time->advance_to_next())
            throw std::logic_error("the task waits for something that can never happen");
    }
    return std::move(*out);
}

net::task<result<net::wake>> wait_once(net::operation& op, net::stream& s, net::direction what)
{
    auto const until = op.until(1s);
    co_return co_await net::ready(op, s, what, until);
}

net::task<result<int>> send_once(net::operation& op, net::transport& through)
{
    auto const to = tests::plain_origin();
    auto const head = request_head::make("POST", "/score", "example.test").value();
    body const payload(std::string("1,2"));
    net::exchange x(to, head, payload, {});
    auto const opened = co_await through.open(op, x);
    if (!opened)
        co_return opened.error();
    co_return opened->status;
}

} // namespace

TEST_CASE("memory_stream: it is not readable while its peer holds the answer back")
{
    boost::asio::io_context context(1);
    testing::stream_script script;
    script.input = "answer";
    script.answer_after = 4;
    testing::memory_stream s(context.get_executor(), script, std::make_shared<testing::memory_stream::log>());
    auto const wait_for = [&](net::direction what) {
        return run_task<net::wake>(context, [&](net::operation& op) { return wait_once(op, s, what); }).value();
    };
    char buffer[8];
    REQUIRE(s.try_read(buffer, sizeof buffer).status == net::io_status::want_read);
    CHECK(wait_for(net::direction::read) == net::wake::timed_out);
    CHECK(wait_for(net::direction::write) == net::wake::done);
    CHECK(wait_for(net::direction::either) == net::wake::done);
    REQUIRE(s.try_write("1234", 4).size == 4);
    CHECK(wait_for(net::direction::read) == net::wake::done);
    CHECK(s.try_read(buffer, sizeof buffer).size == 6);
}

TEST_CASE("memory_dialer: without a script there is nothing to dial")
{
    boost::asio::io_context context(1);
    CHECK_THROWS_AS(testing::memory_dialer(context.get_executor(), {}), std::invalid_argument);
}

TEST_CASE("replay_transport: a field that no response can have is told as a problem of the script")
{
    boost::asio::io_context context(1);
    testing::replay_transport transport;
    transport.expect(testing::reply::with(200, {{"retry-after", "2"}}));
    transport.expect(testing::reply::with(200, {{"x-note", "two\nlines"}}));
    auto const send = [&] {
        return run_task<int>(context, [&](net::operation& op) { return send_once(op, transport); });
    };
    CHECK(send().value() == 200);
    CHECK(transport.problems().empty());
    CHECK(send().error() == errc::internal);
    CHECK(transport.exhausted());
    CHECK_FALSE(transport.ok());
    REQUIRE(transport.problems().size() == 1);
    CHECK(transport.problems()[0].starts_with("the answer to POST /score cannot be made: "));
}
