// Sources of credentials over real sockets: the transports that they make themselves.
#include "source_support.hpp"

#include <augur/auth/aws/sigv4.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/testing/fault_server.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;
using testing::connection_script;

namespace {

std::string http(std::string const& body, int status = 200)
{
    return "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

std::string const set = R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"TK",)"
                        R"("Expiration":"2099-01-01T00:00:00Z"})";

std::string address_of(testing::fault_server const& server)
{
    return "http://127.0.0.1:" + std::to_string(server.port());
}

/// Variables that would send anything astray that may not go through a proxy.
call::environment no_proxy_here()
{
    call::environment e;
    e.https_proxy = "http://127.0.0.1:1";
    e.aws_region = "us-east-1";
    return e;
}

} // namespace

TEST_CASE("sources, sockets: a container agent is asked directly, whatever the proxy is, and nothing stays open")
{
    testing::fault_server agent;
    agent.always(connection_script().serve(http(set)));
    auto e = no_proxy_here();
    e.aws_container_full_uri = address_of(agent) + "/creds?a=1";
    e.aws_container_token = secret("Basic canary");
    auto const got = fetch_for_real(container_credentials(source_options(e)));
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(got->access_key_id == "AK");
    auto const seen = agent.received();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].method() == "GET");
    CHECK(seen[0].target() == "/creds?a=1");
    CHECK(seen[0].field("authorization") == "Basic canary");
    CHECK(agent.wait_for_open_connections(0));
}

TEST_CASE("sources, sockets: instance metadata, its redirects refused")
{
    testing::fault_server metadata;
    metadata.always(connection_script().serve([](testing::received_request const& r) {
        if (r.method() == "PUT")
            return http("TOKEN");
        if (r.field("x-aws-ec2-metadata-token") != "TOKEN")
            return http("", 401);
        return http(r.target().ends_with("/security-credentials/") ? "role" : set);
    }));
    auto e = no_proxy_here();
    e.aws_ec2_metadata_endpoint = address_of(metadata);
    auto const got = fetch_for_real(instance_metadata_credentials(source_options(e)));
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(got->session_token.reveal() == "TK");
    CHECK(metadata.requests() == 3);

    testing::fault_server elsewhere;
    testing::fault_server moved;
    moved.always(connection_script().serve("HTTP/1.1 302 Found\r\nlocation: " + address_of(elsewhere) +
                                           "/\r\ncontent-length: 0\r\n\r\n"));
    e.aws_ec2_metadata_endpoint = address_of(moved);
    CHECK_FALSE(fetch_for_real(instance_metadata_credentials(source_options(e))).has_value());
    CHECK(elsewhere.connections() == 0);
}

TEST_CASE("sources, sockets: an answer without end is given up, and one cut short is no set")
{
    auto e = no_proxy_here();
    testing::fault_server endless;
    endless.always(
        connection_script().serve("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n" + std::string(1 << 20, 'x')));
    e.aws_container_full_uri = address_of(endless) + "/c";
    auto got = fetch_for_real(container_credentials(source_options(e)));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::body_limit);
    CHECK(got.error().phase() == phase::auth);
    CHECK(got.error().outcome() == outcome::not_sent);

    testing::fault_server cut;
    cut.always(connection_script().read_request().send(http(set).substr(0, 60)).fin());
    e.aws_container_full_uri = address_of(cut) + "/c";
    got = fetch_for_real(container_credentials(source_options(e)));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().phase() == phase::auth);
    CHECK(got.error().outcome() == outcome::not_sent);
}

TEST_CASE("sources, sockets: a signer with a whole chain fetches at its first call and leaves no work behind")
{
    testing::fault_server agent;
    agent.always(connection_script().serve(http(set)));
    auto e = no_proxy_here();
    e.aws_container_full_uri = address_of(agent) + "/c";
    auto const source = default_chain(source_options(e));
    auto const signer = sigv4(source, "us-east-1", "sagemaker");
    CHECK(agent.connections() == 0); // nothing before the first call

    boost::asio::io_context context{1};
    net::arena_handle const arena;
    auto const timers = net::make_timer_service(context.get_executor(), system_clock());
    int ready = 0;
    for (int i = 0; i < 100; ++i)
        net::start<void>(
            arena, timers, context.get_executor(), 1min,
            [signer](net::operation& op) { return signer->refresh(op, op.deadline()); },
            net::completion<void>([&ready](result<void> r) { ready += r ? 1 : 0; }));
    context.run(); // returns because nothing else is pending
    CHECK(ready == 100);
    CHECK(agent.requests() == 1);
    auto head = make_head();
    CHECK(signer->sign(head, body(), system_clock()->wall_now()).has_value());
    CHECK(head.find("x-amz-security-token") == "TK");
    auto const told = source->explain();
    CHECK(told.back().won);
}

TEST_CASE("sources, sockets: a context that goes away in the middle of a fetch takes everything with it")
{
    testing::fault_server silent;
    silent.always(connection_script().read_request().hold());
    auto e = no_proxy_here();
    e.aws_container_full_uri = address_of(silent) + "/c";
    auto const signer = sigv4(container_credentials(source_options(e)), "us-east-1", "sagemaker");
    auto const told = std::make_shared<int>(0);
    {
        boost::asio::io_context context{1};
        net::arena_handle const arena;
        net::start<void>(
            arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(), 1min,
            [signer](net::operation& op) { return signer->refresh(op, op.deadline()); },
            net::completion<void>([told](result<void>) { ++*told; }));
        while (silent.requests() == 0)
            context.run_one_for(100ms);
        CHECK(told.use_count() == 2);
    }
    CHECK(*told == 0);
    CHECK(told.use_count() == 1); // the handler is gone, never called
    CHECK(silent.wait_for_open_connections(0));
}
