#include <augur/codec/hex.hpp>
#include <augur/codec/signing_key.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace codec = augur::codec;
using namespace std::chrono_literals;

namespace {

std::chrono::system_clock::time_point const noon = std::chrono::sys_days(std::chrono::year(2015) / 8 / 30) + 12h;
std::string_view const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

} // namespace

TEST_CASE("signing key: the scope names day, region and service")
{
    auto const scope = codec::credential_scope::make(noon, "us-east-1", "iam").value();
    CHECK(scope.text() == "20150830/us-east-1/iam/aws4_request");
    CHECK(scope.date() == "20150830");
    CHECK(scope.region() == "us-east-1");
    CHECK(scope.service() == "iam");
    CHECK(scope.day() == std::chrono::floor<std::chrono::days>(noon));
}

TEST_CASE("signing key: a derived key signs as the steps of HMAC by Python's hmac module do")
{
    // python3: k = b"AWS4" + secret; for part in (b"20150830", b"us-east-1", b"iam", b"aws4_request", b"message"):
    //              k = hmac.new(k, part, "sha256").digest()
    auto const key = codec::derive_signing_key(secret, noon, "us-east-1", "iam").value();
    CHECK(codec::hex_encode(codec::view(key.sign("message"))) ==
          "6eff52e993a7697611cc863eaa605a438fc9709b40cdec1b632427082da2c2e6");
}

TEST_CASE("signing key: names that would break the scope are refused")
{
    CHECK_FALSE(codec::derive_signing_key("", noon, "us-east-1", "iam").has_value());
    for (std::string_view const bad : {"", "a/b", "us east", "x@evil", "a\n", "\xc3\xa9", "a,b"}) {
        CAPTURE(bad);
        auto const region = codec::derive_signing_key(secret, noon, bad, "iam");
        REQUIRE_FALSE(region.has_value());
        CHECK(region.error() == augur::errc::invalid_argument);
        CHECK(region.error().message().find("region") != std::string_view::npos);
        auto const service = codec::derive_signing_key(secret, noon, "us-east-1", bad);
        REQUIRE_FALSE(service.has_value());
        CHECK(service.error().message().find("service") != std::string_view::npos);
    }
    CHECK_FALSE(codec::derive_signing_key(secret, noon, std::string(129, 'a'), "iam").has_value());
}

TEST_CASE("signing key cache: the same secret, day, region and service share one key; any other has its own")
{
    codec::signing_key_cache cache;
    auto const key = cache.get(secret, noon, "us-east-1", "iam").value();
    CHECK(cache.get(secret, noon + 11h, "us-east-1", "iam").value() == key);
    CHECK(cache.size() == 1);
    CHECK(cache.get(secret, noon + 12h, "us-east-1", "iam").value() != key);
    CHECK(cache.get(secret, noon, "us-east-2", "iam").value() != key);
    CHECK(cache.get(secret, noon, "us-east-1", "s3").value() != key);
    CHECK(cache.get("another", noon, "us-east-1", "iam").value() != key);
    CHECK(cache.size() == 5);
    CHECK(cache.get(secret, noon, "us-east-1", "iam").value() == key);
    CHECK(cache.get("another", noon, "us-east-1", "iam").value()->sign("x") !=
          cache.get(secret, noon, "us-east-1", "iam").value()->sign("x"));
}

TEST_CASE("signing key cache: what it forgets is really gone")
{
    codec::signing_key_cache cache;
    std::weak_ptr<codec::signing_key const> const one = cache.get(secret, noon, "us-east-1", "iam").value();
    std::weak_ptr<codec::signing_key const> const two = cache.get("other", noon, "us-east-1", "iam").value();
    CHECK_FALSE(one.expired());
    cache.forget(secret);
    CHECK(one.expired());
    CHECK_FALSE(two.expired());
    cache.clear();
    CHECK(two.expired());
    CHECK(cache.size() == 0);
}

TEST_CASE("signing key cache: keys of days gone by are dropped, yesterday's stays")
{
    codec::signing_key_cache cache;
    std::weak_ptr<codec::signing_key const> const first = cache.get(secret, noon, "us-east-1", "iam").value();
    cache.get(secret, noon + 24h, "us-east-1", "iam").value();
    CHECK_FALSE(first.expired());
    cache.get(secret, noon + 48h, "us-east-1", "iam").value();
    CHECK(first.expired());
    CHECK(cache.size() == 2);
}

TEST_CASE("signing key cache: it never grows beyond its capacity and drops the least recently used")
{
    codec::signing_key_cache cache(2);
    auto const key = [&](std::string_view region) {
        return std::weak_ptr<codec::signing_key const>(cache.get(secret, noon, region, "iam").value());
    };
    auto const a = key("a"), b = key("b");
    key("a");
    auto const c = key("c");
    CHECK(b.expired());
    CHECK_FALSE(a.expired());
    CHECK_FALSE(c.expired());
    for (int i = 0; i < 100; ++i)
        key("r" + std::to_string(i));
    CHECK(cache.size() == 2);
}

TEST_CASE("signing key cache: a refusal leaves nothing behind")
{
    codec::signing_key_cache cache;
    CHECK_FALSE(cache.get(secret, noon, "a/b", "iam").has_value());
    CHECK_FALSE(cache.get("", noon, "a", "iam").has_value());
    CHECK(cache.size() == 0);
}

TEST_CASE("signing key cache: threads may share it")
{
    codec::signing_key_cache cache(3);
    auto const expected = codec::derive_signing_key(secret, noon, "r1", "iam").value().sign("x");
    std::vector<std::thread> threads;
    std::vector<int> wrong(4);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 500; ++i) {
                auto const key = cache.get(secret, noon, "r" + std::to_string(i % 5), "iam").value();
                wrong[t] += i % 5 == 1 && key->sign("x") != expected;
                if (i % 97 == 0)
                    cache.forget(secret);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == std::vector<int>(4, 0));
}
