// Token caches that cannot be written: a refresh token is used once, so what it brought must not be lost.
#include "source_support.hpp"
#include "support/plain_user.hpp"

#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#if !defined(_WIN32)

using namespace auth_test;
using augur::testing::reply;
namespace aws = augur::auth::aws;

namespace {

// The SHA-1 of "s".
constexpr char const* token_file = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";

std::string token_of(std::string const& access, std::string const& refresh, std::string const& end)
{
    return R"({"accessToken":")" + access + R"(","expiresAt":")" + end + R"(","refreshToken":")" + refresh +
           R"(","clientId":"c","clientSecret":"cs"})";
}

reply refreshed(std::string const& access, std::string const& refresh, int seconds)
{
    return reply::with(200, {},
                       R"({"accessToken":")" + access + R"(","expiresIn":)" + std::to_string(seconds) +
                           R"(,"refreshToken":")" + refresh + "\"}");
}

/// Its cache folder may be read, and nothing may be written into it.
struct bench : source_bench
{
    bench()
    {
        here.write("config", "[profile p]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
                             "[sso-session s]\nsso_region = us-east-2\nsso_start_url = https://x.example/start\n");
        e.aws_profile = "p";
        std::filesystem::create_directories(cache());
        log_in("RT1");
    }
    ~bench() { std::filesystem::permissions(cache(), std::filesystem::perms::owner_all); }
    std::filesystem::path cache() const { return here.path(".aws/sso/cache"); }
    void log_in(std::string const& refresh)
    {
        std::filesystem::permissions(cache(), std::filesystem::perms::owner_all);
        here.write(token_file, token_of("OLD", refresh, "2025-12-31T00:00:00Z"));
        std::filesystem::permissions(cache(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    }
};

} // namespace

TEST_CASE("read-only cache: a refreshed SSO session is kept by its source, and gives way to a new login")
{
    bench b;
    test::plain_user const not_root;
    std::string const set = R"({"roleCredentials":{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"TK",)"
                            R"("expiration":1767229200000}})";
    auto const source = aws::profile_credentials(b.options());
    struct row
    {
        char const* offered; ///< null: it is not refreshed
        reply answer;
        char const* used;
    };
    auto const ask = [&](row const& r) {
        CAPTURE(std::string(r.used));
        if (r.offered != nullptr)
            b.expect("POST", "/token", r.answer);
        b.expect("GET", "", reply::with(401, {}, "{}"));
        auto const before = b.seen().size();
        CHECK_FALSE(fetch_before(source, 2026).has_value());
        REQUIRE(b.transport->ok());
        CHECK(b.seen().back().field("x-amz-sso_bearer_token") == r.used);
        if (r.offered != nullptr)
            CHECK(contains(b.seen().at(before).content, "\"refreshToken\":\"" + std::string(r.offered) + "\""));
    };
    ask({"RT1", refreshed("NEW1", "RT2", 200), "NEW1"}); // soon over
    ask({"RT2", refreshed("NEW2", "RT3", 3600), "NEW2"});
    ask({nullptr, reply::never(), "NEW2"});
    b.log_in("RT7");
    ask({"RT7", refreshed("NEW7", "RT8", 3600), "NEW7"});
    ask({nullptr, reply::never(), "NEW7"});
    // Whoever logged out is not logged in any more.
    std::filesystem::permissions(b.cache(), std::filesystem::perms::owner_all);
    std::filesystem::remove(b.here.path(token_file));
    check_error(fetch_before(source, 2026), errc::invalid_argument, {"there is no SSO token"});
    CHECK(b.transport->ok());
}

TEST_CASE("read-only cache: and so is that of a bearer token")
{
    bench b;
    test::plain_user const not_root;
    driver d;
    auto const who = aws::bearer(b.options());
    for (int round = 0; round < 2; ++round) {
        if (round == 0)
            b.expect("POST", "/token", refreshed("NEW1", "RT2", 3600));
        REQUIRE(d.run<void>([who](net::operation& op) { return who->refresh(op, op.deadline()); }).has_value());
        auto head = make_head();
        REQUIRE(who->sign(head, body(), d.time->clock().wall_now()).has_value());
        CHECK(head.find("authorization") == "Bearer NEW1");
        who->invalidate(who->generation());
    }
    CHECK(b.transport->ok());
}
#endif
