#include "support.hpp"

#include <augur/auth/aws/client_settings.hpp>
#include <augur/auth/aws/profile.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;

namespace {

struct bench
{
    folder here;
    call::environment e;

    explicit bench(std::string const& config, std::string const& credentials = {})
    {
        e.aws_config_file = here.write("config", config);
        e.aws_credentials_file = here.write("credentials", credentials);
    }
    client_settings read(std::string_view profile = {}, std::string_view own_endpoint = {}) const
    {
        return read_client_settings(e, profile, "sagemaker_runtime", own_endpoint).value();
    }
};

} // namespace

TEST_CASE("client settings: the environment wins over the profile, and a profile that is not there says nothing")
{
    bench b("[default]\nregion = eu-west-1\nmax_attempts = 5\nretry_mode = standard\nuse_fips_endpoint = TRUE\n"
            "[profile dev]\nregion = eu-west-2\nuse_dualstack_endpoint = true\n");
    auto s = b.read();
    CHECK(s.region == "eu-west-1");
    CHECK(s.max_attempts == "5");
    CHECK(s.retry_mode == "standard");
    CHECK(s.fips);
    CHECK_FALSE(s.dual_stack);
    CHECK(b.read("dev").region == "eu-west-2");
    CHECK(b.read("dev").dual_stack);
    CHECK(b.read("absent").region.empty());
    b.e.aws_profile = "dev";
    CHECK(b.read().region == "eu-west-2");
    CHECK(b.read("default").region == "eu-west-1");
    b.e.aws_default_region = "us-east-1";
    CHECK(b.read().region == "us-east-1");
    b.e.aws_region = "us-east-2";
    b.e.aws_max_attempts = "2";
    b.e.aws_retry_mode = "legacy";
    b.e.aws_use_fips_endpoint = true;
    s = b.read();
    CHECK(s.region == "us-east-2");
    CHECK(s.max_attempts == "2");
    CHECK(s.retry_mode == "legacy");
    CHECK(s.fips);
}

TEST_CASE("client settings: four places name an endpoint, the most special first, and all can be ignored")
{
    bench b("[default]\nendpoint_url = https://profile.example\nservices = s\n"
            "[services s]\nsagemaker_runtime =\n  endpoint_url = https://service.example\n  other = x\n"
            "sts =\n  endpoint_url = https://sts.example\n"
            "[profile plain]\nendpoint_url = https://plain.example\n[profile gone]\nservices = gone\n");
    b.e.aws_endpoint_url = "https://all.example";
    CHECK(b.read({}, "https://own.example").endpoint_url == "https://own.example");
    CHECK(b.read().endpoint_url == "https://service.example");
    CHECK(b.read("plain").endpoint_url == "https://all.example");
    CHECK(b.read("gone").endpoint_url == "https://all.example");
    b.e.aws_endpoint_url.clear();
    CHECK(b.read("plain").endpoint_url == "https://plain.example");
    CHECK(b.read("gone").endpoint_url.empty());
    b.e.aws_ignore_configured_endpoint_urls = true;
    CHECK(b.read({}, "https://own.example").endpoint_url.empty());
    bench const c("[default]\nendpoint_url = https://profile.example\nignore_configured_endpoint_urls = true\n");
    CHECK(c.read({}, "https://own.example").endpoint_url.empty());
}

TEST_CASE("client settings: files that cannot be understood are an error")
{
    bench const b("[default]\nCANARY\n");
    auto const s = read_client_settings(b.e, {}, "sagemaker_runtime", {});
    REQUIRE_FALSE(s.has_value());
    CHECK(s.error() == errc::decode_error);
    CHECK_FALSE(contains(s.error().to_string(), "CANARY"));
}

TEST_CASE("client settings: a file that cannot be read is a matter of who needs it")
{
    bench b("[default]\nregion = eu-west-1\n");
    b.e.aws_credentials_file = b.here.path("folder");
    std::filesystem::create_directory(b.e.aws_credentials_file);
    auto const s = b.read();
    CHECK(s.region == "eu-west-1"); // the other file is good
    REQUIRE(s.unread.has_value());
    CHECK(*s.unread == errc::invalid_argument);
    CHECK(contains(s.unread->to_string(), b.e.aws_credentials_file));
    CHECK_FALSE(bench("[default]\n").read().unread.has_value());
    std::swap(b.e.aws_credentials_file, b.e.aws_config_file);
    b.e.aws_region = "us-east-2";
    CHECK(b.read().region == "us-east-2");
    CHECK(load_profiles(b.e.aws_config_file, b.e.aws_credentials_file).error() == errc::invalid_argument);
}
