// What variables and profiles say to the sources of credentials: where services are, and how often they are asked.
#include "own_rows.hpp"
#include "source_support.hpp"

#include <augur/codec/sha256.hpp>

#include <doctest/doctest.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using testing::reply;

namespace {

enum class service
{
    sts,
    sso,
    sso_oidc,
    signin,
};

constexpr char const* keys_of_services[] = {"sts", "sso", "sso_oidc", "signin"};
constexpr char const* hosts_of_services[] = {"sts.eu-west-1.amazonaws.com", "portal.sso.us-east-2.amazonaws.com",
                                             "oidc.us-east-2.amazonaws.com", "eu-west-1.signin.aws.amazon.com"};

/// A key as the file of a login session holds it.
std::string login_key()
{
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out, &text);
    std::string escaped;
    for (char const c : std::string_view(text, static_cast<std::size_t>(size)))
        escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
    BIO_free(out);
    EVP_PKEY_free(key);
    return escaped;
}

/// A machine whose profile makes one of these services be asked first.
struct asking_bench : source_bench
{
    asking_bench(service s, std::string const& more)
    {
        std::string const sso = "[profile p]\nsso_session = s\nsso_account_id = 12\nsso_role_name = r\n";
        std::string const session = "[sso-session s]\nsso_region = us-east-2\nsso_start_url = https://x.example/\n";
        std::string const role = "[profile p]\nrole_arn = R\nsource_profile = keys\n";
        std::string const keys = "[profile keys]\naws_access_key_id = K\naws_secret_access_key = S\n";
        switch (s) {
        case service::sts: here.write("config", keys + role + more); break;
        case service::sso:
        case service::sso_oidc: here.write("config", session + sso + more); break;
        case service::signin: here.write("config", "[profile p]\nlogin_session = me\n" + more); break;
        }
        e.aws_profile = "p";
        std::filesystem::create_directories(here.path(".aws/sso/cache"));
        std::string const end = s == service::sso ? "2026-01-01T01:00:00Z" : "2025-12-31T23:00:00Z";
        // The SHA-1 of "s".
        here.write(".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
                   R"({"accessToken":"OLD","expiresAt":")" + end +
                       R"(","refreshToken":"RT","clientId":"c","clientSecret":"cs"})");
        e.aws_login_cache_directory = here.path("");
        auto const digest = codec::sha256_hex("me");
        here.write(std::string(codec::view(digest)) + ".json",
                   R"({"accessToken":{"accessKeyId":"OLD","secretAccessKey":"S","sessionToken":"T","accountId":"12",)"
                   R"("expiresAt":"2025-12-31T23:00:00Z"},"tokenType":"urn:x","refreshToken":"RT","clientId":"c",)"
                   R"("idToken":"ID","dpopKey":")" +
                       login_key() + "\"}");
    }

    /// The host of the first request; empty: none was sent.
    std::string first_host()
    {
        transport->expect(reply::with(400)); // who refuses is not asked again
        (void)fetch_before(profile_credentials(options()), 2026);
        return seen().empty() ? std::string() : std::string(seen()[0].field("host"));
    }
};

} // namespace

TEST_CASE("sources, endpoints: the service's own variable, its section, the variable for all, the profile's; or none")
{
    struct row
    {
        char const* own;
        bool section;
        char const* all;
        bool of_profile;
        bool ignored;
        char const* expected; ///< null: the service's own host
    };
    row const rows[] = {
        {"https://own.test", true, "https://all.test", true, false, "own.test"},
        {"", true, "https://all.test", true, false, "section.test"},
        {"", false, "https://all.test", true, false, "all.test"},
        {"", false, "", true, false, "profile.test"},
        {"https://own.test", true, "https://all.test", true, true, nullptr},
    };
    std::size_t run = 0;
    for (auto const s : {service::sts, service::sso, service::sso_oidc, service::signin})
        for (auto const& r : rows) {
            auto const at = static_cast<std::size_t>(s);
            CAPTURE(keys_of_services[at]);
            CAPTURE(r.expected);
            std::string more;
            if (r.of_profile)
                more += "endpoint_url = https://profile.test\n";
            if (r.ignored)
                more += "ignore_configured_endpoint_urls = True\n";
            if (r.section)
                more += "services = all\n[services all]\n" + std::string(keys_of_services[at]) +
                        " =\n  endpoint_url = https://section.test\n";
            asking_bench b(s, more);
            std::string* const own[] = {&b.e.aws_endpoint_url_sts, &b.e.aws_endpoint_url_sso,
                                        &b.e.aws_endpoint_url_sso_oidc, &b.e.aws_endpoint_url_signin};
            *own[at] = r.own;
            b.e.aws_endpoint_url = r.all;
            CHECK(b.first_host() == (r.expected != nullptr ? r.expected : hosts_of_services[at]));
            ++run;
        }
    tell(endpoints, run);
}

TEST_CASE("sources, STS: regional hosts, and the old one where legacy means it")
{
    struct row
    {
        char const* variable;
        char const* profile;
        char const* region;
        char const* more;
        char const* host; ///< null: refused
        char const* signed_for;
    };
    row const rows[] = {
        {"", "", "eu-west-1", "", "sts.eu-west-1.amazonaws.com", "eu-west-1"},
        {"regional", "legacy", "eu-west-1", "", "sts.eu-west-1.amazonaws.com", "eu-west-1"},
        {"Legacy", "regional", "eu-west-1", "", "sts.amazonaws.com", "us-east-1"},
        {"", "legacy", "us-west-2", "", "sts.amazonaws.com", "us-east-1"},
        {"", "legacy", "eu-south-1", "", "sts.eu-south-1.amazonaws.com", "eu-south-1"},
        {"", "legacy", "cn-north-1", "", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"", "", "aws-global", "", "sts.amazonaws.com", "us-east-1"},
        {"legacy", "", "us-east-1", "use_fips_endpoint = true\n", "sts-fips.us-east-1.amazonaws.com", "us-east-1"},
        {"legacy", "", "eu-west-1", "use_dualstack_endpoint = true\n", "sts.eu-west-1.api.aws", "eu-west-1"},
        {"legacy", "", "eu-west-1", "endpoint_url = https://vpc.test\n", "vpc.test", "eu-west-1"},
        {"global", "", "eu-west-1", "", nullptr, ""},
        {"", "CANARY", "eu-west-1", "", nullptr, ""},
    };
    tell(sts_hosts, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.variable);
        CAPTURE(r.profile);
        CAPTURE(r.region);
        CAPTURE(r.more);
        std::string more = r.more;
        if (*r.profile != '\0')
            more += "sts_regional_endpoints = " + std::string(r.profile) + "\n";
        asking_bench b(service::sts, more);
        b.e.aws_sts_regional_endpoints = r.variable;
        b.e.aws_region = r.region;
        if (r.host == nullptr) {
            auto const got = fetch_before(profile_credentials(b.options()), 2026);
            REQUIRE_FALSE(got.has_value());
            CHECK(got.error() == errc::invalid_argument);
            CHECK(b.seen().empty());
            continue;
        }
        CHECK(b.first_host() == r.host);
        REQUIRE_FALSE(b.seen().empty());
        CHECK(contains(b.seen()[0].field("authorization"), "/" + std::string(r.signed_for) + "/sts/aws4_request"));
    }
}

TEST_CASE("sources, retries: code, variable and profile say how often a service is asked")
{
    struct row
    {
        std::optional<int> code;
        char const* variable;
        char const* profile;
        std::size_t asked; ///< 0: refused
    };
    row const rows[] = {
        {std::nullopt, "", "", 3},
        {std::nullopt, "", "max_attempts = 5\n", 5},
        {std::nullopt, "2", "max_attempts = 5\n", 2},
        {1, "2", "max_attempts = 5\n", 1},
        {std::nullopt, "", "retry_mode = legacy\n", 3},
        {std::nullopt, "none", "", 0},
        {std::nullopt, "", "retry_mode = adaptive\n", 0},
        {2, "none", "retry_mode = adaptive\n", 2},
    };
    for (auto const s : {service::sts, service::sso, service::sso_oidc})
        for (auto const& r : rows) {
            CAPTURE(keys_of_services[static_cast<std::size_t>(s)]);
            CAPTURE(r.variable);
            CAPTURE(r.profile);
            asking_bench b(s, r.profile);
            b.e.aws_max_attempts = r.variable;
            for (std::size_t i = 0; i < r.asked; ++i)
                b.transport->expect(reply::with(503));
            auto const got = fetch_before(profile_credentials(b.options().max_attempts(r.code)), 2026);
            REQUIRE_FALSE(got.has_value());
            CHECK(got.error().phase() == phase::auth);
            CHECK(got.error().http_status() == (r.asked > 0 ? 503 : 0));
            CHECK(b.seen().size() == r.asked);
            CHECK(b.transport->ok());
        }
}

TEST_CASE("sources, environment: its keys end when AWS_CREDENTIAL_EXPIRATION says so")
{
    call::environment e;
    e.aws_access_key_id = "AK";
    e.aws_secret_access_key = secret("CANARY");
    auto const new_year = wall_time(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    CHECK_FALSE(fetch_before(environment_credentials(e), 2026)->expires.has_value());
    e.aws_credential_expiration = "2026-01-01T01:00:00+00:00";
    CHECK(fetch_before(environment_credentials(e), 2026)->expires == new_year + std::chrono::hours(1));
    e.aws_credential_expiration = "tomorrow";
    check_error(fetch_before(environment_credentials(e), 2026), errc::invalid_argument, {"AWS_CREDENTIAL_EXPIRATION"});
}
