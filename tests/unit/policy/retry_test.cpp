// The replay table (whether) and retry behaviour 2.1 (when, at what cost), row by row. The expected
// values are the published ones; nothing here sends anything.

#include <augur/codec/retry_after.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/headers.hpp>
#include <augur/policy/retry.hpp>
#include <augur/sagemaker/errc.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

using namespace augur;
using namespace augur::policy;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

error local(augur::errc code, phase where, outcome what)
{
    return error(make_error_code(code), where, what);
}

error answered(sagemaker::errc code, int status, outcome what,
               std::optional<std::chrono::milliseconds> retry_after = {}, bool hint = false)
{
    error_details details;
    details.retry_after = retry_after;
    if (hint)
        details.attributes.emplace_back(retry_hint_attribute, "set");
    error out(make_error_code(code), phase::decode, what, std::move(details));
    out.with_http_status(status);
    return out;
}

error bare(int status, outcome what)
{
    return answered(static_cast<sagemaker::errc>(status), status, what);
}

retry_decision decide(error const& e, replay rule = replay::standard, attempt_facts facts = {},
                      std::chrono::nanoseconds remaining = forever, double unit = 1.0)
{
    retry_quota quota;
    return retry_policy().after(e, rule, facts, remaining, unit, quota);
}

attempt_facts reused()
{
    attempt_facts facts;
    facts.connection_reused = true;
    return facts;
}

/// What a row of the replay table says under one rule.
enum class says
{
    repeats, ///< and nothing may have happened twice
    flagged, ///< repeats, and says that the service may have acted
    unknown, ///< stops: the service may have acted
    stops,
};

says read(retry_decision const& d)
{
    if (!d.is_stop())
        return d.replayed() ? says::flagged : says::repeats;
    return d.reason() == stop_reason::may_have_acted ? says::unknown : says::stops;
}

} // namespace

TEST_CASE("replay table: whether a request is sent again under each rule")
{
    using sagemaker::errc;
    using client = augur::errc;
    struct row
    {
        char const* name;
        error failure;
        attempt_facts facts;
        says standard, at_most_once, replay_unknown;
    };
    auto const r = says::repeats;
    auto const f = says::flagged;
    auto const u = says::unknown;
    auto const s = says::stops;
    attempt_facts started = reused();
    started.response_started = true;
    attempt_facts second_stale = reused();
    second_stale.attempt = 2;
    second_stale.stale_retries = 1;
    attempt_facts delivered;
    delivered.response_started = true;
    delivered.response_had_first_event = true;
    attempt_facts second;
    second.attempt = 2;
    std::vector<row> const rows{
        // Not sent: safe under every rule, if trying again can help.
        {"lookup timed out", local(client::resolve_timeout, phase::resolve, outcome::not_sent), {}, r, r, r},
        {"no such name", local(client::resolve_failed, phase::resolve, outcome::not_sent), {}, s, s, s},
        {"connection refused", local(client::connect_failed, phase::connect, outcome::not_sent), {}, r, r, r},
        {"connect timed out", local(client::connect_timeout, phase::connect, outcome::not_sent), {}, r, r, r},
        {"proxy timed out", local(client::proxy_timeout, phase::proxy, outcome::not_sent), {}, r, r, r},
        {"proxy refused", local(client::proxy_failed, phase::proxy, outcome::not_sent), {}, s, s, s},
        {"handshake timed out", local(client::tls_timeout, phase::tls, outcome::not_sent), {}, r, r, r},
        {"wrong certificate", local(client::tls_verify_failed, phase::tls, outcome::not_sent), {}, s, s, s},
        {"pool full", local(client::pool_timeout, phase::pool_wait, outcome::not_sent), {}, s, s, s},
        {"no descriptors", local(client::resource_exhausted, phase::connect, outcome::not_sent), {}, r, r, r},
        {"no descriptors again", local(client::resource_exhausted, phase::connect, outcome::not_sent), second, s, s, s},
        {"bad argument", local(client::invalid_argument, phase::prepare, outcome::not_sent), {}, s, s, s},
        {"no credentials", local(client::credentials_unavailable, phase::auth, outcome::not_sent), {}, s, s, s},
        {"cancelled", local(client::cancelled, phase::first_byte, outcome::unknown), {}, s, s, s},
        {"deadline", local(client::deadline_exceeded, phase::first_byte, outcome::unknown), {}, s, s, s},
        {"client closed", local(client::client_closed, phase::pool_wait, outcome::not_sent), {}, s, s, s},
        // A pooled connection that was dead: once, on a fresh one.
        {"stale, nothing received", local(client::connection_lost, phase::first_byte, outcome::unknown), reused(), f, u,
         f},
        {"stale, write failed", local(client::write_failed, phase::write, outcome::unknown), reused(), f, u, f},
        {"stale, nothing written", local(client::write_failed, phase::write, outcome::not_sent), reused(), r, r, r},
        {"stale a second time", local(client::connection_lost, phase::first_byte, outcome::unknown), second_stale, u, u,
         f},
        {"reused, response had started", local(client::connection_lost, phase::first_byte, outcome::unknown), started,
         u, u, f},
        {"reused, no answer in time", local(client::response_timeout, phase::first_byte, outcome::unknown), reused(), u,
         u, f},
        // Sent on a fresh connection, then silence: the service may have acted.
        {"fresh, connection lost", local(client::connection_lost, phase::first_byte, outcome::unknown), {}, u, u, f},
        {"fresh, write failed", local(client::write_failed, phase::write, outcome::unknown), {}, u, u, f},
        {"fresh, write timed out", local(client::write_timeout, phase::write, outcome::unknown), {}, u, u, f},
        {"no answer in time", local(client::response_timeout, phase::first_byte, outcome::unknown), {}, u, u, f},
        {"not HTTP", local(client::protocol_error, phase::first_byte, outcome::unknown), {}, s, s, s},
        // R04: what the service says.
        {"408", answered(errc::request_timeout, 408, outcome::refused), {}, r, r, r},
        {"408 after the model ran", bare(408, outcome::unknown), {}, u, u, f},
        {"429", answered(errc::throttling, 429, outcome::refused), {}, r, r, r},
        {"throttling as 400", answered(errc::throttling, 400, outcome::refused), {}, r, r, r},
        {"429 without a known code", bare(429, outcome::refused), {}, r, r, r},
        {"429 model not ready", answered(errc::model_not_ready, 429, outcome::refused), {}, r, r, r},
        {"503", answered(errc::service_unavailable, 503, outcome::refused), {}, r, r, r},
        {"529", bare(529, outcome::refused), {}, r, r, r},
        {"500", answered(errc::internal_failure, 500, outcome::unknown), {}, f, u, f},
        {"502", bare(502, outcome::unknown), {}, f, u, f},
        {"507 with the name of a 500", answered(errc::internal_failure, 507, outcome::unknown), {}, u, u, f},
        {"504", bare(504, outcome::unknown), {}, f, u, f},
        {"501", bare(501, outcome::refused), {}, s, s, s},
        {"530", answered(errc::internal_dependency, 530, outcome::unknown), {}, s, s, s},
        {"424 model error", answered(errc::model_error, 424, outcome::complete), {}, s, s, s},
        {"409", bare(409, outcome::refused), {}, s, s, s},
        {"400", answered(errc::validation_error, 400, outcome::refused), {}, s, s, s},
        {"404", bare(404, outcome::refused), {}, s, s, s},
        {"413", answered(errc::payload_too_large, 413, outcome::refused), {}, s, s, s},
        {"403 denied", answered(errc::access_denied, 403, outcome::refused), {}, s, s, s},
        {"401", bare(401, outcome::refused), {}, s, s, s},
        {"redirect", local(client::redirect_refused, phase::decode, outcome::refused), {}, s, s, s},
        // 200, then the answer breaks: it acted, and half an answer is never mended by another one.
        {"body cut", local(client::truncated, phase::body, outcome::partial), {}, s, s, s},
        {"body stalled", local(client::idle_timeout, phase::body, outcome::partial), {}, s, s, s},
        {"body too large", local(client::body_limit, phase::body, outcome::partial), {}, s, s, s},
        {"body unreadable", local(client::decode_error, phase::decode, outcome::complete), {}, s, s, s},
        {"an event was delivered", local(client::connection_lost, phase::body, outcome::unknown), delivered, s, s, s},
    };
    for (auto const& row : rows) {
        CAPTURE(row.name);
        CHECK(read(decide(row.failure, replay::standard, row.facts)) == row.standard);
        CHECK(read(decide(row.failure, replay::at_most_once, row.facts)) == row.at_most_once);
        CHECK(read(decide(row.failure, replay::replay_unknown, row.facts)) == row.replay_unknown);
    }
    MESSAGE("replay table: " << rows.size() << " rows under 3 rules");
}

TEST_CASE("replay: at_most_once never repeats what may have happened, whatever else is true")
{
    int cases = 0;
    for (int code = 1; code <= static_cast<int>(augur::errc::internal); ++code)
        for (int status : {0, 408, 429, 500, 502, 503, 504, 529})
            for (outcome what : {outcome::unknown, outcome::partial, outcome::complete})
                for (bool pooled : {false, true}) {
                    auto e = local(static_cast<augur::errc>(code), phase::first_byte, what);
                    e.with_http_status(status);
                    attempt_facts facts;
                    facts.connection_reused = pooled;
                    CHECK(decide(e, replay::at_most_once, facts).is_stop());
                    ++cases;
                }
    MESSAGE("cases: " << cases);
}

TEST_CASE("replay: no rule repeats after an event was delivered or without a body to send")
{
    for (auto rule : {replay::standard, replay::at_most_once, replay::replay_unknown}) {
        attempt_facts delivered;
        delivered.response_had_first_event = true;
        auto const throttled = answered(sagemaker::errc::throttling, 429, outcome::refused);
        CHECK(decide(throttled, rule, delivered).reason() == stop_reason::committed);
        attempt_facts consumed;
        consumed.body_replayable = false;
        CHECK(decide(throttled, rule, consumed).reason() == stop_reason::body_not_replayable);
    }
}

TEST_CASE("stale connection: the repeat is immediate, free, fresh and happens once")
{
    retry_quota quota;
    auto const lost = local(augur::errc::connection_lost, phase::first_byte, outcome::unknown);
    auto facts = reused();
    auto const first = retry_policy().after(lost, replay::standard, facts, forever, 1.0, quota);
    REQUIRE_FALSE(first.is_stop());
    CHECK(first.delay() == 0ns);
    CHECK(first.cost() == 0);
    CHECK(first.fresh_connection());
    CHECK(first.replayed());
    CHECK(first.is_stale_retry());
    CHECK(quota.available() == 500);

    // It does not count as a step of the back-off: the next failure waits like a first one.
    facts = {};
    facts.attempt = 2;
    facts.stale_retries = 1;
    auto const next =
        decide(answered(sagemaker::errc::service_unavailable, 503, outcome::refused), replay::standard, facts);
    REQUIRE_FALSE(next.is_stop());
    CHECK(next.delay() == 50ms);
    CHECK_FALSE(next.is_stale_retry());
    CHECK_FALSE(next.fresh_connection());

    // Under replay_unknown a second one may follow, but it waits and pays.
    auto again = reused();
    again.attempt = 2;
    again.stale_retries = 1;
    auto const second = retry_policy().after(lost, replay::replay_unknown, again, forever, 1.0, quota);
    REQUIRE_FALSE(second.is_stop());
    CHECK(second.delay() == 50ms);
    CHECK(second.cost() == 14);
    CHECK(second.fresh_connection());
    CHECK(quota.available() == 486);

    CHECK(decide(lost, replay::standard, reused(), 0ns).reason() == stop_reason::deadline_too_close);
}

TEST_CASE("attempts: three sends by default, and one means one")
{
    auto const e = answered(sagemaker::errc::service_unavailable, 503, outcome::refused);
    for (int attempt = 1; attempt <= 4; ++attempt) {
        attempt_facts facts;
        facts.attempt = attempt;
        auto const d = decide(e, replay::standard, facts);
        CAPTURE(attempt);
        CHECK(d.is_stop() == (attempt >= 3));
        if (d.is_stop())
            CHECK(d.reason() == stop_reason::attempts_used);
    }
    retry_quota quota;
    auto const once = retry_policy().max_attempts(1);
    CHECK(once.after(e, replay::standard, {}, forever, 0.5, quota).reason() == stop_reason::attempts_used);
    CHECK(once.after(local(augur::errc::connection_lost, phase::first_byte, outcome::unknown), replay::standard,
                     reused(), forever, 0.5, quota)
              .reason() == stop_reason::attempts_used);
    CHECK(quota.available() == 500);
}

TEST_CASE("pace and cost: throttling is slow and cheap, everything else is quick and dear")
{
    using sagemaker::errc;
    struct row
    {
        char const* name;
        error failure;
        std::chrono::milliseconds first, second;
        int cost;
    };
    std::vector<row> const rows{
        {"throttling", answered(errc::throttling, 429, outcome::refused), 1s, 2s, 5},
        {"throttling as 400", answered(errc::throttling, 400, outcome::refused), 1s, 2s, 5},
        {"bare 429", bare(429, outcome::refused), 1s, 2s, 5},
        {"model not ready", answered(errc::model_not_ready, 429, outcome::refused), 1s, 2s, 5},
        {"429 under another name", answered(errc::service_unavailable, 429, outcome::refused), 1s, 2s, 5},
        {"503", answered(errc::service_unavailable, 503, outcome::refused), 50ms, 100ms, 14},
        {"500", answered(errc::internal_failure, 500, outcome::unknown), 50ms, 100ms, 14},
        {"connect refused", local(augur::errc::connect_failed, phase::connect, outcome::not_sent), 50ms, 100ms, 14},
        {"connect timed out", local(augur::errc::connect_timeout, phase::connect, outcome::not_sent), 50ms, 100ms, 14},
    };
    for (auto const& row : rows) {
        CAPTURE(row.name);
        retry_quota quota;
        attempt_facts facts;
        auto const first = retry_policy().after(row.failure, replay::standard, facts, forever, 1.0, quota);
        CHECK(first.delay() == row.first);
        CHECK(first.cost() == row.cost);
        CHECK(quota.available() == 500 - row.cost);
        facts.attempt = 2;
        auto const second = retry_policy().after(row.failure, replay::standard, facts, forever, 1.0, quota);
        CHECK(second.delay() == row.second);
        CHECK(quota.available() == 500 - 2 * row.cost);
        quota.succeeded(second.cost());
        CHECK(quota.available() == 500 - row.cost);
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("x-amz-retry-after: bounded by the delay below and five seconds above it")
{
    // The published checks for a first retry after 500 with the jitter at 1: t = 50 ms.
    struct row
    {
        char const* header;
        std::chrono::milliseconds delay;
    };
    row const rows[] = {
        {"1500", 1500ms}, {"0", 50ms}, {"10000", 5050ms}, {"invalid", 50ms}, {"-100", 50ms},
    };
    int count = 0;
    for (auto const& row : rows) {
        CAPTURE(row.header);
        auto const asked = codec::parse_amz_retry_after(row.header);
        retry_quota quota;
        auto const e = answered(sagemaker::errc::internal_failure, 500, outcome::unknown, asked, asked.has_value());
        auto const d = retry_policy().after(e, replay::standard, {}, forever, 1.0, quota);
        REQUIRE_FALSE(d.is_stop());
        CHECK(d.delay() == row.delay);
        CHECK(quota.available() == 486);
        quota.succeeded(d.cost());
        CHECK(quota.available() == 500);
        ++count;
    }
    // Far over the cap for Retry-After, but a hint never makes anybody wait long.
    auto const day = answered(sagemaker::errc::throttling, 429, outcome::refused, 86'400'000ms, true);
    CHECK(decide(day).delay() == 6s);
    auto const endless =
        answered(sagemaker::errc::throttling, 429, outcome::refused, std::chrono::milliseconds::max(), true);
    CHECK(decide(endless).delay() == 6s);
    MESSAGE("rows: " << count + 2);
}

TEST_CASE("R01 Retry-After: waits at least as asked, and never longer than the cap or the time left")
{
    struct row
    {
        std::chrono::milliseconds asked;
        std::chrono::nanoseconds remaining;
        bool stops;
        std::chrono::milliseconds delay;
    };
    row const rows[] = {
        {2s, forever, false, 2s},
        {0ms, forever, false, 50ms},   // "at once" does not switch the back-off off
        {20ms, forever, false, 50ms},
        {120s, forever, false, 120s},
        {120'001ms, forever, true, 0ms},
        {24h, forever, true, 0ms},
        {std::chrono::milliseconds::max(), forever, true, 0ms},
        {5s, 5s, true, 0ms},           // nothing would be left for the attempt
        {5s, 5001ms, false, 5s},
        {10s, 3s, true, 0ms},
        {-1ms, forever, false, 50ms},  // not an answer
        {std::chrono::milliseconds::min(), forever, false, 50ms},
    };
    for (auto const& row : rows) {
        CAPTURE(row.asked.count());
        auto const e = answered(sagemaker::errc::service_unavailable, 503, outcome::refused, row.asked);
        retry_quota quota;
        auto const d = retry_policy().after(e, replay::standard, {}, row.remaining, 1.0, quota);
        CHECK(d.is_stop() == row.stops);
        if (row.stops) {
            CHECK(d.reason() == stop_reason::asked_too_long);
            CHECK(e.retry_after() == row.asked); // the caller can see it
            CHECK(quota.available() == 500);
        }
        else {
            CHECK(d.delay() == row.delay);
        }
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("R01 Retry-After: whatever text a header holds, the decision is a bounded wait or a stop")
{
    char const* const values[] = {"5",
                                  "0",
                                  "1.5",
                                  "-1",
                                  "abc",
                                  "1e20",
                                  "Sun, 06 Nov 1994 08:49:37 GMT",
                                  "Sunday, 06-Nov-94 08:49:37 GMT",
                                  "Sun Nov  6 08:49:37 1994",
                                  "Fri, 31 Dec 9999 23:59:59 GMT",
                                  "",
                                  " ",
                                  "nan",
                                  "inf",
                                  "5, 6",
                                  "0x10",
                                  "5s"};
    char const* const names[] = {"retry-after", "retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"};
    auto const now = std::chrono::system_clock::time_point(1'800'000'000s);
    int rows = 0;
    for (char const* name : names)
        for (char const* value : values) {
            CAPTURE(name);
            CAPTURE(value);
            bool const hint = std::string_view(name) == "x-amz-retry-after";
            auto const asked = hint ? codec::parse_amz_retry_after(value) : codec::retry_after_field(name, value, now);
            auto const d = decide(answered(sagemaker::errc::throttling, 429, outcome::refused, asked, hint && asked));
            if (d.is_stop())
                CHECK(d.reason() == stop_reason::asked_too_long);
            else
                CHECK((d.delay() >= 1s && d.delay() <= 120s));
            ++rows;
        }
    MESSAGE("rows: " << rows);
}

TEST_CASE("R02 R03: a storm costs the service 35 repeats in 10,000 calls, and the quota heals with success")
{
    retry_quota quota;
    retry_policy const policy;
    auto const down = answered(sagemaker::errc::service_unavailable, 503, outcome::refused);
    int sends = 0;
    for (int call = 0; call < 10'000; ++call)
        for (attempt_facts facts;; ++facts.attempt) {
            ++sends;
            auto const d = policy.after(down, replay::standard, facts, forever, 0.5, quota);
            if (d.is_stop())
                break;
        }
    CHECK(sends - 10'000 == 35);
    CHECK(quota.available() == 10);
    CHECK(policy.after(down, replay::standard, {}, forever, 0.5, quota).reason() == stop_reason::quota_empty);

    for (int call = 0; call < 4; ++call)
        quota.succeeded(0);
    auto const repaired = policy.after(down, replay::standard, {}, forever, 0.5, quota);
    REQUIRE_FALSE(repaired.is_stop());
    CHECK(quota.available() == 0);
    quota.succeeded(repaired.cost());
    CHECK(quota.available() == 14);
    for (int call = 0; call < 1'000; ++call)
        quota.succeeded(0);
    CHECK(quota.available() == 500);
}

TEST_CASE("R05: a back-off that does not fit before the deadline is not slept and costs nothing")
{
    auto const busy = answered(sagemaker::errc::throttling, 429, outcome::refused);
    for (auto remaining : {std::chrono::nanoseconds(-1s), std::chrono::nanoseconds(0), std::chrono::nanoseconds(1ms),
                           std::chrono::nanoseconds(1s)}) {
        retry_quota quota;
        auto const d = retry_policy().after(busy, replay::standard, {}, remaining, 1.0, quota);
        CAPTURE(remaining.count());
        CHECK(d.is_stop());
        CHECK(d.reason() == stop_reason::deadline_too_close);
        CHECK(quota.available() == 500);
    }
    CHECK_FALSE(decide(busy, replay::standard, {}, 1s + 1ns).is_stop());
    CHECK_FALSE(decide(busy, replay::standard, {}, 1ns, 0.0).is_stop());
}

TEST_CASE("script: 503, then 429 with Retry-After 2, then well")
{
    retry_quota quota;
    retry_policy const policy;
    attempt_facts facts;
    auto const first = policy.after(answered(sagemaker::errc::service_unavailable, 503, outcome::refused),
                                    replay::standard, facts, 30s, 0.5, quota);
    CHECK(first.delay() == 25ms);
    CHECK(quota.available() == 486);
    facts.attempt = 2;
    auto const second = policy.after(answered(sagemaker::errc::throttling, 429, outcome::refused, 2000ms),
                                     replay::standard, facts, 30s, 0.5, quota);
    CHECK(second.delay() == 2s);
    CHECK(quota.available() == 481);
    CHECK_FALSE(second.replayed());
    quota.succeeded(second.cost());
    CHECK(quota.available() == 486);
}

TEST_CASE("x-should-retry: the service's word decides whether a repeat helps, not whether one may be made")
{
    auto const said = [](char const* word, int status, outcome what) {
        error_details details;
        details.attributes.emplace_back(should_retry_attribute, word);
        error out(make_error_code(static_cast<sagemaker::errc>(status)), phase::decode, what, std::move(details));
        return out.with_http_status(status);
    };
    CHECK(decide(said("false", 503, outcome::refused)).is_stop());
    CHECK(decide(said("false", 429, outcome::refused)).is_stop());
    CHECK(!decide(said("true", 409, outcome::refused)).is_stop());
    CHECK(!decide(said("maybe", 503, outcome::refused)).is_stop());
    CHECK(decide(said("maybe", 409, outcome::refused)).is_stop());
    CHECK(decide(said("true", 500, outcome::unknown), replay::at_most_once).is_stop());
    CHECK(decide(said("true", 424, outcome::complete)).is_stop());
}

TEST_CASE("a 429 that is final for another reason is not repeated")
{
    auto const spent =
        error(make_error_code(sagemaker::errc::access_denied), phase::decode, outcome::refused).with_http_status(429);
    CHECK(decide(spent).is_stop());
    CHECK(!decide(bare(429, outcome::refused)).is_stop());
}

TEST_CASE("stop reasons are sentences, each its own")
{
    std::vector<std::string_view> seen;
    for (int i = 0; i <= static_cast<int>(stop_reason::deadline_too_close); ++i) {
        auto const text = to_string(static_cast<stop_reason>(i));
        CHECK(text.size() > 10);
        CHECK(std::find(seen.begin(), seen.end(), text) == seen.end());
        seen.push_back(text);
    }
    CHECK(to_string(static_cast<stop_reason>(99)) == "unknown");
}
