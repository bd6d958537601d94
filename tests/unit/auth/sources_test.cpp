#include "own_rows.hpp"
#include "source_support.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;
using testing::reply;

namespace {

using bench = source_bench;

constexpr char const* role_place = "/latest/meta-data/iam/security-credentials/";

} // namespace

TEST_CASE("instance metadata: a token, the role, its credentials, in that order and never without the token")
{
    bench b;
    b.expect("PUT", "/latest/api/token", reply::with(200, {}, "TOKEN=="));
    b.expect("GET", role_place, reply::with(200, {}, "role-1\n"));
    b.expect("GET", std::string(role_place) + "role-1", reply::with(200, {}, instance_set));
    auto const got = fetch_before(instance_metadata_credentials(b.options()), 2026);
    check_set(got);
    CHECK(got->outlives_its_end);
    CHECK(b.transport->ok());
    CHECK(b.seen()[0].field("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
    CHECK(b.seen()[0].to.host == "169.254.169.254");
    CHECK_FALSE(b.seen()[0].to.is_https);
    for (std::size_t i : {1U, 2U})
        CHECK(b.seen()[i].field("x-aws-ec2-metadata-token") == "TOKEN==");
}

TEST_CASE("instance metadata: what it may answer, and whether the next source is asked")
{
    struct row
    {
        char const* what;
        std::vector<reply> answers;
        error_code code;
        bool configured; ///< the search ends
    };
    auto const token = reply::with(200, {}, "T");
    auto const role = reply::with(200, {}, "r");
    row const rows[] = {
        {"v2 is off", {reply::with(403)}, errc::credentials_unavailable, false},
        {"v1 only", {reply::with(404)}, errc::credentials_unavailable, false},
        {"v1 only, too", {reply::with(405)}, errc::credentials_unavailable, false},
        {"silence",
         {reply::fail(error(make_error_code(errc::response_timeout)))},
         errc::credentials_unavailable,
         false},
        {"no host", {reply::fail(error(make_error_code(errc::connect_failed)))}, errc::credentials_unavailable, false},
        {"busy", {4, reply::with(503)}, source_errc::unavailable, true},
        {"throttled", {reply::with(429)}, source_errc::throttled, true},
        {"gone", {reply::with(410)}, errc::credentials_unavailable, true},
        {"an empty token", {reply::with(200)}, errc::decode_error, true},
        {"a token with a break", {reply::with(200, {}, "a\r\nb: CANARY")}, errc::decode_error, true},
        {"no role", {token, reply::with(404)}, errc::credentials_unavailable, false},
        {"a role like a path", {token, reply::with(200, {}, "../../CANARY")}, errc::decode_error, true},
        {"a role of nothing", {token, reply::with(200, {}, "")}, errc::decode_error, true},
        {"no permission",
         {token, role, reply::with(200, {}, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no"})")},
         errc::credentials_unavailable,
         true},
        {"HTML", {token, role, reply::with(200, {}, "<html>CANARY")}, errc::decode_error, true},
        {"half a set",
         {token, role, reply::with(200, {}, R"({"Code":"Success","AccessKeyId":"CANARY"})")},
         errc::decode_error,
         true},
        {"a key with a break",
         {token, role,
          reply::with(200, {},
                      R"({"Code":"Success","AccessKeyId":"a\r\nb","SecretAccessKey":"CANARY","Token":"t",)"
                      R"("Expiration":"2026-01-01T06:00:00Z"})")},
         errc::decode_error,
         true},
        {"no date",
         {token, role, reply::with(200, {}, R"({"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b"})")},
         errc::decode_error,
         true},
        {"a wrong date",
         {token, role,
          reply::with(200, {}, R"({"Code":"Success","AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"})")},
         errc::decode_error,
         true},
    };
    tell(metadata_answers, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.what);
        bench b;
        for (auto const& answer : r.answers)
            b.transport->expect(answer);
        auto const next = static_credentials("NEXT", secret("s"));
        auto const source = chain({instance_metadata_credentials(b.options()), next});
        auto const got = fetch_before(source, 2026);
        CHECK(b.transport->ok());
        if (!r.configured) {
            REQUIRE(got.has_value());
            CHECK(got->access_key_id == "NEXT");
            continue;
        }
        check_error(got, r.code);
    }
}

TEST_CASE("instance metadata: a refused token is renewed; a hanging service costs less than two seconds")
{
    bench b;
    b.expect("PUT", "", reply::with(200, {}, "OLD"));
    b.expect("GET", role_place, reply::with(401));
    b.expect("PUT", "", reply::with(200, {}, "NEW"));
    b.expect("GET", role_place, reply::with(200, {}, "r"));
    b.expect("GET", std::string(role_place) + "r", reply::with(200, {}, instance_set));
    check_set(fetch_before(instance_metadata_credentials(b.options()), 2026));
    CHECK(b.seen()[3].field("x-aws-ec2-metadata-token") == "NEW");
    CHECK(b.transport->ok());

    driver d;
    auto const source = instance_metadata_credentials(
        source_options(bench().e).transport(std::make_shared<testing::never_transport>()));
    auto const got = d.run<credentials>([&](net::operation& op) { return source->fetch(op, op.deadline()); });
    check_error(got, errc::credentials_unavailable, {"hop limit"});
    CHECK(d.time->elapsed() < 2s);
}

TEST_CASE("instance metadata: however it dawdles, a chain is not kept for two seconds")
{
    auto const token = reply::with(200, {}, "T");
    auto const late = [](int status) { return reply::with(status).after(800ms); };
    auto const drips = reply::with(200, {}, std::string(64, 'x')).in_pieces_of(1).each_after(800ms);
    struct row
    {
        char const* what;
        std::vector<reply> answers;
        std::optional<error_code> ends; ///< nothing: the next source is asked
    };
    row const rows[] = {
        {"a session token that drips", {drips}, std::nullopt},
        {"500 after a while, each time", {late(500), late(500), late(500)}, source_errc::unavailable},
        {"a role that drips", {token, drips}, errc::auth_timeout},
        {"503 for the role, each time", {token, late(503), late(503), late(503)}, source_errc::unavailable},
        {"a set that drips", {token, reply::with(200, {}, "r"), drips}, errc::auth_timeout},
        {"all of it is slow",
         {reply(token).after(800ms), reply::with(200, {}, "r").after(800ms), late(200)},
         errc::auth_timeout},
    };
    for (auto const& r : rows) {
        CAPTURE(r.what);
        bench b;
        for (auto const& answer : r.answers)
            b.transport->expect(answer);
        driver d;
        auto const source =
            chain({instance_metadata_credentials(b.options()), static_credentials("NEXT", secret("s"))});
        auto const got = d.run<credentials>([&](net::operation& op) { return source->fetch(op, op.deadline()); });
        CHECK(d.time->elapsed() < 2s);
        CHECK(b.transport->ok());
        if (r.ends) {
            check_error(got, *r.ends);
            continue;
        }
        REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
        CHECK(got->access_key_id == "NEXT");
    }
}

TEST_CASE("instance metadata: the end of the call is the call's error, and no reason to ask the next source")
{
    driver d;
    auto const silent = source_options(bench().e).transport(std::make_shared<testing::never_transport>());
    auto const source = chain({instance_metadata_credentials(silent), static_credentials("NEXT", secret("s"))});
    auto const got = d.run<credentials>([&](net::operation& op) { return source->fetch(op, op.deadline()); }, 500ms);
    check_error(got, errc::deadline_exceeded);
}

TEST_CASE("instance metadata: where it is, by variable and by profile")
{
    struct row
    {
        char const* endpoint;
        char const* mode;
        char const* profile;
        char const* host; ///< null: refused before anything is sent
    };
    row const rows[] = {
        {"", "", "", "169.254.169.254"},
        {"", "IPv6", "", "[fd00:ec2::254]"},
        {"", "ipv4", "ec2_metadata_service_endpoint_mode = IPv6\n", "169.254.169.254"},
        {"", "", "ec2_metadata_service_endpoint_mode = ipV6\n", "[fd00:ec2::254]"},
        {"", "", "ec2_metadata_service_endpoint = http://of.profile\n", "of.profile"},
        {"http://of.variable", "IPv6", "ec2_metadata_service_endpoint = http://of.profile\n", "of.variable"},
        {"", "IPv6", "ec2_metadata_service_endpoint = http://of.profile\n", "of.profile"},
        {"", "IPv5", "", nullptr},
        {"", "", "ec2_metadata_service_endpoint_mode = both\n", nullptr},
        {"no url", "", "", nullptr},
    };
    tell(metadata_places, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.endpoint);
        CAPTURE(r.mode);
        CAPTURE(r.profile);
        bench b;
        b.here.write("config", "[default]\n" + std::string(r.profile));
        b.e.aws_ec2_metadata_endpoint = r.endpoint;
        b.e.aws_ec2_metadata_endpoint_mode = r.mode;
        if (r.host != nullptr)
            b.expect("PUT", "/latest/api/token", reply::with(403));
        auto const got = fetch_before(instance_metadata_credentials(b.options()), 2026);
        CHECK(b.transport->ok());
        check_error(got, r.host != nullptr ? errc::credentials_unavailable : errc::invalid_argument);
        if (r.host != nullptr)
            CHECK(b.seen()[0].field("host") == r.host);
    }
}

TEST_CASE("container: where it may be asked, and what for")
{
    struct row
    {
        char const* relative;
        char const* full;
        char const* expected; ///< null: refused before anything is sent
    };
    row const rows[] = {
        {"/c", "", "http://169.254.170.2/c"},
        {"/c?a=1", "http://localhost/x", "http://169.254.170.2/c?a=1"},
        {"", "https://agent.example:8443/c", "https://agent.example:8443/c"},
        {"", "http://localhost:8080/c", "http://localhost:8080/c"},
        {"", "http://127.0.0.1/c", "http://127.0.0.1/c"},
        {"", "http://127.9.9.9/c", "http://127.9.9.9/c"},
        {"", "http://[::1]:80/c", "http://[::1]/c"},
        {"", "http://169.254.170.2/c", "http://169.254.170.2/c"},
        {"", "http://169.254.170.23/v1/c", "http://169.254.170.23/v1/c"},
        {"", "http://[fd00:ec2::23]/v1/c", "http://[fd00:ec2::23]/v1/c"},
        {"c", "", nullptr},
        {"@evil.example/", "", nullptr},
        {"//x y", "", nullptr},
        {"", "http://evil.example/c", nullptr},
        {"", "http://169.254.170.24/c", nullptr},
        {"", "http://169.254.169.254/c", nullptr},
        {"", "http://10.0.0.1/c", nullptr},
        {"", "http://localhost.evil.example/c", nullptr},
        {"", "http://localhost@evil.example/c", nullptr},
        {"", "http://127.0.0.1.evil.example/c", nullptr},
        {"", "http://[fd00:ec2::24]/c", nullptr},
        {"", "ftp://localhost/c", nullptr},
        {"", "/c", nullptr},
        {"", "http://localhost/c\r\nx: y", nullptr},
    };
    tell(container_places, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.relative);
        CAPTURE(r.full);
        bench b;
        b.e.aws_container_relative_uri = r.relative;
        b.e.aws_container_full_uri = r.full;
        if (r.expected != nullptr)
            b.transport->expect(reply::with(200, {}, container_set));
        auto const got = fetch_before(container_credentials(b.options()), 2026);
        CHECK(b.transport->ok());
        if (r.expected == nullptr) {
            check_error(got, errc::invalid_argument);
            continue;
        }
        check_set(got);
        CHECK(std::string(b.seen()[0].to.is_https ? "https://" : "http://") + std::string(b.seen()[0].field("host")) +
                  b.seen()[0].target ==
              r.expected);
        CHECK(b.seen()[0].field("authorization").empty());
    }
    check_error(fetch_before(container_credentials(source_options()), 2026), errc::credentials_unavailable);
}

TEST_CASE("container: the authorization token is read at every fetch, and cannot break the header")
{
    bench b;
    b.e.aws_container_relative_uri = "/c";
    b.e.aws_container_token = secret("from the variable");
    b.expect("GET", "/c", reply::with(200, {}, container_set));
    check_set(fetch_before(container_credentials(b.options()), 2026));
    CHECK(b.seen()[0].field("authorization") == "from the variable");

    b.e.aws_container_token_file = b.here.write("token", "Basic one\n");
    auto const source = container_credentials(b.options());
    b.expect("GET", "/c", reply::with(200, {}, container_set));
    b.expect("GET", "/c", reply::with(200, {}, container_set));
    check_set(fetch_before(source, 2026));
    b.here.write("token", "Basic two");
    check_set(fetch_before(source, 2026));
    CHECK(b.seen()[1].field("authorization") == "Basic one");
    CHECK(b.seen()[2].field("authorization") == "Basic two");

    std::vector<std::string> const broken{"CANARY\r\nx: y", "CANARY\nmore", "", "\n", std::string(100'000, 'x')};
    for (auto const& text : broken) {
        b.here.write("token", text);
        check_error(fetch_before(source, 2026), errc::invalid_argument, {"token file"});
    }
    std::filesystem::remove(b.here.path("token"));
    check_error(fetch_before(source, 2026), errc::invalid_argument, {"cannot be read"});
    b.e.aws_container_token_file.clear();
    b.e.aws_container_token = secret("CANARY\r\nx: y");
    check_error(fetch_before(container_credentials(b.options()), 2026), errc::invalid_argument);
    CHECK(b.seen().size() == 3); // none of these was sent
}

TEST_CASE("container: errors are told with the service's words, and repeated when that may help")
{
    bench b;
    b.e.aws_container_relative_uri = "/c";
    b.expect("GET", "/c", reply::with(503));
    b.expect("GET", "/c", reply::fail(error(make_error_code(errc::connect_failed))));
    b.expect("GET", "/c", reply::with(200, {}, container_set));
    check_set(fetch_before(container_credentials(b.options()), 2026));
    b.expect("GET", "/c", reply::with(400, {}, R"({"code":"InvalidPath","message":"no such id"})"));
    auto const got = fetch_before(container_credentials(b.options()), 2026);
    check_error(got, errc::credentials_unavailable, {"InvalidPath", "no such id"});
    CHECK(got.error().http_status() == 400);
    for (auto i = 0; i < 3; ++i)
        b.expect("GET", "/c", reply::with(500, {}, "<html>CANARY</html>"));
    check_error(fetch_before(container_credentials(b.options()), 2026), source_errc::unavailable, {"500"});
    CHECK(b.transport->ok());
}

TEST_CASE("web identity: unsigned, with the file's token of now; a refusal is told")
{
    bench b;
    b.e.aws_web_identity_token_file = b.here.write("jwt", "one\n");
    b.e.aws_role_arn = "arn:aws:iam::123:role/r";
    b.e.aws_role_session_name = "me";
    auto const source = web_identity_credentials(b.options());
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    auto const got = fetch_before(source, 2026);
    check_set(got);
    CHECK(got->account_id == "123");
    CHECK(b.seen()[0].to.host == "sts.eu-west-1.amazonaws.com");
    CHECK(b.seen()[0].field("authorization").empty());
    CHECK(b.seen()[0].content == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123"
                                 "%3Arole%2Fr&RoleSessionName=me&WebIdentityToken=one");
    b.here.write("jwt", "two"); // Kubernetes rotates it
    b.expect("POST", "/", reply::with(400, {}, "<R><Error><Code>IDPCommunicationError</Code></Error></R>"));
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    check_set(fetch_before(source, 2026));
    CHECK(contains(b.seen()[2].content, "WebIdentityToken=two"));
    b.expect("POST", "/", reply::with(403, {}, role_refused));
    auto const refused = fetch_before(source, 2026);
    check_error(refused, errc::credentials_unavailable, {"AccessDenied", "you may not"});
    CHECK(refused.error() == condition::unauthenticated);
    b.e.aws_role_arn.clear();
    check_error(fetch_before(web_identity_credentials(b.options()), 2026), errc::invalid_argument, {"AWS_ROLE_ARN"});
    CHECK(b.transport->ok());
}

TEST_CASE("web identity: a profile's external id is not sent, because the operation has none")
{
    bench b;
    b.here.write("config", "[profile p]\nrole_arn = r\nexternal_id = mine\nrole_session_name = me\n"
                           "web_identity_token_file = " +
                               b.here.write("jwt", "one") + "\n");
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    check_set(fetch_before(profile_credentials(b.options().profile("p")), 2026));
    CHECK(b.seen()[0].content ==
          "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=me&WebIdentityToken=one");
}

TEST_CASE("roles: a credential_source is asked, and what it gives signs the request to STS")
{
    struct row
    {
        char const* source;
        char const* signer;
        char const* token;
        std::size_t asked; ///< before STS is
    };
    row const rows[] = {
        {"Environment", "ENV", "session", 0},
        {"EcsContainer", "AK", "TK", 1},
        {"Ec2InstanceMetadata", "AK", "TK", 3},
    };
    tell(named_sources, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.source);
        bench b;
        b.here.write("config", "[profile p]\nrole_arn = R\nrole_session_name = me\nexternal_id = x\n"
                               "credential_source = " +
                                   std::string(r.source) + "\n");
        b.e.aws_access_key_id = "ENV";
        b.e.aws_secret_access_key = secret("s");
        b.e.aws_session_token = secret("session");
        b.e.aws_container_relative_uri = "/c";
        if (r.asked == 1)
            b.expect("GET", "/c", reply::with(200, {}, container_set));
        if (r.asked == 3) {
            b.expect("PUT", "", reply::with(200, {}, "T"));
            b.expect("GET", role_place, reply::with(200, {}, "r"));
            b.expect("GET", std::string(role_place) + "r", reply::with(200, {}, instance_set));
        }
        b.expect("POST", "/", reply::with(200, {}, role_answer));
        auto const got = fetch_before(profile_credentials(b.options().profile("p")), 2026);
        check_set(got);
        CHECK(got->source == "profile p");
        CHECK(b.transport->ok());
        REQUIRE(b.seen().size() == r.asked + 1);
        auto const& sent = b.seen().back();
        CHECK(contains(sent.content, "Action=AssumeRole&"));
        CHECK(contains(sent.content, "RoleArn=R&RoleSessionName=me&ExternalId=x"));
        CHECK(contains(sent.field("authorization"), "Credential=" + std::string(r.signer) + "/"));
        CHECK(sent.field("x-amz-security-token") == r.token);
    }
}

TEST_CASE("roles: a chain of profiles is assumed from its end to its beginning, each step signed by the one before")
{
    bench b;
    b.here.write("config", "[profile a]\nrole_arn = A\nsource_profile = b\nexternal_id = x&y\nduration_seconds = 900\n"
                           "[profile b]\nrole_arn = B\nsource_profile = c\nrole_session_name = bee\n");
    b.here.write("credentials", "[c]\naws_access_key_id = KEY\naws_secret_access_key = S\n");
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    auto const got = fetch_before(profile_credentials(b.options().profile("a")), 2026);
    check_set(got);
    CHECK(got->source == "profile a");
    REQUIRE(b.seen().size() == 2);
    CHECK(contains(b.seen()[0].content, "RoleArn=B&RoleSessionName=bee"));
    CHECK(contains(b.seen()[0].field("authorization"), "Credential=KEY/20260101/eu-west-1/sts/aws4_request"));
    CHECK(contains(b.seen()[1].content, "RoleArn=A&RoleSessionName=augur-"));
    CHECK(contains(b.seen()[1].content, "ExternalId=x%26y&DurationSeconds=900"));
    CHECK(contains(b.seen()[1].field("authorization"), "Credential=AK/"));
    CHECK(b.seen()[1].field("x-amz-security-token") == "TK");
}

TEST_CASE("profiles: what contradicts itself is refused with its name, and nothing is sent")
{
    struct row
    {
        char const* text;
        errc code;
        char const* word;
    };
    row const rows[] = {
        {"role_arn = r", errc::invalid_argument, "source_profile"},
        {"role_arn = r\nsource_profile = gone", errc::invalid_argument, "gone"},
        {"role_arn = r\nsource_profile = p", errc::invalid_argument, "own source_profile"},
        {"role_arn = r\nsource_profile = q\n[profile q]\nrole_arn = s\nsource_profile = p", errc::invalid_argument,
         "circle"},
        {"role_arn = r\nsource_profile = q\ncredential_source = Environment", errc::invalid_argument, "too many"},
        {"role_arn = r\nsource_profile = q\nweb_identity_token_file = /CANARY\n[profile q]\naws_access_key_id = A\n"
         "aws_secret_access_key = CANARY",
         errc::invalid_argument, "source_profile and a web_identity_token_file; one"},
        {"role_arn = r\ncredential_source = Environment\nweb_identity_token_file = /CANARY", errc::invalid_argument,
         "credential_source and a web_identity_token_file; one"},
        {"role_arn = r\nsource_profile = q\ncredential_source = Environment\nweb_identity_token_file = /CANARY",
         errc::invalid_argument, "source_profile and a credential_source; one"},
        {"role_arn = r\ncredential_source = Elsewhere", errc::invalid_argument, "credential_source"},
        {"role_arn = r\ncredential_source = Environment", errc::credentials_unavailable, "needs what is not there"},
        {"role_arn = r\nsource_profile = q\nmfa_serial = m\n[profile q]\naws_access_key_id = CANARY\n"
         "aws_secret_access_key = CANARY",
         errc::unsupported, "mfa_serial"},
        {"role_arn = r\nsource_profile = q\nduration_seconds = 1", errc::invalid_argument, "duration_seconds"},
        {"role_arn = r\nsource_profile = q\nduration_seconds = 1h", errc::invalid_argument, "duration_seconds"},
        {"role_arn = r\nsource_profile = q\nrole_session_name = a b\n[profile q]\naws_access_key_id = A\n"
         "aws_secret_access_key = CANARY",
         errc::invalid_argument, "session name"},
        {"web_identity_token_file = /CANARY", errc::invalid_argument, "role_arn"},
        {"sso_session = gone", errc::invalid_argument, "gone"},
        {"sso_account_id = 1\nsso_role_name = r", errc::invalid_argument, "sso_region"},
        {"sso_start_url = u\nsso_region = r\nsso_role_name = r", errc::invalid_argument, "sso_account_id"},
        {"sso_start_url = u\nsso_region = us-east-1\nsso_role_name = r\nsso_account_id = 1", errc::invalid_argument,
         "aws sso login --profile p"},
        {"login_session = CANARY", errc::invalid_argument, "aws login --profile p"},
        {"credential_process = '", errc::invalid_argument, "quote"},
    };
    tell(contradictions, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.text);
        bench b;
        b.here.write("config", "[profile p]\n" + std::string(r.text) + "\n");
        auto const next = static_credentials("NEXT", secret("s"));
        check_error(fetch_before(chain({profile_credentials(b.options().profile("p")), next}), 2026), r.code, {r.word});
        CHECK(b.seen().empty());
    }
}

TEST_CASE("default chain: a profile that was chosen and does not exist ends the search")
{
    auto const asked = [](std::string const& variable, std::string const& in_code, std::string const& file) {
        bench b;
        b.here.write("config", file);
        b.e.aws_profile = variable;
        b.e.aws_container_relative_uri = "/c"; // whoever this machine is
        b.expect("GET", "/c", reply::with(200, {}, container_set));
        auto const container = container_credentials(b.options());
        auto const source = in_code.empty() ? default_chain(b.options())
                                            : chain({profile_credentials(b.options().profile(in_code)), container});
        auto got = fetch_before(source, 2026);
        return std::make_pair(std::move(got), b.seen().size());
    };
    struct row
    {
        char const* variable;
        char const* in_code;
        char const* file;
    };
    row const broken[] = {
        {"missing", "", ""},
        {"missing", "", "[default]\naws_access_key_id = A\naws_secret_access_key = CANARY\n"},
        {"default", "", ""}, // chosen, too
        {"", "missing", ""},
    };
    for (auto const& r : broken) {
        CAPTURE(r.variable);
        auto const [got, sent] = asked(r.variable, r.in_code, r.file);
        check_error(got, errc::credentials_unavailable, {"no such profile"});
        CHECK(sent == 0);
    }
    row const passed_over[] = {
        {"", "", ""}, {"there", "", "[profile there]\nregion = eu-west-2\n"}, // it chooses a region and nobody's keys
    };
    for (auto const& r : passed_over) {
        CAPTURE(r.variable);
        auto const [got, sent] = asked(r.variable, r.in_code, r.file);
        check_set(got);
        CHECK(sent == 1);
    }
}

TEST_CASE("sso: an old token is refreshed, written back and used; one that cannot be is told how to renew")
{
    bench b;
    b.here.write("config", "[profile p]\nsso_session = s\nsso_account_id = 12\nsso_role_name = r/1\n"
                           "[sso-session s]\nsso_region = us-east-2\nsso_start_url = https://x.example/start\n");
    std::filesystem::create_directories(b.here.path(".aws/sso/cache"));
    // The SHA-1 of "s".
    std::string const file = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";
    std::string const old = R"({"accessToken":"OLD","expiresAt":"2026-01-01T00:01:00Z","refreshToken":"RT",)"
                            R"("clientId":"c","clientSecret":"cs","registrationExpiresAt":"2026-03-01T00:00:00Z"})";
    b.here.write(file, old);
    std::string const set = R"({"roleCredentials":{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"TK",)"
                            R"("expiration":1767229200000}})";
    b.expect("POST", "/token", reply::with(200, {}, R"({"accessToken":"NEW","expiresIn":3600,"refreshToken":"RT2"})"));
    b.expect("GET", "/federation/credentials?role_name=r%2F1&account_id=12", reply::with(200, {}, set));
    auto const source = profile_credentials(b.options().profile("p"));
    check_set(fetch_before(source, 2026));
    CHECK(b.seen()[0].to.host == "oidc.us-east-2.amazonaws.com");
    CHECK(b.seen()[0].content ==
          R"({"grantType":"refresh_token","clientId":"c","clientSecret":"cs","refreshToken":"RT"})");
    CHECK(b.seen()[1].field("x-amz-sso_bearer_token") == "NEW");
    // The next one finds it there.
    b.expect("GET", "", reply::with(200, {}, set));
    check_set(fetch_before(source, 2026));
    CHECK(b.seen()[2].field("x-amz-sso_bearer_token") == "NEW");
    auto const mode = std::filesystem::status(b.here.path(file)).permissions();
    CHECK((mode & std::filesystem::perms::others_all) == std::filesystem::perms::none);

    b.here.write(file, old); // good for a minute: the refresh may fail
    b.expect("POST", "/token", reply::with(400, {}, R"({"error":"invalid_grant"})"));
    b.expect("GET", "", reply::with(200, {}, set));
    check_set(fetch_before(source, 2026));
    CHECK(b.seen()[4].field("x-amz-sso_bearer_token") == "OLD");
    b.expect("POST", "/token", reply::with(400, {}, R"({"error":"invalid_grant"})"));
    check_error(fetch_before(source, 2027), errc::invalid_argument, {"aws sso login --profile p"}); // no registration
    b.here.write(file, "CANARY");
    check_error(fetch_before(source, 2026), errc::decode_error, {"aws sso login"});
}

TEST_CASE("sso: a profile of the older form, whose token lies under its start URL and is never refreshed")
{
    bench b;
    std::string const profile = "[profile p]\nsso_start_url = https://x.example/start\nsso_region = us-east-2\n"
                                "sso_account_id = 12\nsso_role_name = r\n";
    b.here.write("config", profile);
    std::filesystem::create_directories(b.here.path(".aws/sso/cache"));
    // The SHA-1 of "https://x.example/start".
    std::string const file = ".aws/sso/cache/80c7f57c51e0449101de09ef74138a588ea0d4a6.json";
    b.here.write(file, R"({"accessToken":"OLD","expiresAt":"2026-01-01T00:01:00Z","refreshToken":"RT",)"
                       R"("clientId":"c","clientSecret":"cs"})");
    b.expect("GET", "/federation/credentials?role_name=r&account_id=12",
             reply::with(200, {},
                         R"({"roleCredentials":{"accessKeyId":"AK","secretAccessKey":"SK","sessionToken":"TK",)"
                         R"("expiration":1767229200000}})"));
    auto const source = profile_credentials(b.options().profile("p"));
    auto const got = fetch_before(source, 2026); // a minute before its end
    check_set(got);
    CHECK(got->account_id == "12");
    CHECK(b.seen()[0].to.host == "portal.sso.us-east-2.amazonaws.com");
    CHECK(b.seen()[0].field("x-amz-sso_bearer_token") == "OLD");
    check_error(fetch_before(source, 2027), errc::invalid_argument, {"aws sso login --profile p"});
    CHECK(b.transport->ok());
}

#if !defined(_WIN32)
TEST_CASE("credential_process: what it prints, how it ends, and that no shell sees it")
{
    folder const here;
    auto const printed = here.write("set.json",
                                    R"({"Version":1,"AccessKeyId":"AK","SecretAccessKey":"SK","SessionToken":"TK",)"
                                    R"("Expiration":"2026-01-01T01:00:00Z"})");
    auto const run = [](std::string const& command) {
        return fetch_for_real(process_credentials(secret(command), source_options()));
    };
    check_set(run("cat " + printed));
    check_set(run("cat  '" + printed + "'  "));
    check_set(run("/bin/sh -c \"cat '" + printed + "'; echo CANARY >&2\"")); // what it complains of goes nowhere
    check_error(run("false"), errc::credentials_unavailable, {"status 1"});
    check_error(run("/bin/sh -c 'echo CANARY; exit 3'"), errc::credentials_unavailable, {"status 3"});
    check_error(run("echo CANARY"), errc::decode_error, {"not JSON"});
    check_error(run("echo '{\"Version\":2}'"), errc::decode_error, {"Version"});
    check_error(run("/nowhere/at-all CANARY"), errc::invalid_argument, {"cannot be started"});
    check_error(run("cat '" + printed), errc::invalid_argument, {"quote"});
    check_error(run("   "), errc::invalid_argument, {"no program"});
    check_error(run("echo \\" + std::string(1, 0) + "x"), errc::invalid_argument, {"zero byte"});
    check_error(run("'' echo"), errc::invalid_argument, {"no program"});
    check_error(run("printf '%s{\"Version\":%s}' '' 2"), errc::decode_error, {"Version"}); // an empty word is one
    check_error(run("cat /dev/zero"), errc::decode_error, {"more than 65536 bytes"});
    auto const trace = here.path("trace");
    (void)run("echo ; touch " + trace);
    (void)run("echo $(touch " + trace + ")");
    (void)run("echo `touch " + trace + "`");
    CHECK_FALSE(std::filesystem::exists(trace));
}

TEST_CASE("credential_process: one that never ends is killed with its children at the call's end")
{
    auto const started = std::chrono::steady_clock::now();
    auto const got =
        fetch_for_real(process_credentials(secret("/bin/sh -c 'sleep 600 & sleep 600'"), source_options()), 200ms);
    check_error(got, errc::deadline_exceeded);
    CHECK(std::chrono::steady_clock::now() - started < 5s);
}
#endif

TEST_CASE("default chain: its order, and explain tells who was asked, what each said, and who won")
{
    bench b;
    b.e.aws_container_relative_uri = "/c";
    b.expect("GET", "/c", reply::with(200, {}, container_set));
    auto const source = default_chain(b.options());
    check_set(fetch_before(source, 2026));
    auto const told = source->explain();
    REQUIRE(told.size() == 4);
    CHECK(told[0].name == "the environment");
    CHECK(told[1].name == "profile default");
    CHECK(contains(told[1].said, "no such profile"));
    CHECK(told[2].name == "web identity");
    CHECK(told[3].name == "the container");
    CHECK(told[3].won);
    CHECK_FALSE(told[2].won);
    CHECK(contains(to_string(told), "+ the container: found"));

    b.e.aws_ec2_metadata_disabled = true;
    b.e.aws_container_relative_uri.clear();
    auto const empty = default_chain(b.options());
    check_error(fetch_before(empty, 2026), errc::credentials_unavailable,
                {"AWS_ACCESS_KEY_ID", "profile default", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER", "DISABLED"});
    CHECK(empty->explain().size() == 5);

    b.e.aws_access_key_id = "AK";
    b.e.aws_secret_access_key = secret("CANARY");
    auto const first = default_chain(b.options());
    REQUIRE(fetch_before(first, 2026).has_value());
    CHECK(first->explain().size() == 1);
    CHECK_FALSE(contains(to_string(first->explain()), "CANARY"));
}
