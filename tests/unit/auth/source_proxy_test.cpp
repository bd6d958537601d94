// Which way the sources of credentials and tokens go, over real sockets: as their client was told, and never through a
// proxy to what is on this machine or beside it.
#include "source_support.hpp"
#include "support/variables.hpp"

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/client_tokens.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/call/core.hpp>
#include <augur/sagemaker/runtime_client.hpp>
#include <augur/testing/fault_server.hpp>

#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

using namespace augur;
using namespace auth_test;
using namespace std::chrono_literals;
using testing::connection_script;

namespace {

/// A proxy and a service, both of which take a connection and say nothing.
struct two_ways
{
    testing::fault_server proxy;
    testing::fault_server service;
    boost::asio::io_context context{1};
    bool over = false;

    two_ways()
    {
        proxy.always(connection_script().read_head().hold());
        service.always(connection_script().hold());
    }
    std::string proxy_url() const { return "http://127.0.0.1:" + std::to_string(proxy.port()); }
    /// This machine by a name that no rule about loopback knows.
    std::string service_host() const { return "0.0.0.0:" + std::to_string(service.port()); }
    std::string service_url() const { return "https://" + service_host(); }

    /// Runs until one of them has somebody: "proxy", "service", or "nobody".
    std::string way()
    {
        while (!over && proxy.requests() == 0 && service.connections() == 0)
            context.run_one_for(20ms);
        if (proxy.requests() > 0)
            CHECK(proxy.received()[0].target() == service_host());
        return proxy.requests() > 0 ? "proxy" : service.connections() > 0 ? "service" : "nobody";
    }
};

/// What a client is told in code; `none` is "no proxy".
std::optional<net::proxy_config> told(bool says_something, std::string url)
{
    if (!says_something)
        return std::nullopt;
    return net::proxy_config{std::move(url), {}};
}

struct row
{
    char const* what;
    bool in_environment;
    bool in_code;       ///< code says something
    bool code_names_it; ///< and it is the proxy
    bool but_for_it;    ///< code excepts the service
    char const* way;
};

constexpr row rows[] = {
    {"the environment's proxy", true, false, false, false, "proxy"},
    {"a proxy in code", false, true, true, false, "proxy"},
    {"a proxy switched off in code", true, true, false, false, "service"},
    {"a proxy in code that is not for this host", false, true, true, true, "service"},
    {"no proxy", false, false, false, false, "service"},
};

void take(call::client_config& config, row const& r, two_ways const& w)
{
    config.proxy = told(r.in_code, r.code_names_it ? w.proxy_url() : std::string());
    if (r.but_for_it)
        config.proxy->no_proxy = "0.0.0.0";
}

} // namespace

TEST_CASE("sources, proxy: STS is asked the way its client was told")
{
    folder const here;
    for (auto const& r : rows) {
        CAPTURE(r.what);
        two_ways w;
        here.write("config", "[profile p]\nrole_arn = R\nweb_identity_token_file = " + here.write("jwt", "one") +
                                 "\nservices = local\n[services local]\nsts =\n  endpoint_url = " + w.service_url() +
                                 "\n");
        std::map<std::string, std::string> variables{{"AWS_CONFIG_FILE", here.path("config")}};
        if (r.in_environment)
            variables["HTTPS_PROXY"] = w.proxy_url();
        test::only const now(variables);
        sagemaker::runtime_config config;
        config.region = "eu-west-1";
        config.profile = "p";
        config.client.transport = std::make_shared<testing::replay_transport>();
        take(config.client, r, w);
        sagemaker::runtime_client client(w.context.get_executor(), config);
        client.async_invoke_endpoint(sagemaker::invoke_endpoint_request("iris", body("1")), call_options(),
                                     [&w](result<sagemaker::invoke_endpoint_response>) { w.over = true; });
        CHECK(w.way() == r.way);
    }
}

TEST_CASE("sources, proxy: Entra is asked the way its client was told")
{
    namespace entra = auth::entra;
    for (auto const& r : rows) {
        CAPTURE(r.what);
        two_ways w;
        call::environment e;
        e.azure_token_credentials = "EnvironmentCredential";
        e.azure_tenant_id = "11111111-2222-3333-4444-555555555555";
        e.azure_client_id = "client";
        e.azure_client_secret = secret("canary-secret");
        e.azure_authority_host = w.service_url();
        if (r.in_environment)
            e.https_proxy = w.proxy_url();
        call::client_config config;
        take(config, r, w);
        call::core const client(w.context.get_executor(), config);
        auto const who = entra::client_tokens(nullptr, "https://ml.azure.com/.default",
                                              entra::audience::machine_learning, entra::cloud::global, e, client);
        net::arena_handle const arena;
        net::start<void>(
            arena, client.timers, w.context.get_executor(), 1min,
            [who](net::operation& op) { return who->refresh(op, op.deadline()); },
            net::completion<void>([&w](result<void>) { w.over = true; }));
        CHECK(w.way() == r.way);
    }
}

TEST_CASE("sources, proxy: a container's agent and a managed identity at https addresses are asked directly")
{
    namespace entra = auth::entra;
    auto const straight = [](two_ways& w, auto made, auto result_of) {
        using value = decltype(result_of);
        net::arena_handle const arena;
        net::start<value>(arena, net::make_timer_service(w.context.get_executor(), system_clock()),
                          w.context.get_executor(), 1min, std::move(made),
                          net::completion<value>([&w](result<value>) { w.over = true; }));
        CHECK(w.way() == "service");
    };
    {
        two_ways w;
        call::environment e;
        e.https_proxy = w.proxy_url();
        e.aws_container_full_uri = w.service_url() + "/c";
        auto const source = auth::aws::container_credentials(auth::aws::source_options(e));
        straight(
            w, [source](net::operation& op) { return source->fetch(op, op.deadline()); }, auth::aws::credentials());
    }
    {
        two_ways w;
        call::environment e;
        e.https_proxy = w.proxy_url();
        e.aws_ec2_metadata_endpoint = w.service_url();
        auto const source = auth::aws::instance_metadata_credentials(auth::aws::source_options(e));
        straight(
            w, [source](net::operation& op) { return source->fetch(op, op.deadline()); }, auth::aws::credentials());
    }
    {
        two_ways w;
        call::environment e;
        e.https_proxy = w.proxy_url();
        e.identity_endpoint = w.service_url() + "/msi/token";
        e.identity_header = secret("canary-header");
        auto const source = entra::managed_identity(entra::source_options(e));
        straight(
            w,
            [source](net::operation& op) {
                return source->fetch(op, op.deadline(), entra::token_request("https://ml.azure.com/.default"));
            },
            entra::access_token());
    }
}
