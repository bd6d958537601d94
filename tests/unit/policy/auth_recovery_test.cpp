#include <augur/core/error_details.hpp>
#include <augur/policy/auth_recovery.hpp>
#include <augur/sagemaker/errc.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using namespace augur::policy;
using namespace std::chrono_literals;

namespace {

error refused(std::string name, int status, outcome what = outcome::refused)
{
    error_details details;
    details.provider_code = std::move(name);
    error out(make_error_code(sagemaker::errc::invalid_signature), phase::decode, what, std::move(details));
    out.with_http_status(status);
    return out;
}

wall_time const noon{1'800'000'000s};

/// Our clock is `wrong` ahead of the server's, and the answer took two seconds.
skew_facts behind_by(std::chrono::nanoseconds wrong)
{
    skew_facts facts;
    facts.sent = noon;
    facts.received = noon + 2s;
    facts.server_date = std::chrono::time_point_cast<wall_time::duration>(noon + 1s + wrong);
    return facts;
}

} // namespace

TEST_CASE("clock skew: which failures correct the clock")
{
    struct row
    {
        char const* name;
        std::chrono::seconds skew;
        bool corrects;
    };
    row const rows[] = {
        {"RequestTimeTooSkewed", 600s, true},
        {"RequestTimeTooSkewed", -600s, true},
        {"RequestTimeTooSkewed", 60s, true}, // the service is certain
        {"RequestExpired", 600s, true},
        {"RequestInTheFuture", -600s, true},
        {"SignatureExpired", 600s, true},
        {"InvalidSignatureException", 600s, true},
        {"InvalidSignatureException", -600s, true},
        {"InvalidSignatureException", 241s, true},
        {"InvalidSignatureException", 240s, false}, // as likely a wrong key
        {"InvalidSignatureException", -240s, false},
        {"InvalidSignatureException", 0s, false},
        {"SignatureDoesNotMatch", 600s, true},
        {"SignatureDoesNotMatch", 10s, false},
        {"AuthFailure", 600s, true},
        {"AuthFailure", 239s, false},
        {"AccessDeniedException", 600s, false},
        {"ExpiredTokenException", 600s, false},
        {"ThrottlingException", 600s, false},
        {"", 600s, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.skew.count());
        auto const correction = skew_decision(refused(row.name, 403), behind_by(row.skew));
        CHECK(correction.has_value() == row.corrects);
        if (correction)
            CHECK(*correction == row.skew);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("clock skew: only what was refused is sent again, whatever its code says")
{
    for (auto const known : {outcome::unknown, outcome::complete, outcome::partial, outcome::not_sent}) {
        auto failure = refused("RequestExpired", 500);
        failure.with(known);
        CHECK_FALSE(skew_decision(failure, behind_by(3600s)));
    }
}

TEST_CASE("clock skew: one correction per call")
{
    auto facts = behind_by(600s);
    facts.already_corrected = true;
    CHECK_FALSE(skew_decision(refused("RequestTimeTooSkewed", 403), facts));
}

TEST_CASE("clock skew: what was corrected already does not count as wrong")
{
    auto facts = behind_by(600s);
    facts.correction = 600s; // another call found it before
    CHECK_FALSE(skew_decision(refused("InvalidSignatureException", 403), facts));
    facts.correction = 0s;
    CHECK(skew_decision(refused("InvalidSignatureException", 403), facts) == std::chrono::nanoseconds(600s));
    // The clock was set right meanwhile, and the old correction is what is wrong now.
    facts = behind_by(0s);
    facts.correction = 600s;
    CHECK(skew_decision(refused("InvalidSignatureException", 403), facts) == std::chrono::nanoseconds(0));
}

TEST_CASE("clock skew: measured against the middle of the round trip, and only from an honest date")
{
    skew_facts facts;
    facts.sent = noon;
    facts.received = noon + 10s;
    facts.server_date = noon + 305s;
    CHECK(measured_skew(facts) == std::chrono::nanoseconds(300s));

    auto no_date = facts;
    no_date.server_date.reset();
    CHECK_FALSE(measured_skew(no_date));
    auto cached = facts;
    cached.from_cache = true;
    CHECK_FALSE(measured_skew(cached));
    auto slow = facts;
    slow.received = noon + 15min;
    CHECK(measured_skew(slow));
    slow.received = noon + 15min + 1s;
    CHECK_FALSE(measured_skew(slow));
    auto jumped = facts; // our own clock was set back while we waited
    jumped.received = noon - 1s;
    CHECK_FALSE(measured_skew(jumped));
}

TEST_CASE("clock skew: absurd dates neither overflow nor correct")
{
    for (auto date : {wall_time::min(), wall_time::max(), wall_time(), wall_time(noon + 24h * 365 * 40)}) {
        auto facts = behind_by(0s);
        facts.server_date = date;
        CHECK_FALSE(skew_decision(refused("RequestTimeTooSkewed", 403), facts));
    }
}

TEST_CASE("credentials: what a refused attempt leads to")
{
    struct row
    {
        char const* why;
        error failure;
        auth_facts facts; // refreshable, already_refreshed, newer_available
        auth_action expected;
    };
    auto const surface = auth_action::surface;
    auto const resend = auth_action::resend;
    auto const refresh = auth_action::refresh_and_send;
    row const rows[] = {
        {"401 with a token", refused("", 401), {true, false, false}, refresh},
        {"401, somebody else refreshed", refused("", 401), {true, false, true}, resend},
        {"401 after a refresh", refused("", 401), {true, true, false}, surface},
        {"401 after a refresh, newer again", refused("", 401), {true, true, true}, surface},
        {"401 with a static key", refused("", 401), {false, false, false}, surface},
        {"expired token", refused("ExpiredToken", 403), {true, false, false}, refresh},
        {"expired token, 400", refused("ExpiredTokenException", 400), {true, false, false}, refresh},
        {"expired token again", refused("ExpiredTokenException", 403), {true, true, false}, surface},
        {"expired static token", refused("ExpiredTokenException", 403), {false, false, false}, surface},
        {"unknown token", refused("UnrecognizedClientException", 403), {true, false, false}, refresh},
        {"forbidden", refused("AccessDeniedException", 403), {true, false, false}, surface},
        {"forbidden, newer credentials", refused("AccessDeniedException", 403), {true, false, true}, surface},
        {"wrong key", refused("InvalidSignatureException", 403), {true, false, false}, surface},
        {"AuthFailure", refused("AuthFailure", 403), {true, false, false}, surface},
        {"throttled", refused("ThrottlingException", 429), {true, false, false}, surface},
        {"no status", refused("", 0), {true, false, false}, surface},
        {"401 that may have acted", refused("", 401, outcome::unknown), {true, false, false}, surface},
    };
    for (auto const& row : rows) {
        CAPTURE(row.why);
        CHECK(static_cast<int>(auth_decision(row.failure, row.facts)) == static_cast<int>(row.expected));
    }
    MESSAGE("rows: " << std::size(rows));
}
