#include <augur/codec/service_error.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using codec::bare_error_name;
using codec::error_body;

TEST_CASE("service error: the bare name of an error")
{
    struct row
    {
        char const* text;
        char const* name;
    };
    row const rows[] = {
        {"ModelError", "ModelError"},
        {"ModelError:", "ModelError"},
        {"ModelError:http://internal.amazon.com/coral/x/", "ModelError"},
        {"com.amazonaws.sagemaker#ModelError", "ModelError"},
        {"com.amazonaws.sagemaker#ModelError:http://x/#y", "ModelError"},
        {" ModelError ", "ModelError"},
        {"a#b#ModelError", "ModelError"},
        {"#", ""},
        {":", ""},
        {"", ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.text);
        CHECK(bare_error_name(row.text) == row.name);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("service error: members are found whatever their case, the first that says something wins")
{
    auto const body = error_body::read(
        R"( {"Message":"","message":"m","n":12,"b":true,"deep":{"x":1},"error":{"code":"c","n":{}}} )");
    CHECK(body.is_json());
    CHECK(body.find("MESSAGE") == "m");
    CHECK(body.find("n") == "12");
    CHECK(body.find("b") == "true");
    CHECK(body.find("error.code") == "c");
    CHECK(body.find("error.n").empty());
    CHECK(body.find("x").empty());
    CHECK(body.find("deep").empty());
    CHECK(body.code() == "c");
    CHECK(body.message() == "m");
}

TEST_CASE("service error: what is not a JSON object is text")
{
    for (std::string const text :
         {"<html>", "[{\"message\":\"m\"}]", "\"m\"", "{\"message\":", "{'message':'m'}", " ", "{} x"}) {
        CAPTURE(text);
        auto const body = error_body::read(text);
        CHECK_FALSE(body.is_json());
        CHECK(body.code().empty());
        CHECK(body.message() == text);
    }
}

TEST_CASE("service error: what is kept of a body is bounded in number and size")
{
    std::string many = "{";
    for (int i = 0; i < 1000; ++i)
        many += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    many += "\"message\":\"late\"}";
    auto const body = error_body::read(many);
    CHECK(body.is_json());
    CHECK(body.find("k31") == "31");
    CHECK(body.find("k32").empty());

    auto const sized = [](std::size_t size) {
        std::string text = "{\"message\":\"\"}";
        text.insert(text.size() - 2, std::string(size - text.size(), 'm'));
        return error_body::read(text).is_json();
    };
    CHECK(sized(64 * 1024));
    CHECK_FALSE(sized(64 * 1024 + 1));
}

TEST_CASE("service error: texts are cut between characters")
{
    std::string text;
    while (text.size() < 20'000)
        text += "x\xE2\x82\xAC"; // 1 and 3 bytes
    for (std::size_t pad = 0; pad < 4; ++pad) {
        auto const body = error_body::read("{\"message\":\"" + std::string(pad, 'p') + text + "\"}");
        REQUIRE(body.is_json());
        auto const message = body.message();
        CHECK(message.size() <= 8 * 1024);
        CHECK(message.size() > 8 * 1024 - 4);
        auto const tail = message.substr(message.size() - 3);
        CHECK((message.back() == 'x' || message.back() == 'p' || tail == "\xE2\x82\xAC"));
    }
}

TEST_CASE("service error: a status and its default meaning never contradict each other")
{
    for (int status = -5; status <= 1000; ++status) {
        CAPTURE(status);
        using c = condition;
        // What may have happened is only what the server says it failed at.
        if (codec::status_outcome(status) == outcome::unknown)
            CHECK(status >= 500);
        // A request that is wrong stays wrong.
        CHECK_FALSE((codec::status_is(status, c::invalid_request) && codec::status_is(status, c::transient)));
        CHECK_FALSE((codec::status_is(status, c::unauthenticated) && codec::status_is(status, c::forbidden)));
        if (status < 400 || status >= 600)
            for (int i = 1; i <= static_cast<int>(c::cancelled); ++i)
                CHECK_FALSE(codec::status_is(status, static_cast<c>(i)));
    }
}

TEST_CASE("service error: rate limit fields are kept as they came, others are not")
{
    headers fields;
    for (auto const& [name, value] : {std::pair("X-RateLimit-Remaining-Tokens", "1"), std::pair("retry-after-ms", "2"),
                                      std::pair("Retry-After", "3"), std::pair("x-ms-ratelimit-remaining-x", "4"),
                                      std::pair("x-amz-retry-after", "5"), std::pair("content-type", "6"),
                                      std::pair("x-rate", "7"), std::pair("my-retry-after", "8")})
        fields.add(name, value).value();
    auto const kept = codec::rate_limit_fields(fields);
    REQUIRE(kept.size() == 5);
    CHECK(kept[0].first == "X-RateLimit-Remaining-Tokens");
    CHECK(kept[4].second == "5");
}
