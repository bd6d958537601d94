// docs/how-to/authenticate.md lists the errors people meet first. Each one is brought about here, over real sockets,
// files and programs, and must say what stands there; a row that nobody brings about fails.

#include "support/plain_user.hpp"
#include "unit/auth/source_support.hpp"
#include "unit/entra/source_support.hpp"

#include <augur/auth/aws/credential_cache.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/server.hpp>
#include <augur/testing/fault_network.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace augur;
using auth_test::contains;
using auth_test::folder;
namespace aws = augur::auth::aws;
namespace entra = augur::auth::entra;

namespace {

using strings = std::vector<std::string>;

/// One line of a table "the error says | because | do".
struct how_to_row
{
    strings says; ///< the texts in backticks
    std::string because, cure;
};

strings cells_of(std::string const& line)
{
    strings out;
    for (std::size_t at = 1; at < line.size();) {
        auto const end = line.find(" |", at);
        REQUIRE_MESSAGE(end != line.npos, line);
        out.push_back(line.substr(at + 1, end - at - 1));
        at = end + 2;
    }
    return out;
}

strings spans_of(std::string const& cell)
{
    strings out;
    for (std::size_t at = cell.find('`'); at != cell.npos; at = cell.find('`', at)) {
        auto const end = cell.find('`', at + 1);
        REQUIRE_MESSAGE(end != cell.npos, cell);
        out.push_back(cell.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return out;
}

std::string without_backticks(std::string text)
{
    std::erase(text, '`');
    return text;
}

std::vector<how_to_row> rows_of_the_how_to()
{
    std::ifstream file("docs/how-to/authenticate.md");
    REQUIRE(file);
    std::vector<how_to_row> out;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| the error says")) {
            inside = true;
        }
        else if (!line.starts_with("| ")) {
            inside = inside && line.starts_with("|--");
        }
        else if (inside) {
            auto const cells = cells_of(line);
            REQUIRE_MESSAGE(cells.size() == 3, line);
            out.push_back({spans_of(cells[0]), without_backticks(cells[1]), without_backticks(cells[2])});
        }
    }
    return out;
}

/// The pieces around each "..." stand in the text, in this order.
bool is_said(std::string_view text, std::string const& pattern)
{
    std::size_t at = 0;
    for (std::size_t from = 0; from <= pattern.size();) {
        auto const end = std::min(pattern.find("...", from), pattern.size());
        auto piece = std::string_view(pattern).substr(from, end - from);
        while (piece.starts_with(' '))
            piece.remove_prefix(1);
        while (piece.ends_with(' '))
            piece.remove_suffix(1);
        auto const found = text.find(piece, at);
        if (found == text.npos)
            return false;
        at = found + piece.size();
        from = end + 3;
    }
    return true;
}

/// A newcomer's machine, and the clouds.
struct newcomer
{
    folder here;
    emulator::server cloud;
    testing::closed_port nobody;
    call::environment e;

    newcomer()
    {
        e.home = here.path("");
        e.home.pop_back();
        e.aws_config_file = here.path("config");
        e.aws_credentials_file = here.path("credentials");
        e.aws_region = "us-east-1";
        e.aws_endpoint_url_sts = e.aws_endpoint_url_sso = e.aws_endpoint_url_sso_oidc = cloud.https_url();
        e.aws_ca_bundle = e.ssl_cert_file = cloud.ca_file();
        e.aws_ec2_metadata_endpoint = e.azure_pod_identity_authority_host = "http://127.0.0.1:" +
                                                                            std::to_string(nobody.port());
        e.azure_authority_host = cloud.https_url();
    }

    error aws_says(std::shared_ptr<aws::credential_source> source)
    {
        auto const got = auth_test::fetch_for_real(std::move(source));
        REQUIRE_FALSE(got.has_value());
        return got.error();
    }
    /// With such a profile x in the config file.
    error profile_says(std::string const& lines)
    {
        here.write("config", "[profile x]\n" + lines);
        return aws_says(aws::default_chain(aws::source_options(e).profile("x")));
    }
    std::string keys() const
    {
        auto const& main = cloud.credentials().main;
        return "aws_access_key_id = " + main.access_key + "\naws_secret_access_key = " + main.secret_key + "\n";
    }

    entra::source_options options() const { return entra::source_options(e); }
    entra::app_identity app() { return {known().tenant, known().client_id}; }
    emulator::entra_options const& known() { return cloud.identity().entra().options(); }
    error entra_says(std::shared_ptr<entra::token_source> source,
                     std::string const& scope = "https://ml.azure.com/.default")
    {
        auto const got = entra_test::fetch_for_real(std::move(source), entra::token_request(scope));
        REQUIRE_FALSE(got.has_value());
        return got.error();
    }
    std::shared_ptr<entra::token_source> by_secret(entra::app_identity who, std::string_view proof)
    {
        return entra::client_secret(std::move(who), secret(proof), options());
    }
    std::shared_ptr<entra::token_source> right() { return by_secret(app(), cloud.credentials().entra_client_secret); }
    std::shared_ptr<entra::token_source> vouched(emulator::federated_credential const& claims,
                                                 std::chrono::seconds left = std::chrono::hours(1))
    {
        auto const token = cloud.identity().entra().federated_token(claims, std::chrono::system_clock::now() + left);
        return entra::client_assertion(
            app(), entra::assertion_from([token] { return result<secret>(secret(std::string_view(token))); }),
            options());
    }
    /// What no fault of ours brings about: somebody else's decision.
    error entra_decides(std::string const& number)
    {
        cloud.script("/" + known().tenant + "/oauth2/v2.0/token",
                     emulator::answer(400).body(R"({"error":"invalid_grant","error_description":"AADSTS)" + number +
                                                R"(: No.","error_codes":[)" + number + "]}"));
        return entra_says(right());
    }
    error score(std::string_view scope)
    {
        boost::asio::io_context context;
        azure_ml::endpoint_config config;
        config.credentials = right();
        config.scope = scope;
        config.client.tls.ca_pem = cloud.ca_pem();
        config.client.proxy.emplace();
        azure_ml::endpoint client(context.get_executor(), cloud.https_url("azure_ml"), config);
        std::optional<result<azure_ml::score_response>> out;
        auto call = [](azure_ml::endpoint c) -> boost::asio::awaitable<result<azure_ml::score_response>> {
            azure_ml::score_request request(body("{}"));
            co_return co_await c.score(std::move(request));
        };
        boost::asio::co_spawn(context, call(client),
                              [&out](std::exception_ptr, result<azure_ml::score_response> r) { out = std::move(r); });
        context.run();
        REQUIRE(out.has_value());
        REQUIRE_FALSE(out->has_value());
        return out->error();
    }
};

/// From the text of the how-to to how it comes about.
std::map<std::string, std::function<error(newcomer&)>> const& ways()
{
    static std::string const role = "role_arn = arn:aws:iam::123456789012:role/emulator-role\n";
    static std::map<std::string, std::function<error(newcomer&)>> const all{
        {"no AWS credentials: the environment: ...; profile default: ...",
         [](newcomer& n) { return n.aws_says(aws::default_chain(n.e)); }},
        {"the environment has AWS_ACCESS_KEY_ID but no AWS_SECRET_ACCESS_KEY",
         [](newcomer& n) {
             n.e.aws_access_key_id = "AKIDEXAMPLE";
             return n.aws_says(aws::default_chain(n.e));
         }},
        {"profile x: no such profile in the shared files",
         [](newcomer& n) { return n.aws_says(aws::default_chain(n.e, "x")); }},
        {"the shared AWS file \"...\" is there and cannot be read",
         [](newcomer& n) {
             std::filesystem::permissions(n.here.write("credentials", "[default]\n" + n.keys()), {});
             test::plain_user const nobody; // root could
             return n.aws_says(aws::default_chain(n.e));
         }},
        {"the shared AWS file \"...\" is a folder",
         [](newcomer& n) {
             std::filesystem::create_directory(n.e.aws_credentials_file);
             return n.aws_says(aws::default_chain(n.e));
         }},
        {"profile x has a role_arn and neither source_profile nor ...",
         [](newcomer& n) { return n.profile_says(role); }},
        {"profile x is its own source_profile, over others",
         [](newcomer& n) {
             return n.profile_says(role + "source_profile = y\n[profile y]\n" + role + "source_profile = x\n");
         }},
        {"profile x has an mfa_serial",
         [](newcomer& n) {
             return n.profile_says(role + "mfa_serial = m\nsource_profile = y\n[profile y]\n" + n.keys());
         }},
        {"the SSO token of profile x is over; run: aws sso login --profile x",
         [](newcomer& n) {
             std::filesystem::create_directories(n.e.home + "/.aws/sso/cache");
             n.here.write(".aws/sso/cache/d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json", // SHA-1 of "team"
                          R"({"accessToken":"a","expiresAt":"2020-01-01T00:00:00Z"})");
             return n.profile_says("sso_session = team\nsso_account_id = 123456789012\nsso_role_name = r\n"
                                   "[sso-session team]\nsso_region = us-east-1\nsso_start_url = https://x.test\n");
         }},
        {"STS answered 403 ... AccessDenied",
         [](newcomer& n) {
             return n.profile_says("role_arn = arn:aws:iam::123456789012:role/of-somebody-else\nsource_profile = y\n"
                                   "[profile y]\n" +
                                   n.keys());
         }},
        {"instance metadata: ... (not an EC2 instance; or a container behind a hop limit of 1)",
         [](newcomer& n) { return n.aws_says(aws::instance_metadata_credentials(aws::source_options(n.e))); }},
        {"credential_process \"...\" ended with status 1",
         [](newcomer& n) { return n.profile_says("credential_process = false\n"); }},
        {"the credentials that were fetched are over already",
         [](newcomer& n) {
             auto const old = n.here.write("old", R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s",)"
                                                  R"("SessionToken":"t","Expiration":"2020-01-01T00:00:00Z"})");
             n.here.write("config", "[default]\ncredential_process = cat " + old + "\n");
             auto const cache = std::make_shared<aws::credential_cache>(aws::default_chain(n.e));
             boost::asio::io_context context{1};
             net::arena_handle const arena;
             std::optional<result<void>> out;
             net::start<void>(
                 arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(),
                 std::chrono::seconds(30),
                 [cache](net::operation& op) {
                     auto const now = op.timers().clock().wall_now();
                     return cache->refresh(op, op.deadline(), now);
                 },
                 net::completion<void>([&out](result<void> r) { out.emplace(std::move(r)); }));
             context.run();
             REQUIRE(out.has_value());
             REQUIRE_FALSE(out->has_value());
             return out->error();
         }},
        {"no Entra token: the environment: ...; workload identity: ...",
         [](newcomer& n) { return n.entra_says(entra::default_chain(n.options())); }},
        {"AADSTS7000215", [](newcomer& n) { return n.entra_says(n.by_secret(n.app(), "not the right one")); }},
        {"AADSTS7000222", [](newcomer& n) { return n.entra_decides("7000222"); }},
        {"AADSTS700016", [](newcomer& n) { return n.entra_says(n.by_secret({n.known().tenant, "nobody"}, "s")); }},
        {"an application gets its tokens from one tenant, and \"organizations\" stands for any",
         [](newcomer& n) { return n.entra_says(n.by_secret({"organizations", n.known().client_id}, "s")); }},
        {"AADSTS90002",
         [](newcomer& n) { return n.entra_says(n.by_secret({"no-such-tenant", n.known().client_id}, "s")); }},
        {"AADSTS900023", [](newcomer& n) { return n.entra_decides("900023"); }},
        {"AADSTS700027",
         [](newcomer& n) {
             emulator::server other; // its application has another key
             auto& there = other.identity().entra();
             auto const pem = there.certificate_pem() + there.key_pem();
             return n.entra_says(entra::client_certificate(
                 n.app(), entra::certificate::bytes(secret(std::string_view(pem))), n.options()));
         }},
        {"AADSTS700024",
         [](newcomer& n) { return n.entra_says(n.vouched(n.known().federation, -std::chrono::hours(1))); }},
        {"AADSTS70021", [](newcomer& n) { return n.entra_decides("70021"); }},
        {"AADSTS700211",
         [](newcomer& n) {
             auto claims = n.known().federation;
             claims.issuer = "https://another.test";
             return n.entra_says(n.vouched(claims));
         }},
        {"AADSTS700212",
         [](newcomer& n) {
             auto claims = n.known().federation;
             claims.audience = "api://another";
             return n.entra_says(n.vouched(claims));
         }},
        {"AADSTS700213",
         [](newcomer& n) {
             auto claims = n.known().federation;
             claims.subject = "another";
             return n.entra_says(n.vouched(claims));
         }},
        {"AADSTS500011", [](newcomer& n) { return n.entra_says(n.right(), "https://no.such.resource/.default"); }},
        {"the scope \"...\" is not one resource and \"/.default\"",
         [](newcomer& n) { return n.entra_says(n.right(), "https://ml.azure.com"); }},
        {"AADSTS65001", [](newcomer& n) { return n.entra_decides("65001"); }},
        {"AADSTS1002012", [](newcomer& n) { return n.entra_decides("1002012"); }},
        {"AADSTS700082", [](newcomer& n) { return n.entra_decides("700082"); }},
        {"AADSTS50072", [](newcomer& n) { return n.entra_decides("50072"); }},
        {"AADSTS50074", [](newcomer& n) { return n.entra_decides("50074"); }},
        {"AADSTS50076", [](newcomer& n) { return n.entra_decides("50076"); }},
        {"AADSTS50078", [](newcomer& n) { return n.entra_decides("50078"); }},
        {"AADSTS50079", [](newcomer& n) { return n.entra_decides("50079"); }},
        {"AADSTS50158", [](newcomer& n) { return n.entra_decides("50158"); }},
        {"AADSTS53000", [](newcomer& n) { return n.entra_decides("53000"); }},
        {"AADSTS53001", [](newcomer& n) { return n.entra_decides("53001"); }},
        {"AADSTS53003", [](newcomer& n) { return n.entra_decides("53003"); }},
        {"Azure CLI: nobody is signed in; run: az login",
         [](newcomer& n) {
             auto const az = n.here.write("az", "#!/bin/sh\necho \"ERROR: Please run 'az login'\" >&2\nexit 1\n");
             std::filesystem::permissions(az, std::filesystem::perms::owner_all);
             n.e.path = n.e.home;
             return n.entra_says(entra::default_chain(n.options()));
         }},
        {"managed identity of ...: ... (no virtual machine of Azure)",
         [](newcomer& n) { return n.entra_says(entra::default_chain(n.options())); }},
        {"HTTP 401", [](newcomer& n) { return n.score("https://cognitiveservices.azure.com/.default"); }},
        {"HTTP 403",
         [](newcomer& n) {
             n.cloud.script("/score", emulator::answer(403));
             return n.score({});
         }},
    };
    return all;
}

} // namespace

TEST_CASE("how to authenticate: every error of the tables comes about, and says what stands there")
{
    auto const rows = rows_of_the_how_to();
    CHECK(rows.size() >= 20);
    std::set<std::string> produced;
    for (auto const& row : rows) {
        CHECK_FALSE(row.says.empty());
        for (auto const& says : row.says) {
            CAPTURE(says);
            auto const way = ways().find(says);
            REQUIRE_MESSAGE(way != ways().end(), "nobody brings this row about");
            produced.insert(says);
            newcomer n;
            auto const e = way->second(n);
            auto const text = e.to_string();
            CHECK_MESSAGE(is_said(text, says), text);
            if (says.starts_with("AADSTS")) {
                CHECK(e.provider_code() == says);
                CHECK_MESSAGE(contains(text, row.because + "; " + row.cure), text);
            }
            if (says.starts_with("HTTP")) {
                CHECK(e.phase() != phase::auth);
                continue;
            }
            CHECK(e.phase() == phase::auth);
            CHECK(e.outcome() == outcome::not_sent);
        }
    }
    CHECK(produced.size() == ways().size()); // and no way leads to a row that is gone
}
