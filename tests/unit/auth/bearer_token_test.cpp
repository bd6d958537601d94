#include "sigv4_support.hpp"
#include <augur/auth/aws/bearer_token.hpp>

#include <augur/codec/base64.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;

namespace {

wall_time const noon{std::chrono::sys_days(std::chrono::year(2026) / 8 / 21).time_since_epoch() + 12h};
std::string const key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Host and parameters of the URL in a token; the order of parameters means nothing to the service.
std::set<std::string> parts_of(std::string_view token, std::string_view prefix)
{
    REQUIRE(token.starts_with(prefix));
    auto const url = codec::base64_decode(token.substr(prefix.size())).value();
    std::set<std::string> out;
    std::size_t at = 0;
    for (auto end = url.find_first_of("?&"); end != url.npos; end = url.find_first_of("?&", at)) {
        out.insert(url.substr(at, end - at));
        at = end + 1;
    }
    CHECK(url.substr(at) == "Version=1"); // added after signing
    return out;
}

struct maker
{
    driver d;
    std::shared_ptr<rotating_source> source;
    std::shared_ptr<call::authenticator> auth;

    explicit maker(std::deque<result<credentials>> answers)
        : source(std::make_shared<rotating_source>(std::move(answers))),
          auth(made_bearer(std::make_shared<credential_cache>(source), "us-west-2", "sagemaker"))
    {
    }
    wall_time now() const { return d.time->clock().wall_now(); }
    std::string sign(wall_time at)
    {
        auto head = request_head::make("POST", "/", "service.test").value();
        auto done = auth->sign(head, body(), at);
        if (!done && done.error() == errc::credentials_needed) {
            REQUIRE(refresh(d, auth));
            done = auth->sign(head, body(), at);
        }
        REQUIRE(done);
        return std::string(*head.find("authorization"));
    }
};

} // namespace

TEST_CASE("bearer token: those of other programs are made, with and without a session")
{
    struct row
    {
        std::string session;
        std::chrono::seconds life;
        std::string signature;
    };
    for (auto const& r : {row{"", 43200s, "e4d20f37dfce6d0655f9b2ddb282b4390cb5066bd92a46223803b675c1ca2cb5"},
                          row{"IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==", 900s,
                              "d105a655971b94b4a0b3f9ec4fefdaad7c7812944d6e0a0c0a76c01fa8383244"}}) {
        auto const made =
            make_bearer_token(set_of("AKIAIOSFODNN7EXAMPLE", key, r.session), "us-west-2", "sagemaker", r.life, noon);
        REQUIRE(made.has_value());
        CHECK(made->expires == noon + r.life);
        std::set<std::string> expected{
            "sagemaker.amazonaws.com/",
            "Action=CallWithBearerToken",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260821%2Fus-west-2%2Fsagemaker%2Faws4_request",
            "X-Amz-Date=20260821T120000Z",
            "X-Amz-Expires=" + std::to_string(r.life.count()),
            "X-Amz-SignedHeaders=host",
            "X-Amz-Signature=" + r.signature};
        if (!r.session.empty())
            expected.insert("X-Amz-Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3Qt"
                            "MSJHMEUCIQ%3D%3D");
        CHECK(parts_of(made->text.reveal(), "sagemaker-api-key-") == expected);
    }
    auto const other = make_bearer_token(set_of("AKIAIOSFODNN7EXAMPLE", key), "us-east-1", "bedrock", 43200s, noon);
    CHECK(parts_of(other->text.reveal(), "bedrock-api-key-")
              .contains("X-Amz-Signature=e69888f485ed7abeeddd7b3f8c8c4307f064bca9a28a6549d048b82a66b367ef"));
}

TEST_CASE("bearer token: it ends no later than its credentials, and bad ones are refused")
{
    auto const token = [](credentials const& c, std::string_view region, std::chrono::seconds life) {
        return make_bearer_token(c, region, "sagemaker", life, noon);
    };
    auto const short_lived = set_of("AKIDEXAMPLE", key, "", noon + 10min);
    CHECK(token(short_lived, "us-east-1", 1h)->expires == noon + 10min);
    CHECK(token(set_of("AKIDEXAMPLE", key, "", noon), "us-east-1", 1h).error() == errc::credentials_unavailable);
    for (auto const life : {0s, -1s, 43201s})
        CHECK(token(short_lived, "us-east-1", life).error() == errc::invalid_argument);
    for (auto const* region : {"", "us east", "us-east-1/x", "us\n"})
        CHECK(token(short_lived, region, 1h).error() == errc::invalid_argument);
    for (auto const* id : {"", "AKID EXAMPLE", "AKID\n", "AKID/x"}) {
        auto const refused = token(set_of(id, key), "us-east-1", 1h);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == errc::invalid_argument);
        CHECK(refused.error().to_string().find(key) == std::string::npos);
    }
}

TEST_CASE("bearer token: one is used for half of its life, and made anew for new credentials and another clock")
{
    maker m({set_of("AKIDEXAMPLE", key)});
    auto const start = m.now();
    auto const first = m.sign(start);
    CHECK(first.starts_with("Bearer sagemaker-api-key-"));
    CHECK(m.sign(start + 30min - 1s) == first);
    auto const second = m.sign(start + 30min);
    CHECK(second != first);
    CHECK(m.sign(start + 59min) == second);
    CHECK(m.sign(start + 10min) != second); // the clock was wrong
    CHECK(m.source->fetched == 1);

    maker other({set_of("AKIDFIRST", key), set_of("AKIDSECOND", key)});
    auto const of_first = other.sign(start);
    other.auth->invalidate(other.auth->generation());
    auto const of_second = other.sign(start);
    CHECK(of_second != of_first);
    CHECK(other.source->fetched == 2);
}

TEST_CASE("bearer token: it is made anew before its credentials end")
{
    maker m({set_of("AKIDFIRST", key, "", start_of_2026 + 20min), set_of("AKIDSECOND", key)});
    auto const start = m.now();
    auto const first = m.sign(start);
    bool changed = false;
    for (auto at = 0min; at < 20min && !changed; at += 1min) {
        m.d.time->advance(1min);
        changed = m.sign(start + at) != first;
    }
    CHECK(changed);
}
