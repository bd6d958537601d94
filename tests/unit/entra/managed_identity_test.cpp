// Managed identities, decided: who is asked, with which words, what an answer means, and when to ask again.
#include "support.hpp"

#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/auth/entra/managed_identity_plan.hpp>
#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <iostream>
#include <vector>

using namespace entra_test;
using namespace std::chrono_literals;
using wire::identity_host;
using id = managed_identity_id;
namespace entra = augur::auth::entra;

namespace {

using change = std::function<void(call::environment&)>;

call::environment with(change const& set)
{
    call::environment e;
    set(e);
    return e;
}

void app_service(call::environment& e)
{
    e.identity_endpoint = "http://127.0.0.1:41741/msi/token";
    e.identity_header = secret("canary-header");
}

void fabric(call::environment& e)
{
    app_service(e);
    e.identity_endpoint = "https://127.0.0.1:2377/metadata/identity/oauth2/token";
    e.identity_server_thumbprint = std::string(40, 'A');
}

void machine_learning(call::environment& e)
{
    e.msi_endpoint = "http://127.0.0.1:1/msi";
    e.msi_secret = secret("canary-secret");
}

void cloud_shell(call::environment& e)
{
    e.msi_endpoint = "http://localhost:50342/oauth2/token";
}

void arc(call::environment& e)
{
    e.identity_endpoint = "http://localhost:40342/metadata/identity/oauth2/token";
    e.imds_endpoint = "http://localhost:40342";
}

void nothing(call::environment&) {}

std::string target_of(change const& set, id const& which = {}, std::string const& scope = ml_scope, bool agent = false)
{
    auto const e = with(set);
    auto const r = wire::plan_identity(e, wire::host_of(e, agent), which, token_request(scope));
    if (!r)
        return std::string("error: ") + std::string(r.error().message());
    std::string out = r->method + " " + r->to.origin() + r->target;
    for (auto const& [name, value] : r->fields)
        out += " | " + name + ": " + std::string(value.reveal());
    if (!r->content.empty())
        out += " | " + r->content;
    return out;
}

std::string const vm = "GET http://169.254.169.254:80/metadata/identity/oauth2/token?api-version=2018-02-01";
std::string const agent_url = "GET http://localhost:40342/metadata/identity/oauth2/token?api-version=2020-06-01";
std::string const app_url = "GET http://127.0.0.1:41741/msi/token?api-version=2019-08-01";
std::string const aml_url = "GET http://127.0.0.1:1/msi?api-version=2017-09-01";
std::string const ml = "&resource=https%3A%2F%2Fml.azure.com";
std::string const meta = " | metadata: true";
std::string const header = " | x-identity-header: canary-header";
std::string const proof = " | secret: canary-secret";

} // namespace

TEST_CASE("managed identity: the environment says who is asked, and each host has its own words")
{
    struct row
    {
        char const* what;
        change set;
        id which;
        std::string expected; ///< all of the request, or the beginning of an error
    };
    auto const resource = id::resource("/subscriptions/s/x");
    std::vector<row> const rows = {
        {"a virtual machine", nothing, {}, vm + ml + meta},
        {"... by client id", nothing, id::client("c-1"), vm + ml + "&client_id=c-1" + meta},
        {"... by object id", nothing, id::object("o-1"), vm + ml + "&object_id=o-1" + meta},
        {"... by resource id", nothing, resource, vm + ml + "&msi_res_id=%2Fsubscriptions%2Fs%2Fx" + meta},
        {"another origin",
         [](auto& e) { e.azure_pod_identity_authority_host = "http://127.0.0.1:8/"; },
         {},
         "GET http://127.0.0.1:8/metadata/identity/oauth2/token?api-version=2018-02-01" + ml + meta},
        {"App Service", app_service, {}, app_url + ml + header},
        {"... by client id", app_service, id::client("c-1"), app_url + ml + "&client_id=c-1" + header},
        {"... by object id", app_service, id::object("o-1"), app_url + ml + "&principal_id=o-1" + header},
        {"... by resource id", app_service, resource, app_url + ml + "&mi_res_id=%2Fsubscriptions%2Fs%2Fx" + header},
        {"... with a query of its own",
         [](auto& e) {
             app_service(e);
             e.identity_endpoint += "?a=1";
         },
         {},
         "GET http://127.0.0.1:41741/msi/token?a=1&api-version=2019-08-01" + ml + header},
        {"Azure ML", machine_learning, {}, aml_url + ml + proof},
        {"... its system identity is named",
         [](auto& e) {
             machine_learning(e);
             e.default_identity_client_id = "d-1";
         },
         {},
         aml_url + ml + "&clientid=d-1" + proof},
        {"... by client id", machine_learning, id::client("c-1"), aml_url + ml + "&clientid=c-1" + proof},
        {"... by object id", machine_learning, id::object("o-1"), "error: Azure ML compute knows identities by their"},
        {"... by resource id", machine_learning, resource, "error: Azure ML compute knows identities by their client"},
        {"Cloud Shell",
         cloud_shell,
         {},
         "POST http://localhost:50342/oauth2/token | content-type: application/x-www-form-urlencoded" + meta +
             " | resource=https%3A%2F%2Fml.azure.com"},
        {"... has one identity", cloud_shell, id::client("c-1"), "error: Cloud Shell has one identity"},
        {"Arc", arc, {}, agent_url + ml + meta},
        {"... by client id", arc, id::client("c-1"), agent_url + ml + "&client_id=c-1" + meta},
        {"... by object id", arc, id::object("o-1"), agent_url + ml + "&object_id=o-1" + meta},
        {"... by resource id", arc, resource, agent_url + ml + "&msi_res_id=%2Fsubscriptions%2Fs%2Fx" + meta},
        {"... elsewhere than here",
         [](auto& e) {
             arc(e);
             e.identity_endpoint = "http://10.0.0.1/metadata/identity/oauth2/token";
         },
         {},
         "error: IDENTITY_ENDPOINT: the agent of Azure Arc answers on this machine"},
        {"Service Fabric",
         fabric,
         {},
         "GET https://127.0.0.1:2377/metadata/identity/oauth2/token?api-version=2019-07-01-preview" + ml +
             " | secret: canary-header"},
        {"... has one identity", fabric, id::client("c-1"), "error: Service Fabric has one identity"},
        {"... without TLS",
         [](auto& e) {
             fabric(e);
             e.identity_endpoint = "http://127.0.0.1:2377/metadata/identity/oauth2/token";
         },
         {},
         "error: IDENTITY_ENDPOINT: Service Fabric is known by its certificate"},
        {"App Service before Azure ML",
         [](auto& e) {
             app_service(e);
             machine_learning(e);
         },
         {},
         app_url + ml + header},
        {"Azure ML before Arc",
         [](auto& e) {
             machine_learning(e);
             arc(e);
         },
         {},
         aml_url + ml + proof},
        {"Cloud Shell before Arc",
         [](auto& e) {
             cloud_shell(e);
             arc(e);
         },
         {},
         "POST http://localhost:50342/oauth2/token"},
        {"an endpoint alone says nothing", [](auto& e) { e.identity_endpoint = "http://127.0.0.1:1/"; }, {}, vm},
        {"a header alone says nothing", [](auto& e) { e.identity_header = secret("h"); }, {}, vm},
        {"an endpoint that is no URL",
         [](auto& e) { e.msi_endpoint = "file:///etc/passwd"; },
         {},
         "error: MSI_ENDPOINT"},
        {"user information in it",
         [](auto& e) {
             app_service(e);
             e.identity_endpoint = "http://u:p@127.0.0.1/";
         },
         {},
         "error: IDENTITY_ENDPOINT"},
        {"an id that breaks the request", nothing, id::client("a b\r\n"), "error: the id of a managed identity"},
        {"an empty id", nothing, id::client(""), "error: the id of a managed identity"},
        {"an id with a separator", nothing, id::client("a&resource=x"), vm + ml + "&client_id=a%26resource%3Dx"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        auto const got = target_of(row.set, row.which);
        CHECK_MESSAGE(got.substr(0, row.expected.size()) == row.expected, got);
        CHECK_FALSE(contains(got.starts_with("error") ? got : "", "canary"));
    }
    CHECK(target_of(nothing, {}, ml_scope, true) == agent_url + ml + meta);              // its agent is installed
    CHECK(contains(target_of(nothing, {}, "https://x.test//.default"), "x.test%2F&") == false); // the slash stays
    CHECK(contains(target_of(nothing, {}, "https://x.test//.default"), "x.test%2F | "));
    CHECK(contains(target_of(nothing, {}, "-o x"), "error: the scope"));
    std::cout << "managed identity: " << rows.size() + 3 << " hosts and choices\n";

    auto const other = wire::plan_identity({}, identity_host::imds, {}, token_request(ml_scope).tenant(tenant_b));
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error() == augur::errc::invalid_argument);
    auto const probe =
        wire::probe_of(wire::plan_identity({}, identity_host::imds, {}, token_request(ml_scope)).value());
    CHECK(probe.fields.empty());
}

TEST_CASE("managed identity: what an answer means")
{
    struct row
    {
        char const* what;
        identity_host host;
        int status;
        std::string content;
        bool in_chain;
        error_code expected; ///< none: a token
        char const* says;
    };
    auto const imds = identity_host::imds;
    auto const missing = make_error_code(augur::errc::credentials_unavailable);
    auto const refused = make_error_code(entra::errc::refused);
    std::string const good = R"({"access_token":"t","expires_in":"86399","token_type":"Bearer"})";
    std::string const unassigned = R"({"error":"invalid_request","error_description":"Identity not found"})";
    std::vector<row> const rows = {
        {"texts for numbers", imds, 200, good, false, {}, ""},
        {"only an end, as text",
         identity_host::app_service,
         200,
         R"({"access_token":"t","expires_on":"1767312000","token_type":"Bearer"})",
         false,
         {},
         ""},
        {"an end as an American date",
         identity_host::machine_learning,
         200,
         R"({"access_token":"t","expires_on":"01/02/2026 00:00:00 +00:00","token_type":"Bearer"})",
         false,
         {},
         ""},
        {"a number",
         identity_host::machine_learning,
         200,
         R"({"access_token":"t","expires_on":1767312000})",
         false,
         {},
         ""},
        {"no token", imds, 200, "{}", false, make_error_code(augur::errc::decode_error), "access_token"},
        {"no JSON", imds, 200, "<html>", false, make_error_code(augur::errc::decode_error), "JSON"},
        {"no JSON, in a chain", imds, 200, "<html>", true, missing, "somebody else"},
        {"a portal's redirect, in a chain", imds, 302, "<html>", true, missing, "somebody else"},
        {"404 of a web server, in a chain", imds, 404, "<html>", true, missing, "somebody else"},
        {"no JSON of App Service, in a chain", identity_host::app_service, 200, "<html>", true,
         make_error_code(augur::errc::decode_error), "JSON"},
        {"none assigned", imds, 400, unassigned, false, refused, "Identity not found"},
        {"none assigned, in a chain", imds, 400, unassigned, true, missing, "no such identity"},
        {"a container engine, in a chain", imds, 403, R"({"error":"x","error_description":"host is unreachable"})",
         true, missing, "container engine"},
        {"403 as such, in a chain", imds, 403, R"({"error":"forbidden"})", true, refused, "403"},
        {"updating for too long", imds, 410, "", true, refused, "410"},
        {"throttled", imds, 429, "", false, make_error_code(entra::errc::throttled), "429"},
        {"broken", imds, 500, "", true, make_error_code(entra::errc::unavailable), "500"},
        {"App Service's form of an error", identity_host::app_service, 400,
         R"({"statusCode":400,"message":"No User Assigned Identity"})", true, refused, "No User Assigned"},
        {"App Service is broken", identity_host::app_service, 500, R"({"statusCode":500,"message":"later"})", true,
         make_error_code(entra::errc::unavailable), "later"},
        {"Cloud Shell's form of an error", identity_host::cloud_shell, 400,
         R"({"error":{"code":"InvalidAudience","message":"unknown resource"}})", false, refused, "unknown resource"},
        {"an error that repeats what proved us", identity_host::app_service, 401,
         R"({"statusCode":401,"message":"canary-header is wrong"})", false, refused, "401"},
        {"an error that is endless", identity_host::app_service, 401, std::string(100'000, '{'), false, refused, "401"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        auto const got = wire::read_identity(row.host, {}, answer(row.status, row.content), new_year(), row.in_chain,
                                             "canary-header");
        if (!row.expected) {
            REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
            CHECK(got->text.reveal() == "t");
            CHECK(seconds_of(got->expires) >= 86399);
            CHECK(got->refresh_at.has_value());
            continue;
        }
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().code() == row.expected);
        CHECK(got.error().phase() == phase::auth);
        CHECK(got.error().outcome() == outcome::not_sent);
        auto const told = got.error().to_string();
        CHECK_MESSAGE(contains(told, row.says), told);
        CHECK_FALSE(contains(told, "canary"));
    }
    std::cout << "managed identity: " << rows.size() << " answers\n";
}

TEST_CASE("managed identity: how often and how late a host is asked again")
{
    struct row
    {
        identity_host host;
        int status;
        std::vector<int> seconds; ///< the pauses; then no more
    };
    auto const imds = identity_host::imds;
    auto const app = identity_host::app_service;
    row const rows[] = {{imds, 404, {1, 2, 4}},
                        {imds, 408, {1, 2, 4}},
                        {imds, 429, {1, 2, 4}},
                        {imds, 500, {1, 2, 4}},
                        {imds, 503, {1, 2, 4}},
                        {imds, 0, {1, 2, 4}},
                        {imds, 400, {}},
                        {imds, 401, {}},
                        {imds, 403, {}},
                        {imds, 200, {}},
                        {app, 404, {1, 1, 1}},
                        {app, 429, {1, 1, 1}},
                        {app, 504, {1, 1, 1}},
                        {app, 400, {}},
                        {app, 410, {}},
                        {app, 401, {}},
                        {imds, 410, {10, 10, 10, 10, 10, 10, 10}}};
    for (auto const& row : rows) {
        CAPTURE(row.status);
        for (std::size_t i = 0; i <= row.seconds.size(); ++i) {
            CAPTURE(i);
            auto const pause = wire::identity_pause(row.host, static_cast<int>(i) + 1, row.status, std::nullopt);
            REQUIRE(pause.has_value() == (i < row.seconds.size()));
            if (pause)
                CHECK(*pause == std::chrono::seconds(row.seconds[i]));
        }
    }
    CHECK(wire::identity_pause(imds, 1, 429, 7s) == 7s);
    CHECK_FALSE(wire::identity_pause(imds, 1, 429, 120s).has_value());
}

TEST_CASE("managed identity: Arc's agent may only name its own keys")
{
    auto const read = [](std::string const& field, int status = 401) {
        headers h;
        REQUIRE(h.add("www-authenticate", field));
        auto const got = wire::arc_key_path(answer(status, "", h), "/var/opt/azcmagent/tokens");
        return got ? *got : std::string("refused");
    };
    std::string const good = "/var/opt/azcmagent/tokens/3b0c.key";
    CHECK(read("Basic realm=" + good) == good);
    CHECK(read("basic REALM=\"" + good + "\"") == good);
    CHECK(read("Basic realm=" + good, 200) == "refused");
    for (auto const* bad :
         {"/etc/passwd", "/etc/x.key", "/var/opt/azcmagent/tokens/x.txt", "x.key", "",
          "/var/opt/azcmagent/tokens/../x.key", "/var/opt/azcmagent/tokens/a/x.key", "/var/opt/azcmagent/tokens/.key",
          "/var/opt/azcmagent/tokens//x.key", "/VAR/opt/azcmagent/tokens/x.key", "/var/opt/azcmagent/tokens/x.key/",
          "/var/opt/azcmagent/tokens/x y.key"}) {
        CAPTURE(bad);
        CHECK(read(std::string("Basic realm=") + bad) == "refused");
    }
    CHECK(read("Bearer realm=" + good) == "refused");
    CHECK(read("Basic realm=/var/opt/azcmagent/tokens/" + std::string(600, 'x') + ".key") == "refused");
    CHECK_FALSE(wire::arc_key_path(answer(401, ""), "/var/opt/azcmagent/tokens").has_value());

    auto const confirmed = [](id const& which, std::string const& more) {
        return wire::read_identity(identity_host::arc, which,
                                   answer(200, R"({"access_token":"t","expires_in":"1")" + more + "}"), new_year(),
                                   false)
            .has_value();
    };
    CHECK(confirmed({}, ""));
    CHECK_FALSE(confirmed(id::client("c-1"), ""));
    CHECK_FALSE(confirmed(id::client("c-1"), R"(,"client_id":"c-2")"));
    CHECK(confirmed(id::client("c-1"), R"(,"client_id":"C-1")"));
    CHECK(confirmed(id::object("o-1"), R"(,"object_id":"o-1")"));
    CHECK(confirmed(id::resource("/s"), R"(,"mi_res_id":"/S")"));
}

TEST_CASE("managed identity, in a chain: silence costs a second, and a probe without the header comes first")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const source = managed_identity(source_options().transport(transport), managed_identity_options().in_chain());
    auto const fetch = [&source](net::operation& op) {
        return source->fetch(op, op.deadline(), token_request(ml_scope));
    };
    driver d;
    transport->expect(reply::never());
    auto const before = d.time->clock().now();
    auto const nobody = d.run<access_token>(fetch);
    REQUIRE_FALSE(nobody.has_value());
    CHECK(nobody.error() == augur::errc::credentials_unavailable);
    CHECK(d.time->clock().now() - before <= 1s);
    CHECK(transport->seen().size() == 1);
    CHECK(transport->seen()[0].field("metadata").empty());

    std::string const good = R"({"access_token":"t","expires_in":"86399","token_type":"Bearer"})";
    transport->expect(reply::with(400)); // it is there, and wants its header
    transport->expect(reply::with(410));
    transport->expect(reply::with(429, {{"retry-after", "1"}}));
    transport->expect(reply::with(404));
    transport->expect(reply::with(200, {}, good));
    auto const then = d.time->clock().now();
    auto const got = d.run<access_token>(fetch);
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(got->source == "the managed identity of instance metadata");
    CHECK(d.time->clock().now() - then >= 10s + 2s + 4s);
    CHECK(transport->seen().back().field("metadata") == "true");
    transport->expect(reply::with(200, {}, good)); // no second probe
    CHECK(d.run<access_token>(fetch).has_value());
    CHECK(transport->ok());
}

TEST_CASE("managed identity, in a chain: who answers the probe as instance metadata does has all the patience")
{
    std::string const good = R"({"access_token":"t","expires_in":"86399","token_type":"Bearer"})";
    std::string const no_header = R"({"error":"invalid_request","error_description":"Required metadata header not )"
                                  R"(specified"})";
    struct row
    {
        int status;
        std::string content; ///< of the probe's answer
        bool is_known;
    };
    for (auto const& r :
         {row{400, no_header, true}, row{404, no_header, true}, row{410, "", true}, row{429, "", true},
          row{500, "", true}, row{503, "<html>", true}, row{200, no_header, false}, row{301, "", false},
          row{400, "", false}, row{400, "<html>", false}, row{403, no_header, false}, row{404, "<html>", false}}) {
        CAPTURE(r.status);
        CAPTURE(r.content);
        auto const transport = std::make_shared<testing::replay_transport>();
        auto const first =
            managed_identity(source_options().transport(transport), managed_identity_options().in_chain());
        auto const source = chain({first, fixed_token(secret("somebody else"))});
        transport->expect(reply::with(r.status, {}, r.content).after(900ms)); // five jobs in a hundred waited so long
        transport->expect(reply::with(200, {}, good).after(4s));
        driver d;
        auto const got = d.run<access_token>(
            [&source](net::operation& op) { return source->fetch(op, op.deadline(), token_request(ml_scope)); });
        REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
        CHECK(got->text.reveal() == (r.is_known ? "t" : "somebody else"));
        CHECK(transport->ok());
        CHECK(transport->seen().size() == 2);
        if (!r.is_known)
            CHECK(d.time->elapsed() < 2s);
    }
}

TEST_CASE(
    "managed identity, in a chain: once it is known to be there, its silence is an error and nobody else is asked")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const first = managed_identity(source_options().transport(transport), managed_identity_options().in_chain());
    auto const source = chain({first, fixed_token(secret("somebody else"))});
    transport->expect(reply::with(400, {}, R"({"error":"invalid_request"})"));
    driver d;
    auto const fetch = [&source](net::operation& op) {
        return source->fetch(op, op.deadline(), token_request(ml_scope));
    };
    for (int round = 0; round < 2; ++round) { // the second one without a probe
        for (int i = 0; i < 4; ++i)
            transport->expect(reply::fail(error(make_error_code(augur::errc::response_timeout))));
        auto const got = d.run<access_token>(fetch);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == augur::errc::response_timeout);
        CHECK(got.error().phase() == phase::auth);
        CHECK(transport->ok());
    }
    // That it has no identity is an answer: then the next one is asked.
    transport->expect(reply::with(400, {}, R"({"error":"invalid_request","error_description":"Identity not found"})"));
    CHECK(d.run<access_token>(fetch)->text.reveal() == "somebody else");
    CHECK(transport->ok());
}

TEST_CASE("managed identity, in a chain: a host that answers the probe and then nothing costs two seconds")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const source = managed_identity(source_options().transport(transport), managed_identity_options().in_chain());
    auto const fetch = [&source](net::operation& op) {
        return source->fetch(op, op.deadline(), token_request(ml_scope));
    };
    std::string const good = R"({"access_token":"t","expires_in":"86399","token_type":"Bearer"})";
    driver d;
    auto const silence = [&] {
        transport->expect(reply::with(400).after(400ms));
        transport->expect(reply::never());
        auto const before = d.time->clock().now();
        auto const got = d.run<access_token>(fetch);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == augur::errc::credentials_unavailable); // so that a chain goes on
        CHECK(contains(got.error().message(), "answered a probe"));
        CHECK(d.time->clock().now() - before <= 2s);
        CHECK(transport->ok()); // asked once
    };
    silence();
    silence(); // an answered probe alone proves nothing the next time either

    // A status proves that it is there: then silence is waited for, and asked again after.
    transport->expect(reply::with(400));
    transport->expect(reply::with(410));
    transport->expect(reply::never());
    transport->expect(reply::with(200, {}, good));
    CHECK(d.run<access_token>(fetch).has_value());
    CHECK(transport->ok());
    transport->expect(reply::never()); // and whoever gave a token has all the patience
    transport->expect(reply::with(200, {}, good));
    auto const before = d.time->clock().now();
    CHECK(d.run<access_token>(fetch).has_value());
    CHECK(d.time->clock().now() - before >= 10s);
    CHECK(transport->ok());
}

TEST_CASE("managed identity, asked for by name: no probe, and instance metadata may be updated for seventy seconds")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const source = managed_identity(source_options().transport(transport));
    for (int i = 0; i < 7; ++i)
        transport->expect(reply::with(410));
    transport->expect(reply::with(200, {}, R"({"access_token":"t","expires_in":"10"})"));
    driver d;
    auto const got = d.run<access_token>(
        [&](net::operation& op) { return source->fetch(op, op.deadline(), token_request(ml_scope)); }, 2min);
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(transport->ok());

    transport->expect(reply::never());
    auto const lost = d.run<access_token>(
        [&](net::operation& op) { return source->fetch(op, op.deadline(), token_request(ml_scope)); }, 5s);
    REQUIRE_FALSE(lost.has_value());
    CHECK(lost.error().phase() == phase::auth);
    CHECK(lost.error() != augur::errc::credentials_unavailable);
}

TEST_CASE("managed identity: whoever keeps its tokens has the patience, too")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    for (int i = 0; i < 7; ++i)
        transport->expect(reply::with(410));
    transport->expect(reply::with(200, {}, R"({"access_token":"t","expires_in":"86399"})"));
    auto const auth = bearer(managed_identity(source_options().transport(transport)), token_request(ml_scope));
    driver d;
    auto const ready = d.run<void>([auth](net::operation& op) { return auth->refresh(op, op.deadline()); }, 3min);
    REQUIRE_MESSAGE(ready.has_value(), ready.error().to_string());
    CHECK(transport->ok()); // one fetch, seventy seconds long
}
