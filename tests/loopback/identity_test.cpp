// Our sources of credentials and tokens against the emulated services that hand them out, over real sockets: what is
// given is used at once where it must be good.

#include "unit/auth/source_support.hpp"

#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/identity/container_credentials_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/identity/imds_service.hpp>
#include <augur/emulator/identity/managed_identity_hosts.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/identity/sts_service.hpp>
#include <augur/emulator/server.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

using namespace augur;
using namespace auth_test;
using namespace std::chrono_literals;
namespace aws = augur::auth::aws;
namespace entra = augur::auth::entra;

namespace {

/// Runs `body(op)` as one call in real time.
template <class T, class Body>
result<T> run_for_real(Body body, std::chrono::nanoseconds total = std::chrono::seconds(30))
{
    boost::asio::io_context context{1};
    net::arena_handle const arena;
    std::optional<result<T>> out;
    net::start<T>(arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(), total,
                  std::move(body), net::completion<T>([&out](result<T> r) { out.emplace(std::move(r)); }));
    context.run();
    REQUIRE(out.has_value());
    return std::move(*out);
}

struct bench
{
    folder keys;
    emulator::server cloud{options(keys)};

    static emulator::server_options options(folder const& keys)
    {
        emulator::server_options o;
        o.plain_http = true;
        o.arc_folder = keys.path("tokens");
        std::filesystem::create_directory(o.arc_folder);
        return o;
    }
    emulator::identity_cloud& identity() { return cloud.identity(); }

    /// Variables that would send anything astray that may not go through a proxy.
    call::environment empty() const
    {
        call::environment e;
        e.https_proxy = "http://127.0.0.1:1";
        e.no_proxy = "localhost";
        e.aws_region = "us-east-1";
        e.aws_endpoint_url_sts = e.aws_endpoint_url_sso = e.aws_endpoint_url_sso_oidc = cloud.https_url();
        e.aws_ca_bundle = cloud.ca_file();
        return e;
    }

    /// As STS sees whoever has these credentials.
    std::string caller(aws::credentials const& with)
    {
        auto const e = empty();
        auto const who = run_for_real<aws::wire::caller_identity>([&](net::operation& op) {
            return aws::get_caller_identity(op, op.deadline(), with, aws::source_options(e));
        });
        return who ? who->arn : std::string(who.error().provider_code());
    }
    std::string caller(std::shared_ptr<aws::credential_source> const& source)
    {
        auto const got = fetch_for_real(source);
        return got ? caller(*got) : got.error().to_string();
    }

    result<entra::access_token> token(call::environment const& e, entra::managed_identity_options how = {},
                                      std::chrono::nanoseconds total = std::chrono::seconds(30))
    {
        auto const source = entra::managed_identity(entra::source_options(e), std::move(how));
        return run_for_real<entra::access_token>(
            [source](net::operation& op) {
                return source->fetch(op, op.deadline(), entra::token_request("https://ml.azure.com/.default"));
            },
            total);
    }
    /// "imds system", if the token is good at Azure ML.
    std::string giver(result<entra::access_token> const& got)
    {
        if (!got)
            return got.error().to_string();
        auto const g = identity().tokens().find(got->text.reveal());
        if (!g || g->audience != "https://ml.azure.com")
            return "a token for nothing";
        return g->giver + (g->client_id == identity().identities().user().client_id ? " user" : " system");
    }
};

} // namespace

TEST_CASE("identity, loopback: every source of AWS gives what STS recognises")
{
    bench b;
    auto e = b.empty();
    e.aws_access_key_id = b.cloud.credentials().main.access_key;
    e.aws_secret_access_key = secret(b.cloud.credentials().main.secret_key);
    auto const own = aws::environment_credentials(e);
    CHECK(b.caller(own) == "arn:aws:iam::123456789012:user/emulator");

    aws::role_step role;
    role.role_arn = "arn:aws:iam::123456789012:role/emulator-role";
    role.session_name = "loopback";
    auto const assumed = aws::assumed_role(own, role, aws::source_options(e));
    CHECK(b.caller(assumed) == "arn:aws:sts::123456789012:assumed-role/emulator-role/loopback");

    e = b.empty();
    e.aws_ec2_metadata_endpoint = b.cloud.http_url();
    CHECK(b.caller(aws::instance_metadata_credentials(aws::source_options(e)))
              .starts_with("arn:aws:sts::123456789012:assumed-role/emulator-instance-role/i-"));

    e = b.empty();
    e.aws_container_full_uri = b.cloud.http_url("container");
    e.aws_container_token = secret(b.cloud.credentials().container_token);
    CHECK(b.caller(aws::container_credentials(aws::source_options(e)))
              .starts_with("arn:aws:sts::123456789012:assumed-role/emulator-task-role/"));

    e = b.empty();
    e.aws_web_identity_token_file = b.keys.write("web", b.cloud.credentials().web_identity_token + "\n");
    e.aws_role_arn = "arn:aws:iam::123456789012:role/emulator-role";
    e.aws_role_session_name = "pod";
    CHECK(b.caller(aws::web_identity_credentials(aws::source_options(e))) ==
          "arn:aws:sts::123456789012:assumed-role/emulator-role/pod");

    e = b.empty();
    e.home = b.keys.path("");
    e.home.pop_back();
    auto const login = b.identity().sso().log_in(std::chrono::system_clock::now() + 1min);
    std::filesystem::create_directories(e.home + "/.aws/sso/cache");
    auto const soon = std::chrono::duration_cast<std::chrono::seconds>(login.expires.time_since_epoch()).count();
    CHECK(soon > 0);
    // SHA-1 of "team"
    auto const file = b.keys.write(
        ".aws/sso/cache/d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json",
        R"({"accessToken":")" + login.access_token + R"(","expiresAt":"2020-01-01T00:00:00Z","refreshToken":")" +
            login.refresh_token + R"(","clientId":")" + login.client_id + R"(","clientSecret":")" +
            login.client_secret + R"(","registrationExpiresAt":"2099-01-01T00:00:00Z","region":"us-east-1"})");
    e.aws_config_file =
        b.keys.write("config", "[profile p]\nsso_session = team\nsso_account_id = 123456789012\n"
                               "sso_role_name = emulator-permission-set\n[sso-session team]\nsso_region = us-east-1\n"
                               "sso_start_url = https://emulator.test/start\n");
    CHECK(b.caller(aws::profile_credentials(aws::source_options(e).profile("p"))) ==
          "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_emulator-permission-set_0/emulator@example.test");
    CHECK(b.cloud.count("/token") == 1); // the access token was over, so the refresh token was used, and written back
    CHECK(b.caller(aws::profile_credentials(aws::source_options(e).profile("p"))).starts_with("arn:aws:sts::"));
    CHECK(b.cloud.count("/token") == 1);
}

TEST_CASE("identity, loopback: STS says in its own words who is refused")
{
    bench b;
    auto const& keys = b.cloud.credentials();
    auto const caller = [&](emulator::aws_credential const& c) {
        aws::credentials with;
        with.access_key_id = c.access_key;
        with.secret_access_key = secret(c.secret_key);
        with.session_token = secret(c.session_token);
        return b.caller(with);
    };
    CHECK(caller(keys.temporary) == "arn:aws:iam::123456789012:user/temporary");
    CHECK(caller(keys.expired) == "ExpiredToken");
    auto wrong = keys.main;
    wrong.secret_key = "wrong";
    CHECK(caller(wrong) == "SignatureDoesNotMatch");
    wrong.access_key = "AKIANOBODY";
    CHECK(caller(wrong) == "InvalidClientTokenId");
}

TEST_CASE("identity, loopback: instance metadata that renews its tokens, hangs, is off or has no role")
{
    bench b;
    auto e = b.empty();
    e.aws_ec2_metadata_endpoint = b.cloud.http_url();
    auto const fetch = [&] { return fetch_for_real(aws::instance_metadata_credentials(aws::source_options(e))); };
    b.cloud.script("/latest/meta-data/iam/security-credentials/", emulator::answer(401));
    b.cloud.script("/latest/meta-data/iam/security-credentials/", emulator::answer(503));
    CHECK(fetch().has_value());
    CHECK(b.cloud.scripts_left() == 0);

    emulator::imds_setup setup;
    setup.beyond_hop_limit = true;
    b.identity().imds().set_up(setup);
    auto const start = std::chrono::steady_clock::now();
    auto got = fetch();
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::credentials_unavailable);
    CHECK(contains(got.error().to_string(), "hop limit"));

    setup = {};
    setup.enabled = false;
    b.identity().imds().set_up(setup);
    CHECK(fetch().error() == errc::credentials_unavailable);
    setup = {};
    setup.role = "";
    b.identity().imds().set_up(setup);
    CHECK(fetch().error() == errc::credentials_unavailable);
    setup = {};
    setup.code = "AssumeRoleUnauthorizedAccess";
    b.identity().imds().set_up(setup);
    CHECK(fetch().error().provider_code() == "AssumeRoleUnauthorizedAccess");
}

TEST_CASE("identity, loopback: a managed identity on every host, the system's and the user's")
{
    bench b;
    auto const& user = b.identity().identities().user();
    auto const by_client = entra::managed_identity_id::client(user.client_id);
    auto const by_object = entra::managed_identity_id::object(user.object_id);
    auto const by_resource = entra::managed_identity_id::resource(user.resource_id);

    auto e = b.empty();
    e.azure_pod_identity_authority_host = b.cloud.http_url();
    CHECK(b.giver(b.token(e)) == "imds system");
    for (auto const& which : {by_client, by_object, by_resource})
        CHECK(b.giver(b.token(e, which)) == "imds user");
    CHECK(b.giver(b.token(e, entra::managed_identity_options().in_chain())) == "imds system");

    e = b.empty();
    e.identity_endpoint = b.cloud.http_url("app_service");
    e.identity_header = secret(b.identity().app_service().header());
    CHECK(b.giver(b.token(e)) == "app_service system");
    for (auto const& which : {by_client, by_object, by_resource})
        CHECK(b.giver(b.token(e, which)) == "app_service user");

    e = b.empty();
    e.msi_endpoint = b.cloud.http_url("machine_learning");
    e.msi_secret = secret(b.identity().machine_learning().secret());
    e.default_identity_client_id = b.identity().identities().system().client_id;
    CHECK(b.giver(b.token(e)) == "machine_learning system");
    CHECK(b.giver(b.token(e, by_client)) == "machine_learning user");
    emulator::managed_identity_setup dates;
    dates.dates = true;
    b.identity().identities().set_up(dates);
    CHECK(b.giver(b.token(e)) == "machine_learning system");

    e = b.empty();
    e.msi_endpoint = b.cloud.http_url("cloud_shell");
    CHECK(b.giver(b.token(e)) == "cloud_shell system");

    e = b.empty();
    e.identity_endpoint = b.cloud.http_url("arc");
    e.imds_endpoint = b.cloud.http_url();
    auto const arc = [&](entra::managed_identity_id const& which = {}) {
        return b.token(e, entra::managed_identity_options(which).arc_folder(b.keys.path("tokens")));
    };
    CHECK(b.giver(arc()) == "arc system");
    for (auto const& which : {by_client, by_object, by_resource})
        CHECK(b.giver(arc(which)) == "arc user");
    b.identity().arc().forget_user_assigned();
    CHECK(contains(b.giver(arc(by_client)), "does not confirm"));
    CHECK(b.giver(arc()) == "arc system");
}

TEST_CASE("identity, loopback: an agent of Arc that lies reads no file of ours")
{
    bench b;
    auto e = b.empty();
    e.identity_endpoint = b.cloud.http_url("arc");
    e.imds_endpoint = b.cloud.http_url();
    auto const how = entra::managed_identity_options().arc_folder(b.keys.path("tokens"));
    auto const challenged = [&](std::string const& path) {
        b.cloud.reset();
        b.identity().arc().challenge_with(path);
        auto const got = b.token(e, how);
        CHECK(b.cloud.requests(std::string("/arc/metadata/identity/oauth2/token")).size() == 1); // and nothing was sent
        return got ? std::string("a token") : got.error().to_string();
    };
    auto const outside = b.keys.write("outside.key", "canary");
    CHECK(contains(challenged(outside), "none of its keys"));
    CHECK(contains(challenged(b.keys.path("tokens/../outside.key")), "none of its keys"));
    auto const link = b.keys.path("tokens/link.key");
    std::filesystem::create_symlink(outside, link);
    CHECK(contains(challenged(link), "is a link"));
    CHECK(contains(challenged(b.keys.write("tokens/large.key", std::string(4097, 'x'))), "over 4096 bytes"));
    CHECK(b.keys.write("tokens/full.key", std::string(4096, 'x')).ends_with("full.key"));
    CHECK(contains(challenged(b.keys.write("tokens/lines.key", "a\r\nx: y")), "cannot stand in a header"));
    CHECK(contains(challenged(b.keys.path("tokens/missing.key")), "cannot be read"));
    std::filesystem::create_directory(b.keys.path("tokens/folder.key"));
    CHECK(contains(challenged(b.keys.path("tokens/folder.key")), "is a folder"));
}

TEST_CASE("identity, loopback: Service Fabric is known by its certificate's thumbprint, and by nothing else")
{
    bench b;
    auto e = b.empty();
    e.identity_endpoint = b.cloud.https_url("service_fabric");
    e.identity_header = secret(b.identity().service_fabric().header());
    e.identity_server_thumbprint = b.cloud.certificate_sha1();
    e.https_proxy = "http://127.0.0.1:1"; // not asked
    CHECK(b.giver(b.token(e)) == "service_fabric system");

    auto const asked = b.cloud.count();
    e.identity_server_thumbprint = std::string(40, '0');
    auto const impostor = b.token(e);
    REQUIRE_FALSE(impostor.has_value());
    CHECK(impostor.error() == errc::tls_verify_failed);
    CHECK(b.cloud.count() == asked); // the secret went nowhere
    e.identity_server_thumbprint = "no thumbprint";
    CHECK(b.token(e).error() == errc::invalid_argument);

    e.identity_server_thumbprint = b.cloud.certificate_sha1();
    e.identity_header = secret("canary-header");
    auto const refused = b.token(e);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().http_status() == 401);
    CHECK_FALSE(contains(refused.error().to_string(), "canary"));
}

TEST_CASE("identity, loopback: a host of managed identities that hangs or fails")
{
    bench b;
    auto e = b.empty();
    e.azure_pod_identity_authority_host = b.cloud.http_url();
    std::string const path = "/metadata/identity/oauth2/token";
    b.cloud.script(path, emulator::answer().after(1h));
    auto const start = std::chrono::steady_clock::now();
    auto const absent = b.token(e, entra::managed_identity_options().in_chain());
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    REQUIRE_FALSE(absent.has_value());
    CHECK(absent.error() == errc::credentials_unavailable);

    b.cloud.script(path, emulator::answer(410), 2);
    auto const late = b.token(e, {}, 300ms); // ten seconds' patience ends with the call
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().phase() == phase::auth);
    b.cloud.reset();

    emulator::managed_identity_setup none;
    none.system_assigned = none.user_assigned = false;
    b.identity().identities().set_up(none);
    CHECK(contains(b.giver(b.token(e)), "Identity not found"));
    CHECK(b.token(e, entra::managed_identity_options().in_chain()).error() == errc::credentials_unavailable);

    auto app = b.empty();
    app.identity_endpoint = b.cloud.http_url("app_service");
    app.identity_header = secret("canary-header");
    auto const refused = b.token(app, entra::managed_identity_options().in_chain());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().http_status() == 401);
    CHECK_FALSE(contains(refused.error().to_string(), "canary"));
}
