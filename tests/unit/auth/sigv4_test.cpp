#include "sigv4_support.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;

TEST_CASE("sigv4: a signed head is accepted by a verifier that reads the bytes")
{
    struct row
    {
        char const* method;
        char const* target;
        char const* payload;
        char const* token;
    };
    row const rows[] = {
        {"POST", "/endpoints/iris/invocations", R"({"instances":[[1,2,3,4]]})", ""},
        {"POST", "/endpoints/iris/invocations", "", ""},
        {"GET", "/", "", ""},
        {"GET", "/?b=2&a=1&a=0", "", ""},
        {"GET", "/a%20b/c%2Fd?x=%20y&=z&q", "", ""},
        {"PUT", "/~user/-._/$&+,:;=@", "bytes \x01\x02\xFF", ""},
        {"POST", "/endpoints/iris/invocations", "x", "FwoGZXIvYXdzEXAMPLE//token+with/signs=="},
    };
    for (auto const& r : rows) {
        CAPTURE(r.target);
        fixture f({set_of("AKIDEXAMPLE", example_key, r.token)});
        REQUIRE(f.refresh());
        auto head = make_head(r.target, r.method);
        REQUIRE(head.add("Content-Type", "application/json"));
        REQUIRE(head.add("user-agent", "augur"));
        REQUIRE(head.add("x-amzn-sagemaker-target-variant", "blue"));
        auto const before = std::string(head.text());
        body const payload{std::string(r.payload)};
        REQUIRE(f.auth->sign(head, payload, f.now()));
        CHECK(head.text().substr(0, before.size()) == before); // fields are added, nothing is changed
        CHECK(verify(head, r.payload, example_key, "us-east-1", "sagemaker") == "");
        CHECK(head.find("x-amz-date") == "20260101T000000Z");
        CHECK(head.find("x-amz-security-token").has_value() == (*r.token != '\0'));
        CHECK_FALSE(head.find("x-amz-content-sha256").has_value());
        CHECK(
            contains(*head.find("authorization"), "Credential=AKIDEXAMPLE/20260101/us-east-1/sagemaker/aws4_request"));
        // The verifier can say no.
        CHECK(verify(head, r.payload, example_key + "x", "us-east-1", "sagemaker") != "");
        CHECK(verify(head, std::string(r.payload) + "x", example_key, "us-east-1", "sagemaker") != "");
        CHECK(verify(head, r.payload, example_key, "us-east-2", "sagemaker") != "");
    }
}

TEST_CASE("sigv4: the options choose the path form and the payload hash")
{
    sigv4_options s3;
    s3.encoding = codec::path_encoding::once;
    s3.normalisation = codec::path_normalisation::off;
    s3.send_payload_hash = true;
    {
        fixture f({set_of("AKIDEXAMPLE", example_key)}, s3);
        REQUIRE(f.refresh());
        auto head = make_head("/bucket//a%20b/c", "PUT", "s3.us-east-1.amazonaws.com");
        body const payload{std::string("bytes")};
        REQUIRE(f.auth->sign(head, payload, f.now()));
        CHECK(head.find("x-amz-content-sha256") == codec::hex_encode(codec::view(codec::sha256("bytes"))));
        CHECK(verify(head, "bytes", example_key, "us-east-1", "sagemaker", true) == "");
    }
    s3.sign_payload = false;
    {
        fixture f({set_of("AKIDEXAMPLE", example_key)}, s3);
        REQUIRE(f.refresh());
        auto head = make_head("/bucket/key", "PUT", "s3.us-east-1.amazonaws.com");
        body const payload{std::string("bytes")};
        REQUIRE(f.auth->sign(head, payload, f.now()));
        CHECK(head.find("x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
        CHECK(verify(head, "anything else", example_key, "us-east-1", "sagemaker", true) == "");
        CHECK(payload.remembered_sha256() == nullptr); // nobody needed it
    }
}

TEST_CASE("sigv4: before the first fetch it asks for credentials and leaves the head alone")
{
    fixture f({set_of("AKIDEXAMPLE", example_key)});
    auto head = make_head();
    auto const before = std::string(head.text());
    auto const refused = f.auth->sign(head, body(), f.now());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::credentials_needed);
    CHECK(refused.error().phase() == phase::auth);
    CHECK(refused.error().outcome() == outcome::not_sent);
    CHECK(head.text() == before);
    CHECK(f.source->fetched == 0); // signing fetches nothing
    REQUIRE(f.refresh());
    CHECK(f.source->fetched == 1);
    CHECK(f.auth->sign(head, body(), f.now()).has_value());
}

TEST_CASE("sigv4: credentials that are over are asked for again, to the second, and earlier ahead of time")
{
    auto const expiry = start_of_2026 + 1h;
    fixture f({set_of("AKID1", example_key, "t1", expiry), set_of("AKID2", example_key, "t2", expiry + 1h)});
    REQUIRE(f.refresh());
    auto const sign_at = [&f](wall_time t) {
        auto head = make_head();
        return f.auth->sign(head, body(), t);
    };
    CHECK(sign_at(start_of_2026).has_value());
    CHECK(sign_at(expiry - 17min).has_value());
    CHECK(sign_at(expiry - 15min).error() == errc::credentials_needed); // somebody has to start a refresh
    CHECK(sign_at(expiry).error() == errc::credentials_needed);
    CHECK(sign_at(expiry + 24h).error() == errc::credentials_needed);
    CHECK(sign_at(expiry - 17min).has_value()); // the clock was set back: they are good again
    f.d.time->advance(1h);
    CHECK(sign_at(expiry).error() == errc::credentials_needed);
    REQUIRE(f.refresh());
    auto head = make_head();
    REQUIRE(f.auth->sign(head, body(), expiry));
    CHECK(contains(*head.find("authorization"), "Credential=AKID2/"));
    CHECK(head.find("x-amz-security-token") == "t2");
}

TEST_CASE("sigv4: a refresh that brings expired credentials is an error, and does not make them good")
{
    fixture f({set_of("AKID1", example_key, "", start_of_2026 - 1s)});
    CHECK(f.refresh().error() == errc::credentials_unavailable);
    auto head = make_head();
    CHECK(f.auth->sign(head, body(), f.now()).error() == errc::credentials_needed);
}

TEST_CASE("sigv4: invalidate drops its own generation and no other")
{
    fixture f({set_of("AKID1", example_key), set_of("AKID2", example_key), set_of("AKID3", example_key)});
    auto const usable = [&f] {
        auto head = make_head();
        return f.auth->sign(head, body(), f.now()).has_value();
    };
    REQUIRE(f.refresh());
    auto const first = f.auth->generation();
    REQUIRE(f.refresh());
    CHECK(f.auth->generation() == first); // they are good: nothing to fetch
    f.auth->invalidate(first);
    CHECK_FALSE(usable());
    REQUIRE(f.refresh());
    auto const second = f.auth->generation();
    CHECK(first != second);
    f.auth->invalidate(first); // a late refusal of the old set
    CHECK(usable());
    f.auth->invalidate(second + 1);
    CHECK(usable());
    f.auth->invalidate(second);
    CHECK_FALSE(usable());
    CHECK(f.auth->generation() == second);
    f.auth->invalidate(second); // twice is once
    f.d.time->advance(1s);
    REQUIRE(f.refresh());
    CHECK(usable());
    CHECK(f.auth->generation() != second);
}

TEST_CASE("sigv4: two clients that share a cache share its fetch, its credentials and its refusals")
{
    auto const source = std::make_shared<rotating_source>(
        std::deque<result<credentials>>{set_of("AKID1", "secret-one"), set_of("AKID2", "secret-two")});
    auto const shared = std::make_shared<credential_cache>(source);
    auto const a = sigv4(shared, "us-east-1", "sagemaker");
    auto const b = sigv4(shared, "eu-west-1", "bedrock");
    driver d;
    auto const now = d.time->clock().wall_now();
    REQUIRE(d.run<void>([a](net::operation& op) { return a->refresh(op, op.deadline()); }));
    auto const signs = [&](std::shared_ptr<call::authenticator> const& who, char const* id) {
        auto head = make_head();
        return who->sign(head, body(), now) && contains(*head.find("authorization"), id);
    };
    CHECK(signs(a, "AKID1"));
    CHECK(signs(b, "AKID1"));
    CHECK(source->fetched == 1);
    b->invalidate(b->generation());
    CHECK_FALSE(signs(a, "AKID1"));
    REQUIRE(d.run<void>([a](net::operation& op) { return a->refresh(op, op.deadline()); }));
    CHECK(signs(a, "AKID2"));
    CHECK(signs(b, "AKID2"));
    CHECK(source->fetched == 2);
}

TEST_CASE("sigv4: id, secret and token always belong to one set")
{
    fixture f({set_of("AKID1", "secret-one", "token-one"), set_of("AKID2", "secret-two"),
               set_of("AKID3", "secret-three", "token-three")});
    struct row
    {
        char const* id;
        char const* key;
        char const* token;
    };
    std::vector<std::string> signatures;
    for (auto const& r : {row{"AKID1", "secret-one", "token-one"}, row{"AKID2", "secret-two", nullptr},
                          row{"AKID3", "secret-three", "token-three"}}) {
        f.auth->invalidate(f.auth->generation());
        f.d.time->advance(1s);
        REQUIRE(f.refresh());
        auto head = make_head();
        REQUIRE(f.auth->sign(head, body(std::string("x")), f.now()));
        // The derived key of the day before the rotation must not be used again.
        CHECK(verify(head, "x", r.key, "us-east-1", "sagemaker") == "");
        auto const authorization = std::string(*head.find("authorization"));
        CHECK(contains(authorization, "Credential=" + std::string(r.id) + "/"));
        CHECK(head.find("x-amz-security-token").value_or("") == (r.token != nullptr ? r.token : ""));
        for (auto const& other : signatures)
            CHECK(authorization != other);
        signatures.push_back(authorization);
    }
}

TEST_CASE("sigv4: a failed fetch is handed on and spoils nothing")
{
    fixture f({set_of("AKID1", "secret-one"),
               result<credentials>(make_error(errc::connect_failed, phase::auth, outcome::not_sent, "no way")),
               set_of("AKID2", "secret-two")});
    REQUIRE(f.refresh());
    auto const generation = f.auth->generation();
    auto head = make_head();
    REQUIRE(f.auth->sign(head, body(std::string("x")), f.now()));
    CHECK(verify(head, "x", "secret-one", "us-east-1", "sagemaker") == "");
    f.auth->invalidate(generation);
    auto const failed = f.refresh();
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error() == errc::connect_failed);
    CHECK(failed.error().message() == "no way");
    CHECK(f.auth->generation() == generation);
    CHECK(f.auth->sign(head, body(), f.now()).error() == errc::credentials_needed);
    CHECK(f.refresh().error() == errc::connect_failed); // remembered for a moment
    f.d.time->advance(1s);
    REQUIRE(f.refresh());
    auto again = make_head();
    REQUIRE(f.auth->sign(again, body(std::string("x")), f.now()));
    CHECK(verify(again, "x", "secret-two", "us-east-1", "sagemaker") == "");
}

TEST_CASE("sigv4: a slow fetch takes the time it takes and keeps to its limit")
{
    fixture f({set_of("AKID1", example_key)});
    f.source->delay = 3s;
    REQUIRE(f.refresh());
    CHECK(f.d.time->elapsed() == 3s);
    f.source->delay = 1h;
    f.auth->invalidate(f.auth->generation());
    auto const auth = f.auth;
    auto const until = f.d.time->now() + 10s;
    auto const late = f.d.run<void>([auth, until](net::operation& op) { return auth->refresh(op, until); });
    CHECK(late.error() == errc::auth_timeout);
    CHECK(late.error().phase() == phase::auth);
    CHECK(f.d.time->elapsed() == 13s);
}

TEST_CASE("sigv4: a payload is hashed once, however often it is sent")
{
    fixture f({set_of("AKIDEXAMPLE", example_key)});
    REQUIRE(f.refresh());
    body const payload{std::string("payload")};
    CHECK(payload.remembered_sha256() == nullptr);
    auto head = make_head();
    REQUIRE(f.auth->sign(head, payload, f.now()));
    REQUIRE(payload.remembered_sha256() != nullptr);
    CHECK(std::string(payload.remembered_sha256()->data(), 64) ==
          codec::hex_encode(codec::view(codec::sha256("payload"))));
    // Whoever remembers another hash gets a signature over that one: the bytes are not looked at again.
    body::hash_text other{};
    other.fill('0');
    payload.remember_sha256(other);
    auto again = make_head();
    REQUIRE(f.auth->sign(again, payload, f.now()));
    CHECK(*payload.remembered_sha256() == other);
    CHECK(verify(again, "payload", example_key, "us-east-1", "sagemaker") != "");
    CHECK(again.find("authorization") != head.find("authorization"));
}

TEST_CASE("sigv4: every attempt has its own date and signature, across midnight too")
{
    fixture f({set_of("AKIDEXAMPLE", example_key)});
    REQUIRE(f.refresh());
    auto const original = make_head();
    std::string last;
    for (auto const offset : {0s, 1s, 86'399s, 86'400s, 86'401s, 10s}) { // back again, too
        auto head = original;
        REQUIRE(f.auth->sign(head, body(std::string("x")), start_of_2026 + offset));
        CHECK(verify(head, "x", example_key, "us-east-1", "sagemaker") == "");
        CHECK(head.find("authorization") != last);
        last = *head.find("authorization");
    }
    auto same = original;
    REQUIRE(f.auth->sign(same, body(std::string("x")), start_of_2026 + 10s));
    CHECK(same.find("authorization") == last); // and the same for the same second
}

TEST_CASE("sigv4: what the signer sets cannot be in the head already")
{
    for (auto const* name : {"authorization", "X-Amz-Date", "x-amz-security-token"}) {
        CAPTURE(name);
        fixture f({set_of("AKIDEXAMPLE", example_key)});
        REQUIRE(f.refresh());
        auto head = make_head();
        REQUIRE(head.add(name, "CANARY"));
        auto const refused = f.auth->sign(head, body(), f.now());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == errc::invalid_argument);
        CHECK(refused.error().outcome() == outcome::not_sent);
        CHECK_FALSE(contains(refused.error().to_string(), "CANARY"));
    }
}

TEST_CASE("sigv4: no error repeats a key, whatever is wrong with it")
{
    struct row
    {
        char const* id;
        std::string key;
        std::string token;
    };
    row const rows[] = {
        {"AKID\r\nEvil: 1", "CANARY", ""},
        {"AKID EXAMPLE", "CANARY", ""},
        {"AKID,Signature=x", "CANARY", "CANARY"},
        {"", "CANARY", "CANARY"},
        {"AKIDEXAMPLE", "CANARY", "CANARY\r\nEvil: 1"},
        {"AKIDEXAMPLE", "CANARY", "CANARY\n"},
        {"AKIDEXAMPLE", "CANARY", " CANARY"},
        {"AKIDEXAMPLE", "CANARY", std::string("CANARY\0", 7)},
        {"AKIDEXAMPLE", "CANARY", std::string(2'000'000, 'C')},
    };
    for (auto const& r : rows) {
        CAPTURE(r.id);
        fixture f({set_of(r.id, r.key, r.token)});
        REQUIRE(f.refresh());
        auto head = make_head();
        auto const refused = f.auth->sign(head, body(std::string("x")), f.now());
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() != errc::credentials_needed); // asking again would not help
        CHECK(refused.error().outcome() == outcome::not_sent);
        auto const sentence = refused.error().to_string();
        CHECK_FALSE(contains(sentence, "CANARY"));
        CHECK_FALSE(contains(sentence, "Evil"));
        CHECK_FALSE(contains(sentence, "CCCC"));
        CHECK_FALSE(contains(sentence, "\n"));
        CHECK(sentence.size() < 500);
    }
}

TEST_CASE("sigv4: a bad region or service is an error that names it")
{
    for (auto const& [region, service] : std::vector<std::pair<std::string, std::string>>{{"", "sagemaker"},
                                                                                          {"us-east-1\n", "sagemaker"},
                                                                                          {"us/east", "sagemaker"},
                                                                                          {"us-east-1", ""},
                                                                                          {"us-east-1", "a/b"}}) {
        CAPTURE(region);
        auto const auth = sigv4(static_credentials("AKIDEXAMPLE", secret("CANARY")), region, service);
        driver d;
        REQUIRE(refresh(d, auth));
        auto head = make_head();
        auto const refused = auth->sign(head, body(), start_of_2026);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == errc::invalid_argument);
        CHECK_FALSE(contains(refused.error().to_string(), "CANARY"));
    }
}

TEST_CASE("sigv4: a refusal is worth a refresh only when the source can give something else")
{
    CHECK_FALSE(sigv4(static_credentials("A", secret("s")), "us-east-1", "sagemaker")->is_refreshable());
    fixture f({set_of("A", "s")});
    CHECK(f.auth->is_refreshable());
    f.source->changes = false;
    CHECK_FALSE(f.auth->is_refreshable());
}
