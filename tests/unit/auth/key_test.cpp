#include "support.hpp"

#include <augur/auth/key.hpp>
#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace auth_test;

TEST_CASE("key: each kind puts its value into its own header and changes nothing else")
{
    struct row
    {
        std::shared_ptr<call::authenticator> auth;
        char const* name;
        char const* value;
    };
    row const rows[] = {
        {auth::bearer(secret("the-key")), "authorization", "Bearer the-key"},
        {auth::api_key(secret("the-key")), "api-key", "the-key"},
        {auth::header("x-functions-key", secret("the-key")), "x-functions-key", "the-key"},
        {auth::bearer(secret("a b")), "authorization", "Bearer a b"},
        {auth::bearer(secret("\xC3\xA9")), "authorization", "Bearer \xC3\xA9"}, // obs-text is a field value
        {auth::bearer(secret(std::string_view(std::string(4096, 'k')))), "authorization", nullptr},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto head = make_head();
        auto const before = std::string(head.text());
        body const payload(std::string("x"));
        REQUIRE(r.auth->sign(head, payload, wall_time()));
        CHECK(head.size() == 2);
        auto const value = head.find(r.name);
        REQUIRE(value.has_value());
        if (r.value != nullptr)
            CHECK(*value == r.value);
        CHECK(head.text() == before + std::string(head.at(1).name) + ": " + std::string(*value) + "\r\n");
        CHECK(payload.remembered_sha256() == nullptr); // a key proves nothing about the payload
    }
}

TEST_CASE("key: every attempt gets the same header on its own copy of the head")
{
    auto const auth = auth::bearer(secret("the-key"));
    auto const original = make_head();
    for (int attempt = 0; attempt < 3; ++attempt) {
        auto head = original;
        REQUIRE(auth->sign(head, body(), wall_time() + std::chrono::hours(attempt)));
        CHECK(head.find("authorization") == "Bearer the-key");
        CHECK(head.size() == 2);
    }
}

TEST_CASE("key: a head that has the key's header already is refused, in whatever case")
{
    for (auto const& auth : {auth::api_key(secret("CANARY")), auth::header("Api-Key", secret("CANARY"))}) {
        auto head = make_head();
        REQUIRE(head.add("API-key", "another"));
        auto const before = std::string(head.text());
        auto const signed_ = auth->sign(head, body(), wall_time());
        REQUIRE_FALSE(signed_.has_value());
        CHECK(signed_.error() == errc::invalid_argument);
        CHECK(signed_.error().outcome() == outcome::not_sent);
        CHECK_FALSE(contains(signed_.error().to_string(), "CANARY"));
        CHECK(head.text() == before);
    }
}

TEST_CASE("key: an empty key is an error that asks for one, before anything is sent")
{
    for (auto const& auth :
         {auth::bearer(secret()), auth::bearer(secret("")), auth::api_key(secret()), auth::header("x-key", secret())}) {
        auto head = make_head();
        auto const signed_ = auth->sign(head, body(), wall_time());
        REQUIRE_FALSE(signed_.has_value());
        CHECK(signed_.error() == errc::credentials_unavailable);
        CHECK(signed_.error() == condition::unauthenticated);
        CHECK(signed_.error() != errc::credentials_needed); // there is nothing to fetch
        CHECK(signed_.error().outcome() == outcome::not_sent);
        CHECK(contains(signed_.error().message(), "key"));
        CHECK(head.size() == 1);
    }
}

TEST_CASE("key: one that cannot stand in a header is refused without repeating any of it")
{
    for (std::string_view const key :
         {std::string_view("CANARY\r\nEvil: 1"), std::string_view("CANARY\n"), std::string_view("CANARY\r"),
          std::string_view("\nCANARY"), std::string_view("CANARY\x7f"), std::string_view("CANARY "),
          std::string_view("CANARY\t"), std::string_view("CAN\0ARY", 7), std::string_view("CANARY\x1b[0m")}) {
        for (auto const& auth :
             {auth::bearer(secret(key)), auth::api_key(secret(key)), auth::header("x-key", secret(key))}) {
            auto head = make_head();
            auto const before = std::string(head.text());
            auto const signed_ = auth->sign(head, body(), wall_time());
            REQUIRE_FALSE(signed_.has_value());
            CHECK(signed_.error() == errc::invalid_argument);
            CHECK(signed_.error().outcome() == outcome::not_sent);
            CHECK_FALSE(contains(signed_.error().to_string(), "CAN"));
            CHECK_FALSE(contains(signed_.error().to_string(), "Evil"));
            CHECK_FALSE(contains(signed_.error().to_string(), "\n"));
            CHECK(head.text() == before);
        }
    }
}

TEST_CASE("key: a header name that is none is refused, and so is the key with it")
{
    for (auto const* name : {"", "a b", "a:", "a\r\nEvil", "\xC3\xA9"}) {
        auto head = make_head();
        auto const signed_ = auth::header(name, secret("CANARY"))->sign(head, body(), wall_time());
        REQUIRE_FALSE(signed_.has_value());
        CHECK(signed_.error() == errc::invalid_argument);
        CHECK_FALSE(contains(signed_.error().to_string(), "CANARY"));
        CHECK(head.size() == 1);
    }
}

TEST_CASE("key: a refused key is not refreshed; asking all the same is a clear error")
{
    auto const auth = auth::bearer(secret("CANARY"));
    CHECK_FALSE(auth->is_refreshable());
    CHECK(auth->generation() == 0);
    auth->invalidate(0);
    driver d;
    auto const refreshed = d.run<void>([auth](net::operation& op) { return auth->refresh(op, op.deadline()); });
    REQUIRE_FALSE(refreshed.has_value());
    CHECK(refreshed.error() == errc::credentials_unavailable);
    CHECK(refreshed.error().phase() == phase::auth);
    CHECK_FALSE(contains(refreshed.error().to_string(), "CANARY"));
    auto head = make_head();
    CHECK(auth->sign(head, body(), wall_time()).has_value()); // and the key is still there
}

TEST_CASE("key: no authentication changes nothing")
{
    auto const auth = call::no_authentication();
    auto head = make_head();
    auto const before = std::string(head.text());
    CHECK(auth->sign(head, body(), wall_time()).has_value());
    CHECK(head.text() == before);
    CHECK_FALSE(auth->is_refreshable());
    driver d;
    CHECK(d.run<void>([auth](net::operation& op) { return auth->refresh(op, op.deadline()); }).has_value());
}
