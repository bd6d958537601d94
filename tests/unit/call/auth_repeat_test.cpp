// What is proved anew with each attempt, and the two repeats that a refused proof may cause.

#include "support/doubles.hpp"

#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace test;
using testing::reply;

namespace {

constexpr char const* early = "Thu, 01 Jan 2026 00:00:00 GMT"; // when the manual clock starts
constexpr char const* an_hour_later = "Thu, 01 Jan 2026 01:00:00 GMT";

/// A SageMaker client on a scripted transport. Everything that the environment could say is said here.
struct sagemaker_bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    sagemaker::runtime_config config;

    sagemaker_bench()
    {
        config.region = "us-east-1";
        config.endpoint_url = "https://runtime.test";
        config.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret-key"));
        config.client.transport = transport;
        config.client.timers = time;
        config.client.random = std::make_shared<half_random>();
        config.client.max_attempts = 3;
    }

    sagemaker::runtime_client client() { return sagemaker::runtime_client(io.get_executor(), config); }

    result<sagemaker::invoke_endpoint_response> invoke(sagemaker::runtime_client c, call_options options = {})
    {
        return testing::run(io, *time, call(std::move(c), std::move(options)));
    }

private:
    static asio::awaitable<result<sagemaker::invoke_endpoint_response>> call(sagemaker::runtime_client c,
                                                                             call_options options)
    {
        sagemaker::invoke_endpoint_request request("iris", body("5.1,3.5,1.4,0.2"));
        request.content_type("text/csv");
        co_return co_await c.invoke_endpoint(std::move(request), std::move(options));
    }
};

std::string_view scope_of(testing::seen_request const& r)
{
    auto const text = r.field("authorization");
    auto const from = text.find("Credential=");
    return text.substr(from, text.find(',') - from);
}

} // namespace

TEST_CASE("auth: every attempt is numbered, dated and signed anew under one invocation id")
{
    sagemaker_bench bench;
    bench.transport->expect("POST", "/endpoints/iris/invocations", reply::with(503).after(3s));
    bench.transport->expect("POST", "/endpoints/iris/invocations", reply::with(429, {{"retry-after", "2"}}));
    bench.transport->expect("POST", "/endpoints/iris/invocations", reply::with(200, {}, "0"));
    auto const answer = bench.invoke(bench.client());
    REQUIRE(answer.has_value());
    CHECK(answer->meta.attempts == 3);
    CHECK(bench.time->elapsed() == 3s + 25ms + 2s);

    auto const& seen = bench.transport->seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].field("amz-sdk-request") == "attempt=1; max=3");
    CHECK(seen[1].field("amz-sdk-request") == "attempt=2; max=3");
    CHECK(seen[2].field("amz-sdk-request") == "attempt=3; max=3");
    CHECK(seen[0].field("amz-sdk-invocation-id").size() == 36);
    CHECK(seen[0].field("amz-sdk-invocation-id") == seen[1].field("amz-sdk-invocation-id"));
    CHECK(seen[0].field("amz-sdk-invocation-id") == seen[2].field("amz-sdk-invocation-id"));
    CHECK(seen[0].field("x-amz-date") == "20260101T000000Z");
    CHECK(seen[1].field("x-amz-date") == "20260101T000003Z");
    CHECK(seen[2].field("x-amz-date") == "20260101T000005Z");
    CHECK(seen[0].field("authorization") != seen[1].field("authorization"));
    CHECK(seen[1].field("authorization") != seen[2].field("authorization"));
    for (auto const& r : seen) {
        CHECK(scope_of(r) == "Credential=AKIDEXAMPLE/20260101/us-east-1/sagemaker/aws4_request");
        CHECK(r.content == "5.1,3.5,1.4,0.2");
        std::set<std::string> names;
        for (auto const& field : r.fields)
            CHECK_MESSAGE(names.insert(field.first).second, field.first,
                          " is there twice"); // nothing adds up over the attempts
    }
}

TEST_CASE("auth: another call has another invocation id")
{
    sagemaker_bench bench;
    bench.config.client.random = seeded_random(1);
    auto const client = bench.client();
    bench.transport->expect(reply::with(200));
    bench.transport->expect(reply::with(200));
    CHECK(bench.invoke(client).has_value());
    CHECK(bench.invoke(client).has_value());
    auto const& seen = bench.transport->seen();
    CHECK(seen[0].field("amz-sdk-invocation-id") != seen[1].field("amz-sdk-invocation-id"));
}

TEST_CASE("auth: the body is hashed once however often it is sent")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    bench.config.auth = auth;
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    // What the first signature remembered, the others found: the loop sends one and the same body.
    CHECK(auth->hash_was_known == std::vector<bool>{false, true, true});
    CHECK(auth->signed_at.size() == 3);
    CHECK(auth->signed_at[1] - auth->signed_at[0] == 25ms);
    CHECK(auth->signed_at[2] - auth->signed_at[1] == 50ms);
}

TEST_CASE("auth: a definite clock skew is corrected once, at once, and remembered by the client")
{
    sagemaker_bench bench;
    auto const client = bench.client();
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}}));
    bench.transport->expect(reply::with(200));
    bench.transport->expect(reply::with(200));
    auto const answer = bench.invoke(client);
    REQUIRE(answer.has_value());
    CHECK(answer->meta.attempts == 2);
    CHECK_FALSE(answer->meta.replayed);
    CHECK(bench.time->elapsed() == 0ns);
    CHECK(bench.invoke(client).has_value());
    auto const& seen = bench.transport->seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].field("x-amz-date") == "20260101T000000Z");
    CHECK(seen[1].field("x-amz-date") == "20260101T010000Z");
    CHECK(seen[2].field("x-amz-date") == "20260101T010000Z"); // the next call's first attempt
    CHECK(bench.transport->ok());
}

TEST_CASE("auth: a second refusal for the clock is surfaced")
{
    sagemaker_bench bench;
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}}));
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", early}}));
    auto const answer = bench.invoke(bench.client());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == sagemaker::errc::request_time_too_skewed);
    CHECK(answer.error().outcome() == outcome::refused);
    CHECK(answer.error().attempts() == 2);
    CHECK(bench.transport->ok());
}

TEST_CASE("auth: a bad signature is the clock's fault only if the clock is wrong by more than 4 minutes")
{
    struct row
    {
        char const* date;
        std::size_t sends;
    };
    for (auto const& r :
         {row{an_hour_later, 2}, row{"Thu, 01 Jan 2026 00:04:01 GMT", 2}, row{"Thu, 01 Jan 2026 00:04:00 GMT", 1},
          row{early, 1}, row{"Wed, 31 Dec 2025 23:55:00 GMT", 2}, row{"yesterday", 1}}) {
        CAPTURE(r.date);
        sagemaker_bench bench;
        bench.transport->expect(aws_error(403, "InvalidSignatureException", {{"date", r.date}}));
        if (r.sends == 2)
            bench.transport->expect(reply::with(200));
        auto const answer = bench.invoke(bench.client());
        CHECK(answer.has_value() == (r.sends == 2));
        CHECK(bench.transport->seen().size() == r.sends);
        CHECK(bench.transport->ok());
    }
}

TEST_CASE("auth: without a date, or with one from a cache, nothing is concluded about the clock")
{
    sagemaker_bench bench;
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed"));
    CHECK(bench.invoke(bench.client()).error().attempts() == 1);
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}, {"age", "3600"}}));
    CHECK(bench.invoke(bench.client()).error().attempts() == 1);
    CHECK(bench.transport->ok());
}

TEST_CASE("auth: expired credentials are fetched anew once, then the error is surfaced")
{
    for (std::string const type : {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException"}) {
        CAPTURE(type);
        sagemaker_bench bench;
        auto const source = std::make_shared<changing_source>();
        bench.config.credentials = source;
        bench.transport->expect(aws_error(403, type));
        bench.transport->expect(reply::with(200));
        auto const answer = bench.invoke(bench.client());
        REQUIRE(answer.has_value());
        CHECK(answer->meta.attempts == 2);
        CHECK(source->fetched == 2);
        CHECK(bench.time->elapsed() == 0ns);
        auto const& seen = bench.transport->seen();
        CHECK(scope_of(seen[0]).starts_with("Credential=AKIDEXAMPLE1/"));
        CHECK(scope_of(seen[1]).starts_with("Credential=AKIDEXAMPLE2/"));
        CHECK(seen[0].field("x-amz-security-token") == "canary-session-token-1");
        CHECK(seen[1].field("x-amz-security-token") == "canary-session-token-2");

        sagemaker_bench worse;
        worse.config.credentials = std::make_shared<changing_source>();
        worse.transport->expect(aws_error(403, type));
        worse.transport->expect(aws_error(403, type));
        auto const refused = worse.invoke(worse.client());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == condition::unauthenticated);
        CHECK(refused.error().attempts() == 2);
        CHECK(worse.transport->ok());
    }
}

TEST_CASE("auth: keys that cannot change are not fetched again")
{
    sagemaker_bench bench;
    bench.transport->expect(aws_error(403, "ExpiredTokenException"));
    auto const answer = bench.invoke(bench.client());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == sagemaker::errc::expired_token);
    CHECK(answer.error().attempts() == 1);
    CHECK(bench.transport->ok());
}

TEST_CASE("auth: who may not, may not: no repeat")
{
    for (std::string const type :
         {"AccessDeniedException", "AccessDenied", "NotAuthorized", "AuthFailure", "SignatureDoesNotMatch"}) {
        CAPTURE(type);
        sagemaker_bench bench;
        auto const source = std::make_shared<changing_source>();
        bench.config.credentials = source;
        bench.transport->expect(aws_error(403, type, {{"date", early}}));
        auto const answer = bench.invoke(bench.client());
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().attempts() == 1);
        CHECK(source->fetched == 1);
        CHECK(bench.transport->ok());
    }
}

TEST_CASE("auth: a late refusal of old credentials is sent again with those that somebody else fetched")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    bench.config.auth = auth;
    // While the first attempt is on its way, another call's refresh succeeds.
    int sends = 0;
    bench.config.transport = std::make_shared<hooked_transport>(bench.transport, [&](net::exchange&) {
        if (++sends == 1)
            auth->replace();
    });
    bench.transport->expect(aws_error(401, "ExpiredToken"));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    CHECK(auth->fetched == 1); // the first fetch, and no other
    CHECK(auth->invalidated.empty());
    CHECK(bench.transport->seen().at(0).field("authorization") == "canary-proof-1");
    CHECK(bench.transport->seen().at(1).field("authorization") == "canary-proof-2");
}

TEST_CASE("auth: each kind of refused proof is repeated once, and only while attempts are left")
{
    for (auto const& refusal :
         {aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}}), aws_error(403, "ExpiredToken")}) {
        call_bench last;
        last.config.auth = std::make_shared<fetching_auth>();
        last.transport->expect(refusal);
        call_options once;
        once.max_attempts(1);
        CHECK(last.run(once).error().attempts() == 1);
        CHECK(last.transport->ok());
    }

    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    bench.config.auth = auth;
    bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}}));
    bench.transport->expect(aws_error(403, "ExpiredToken", {{"date", an_hour_later}}));
    bench.transport->expect(aws_error(403, "ExpiredToken", {{"date", an_hour_later}}));
    call_options plenty;
    plenty.max_attempts(9);
    auto const answer = bench.run(plenty);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == sagemaker::errc::expired_token);
    CHECK(answer.error().attempts() == 3);
    CHECK(auth->fetched == 2);
    CHECK(auth->invalidated == std::vector<std::uint64_t>{1});
    CHECK(bench.quota() == 500);
    CHECK(bench.transport->ok());
}

TEST_CASE("auth: a call that may not be repeated leaves a corrected clock and fresh credentials to the next one")
{
    call_options once;
    once.max_attempts(1);
    {
        sagemaker_bench bench;
        auto const source = std::make_shared<changing_source>();
        bench.config.credentials = source;
        auto const client = bench.client();
        bench.transport->expect(aws_error(403, "ExpiredToken"));
        CHECK(bench.invoke(client, once).error().attempts() == 1);
        CHECK(source->fetched == 1); // whoever asks next fetches
        bench.transport->expect(reply::with(200));
        CHECK(bench.invoke(client, once).has_value());
        CHECK(source->fetched == 2);
        REQUIRE(bench.transport->seen().size() == 2);
        CHECK(scope_of(bench.transport->seen()[1]).starts_with("Credential=AKIDEXAMPLE2/"));
        CHECK(bench.transport->ok());
    }
    {
        sagemaker_bench bench;
        auto const client = bench.client();
        bench.transport->expect(aws_error(403, "RequestTimeTooSkewed", {{"date", an_hour_later}}));
        CHECK(bench.invoke(client, once).error().attempts() == 1);
        bench.transport->expect(reply::with(200));
        CHECK(bench.invoke(client, once).has_value());
        REQUIRE(bench.transport->seen().size() == 2);
        CHECK(bench.transport->seen()[1].field("x-amz-date") == "20260101T010000Z");
        CHECK(bench.transport->ok());
    }
    {
        call_bench bench; // the last of several attempts, too
        auto const auth = std::make_shared<fetching_auth>();
        bench.config.auth = auth;
        bench.transport->expect(reply::with(503));
        bench.transport->expect(aws_error(403, "ExpiredToken"));
        call_options twice;
        twice.max_attempts(2);
        CHECK(bench.run(twice).error().attempts() == 2);
        CHECK(auth->invalidated == std::vector<std::uint64_t>{1});
        CHECK(auth->fetched == 1);
        CHECK(bench.transport->ok());
    }
}

TEST_CASE("auth: repeats for the proof do not make the first back-off longer")
{
    call_bench bench;
    bench.config.auth = std::make_shared<fetching_auth>();
    bench.transport->expect(aws_error(403, "ExpiredToken"));
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    CHECK(bench.slept() == 25ms);
}

TEST_CASE("auth: a failed fetch ends the call with the fetch's own error")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_fails = make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, "no source had any");
    bench.config.auth = auth;
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::credentials_unavailable);
    CHECK(answer.error() == condition::unauthenticated);
    CHECK(answer.error().phase() == phase::auth);
    CHECK(answer.error().attempts() == 0);
    CHECK(bench.sends() == 0);
    CHECK(auth->fetched == 1);
}

TEST_CASE("auth: an authenticator that is never satisfied is asked to fetch once, not for ever")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    auth->never_usable = true;
    bench.config.auth = auth;
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::credentials_unavailable);
    CHECK(auth->fetched == 1);
    CHECK(bench.sends() == 0);
}
