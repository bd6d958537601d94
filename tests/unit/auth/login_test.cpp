#include "source_support.hpp"
#include "support/plain_user.hpp"

#include <augur/auth/aws/login_wire.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/sha256.hpp>

#include <doctest/doctest.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>
#include <string>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using testing::reply;

namespace {

std::string pem_of(EVP_PKEY* key)
{
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    EVP_PKEY_free(key);
    return pem;
}

std::string key_of(char const* group)
{
    return pem_of(EVP_EC_gen(group));
}

std::string decoded(std::string_view text)
{
    return codec::base64_decode(text, codec::base64_alphabet::url).value();
}

/// What the service does: takes the key from the proof and checks the signature with it.
bool verifies(std::string const& proof)
{
    auto const dot = proof.rfind('.');
    auto const head = codec::json::parse(decoded(proof.substr(0, proof.find('.')))).value();
    auto const jwk = head.root().at("jwk").value();
    auto const point = "\x04" + decoded(jwk.at("x").value().as_string().value()) +
                       decoded(jwk.at("y").value().as_string().value());
    OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    OSSL_PARAM* const params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    REQUIRE(key != nullptr);

    auto const raw = decoded(proof.substr(dot + 1));
    REQUIRE(raw.size() == 64);
    auto const* const bytes = reinterpret_cast<unsigned char const*>(raw.data());
    ECDSA_SIG* const parts = ECDSA_SIG_new();
    ECDSA_SIG_set0(parts, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    std::array<unsigned char, 128> der{};
    unsigned char* at = der.data();
    auto const size = i2d_ECDSA_SIG(parts, &at);
    ECDSA_SIG_free(parts);
    EVP_MD_CTX* const digest = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, key);
    auto const text = proof.substr(0, dot);
    int const good = EVP_DigestVerify(digest, der.data(), static_cast<std::size_t>(size),
                                      reinterpret_cast<unsigned char const*>(text.data()), text.size());
    EVP_MD_CTX_free(digest);
    EVP_PKEY_free(key);
    return good == 1;
}

std::string escaped(std::string const& pem)
{
    std::string out;
    for (char const c : pem)
        out += c == '\n' ? std::string("\\n") : std::string(1, c);
    return out;
}

} // namespace

TEST_CASE("login: a proof is a JWT of the key that it carries, and names one request")
{
    auto const now = wall_time(std::chrono::seconds(1'800'000'000));
    auto const proof = wire::dpop_proof(secret(key_of("P-256")), "POST",
                                        "https://us-east-1.signin.aws.amazon.com/v1/token", now, "id-1");
    REQUIRE(proof);
    CHECK(proof->find('=') == proof->npos);
    CHECK(verifies(*proof));
    auto const first = proof->find('.');
    auto const head = decoded(proof->substr(0, first));
    CHECK(contains(head, R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":")"));
    CHECK_FALSE(contains(head, "\"d\"")); // the private part stays here
    CHECK(decoded(proof->substr(first + 1, proof->rfind('.') - first - 1)) ==
          R"({"jti":"id-1","htm":"POST","htu":"https://us-east-1.signin.aws.amazon.com/v1/token","iat":1800000000})");
    // The signature belongs to these claims.
    auto forged = *proof;
    forged[first + 5] = forged[first + 5] == 'A' ? 'B' : 'A';
    CHECK_FALSE(verifies(forged));
}

TEST_CASE("login: what is no P-256 key is refused without its text")
{
    for (std::string const& pem : {std::string(), std::string("CANARY"), key_of("P-384"), key_of("secp256k1"),
                                   std::string("-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n"),
                                   pem_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))}) {
        auto const proof = wire::dpop_proof(secret(pem), "POST", "https://x.example/", wall_time(), "i");
        REQUIRE_FALSE(proof.has_value());
        CHECK(proof.error() == errc::invalid_argument);
        CHECK_FALSE(contains(proof.error().to_string(), "CANARY"));
    }
}

TEST_CASE("login: the session's keys are used, refreshed near their end, and written back")
{
    folder const here;
    call::environment e;
    e.home = here.path("");
    e.aws_config_file =
        here.write("config", "[profile p]\nlogin_session = arn:aws:iam::1:user/me\nregion = eu-west-3\n");
    e.aws_login_cache_directory = here.path("");
    auto const digest = codec::sha256_hex("arn:aws:iam::1:user/me");
    auto const file = std::string(codec::view(digest)) + ".json";
    auto const content = [&](std::string const& end) {
        return R"({"accessToken":{"accessKeyId":"OLD","secretAccessKey":"S","sessionToken":"T","accountId":"12",)"
               R"("expiresAt":")" +
               end + R"("},"tokenType":"urn:x","refreshToken":"RT","clientId":"arn:c","idToken":"ID","dpopKey":")" +
               escaped(key_of("P-256")) + "\"}";
    };
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const source = profile_credentials(source_options(e).profile("p").transport(transport));

    here.write(file, content("2026-01-01T00:06:00Z"));
    auto got = fetch_before(source, 2026);
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(got->access_key_id == "OLD");
    CHECK(got->account_id == "12");
    CHECK(transport->seen().empty());

    here.write(file, content("2026-01-01T00:05:00Z"));
    auto const fresh = R"({"accessToken":{"accessKeyId":"NEW","secretAccessKey":"S2","sessionToken":"T2"},)"
                       R"("tokenType":"urn:x","expiresIn":900,"refreshToken":"RT2"})";
    transport->expect("POST", "/v1/token", reply::with(200, {}, fresh));
    got = fetch_before(source, 2026);
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(got->access_key_id == "NEW");
    CHECK(*got->expires == std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::minutes(15));
    auto const& asked = transport->seen().at(0);
    CHECK(asked.to.host == "eu-west-3.signin.aws.amazon.com");
    CHECK(asked.content == R"({"clientId":"arn:c","grantType":"refresh_token","refreshToken":"RT"})");
    CHECK(verifies(std::string(asked.field("dpop"))));
    CHECK(contains(
        decoded(asked.field("dpop").substr(asked.field("dpop").find('.') + 1,
                                           asked.field("dpop").rfind('.') - asked.field("dpop").find('.') - 1)),
        R"("htu":"https://eu-west-3.signin.aws.amazon.com/v1/token")"));
    got = fetch_before(source, 2026); // what was written back
    REQUIRE(got.has_value());
    CHECK(got->access_key_id == "NEW");
    CHECK(transport->ok());

#if !defined(_WIN32)
    {
        // What cannot be written back is kept: the refresh token was used up.
        here.write(file, content("2026-01-01T00:04:00Z"));
        auto const all = std::filesystem::perms::owner_all;
        std::filesystem::permissions(here.path(""), all & ~std::filesystem::perms::owner_write);
        test::plain_user const not_root;
        transport->expect("POST", "/v1/token", reply::with(200, {}, fresh));
        for (int round = 0; round < 2; ++round) {
            got = fetch_before(source, 2026);
            REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
            CHECK(got->access_key_id == "NEW");
        }
        CHECK(transport->ok());
        std::filesystem::permissions(here.path(""), all);
    }
#endif

    here.write(file, content("2026-01-01T00:01:00Z")); // good for a minute: the refresh may fail
    transport->expect("POST", "/v1/token", reply::with(401, {}, R"({"error":"TOKEN_EXPIRED","message":"m"})"));
    got = fetch_before(source, 2026);
    REQUIRE(got.has_value());
    CHECK(got->access_key_id == "OLD");
    here.write(file, content("2025-01-01T00:01:00Z"));
    transport->expect("POST", "/v1/token", reply::with(401, {}, R"({"error":"TOKEN_EXPIRED","message":"m"})"));
    got = fetch_before(source, 2026);
    REQUIRE_FALSE(got.has_value());
    CHECK(contains(got.error().to_string(), "aws login --profile p"));
    CHECK(got.error() == condition::unauthenticated);

    for (std::string const text : {"CANARY", "{}", R"({"accessToken":"CANARY"})",
                                   R"({"accessToken":{"accessKeyId":"a\r\nb","secretAccessKey":"CANARY"}})"}) {
        here.write(file, text);
        got = fetch_before(source, 2026);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == errc::decode_error);
        CHECK_FALSE(contains(got.error().to_string(), "CANARY"));
    }
}
