// Bearer tokens of AWS that somebody gave, and their one fetch for many calls.
#include "own_rows.hpp"
#include "source_support.hpp"

#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;
using testing::reply;

namespace {

// The SHA-1 of "s".
constexpr char const* token_file = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";

std::string token_until(std::string const& end)
{
    return R"({"accessToken":"OLD","expiresAt":")" + end +
           R"(","refreshToken":"CANARY","clientId":"c","clientSecret":"CANARY"})";
}

std::string const fresh = R"({"accessToken":"NEW","expiresIn":3600,"refreshToken":"CANARY"})";

struct bearer_bench : source_bench
{
    driver d;
    std::shared_ptr<call::authenticator> who;

    bearer_bench()
    {
        here.write("config", "[default]\nregion = eu-west-1\n[profile p]\nsso_session = s\n"
                             "[sso-session s]\nsso_region = us-east-2\nsso_start_url = https://x.example/start\n");
        std::filesystem::create_directories(here.path(".aws/sso/cache"));
    }
    /// What a call of a client does: the value of its header, or why there is none.
    result<std::string> sign()
    {
        if (!who)
            who = bearer(options());
        auto head = make_head();
        auto done = who->sign(head, body(), d.time->clock().wall_now());
        if (!done && done.error() == errc::credentials_needed) {
            auto const ready = d.run<void>([this](net::operation& op) { return who->refresh(op, op.deadline()); });
            if (!ready)
                return ready.error();
            done = who->sign(head, body(), d.time->clock().wall_now());
        }
        if (!done)
            return done.error();
        return std::string(*head.find("authorization"));
    }
};

} // namespace

TEST_CASE("bearer sources: the variable, the profile's session, or why there is no token")
{
    struct row
    {
        char const* what;
        std::string variable;
        char const* profile;
        std::string file;
        bool refreshes;
        char const* expected; ///< null: refused
        errc code;
    };
    auto const good = token_until("2026-01-01T01:00:00Z");
    auto const near = token_until("2026-01-01T00:04:00Z");
    row const rows[] = {
        {"the variable wins", "given", "p", good, false, "Bearer given", {}},
        {"a variable that cannot stand in a header", "CANARY\r\nx: y", "p", good, false, nullptr,
         errc::invalid_argument},
        {"a session", "", "p", good, false, "Bearer OLD", {}},
        {"a session that is refreshed", "", "p", near, true, "Bearer NEW", {}},
        {"a session without a token", "", "p", "", false, nullptr, errc::invalid_argument},
        {"neither", "", "", good, false, nullptr, errc::credentials_unavailable},
        {"a profile that is not there", "", "missing", good, false, nullptr, errc::credentials_unavailable},
    };
    tell(bearer_tokens, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.what);
        bearer_bench b;
        b.e.aws_bearer_token_bedrock = secret(r.variable);
        b.e.aws_profile = r.profile;
        if (!r.file.empty())
            b.here.write(token_file, r.file);
        if (r.refreshes)
            b.expect("POST", "/token", reply::with(200, {}, fresh));
        auto const got = b.sign();
        CHECK(b.transport->ok());
        if (r.expected != nullptr) {
            REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
            CHECK(*got == r.expected);
            CHECK(b.who->is_refreshable() == r.variable.empty());
            continue;
        }
        REQUIRE_FALSE(got.has_value());
        CHECK_MESSAGE(got.error() == r.code, got.error().to_string());
        CHECK(got.error().phase() == phase::auth);
        CHECK(got.error().outcome() == outcome::not_sent);
        CHECK_FALSE(contains(got.error().to_string(), "CANARY"));
    }
}

TEST_CASE("bearer sources: a thousand calls refresh a session once, and again before its token ends")
{
    bearer_bench b;
    b.e.aws_profile = "p";
    b.here.write(token_file, token_until("2025-12-31T23:00:00Z"));
    b.expect("POST", "/token", reply::with(200, {}, fresh).after(100ms));
    b.who = bearer(b.options());

    boost::asio::io_context context{1};
    net::arena_handle const arena;
    int ready = 0;
    for (int i = 0; i < 1000; ++i)
        net::start<void>(
            arena, b.d.time, context.get_executor(), 1min,
            [who = b.who](net::operation& op) { return who->refresh(op, op.deadline()); },
            net::completion<void>([&ready](result<void> r) { ready += r ? 1 : 0; }));
    do {
        context.restart();
        while (context.poll() != 0)
            context.restart();
    } while (ready < 1000 && b.d.time->advance_to_next());
    CHECK(ready == 1000);
    CHECK(b.seen().size() == 1);
    CHECK(b.sign().value() == "Bearer NEW");

    b.d.time->advance(59min); // its last minute: wanted anew
    b.expect("POST", "/token", reply::with(200, {}, R"({"accessToken":"NEWER","expiresIn":3600})"));
    CHECK(b.sign().value() == "Bearer NEWER");
    CHECK(b.seen().size() == 2);
}

TEST_CASE("bearer sources: a session's token that is refused is fetched again, and a header of somebody else's kept")
{
    bearer_bench b;
    b.e.aws_profile = "p";
    b.here.write(token_file, token_until("2026-01-01T01:00:00Z"));
    CHECK(b.sign().value() == "Bearer OLD");
    b.here.write(token_file, token_until("2026-01-01T00:04:00Z"));
    b.expect("POST", "/token", reply::with(200, {}, fresh));
    b.who->invalidate(b.who->generation());
    CHECK(b.sign().value() == "Bearer NEW");
    CHECK(b.transport->ok());

    auto head = make_head();
    REQUIRE(head.add("authorization", "mine"));
    auto const refused = b.who->sign(head, body(), b.d.time->clock().wall_now());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::invalid_argument);
}
