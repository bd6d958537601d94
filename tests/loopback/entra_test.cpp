// Our sources of Entra tokens against the emulated Entra and ARM, which verify every proof, and what these tokens are
// good for: over real sockets and verified TLS.

#include "unit/entra/source_support.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>
#include <augur/azure_ml/errc.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/identity/token_book.hpp>
#include <augur/emulator/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

using namespace entra_test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct cloud_bench
{
    folder here;
    emulator::server server;
    asio::io_context context;

    emulator::entra_service& entra() { return server.identity().entra(); }
    call::environment environment() const
    {
        call::environment e;
        e.azure_authority_host = server.https_url();
        e.ssl_cert_file = server.ca_file();
        return e;
    }
    source_options options() const { return source_options(environment()); }
    app_identity app() { return app_identity(entra().options().tenant, entra().options().client_id); }
    secret right_secret() { return secret(std::string_view(server.credentials().entra_client_secret)); }
    std::shared_ptr<token_source> by_secret() { return client_secret(app(), right_secret(), options()); }

    /// "entra https://ml.azure.com", if the token is good, else the error.
    std::string fetched(std::shared_ptr<token_source> source, token_request what = token_request(ml_scope))
    {
        auto const got = fetch_for_real(std::move(source), std::move(what));
        if (!got)
            return got.error().to_string();
        auto const grant = server.identity().tokens().find(got->text.reveal());
        return grant ? grant->giver + " " + grant->audience : "a token that nobody gave";
    }

    result<azure_ml::score_response> score(azure_ml::endpoint client)
    {
        std::optional<result<azure_ml::score_response>> out;
        auto body_of = [](azure_ml::endpoint c) -> asio::awaitable<result<azure_ml::score_response>> {
            azure_ml::score_request request(body(R"({"instances":[[5.1,3.5,1.4,0.2]]})"));
            co_return co_await c.score(std::move(request));
        };
        asio::co_spawn(context, body_of(std::move(client)),
                       [&out](std::exception_ptr, result<azure_ml::score_response> r) { out = std::move(r); });
        context.restart();
        while (!out && context.run_one() != 0) {
        }
        REQUIRE(out.has_value());
        return std::move(*out);
    }
    azure_ml::endpoint endpoint(std::shared_ptr<token_source> source, std::string scope = {})
    {
        azure_ml::endpoint_config config;
        config.credentials = std::move(source);
        config.scope = std::move(scope);
        config.client.tls.ca_pem = server.ca_pem();
        config.client.proxy.emplace();
        return azure_ml::endpoint(context.get_executor(), server.https_url("azure_ml"), std::move(config));
    }
};

} // namespace

TEST_CASE("entra, loopback: every proof of an application is accepted by somebody who verifies it")
{
    cloud_bench b;
    std::string const good = "entra https://ml.azure.com";
    CHECK(b.fetched(b.by_secret()) == good);
    auto const pem = b.entra().certificate_pem() + b.entra().key_pem();
    auto const proof = certificate::bytes(secret(std::string_view(pem)));
    CHECK(b.fetched(client_certificate(b.app(), proof, b.options())) == good);
    CHECK(b.fetched(client_certificate(b.app(), certificate(proof).rs256(), b.options())) == good);
    CHECK(b.fetched(client_certificate(b.app(), certificate(proof).send_chain(), b.options())) == good);

    auto e = b.environment();
    e.azure_tenant_id = b.entra().options().tenant;
    e.azure_client_id = b.entra().options().client_id;
    e.azure_client_certificate_path = b.here.write("app.pem", pem);
    CHECK(b.fetched(environment_application(source_options(e))) == good);
    CHECK(b.fetched(default_chain(source_options(e))) == good);

    e.azure_client_certificate_path.clear();
    auto const token = b.entra().federated_token(std::chrono::system_clock::now() + 1h);
    e.azure_federated_token_file = b.here.write("token", token + "\n");
    CHECK(b.fetched(workload_identity(source_options(e))) == good);
    CHECK(b.fetched(default_chain(source_options(e))) == good);
    CHECK(b.fetched(client_assertion(
              b.app(), assertion_from([token] { return result<secret>(secret(std::string_view(token))); }),
              b.options())) == good);
    CHECK(b.fetched(b.by_secret(), token_request("https://storage.azure.com/.default")) ==
          "entra https://storage.azure.com");
}

TEST_CASE("entra, loopback: an endpoint takes the token, and a revoked one is replaced within the call")
{
    cloud_bench b;
    auto const client = b.endpoint(b.by_secret());
    auto const first = b.score(client);
    REQUIRE_MESSAGE(first.has_value(), first.error().to_string());
    CHECK(first->meta.attempts == 1);
    auto const again = b.score(client);
    REQUIRE(again.has_value());
    CHECK(b.server.identity().tokens().issued().size() == 1);

    b.server.identity().tokens().revoke_all();
    auto const after = b.score(client);
    REQUIRE_MESSAGE(after.has_value(), after.error().to_string());
    CHECK(after->meta.attempts == 2);
    auto const issued = b.server.identity().tokens().issued();
    REQUIRE(issued.size() == 2);
    CHECK_FALSE(issued[1].claims.empty()); // those of the challenge

    auto const wrong = b.score(b.endpoint(b.by_secret(), "https://storage.azure.com/.default"));
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error() == condition::unauthenticated);
}

TEST_CASE("entra, loopback: a language model takes the token, too, and a revoked one is replaced")
{
    cloud_bench b;
    azure_openai::client_config config;
    config.deployment = "gpt-4o-mini";
    config.credentials = b.by_secret();
    config.client.tls.ca_pem = b.server.ca_pem();
    config.client.proxy.emplace();
    azure_openai::client const llm(b.context.get_executor(), b.server.https_url(), config);
    auto const say = [](azure_openai::client c) -> asio::awaitable<result<chat_response>> {
        chat_request request;
        request.user("Hello");
        co_return co_await c.chat(std::move(request));
    };
    for (int round = 0; round < 2; ++round) {
        std::optional<result<chat_response>> got;
        asio::co_spawn(b.context, say(llm),
                       [&got](std::exception_ptr, result<chat_response> r) { got = std::move(r); });
        b.context.restart();
        while (!got && b.context.run_one() != 0) {
        }
        REQUIRE(got.has_value());
        REQUIRE_MESSAGE(got->has_value(), got->error().to_string());
        CHECK((*got)->meta.attempts == round + 1);
        auto const issued = b.server.identity().tokens().issued();
        CHECK(issued.size() == static_cast<std::size_t>(round + 1));
        CHECK(issued.back().audience == "https://cognitiveservices.azure.com");
        b.server.identity().tokens().revoke_all();
    }
}

TEST_CASE("entra, loopback: an endpoint's own token comes through ARM")
{
    cloud_bench b;
    auto const& arm = b.server.identity().arm().options();
    azure_ml::endpoint_id which(arm.subscription, arm.resource_group, arm.workspace, arm.endpoint);
    which.management(b.server.https_url());
    which.scope(scope_for(audience::management));
    auto const source = azure_ml::endpoint_tokens(which, b.by_secret(), b.options());
    auto const got = b.score(b.endpoint(source));
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(b.server.count(b.server.identity().arm().token_path()) == 1);

    azure_ml::endpoint_id nobody(arm.subscription, arm.resource_group, arm.workspace, "nobody");
    nobody.management(b.server.https_url()).scope(scope_for(audience::management));
    auto const unknown = azure_ml::endpoint_tokens(nobody, b.by_secret(), b.options());
    auto const refused = b.score(b.endpoint(unknown));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == azure_ml::errc::not_found);
    CHECK(refused.error().phase() == phase::auth);
}

namespace {

/// One fetch over real sockets on the manual clock, which moves by a second when the person has been told something.
token_result fetch_with_person(std::shared_ptr<token_source> source, int const& told, token_request what)
{
    asio::io_context context{1};
    net::arena_handle const arena;
    auto const time = std::make_shared<testing::manual_time>();
    std::optional<token_result> out;
    net::start<access_token>(
        arena, time, context.get_executor(), 1min,
        [source, what](net::operation& op) { return source->fetch(op, op.deadline(), what); },
        net::completion<access_token>([&out](token_result r) { out.emplace(std::move(r)); }));
    auto const before = told;
    while (!out && told == before && context.run_one() != 0) {
    }
    time->advance(1s); // what the service asks to wait
    while (!out && context.run_one() != 0) {
    }
    REQUIRE(out.has_value());
    return std::move(*out);
}

} // namespace

TEST_CASE("entra, loopback: a device code is entered or declined, and asked for once for all audiences")
{
    cloud_bench b;
    emulator::entra_setup setup;
    setup.pending = 0;
    b.entra().set_up(setup);
    int told = 0;
    std::string code;
    auto const ask = [&](device_prompt const& p) {
        ++told;
        code = p.user_code;
    };
    auto const& known = b.entra().options();
    auto const source = device_code(known.tenant, known.public_client_id, ask, b.options());
    auto const giver = [&](token_result const& got) {
        if (!got)
            return got.error().to_string();
        auto const grant = b.server.identity().tokens().find(got->text.reveal());
        return grant ? grant->giver + " " + grant->audience : "a token that nobody gave";
    };
    CHECK(giver(fetch_with_person(source, told, token_request(ml_scope))) == "entra https://ml.azure.com");
    CHECK(told == 1);
    CHECK(code.size() == 9);
    CHECK(giver(fetch_with_person(source, told, token_request("https://storage.azure.com/.default"))) ==
          "entra https://storage.azure.com");
    CHECK(told == 1);

    setup.person = emulator::entra_setup::device::declines;
    b.entra().set_up(setup);
    auto const other = device_code(known.tenant, known.public_client_id, ask, b.options());
    auto const declined = fetch_with_person(other, told, token_request(ml_scope));
    REQUIRE_FALSE(declined.has_value());
    CHECK(declined.error() == make_error_code(auth::entra::errc::interaction));
    CHECK(contains(declined.error().to_string(), "declined"));
    CHECK(told == 2);
}

TEST_CASE("entra, loopback: a token endpoint that is silent ends the call at its own deadline, in phase auth")
{
    cloud_bench b;
    b.server.script("*", emulator::answer().after(60s), 3);
    auto const got = fetch_for_real(b.by_secret(), token_request(ml_scope), 300ms);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == condition::timeout);
    CHECK(got.error().phase() == phase::auth);
}
