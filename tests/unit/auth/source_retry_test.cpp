// What STS and SSO refuse for now: when they are asked again, how much later, and what is told in the end.

#include "source_support.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace auth_test;
using namespace std::chrono_literals;
using augur::testing::reply;
using auth::aws::source_options;

namespace {

/// `unit()` is always so many eighths.
class fixed_random final : public random_source
{
public:
    explicit fixed_random(unsigned eighths) noexcept : bits_(std::uint64_t(eighths) << 61) {}
    std::uint64_t bits() noexcept override { return bits_; }

private:
    std::uint64_t bits_;
};

reply sts_says(int status, std::string const& code)
{
    return reply::with(status, {},
                       "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
                           "</Code><Message>Rate exceeded</Message></Error></ErrorResponse>");
}

struct bench : source_bench
{
    int attempts = 3;
    unsigned eighths = 4;
    std::chrono::nanoseconds took{};

    bench()
    {
        e.aws_web_identity_token_file = here.write("jwt", "CANARY");
        e.aws_role_arn = "arn:aws:iam::123:role/r";
        e.aws_role_session_name = "me";
    }
    source_options settings() const
    {
        return options().max_attempts(attempts).random(std::make_shared<fixed_random>(eighths));
    }
    credential_result fetch(std::shared_ptr<auth::aws::credential_source> source)
    {
        driver d;
        d.time->manual().jump_wall(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) - d.time->clock().wall_now());
        auto const before = d.time->clock().now();
        auto got =
            d.run<auth::aws::credentials>([source](net::operation& op) { return source->fetch(op, op.deadline()); });
        took = d.time->clock().now() - before;
        return got;
    }
    credential_result web_identity() { return fetch(web_identity_credentials(settings())); }
};

void check_condition(credential_result const& got, condition c)
{
    REQUIRE_FALSE(got.has_value());
    CHECK_MESSAGE(got.error() == c, got.error().to_string());
    CHECK((got.error() == condition::unauthenticated) == (c == condition::unauthenticated));
    CHECK((got.error() == condition::transient) == (c != condition::unauthenticated));
    CHECK(got.error().phase() == phase::auth);
    CHECK(got.error().outcome() == outcome::not_sent);
    CHECK_FALSE(contains(got.error().to_string(), "CANARY"));
}

} // namespace

TEST_CASE("sts: what it refuses for now is asked again, also when it says so with a 400, and told as what it is")
{
    struct row
    {
        int status;
        char const* code;
        condition what; ///< when it stays so
    };
    for (auto const& r :
         {row{400, "Throttling", condition::throttled}, row{400, "ThrottlingException", condition::throttled},
          row{400, "RequestLimitExceeded", condition::throttled}, row{403, "SlowDown", condition::throttled},
          row{429, "Unheard", condition::throttled}, row{503, "Throttling", condition::throttled},
          row{400, "RequestTimeout", condition::server_error},
          row{400, "IDPCommunicationError", condition::server_error},
          row{500, "InternalFailure", condition::server_error}, row{403, "AccessDenied", condition::unauthenticated},
          row{400, "ExpiredTokenException", condition::unauthenticated}}) {
        CAPTURE(r.code);
        bool const for_now = r.what != condition::unauthenticated;
        if (for_now) {
            bench b;
            b.expect("POST", "/", sts_says(r.status, r.code));
            b.expect("POST", "/", reply::with(200, {}, role_answer));
            check_set(b.web_identity());
            CHECK(b.transport->ok());
        }
        bench b;
        b.attempts = 2;
        for (int i = 0; i < (for_now ? 2 : 1); ++i)
            b.expect("POST", "/", sts_says(r.status, r.code));
        auto const got = b.web_identity();
        check_condition(got, r.what);
        CHECK(got.error().provider_code() == r.code);
        CHECK(got.error().http_status() == r.status);
        CHECK(b.transport->ok()); // asked as often as it says, and no more
    }
}

TEST_CASE("sts: the wait before the next attempt is each client's own, and grows")
{
    struct row
    {
        char const* code;
        unsigned eighths;
        std::chrono::nanoseconds waits; ///< all three
    };
    for (auto const& r : {row{"Throttling", 4, 3500ms}, row{"Throttling", 2, 1750ms}, row{"Throttling", 0, 0s},
                          row{"RequestTimeout", 4, 1400ms}, row{"RequestTimeout", 1, 350ms}}) {
        CAPTURE(r.code);
        CAPTURE(r.eighths);
        bench b;
        b.attempts = 4;
        b.eighths = r.eighths;
        for (int i = 0; i < 4; ++i)
            b.expect("POST", "/", sts_says(400, r.code));
        CHECK_FALSE(b.web_identity().has_value());
        CHECK(b.took == r.waits);
        CHECK(b.transport->ok());
    }
}

TEST_CASE("roles: each attempt at STS is signed anew")
{
    bench b;
    b.here.write("config", "[profile p]\nrole_arn = R\nsource_profile = q\n"
                           "[profile q]\naws_access_key_id = KEY\naws_secret_access_key = CANARY\n");
    b.expect("POST", "/", sts_says(400, "Throttling"));
    b.expect("POST", "/", sts_says(400, "Throttling"));
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    check_set(b.fetch(profile_credentials(b.settings().profile("p"))));
    REQUIRE(b.seen().size() == 3);
    CHECK(b.seen()[0].field("x-amz-date") == "20260101T000000Z");
    CHECK(b.seen()[2].field("x-amz-date") == "20260101T000001Z");
    CHECK(b.seen()[2].content == b.seen()[0].content); // the same session
}

TEST_CASE("sso: throttling is asked again, in the words of the portal and of OIDC")
{
    bench b;
    b.here.write("config", "[profile p]\nsso_session = s\nsso_account_id = 12\nsso_role_name = r\n"
                           "[sso-session s]\nsso_region = us-east-2\nsso_start_url = https://x.example/start\n");
    std::filesystem::create_directories(b.here.path(".aws/sso/cache"));
    auto const write_token = [&b](std::string const& end) {
        b.here.write(".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json", // the SHA-1 of "s"
                     R"({"accessToken":"OLD","expiresAt":")" + end + R"(","refreshToken":"CANARY","clientId":"c",)" +
                         R"("clientSecret":"CANARY","registrationExpiresAt":"2026-03-01T00:00:00Z"})");
    };
    std::string const set = R"({"roleCredentials":{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"TK",)"
                            R"("expiration":1767229200000}})";
    std::string const slow = R"({"error":"slow_down","error_description":"Rate exceeded"})";
    std::string const busy = R"({"message":"Rate exceeded","__type":"com.amazonaws#TooManyRequestsException"})";
    auto const source = profile_credentials(b.settings().profile("p"));
    write_token("2025-12-31T23:59:00Z");
    b.expect("POST", "/token", reply::with(400, {}, slow));
    b.expect("POST", "/token", reply::with(200, {}, R"({"accessToken":"NEW","expiresIn":3600})"));
    b.expect("GET", "", reply::with(400, {}, busy));
    b.expect("GET", "", reply::with(200, {}, set));
    check_set(b.fetch(source));

    for (int i = 0; i < 3; ++i)
        b.expect("GET", "", reply::with(429, {}, busy));
    auto const portal = b.fetch(source);
    check_condition(portal, condition::throttled);
    CHECK(portal.error().provider_code() == "TooManyRequestsException");

    write_token("2025-12-31T23:59:00Z");
    for (int i = 0; i < 3; ++i)
        b.expect("POST", "/token", reply::with(400, {}, slow));
    auto const oidc = b.fetch(source);
    check_condition(oidc, condition::throttled);
    CHECK(oidc.error().provider_code() == "slow_down");
    CHECK(contains(oidc.error().to_string(), "Rate exceeded"));
    CHECK(b.transport->ok());
}
