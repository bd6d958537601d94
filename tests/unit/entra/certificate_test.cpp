// The certificate's assertion, verified by OpenSSL.

#include "source_support.hpp"

#include <augur/codec/base64.hpp>
#include <augur/testing/certificates.hpp>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <set>

using namespace entra_test;

namespace {

using json = nlohmann::json;
using testing::key_kind;

testing::certificate_authority const& authority()
{
    static testing::certificate_authority const out;
    return out;
}
testing::identity const& rsa()
{
    static auto const out = authority().issue(testing::certificate_options().key(key_kind::rsa_2048));
    return out;
}

X509* certificate_of(std::string const& pem)
{
    auto* const from = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* const out = PEM_read_bio_X509(from, nullptr, nullptr, nullptr);
    BIO_free(from);
    return out;
}
EVP_PKEY* key_of(std::string const& pem)
{
    auto* const from = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* const out = PEM_read_bio_PrivateKey(from, nullptr, nullptr, nullptr);
    BIO_free(from);
    return out;
}
std::string written(std::function<void(BIO*)> write)
{
    auto* const to = BIO_new(BIO_s_mem());
    write(to);
    char* data = nullptr;
    auto const size = BIO_get_mem_data(to, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(to);
    return out;
}
std::string encrypted_key(char const* password)
{
    auto* const key = key_of(rsa().key_pem);
    auto out = written([&](BIO* to) {
        PEM_write_bio_PKCS8PrivateKey(to, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, const_cast<char*>(password));
    });
    EVP_PKEY_free(key);
    return out;
}
std::string pkcs1_key()
{
    auto* const key = key_of(rsa().key_pem);
    auto out =
        written([&](BIO* to) { PEM_write_bio_PrivateKey_traditional(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
    EVP_PKEY_free(key);
    return out;
}
std::string pkcs12(char const* password)
{
    auto* const key = key_of(rsa().key_pem);
    auto* const leaf = certificate_of(rsa().certificate_pem);
    auto* const whole = PKCS12_create(password, "x", key, leaf, nullptr, 0, 0, 0, 0, 0);
    auto out = written([&](BIO* to) { i2d_PKCS12_bio(to, whole); });
    PKCS12_free(whole);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return out;
}

std::string digest_of(std::string const& pem, EVP_MD const* kind)
{
    auto* const leaf = certificate_of(pem);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(leaf, kind, bytes, &size);
    X509_free(leaf);
    return std::string(reinterpret_cast<char*>(bytes), size);
}

bool is_signed(std::string const& text, std::string const& signature, bool pss)
{
    auto* const leaf = certificate_of(rsa().certificate_pem);
    auto* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* how = nullptr;
    EVP_DigestVerifyInit(context, &how, EVP_sha256(), nullptr, X509_get0_pubkey(leaf));
    if (pss) {
        EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32);
    }
    int const good = EVP_DigestVerify(context, reinterpret_cast<unsigned char const*>(signature.data()),
                                      signature.size(), reinterpret_cast<unsigned char const*>(text.data()),
                                      text.size());
    EVP_MD_CTX_free(context);
    X509_free(leaf);
    return good == 1;
}

/// What was sent as client_assertion, taken apart.
struct assertion
{
    json head;
    json claims;
    std::string input;
    std::string signature;
};
assertion assertion_in(std::string const& form)
{
    std::string const mark = "client_assertion=";
    auto const text = form.substr(form.find(mark) + mark.size());
    auto const first = text.find('.');
    auto const second = text.rfind('.');
    auto const decoded = [](std::string const& part) {
        return codec::base64_decode(part, codec::base64_alphabet::url).value();
    };
    assertion out;
    out.input = text.substr(0, second);
    out.head = json::parse(decoded(text.substr(0, first)));
    out.claims = json::parse(decoded(text.substr(first + 1, second - first - 1)));
    out.signature = decoded(text.substr(second + 1));
    return out;
}

assertion sent_with(bench& b, certificate proof, std::string tenant = tenant_a)
{
    b.expect(reply::with(200, {}, good_token));
    auto const got = b.fetch(client_certificate(app_identity(tenant, "client-1"), std::move(proof), b.options()));
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(contains(b.seen().back().content, "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-"
                                            "type%3Ajwt-bearer"));
    return assertion_in(b.seen().back().content);
}
certificate good()
{
    return certificate::bytes(secret(rsa().certificate_pem + rsa().key_pem));
}
std::string url64(std::string const& bytes)
{
    return codec::base64_encode(bytes, codec::base64_alphabet::url);
}

} // namespace

TEST_CASE("entra, certificate: PS256 and the SHA-256 thumbprint; claims for exactly this endpoint and ten minutes")
{
    bench b;
    auto const sent = sent_with(b, good());
    CHECK(sent.head ==
          json{{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", url64(digest_of(rsa().certificate_pem, EVP_sha256()))}});
    CHECK(sent.claims["aud"] == "https://login.microsoftonline.com/" + std::string(tenant_a) + "/oauth2/v2.0/token");
    CHECK(sent.claims["iss"] == "client-1");
    CHECK(sent.claims["sub"] == "client-1");
    CHECK(sent.claims["nbf"] == 1767225600);
    CHECK(sent.claims["exp"] == 1767225600 + 600);
    CHECK(sent.claims["jti"].get<std::string>().size() == 36);
    CHECK(sent.claims.size() == 6);
    CHECK(is_signed(sent.input, sent.signature, true));
    CHECK_FALSE(is_signed(sent.input + "x", sent.signature, true));
    CHECK_FALSE(is_signed(sent.input, sent.signature, false));
}

TEST_CASE("entra, certificate: RS256, the SHA-1 thumbprint and the chain when they are asked for; AD FS has no choice")
{
    bench b;
    auto const sent = sent_with(b, good().rs256().send_chain());
    CHECK(sent.head["alg"] == "RS256");
    CHECK(sent.head["x5t"] == url64(digest_of(rsa().certificate_pem, EVP_sha1())));
    CHECK(sent.head["kid"].get<std::string>().size() == 40);
    CHECK(sent.head["x5c"].size() == 1);
    CHECK(contains(rsa().certificate_pem, sent.head["x5c"][0].get<std::string>().substr(0, 60)));
    CHECK(is_signed(sent.input, sent.signature, false));
    auto const adfs = sent_with(b, good(), "adfs");
    CHECK(adfs.head["alg"] == "RS256");
    CHECK(adfs.claims["aud"] == "https://login.microsoftonline.com/adfs/oauth2/token");
    auto const whole = sent_with(
        b, certificate::bytes(secret(authority().pem() + rsa().key_pem + rsa().certificate_pem)).send_chain());
    CHECK(whole.head["x5c"].size() == 2); // the leaf first, wherever it stood
    CHECK(whole.head["x5t#S256"] == url64(digest_of(rsa().certificate_pem, EVP_sha256())));
}

TEST_CASE("entra, certificate: every assertion is a new one, and a renewed file is seen")
{
    bench b;
    auto const file = b.here.write("app.pem", rsa().certificate_pem + rsa().key_pem);
    auto const source = client_certificate(b.app(), certificate::file(file), b.options().random(nullptr));
    std::set<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        b.expect(reply::with(200, {}, good_token));
        REQUIRE(b.fetch(source).has_value());
        ids.insert(assertion_in(b.seen().back().content).claims["jti"]);
    }
    CHECK(ids.size() == 3);
    b.here.write("app.pem", "nothing");
    CHECK_FALSE(b.fetch(source).has_value());
}

TEST_CASE("entra, certificate: the forms a file may have")
{
    struct row
    {
        char const* what;
        std::string bytes;
        char const* passphrase;
        char const* says; ///< empty: it works
    };
    auto const ec = authority().issue(testing::certificate_options());
    auto const& leaf = rsa().certificate_pem;
    row const rows[] = {
        {"PKCS#8", leaf + rsa().key_pem, "", ""},
        {"key first", rsa().key_pem + leaf, "", ""},
        {"PKCS#1", leaf + pkcs1_key(), "", ""},
        {"encrypted", leaf + encrypted_key("CANARY"), "CANARY", ""},
        {"encrypted, wrong passphrase", leaf + encrypted_key("CANARY"), "x", "passphrase is wrong"},
        {"encrypted, no passphrase", leaf + encrypted_key("CANARY"), "", "passphrase is wrong"},
        {"PKCS#12", pkcs12("CANARY"), "CANARY", ""},
        {"PKCS#12 without a passphrase", pkcs12(""), "", ""},
        {"PKCS#12, wrong passphrase", pkcs12("CANARY"), "x", "passphrase is wrong"},
        {"PKCS#12, cut", pkcs12("CANARY").substr(0, 500), "CANARY", "neither PEM nor PKCS#12"},
        {"no key", leaf, "", "no PRIVATE KEY"},
        {"no certificate", rsa().key_pem, "", "no CERTIFICATE"},
        {"somebody else's key", authority().pem() + rsa().key_pem, "", "belongs to none"},
        {"an elliptic curve", ec.certificate_pem + ec.key_pem, "", "not RSA"},
        {"nothing", "", "", "neither PEM nor PKCS#12"},
        {"noise", std::string(5000, '\xFF'), "", "neither PEM nor PKCS#12"},
        {"a damaged certificate", leaf.substr(0, 200) + "\n-----END CERTIFICATE-----\n" + rsa().key_pem, "",
         "no CERTIFICATE"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.what);
        bench b;
        auto proof = certificate::bytes(secret(std::string_view(r.bytes)));
        proof.passphrase(secret(r.passphrase));
        bool const works = *r.says == '\0';
        if (works)
            b.expect(reply::with(200, {}, good_token));
        auto const got = b.fetch(client_certificate(b.app(), proof, b.options()));
        ending wanted;
        if (!works)
            wanted = {make_error_code(augur::errc::invalid_argument), {r.says}};
        check_ending(got, wanted);
        if (works) {
            auto const sent = assertion_in(b.seen().back().content);
            CHECK(is_signed(sent.input, sent.signature, true));
        }
    }
}

TEST_CASE("entra, certificate: the environment names it, with its password and whether the chain is sent")
{
    bench b;
    b.e.azure_tenant_id = tenant_a;
    b.e.azure_client_id = "client-1";
    b.e.azure_client_certificate_path = b.here.write("app.pfx", pkcs12("CANARY"));
    b.e.azure_client_certificate_password = secret("CANARY");
    b.e.azure_client_send_certificate_chain = true;
    b.expect(reply::with(200, {}, good_token));
    auto const got = b.fetch(environment_application(b.options()));
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(assertion_in(b.seen().back().content).head["x5c"].size() == 1);
    b.here.write("app.pfx", std::string(1024 * 1024 + 1, 'x'));
    check_ending(b.fetch(environment_application(b.options())),
                 {make_error_code(augur::errc::invalid_argument), {"1024 KiB"}});
}
