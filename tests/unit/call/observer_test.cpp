// Who watches a call sees each attempt begin and end, what was decided, and the end: once, and no secret.

#include "support/doubles.hpp"

#include <augur/sagemaker/runtime_client.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

TEST_CASE("observer: each attempt has a start and an end with its decision, the call one end")
{
    call_bench bench;
    auto const seen = std::make_shared<recording_observer>();
    auto const other = std::make_shared<recording_observer>();
    bench.config.observers = {seen, other};
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(429, {{"retry-after", "2"}}));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    CHECK(seen->starts == std::vector<int>{1, 2, 3});
    REQUIRE(seen->ends.size() == 3);
    CHECK(seen->ends[0].status == 503);
    CHECK(seen->ends[0].repeats);
    CHECK(seen->ends[0].delay == 25ms);
    CHECK(seen->ends[0].cost == 14);
    REQUIRE(seen->ends[0].failure.has_value());
    CHECK(*seen->ends[0].failure == condition::overloaded);
    CHECK(seen->ends[1].status == 429);
    CHECK(seen->ends[1].delay == 2s);
    CHECK(seen->ends[1].cost == 5);
    CHECK(seen->ends[2].status == 200);
    CHECK_FALSE(seen->ends[2].failure.has_value());
    CHECK_FALSE(seen->ends[2].repeats);
    CHECK(seen->calls == 1);
    CHECK_FALSE(seen->last_failure.has_value());
    REQUIRE(seen->last_meta.has_value());
    CHECK(seen->last_meta->attempts == 3);
    CHECK(seen->last_meta->time_in(phase::backoff) == 2s + 25ms);
    CHECK(other->starts == seen->starts);
    CHECK(other->calls == 1);
}

TEST_CASE("observer: a final failure says why it is not repeated")
{
    struct row
    {
        reply what;
        policy::stop_reason reason;
    };
    for (auto const& r : {row{aws_error(400, "ValidationError"), policy::stop_reason::final_answer},
                          row{reply::fail(lost()), policy::stop_reason::may_have_acted},
                          row{reply::with(200, {}, "half").cut_after(2), policy::stop_reason::committed},
                          row{reply::with(429, {{"retry-after", "7200"}}), policy::stop_reason::asked_too_long}}) {
        call_bench bench;
        auto const seen = std::make_shared<recording_observer>();
        bench.config.observers = {seen};
        bench.transport->expect(r.what);
        CHECK_FALSE(bench.run().has_value());
        REQUIRE(seen->ends.size() == 1);
        CHECK_FALSE(seen->ends[0].repeats);
        CHECK(seen->ends[0].reason == r.reason);
        CHECK(seen->calls == 1);
        CHECK(seen->last_failure.has_value());
        CHECK(seen->last_meta->attempts == 1);
    }
}

TEST_CASE("observer: a repeat with another proof is a repeat at once and free of charge")
{
    call_bench bench;
    auto const seen = std::make_shared<recording_observer>();
    bench.config.observers = {seen};
    bench.config.auth = std::make_shared<fetching_auth>();
    bench.transport->expect(aws_error(403, "ExpiredToken"));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    REQUIRE(seen->ends.size() == 2);
    CHECK(seen->ends[0].repeats);
    CHECK(seen->ends[0].delay == 0ns);
    CHECK(seen->ends[0].cost == 0);
}

TEST_CASE("observer: a call that fails or is cancelled before its first attempt ends once, too")
{
    call_bench bench;
    auto const seen = std::make_shared<recording_observer>();
    bench.config.observers = {seen};
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_takes = 1h;
    bench.config.auth = auth;
    CHECK(bench.run().error() == errc::auth_timeout);
    CHECK(seen->calls == 1);
    CHECK(seen->starts.empty());
    CHECK(seen->ends.empty());

    asio::cancellation_signal signal;
    auto const to = bench.start({}, signal.slot());
    run_ready(bench.io);
    signal.emit(asio::cancellation_type::terminal);
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(seen->calls == 2);
    CHECK(*seen->last_failure == errc::cancelled);
}

TEST_CASE("observer: a cancelled attempt has an end")
{
    call_bench bench;
    auto const seen = std::make_shared<recording_observer>();
    bench.config.observers = {seen};
    bench.transport->expect(reply::never());
    asio::cancellation_signal signal;
    auto const to = bench.start({}, signal.slot());
    run_ready(bench.io);
    signal.emit(asio::cancellation_type::total);
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    REQUIRE(seen->ends.size() == 1);
    CHECK(*seen->ends[0].failure == errc::cancelled);
    CHECK_FALSE(seen->ends[0].repeats);
    CHECK(seen->calls == 1);
}

TEST_CASE("observer: no secret is in what it sees")
{
    for (bool const fails : {true, false}) {
        asio::io_context io(1);
        auto const time = std::make_shared<testing::manual_time>();
        auto const transport = std::make_shared<testing::replay_transport>();
        auto const seen = std::make_shared<recording_observer>();
        sagemaker::runtime_config config;
        config.region = "us-east-1";
        config.endpoint_url = "https://runtime.test";
        config.credentials = std::make_shared<changing_source>();
        config.client.transport = transport;
        config.client.timers = time;
        config.client.observers = {seen};
        config.client.max_attempts = 3;
        transport->expect(aws_error(403, "ExpiredTokenException"));
        transport->expect(fails ? aws_error(403, "AccessDeniedException") : reply::with(200));
        auto const call = [](sagemaker::runtime_client client) -> asio::awaitable<bool> {
            sagemaker::invoke_endpoint_request request("iris", body("canary-body"));
            request.custom_attributes("canary-attribute");
            auto answer = co_await client.invoke_endpoint(std::move(request));
            co_return answer.has_value();
        };
        CHECK(testing::run(io, *time, call(sagemaker::runtime_client(io.get_executor(), config))) == !fails);
        CHECK(transport->seen().at(0).field("x-amz-security-token").starts_with("canary")); // the canary is real
        CHECK(seen->calls == 1);
        CHECK(seen->text.find("/endpoints/iris/invocations") != std::string::npos);
        CHECK(seen->text.find("canary") == std::string::npos);
        CHECK(seen->text.find("AWS4-HMAC") == std::string::npos);
        CHECK(seen->text.find("Signature=") == std::string::npos);
    }
}

namespace {

class listening_log final : public log_sink
{
public:
    bool wants(log_level level) const noexcept override { return level >= from; }
    void write(log_level level, std::string_view sentence) noexcept override
    {
        sentences.push_back(std::to_string(static_cast<int>(level)) + " " + std::string(sentence));
    }
    log_level from = log_level::trace;
    std::vector<std::string> sentences;
};

} // namespace

TEST_CASE("log: an attempt is a sentence or two, louder when it matters, without a header value or a service's words")
{
    auto const log = std::make_shared<listening_log>();
    call_bench bench;
    bench.config.log = log;
    bench.transport->expect(reply::with(503, {{"x-secret", "CANARY"}}, "CANARY"));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    REQUIRE(log->sentences.size() == 4);
    CHECK(log->sentences[0].starts_with("1 attempt 1: POST "));
    CHECK(log->sentences[1].starts_with("2 attempt 1: service_unavailable in phase "));
    CHECK(log->sentences[1].ends_with("outcome refused, HTTP 503; again in 25 ms"));
    CHECK(log->sentences[3] == "1 attempt 2: HTTP 200");
    for (auto const& s : log->sentences)
        CHECK(s.find("CANARY") == std::string::npos);

    call_bench quiet;
    log->sentences.clear();
    log->from = log_level::warning;
    quiet.config.log = log;
    quiet.transport->expect(aws_error(400, "ValidationError"));
    CHECK_FALSE(quiet.run().has_value());
    REQUIRE(log->sentences.size() == 1);
    CHECK(log->sentences[0].starts_with("3 attempt 1: validation_error in phase "));
}
