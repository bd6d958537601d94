// Real sockets and real TLS against the emulator on this machine.
#include <augur/augur.hpp>
#include <augur/emulator/answer.hpp>
#include <augur/emulator/server.hpp>
#include <augur/net/https_transport.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <future>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

sagemaker::endpoint_config config_for(emulator::server const& clouds)
{
    sagemaker::endpoint_config out{.region = "us-east-1", .endpoint_url = clouds.https_url()};
    out.credentials = auth::aws::static_credentials(clouds.credentials().main.access_key,
                                                    secret(clouds.credentials().main.secret_key));
    out.client.tls.ca_pem = clouds.ca_pem();
    out.client.proxy.emplace();
    return out;
}

/// Scores one flower and runs the loop until the call is over, and no longer.
result<inference_response> score(asio::io_context& context, sagemaker::endpoint& iris, call_options options = {})
{
    std::optional<result<inference_response>> out;
    rows const flower{{5.1, 3.5, 1.4, 0.2}};
    iris.async_infer(inference_request(flower), options, [&out](result<inference_response> r) { out = std::move(r); });
    context.restart();
    context.run(); // returns because nothing else is pending
    REQUIRE(out);
    return std::move(*out);
}

std::string const path = "/endpoints/iris-prediction-endpoint/invocations";

/// Runs what is ready until the endpoint was asked so often; a call that never leaves must not hang the test.
void poll_until_asked(asio::io_context& context, emulator::server const& clouds, std::size_t times)
{
    auto const patience = std::chrono::steady_clock::now() + 20s;
    while (clouds.count(path) < times) {
        REQUIRE_MESSAGE(std::chrono::steady_clock::now() < patience, "the requests did not reach the emulator");
        context.poll();
    }
}

} // namespace

TEST_CASE("https: a signed call over verified TLS is answered, and the context runs out of work")
{
    emulator::server clouds;
    asio::io_context context;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    auto const first = score(context, iris);
    REQUIRE_MESSAGE(first.has_value(), first.error());
    CHECK(first->at<std::string>(0, "predicted_class").value() == "setosa");
    CHECK_FALSE(first->meta.connection_reused);
    CHECK(first->meta.time_in(phase::tls) > 0ns);
    CHECK(first->meta.request_id.size() == 36);
    auto const second = score(context, iris);
    CHECK(second->meta.connection_reused);
    CHECK(clouds.connections() == 1);
    CHECK(clouds.count(path) == 2);
}

TEST_CASE("https: a server that cannot prove its name gets no byte of a request")
{
    emulator::server clouds;
    emulator::server others; // another authority
    asio::io_context context;

    auto unknown_authority = config_for(clouds);
    unknown_authority.client.tls.ca_pem = others.ca_pem();
    sagemaker::endpoint first(context.get_executor(), "iris-prediction-endpoint", unknown_authority);
    auto const stranger = score(context, first);
    CHECK(stranger.error() == errc::tls_verify_failed);
    CHECK(stranger.error().phase() == phase::tls);
    CHECK(stranger.error().outcome() == outcome::not_sent);
    CHECK(stranger.error().attempts() == 1);

    auto wrong_name = config_for(clouds);
    wrong_name.endpoint_url = "https://somebody-else.example:" + std::to_string(clouds.port());
    std::vector<net::address> const here{*net::parse_address("127.0.0.1")};
    wrong_name.client.resolver = net::pinned_resolver({{"somebody-else.example", here}});
    sagemaker::endpoint second(context.get_executor(), "iris-prediction-endpoint", wrong_name);
    auto const impostor = score(context, second);
    CHECK(impostor.error() == errc::tls_verify_failed);
    CHECK(impostor.error().message().find("somebody-else.example") != std::string_view::npos);

    auto system_authorities = config_for(clouds);
    system_authorities.client.tls.ca_pem.clear();
    sagemaker::endpoint third(context.get_executor(), "iris-prediction-endpoint", system_authorities);
    CHECK(score(context, third).error() == errc::tls_verify_failed);

    auto by_address = config_for(clouds);
    by_address.endpoint_url = "https://127.0.0.1:" + std::to_string(clouds.port());
    sagemaker::endpoint fourth(context.get_executor(), "iris-prediction-endpoint", by_address);
    CHECK(score(context, fourth).has_value()); // the certificate names the address
    CHECK(clouds.count() == 1);
}

TEST_CASE("https: TLS to a port that does not speak it, a dead port and a bad CA file are told plainly")
{
    emulator::server_options options;
    options.plain_http = true;
    emulator::server clouds(options);
    asio::io_context context;

    auto plain = config_for(clouds);
    plain.endpoint_url = "https://localhost:" + std::to_string(clouds.http_port());
    sagemaker::endpoint first(context.get_executor(), "iris-prediction-endpoint", plain);
    auto const not_tls = score(context, first);
    CHECK(not_tls.error() == errc::tls_failed);
    CHECK(not_tls.error().outcome() == outcome::not_sent);

    auto dead = config_for(clouds);
    {
        asio::ip::tcp::acceptor taken(context, {asio::ip::address_v4::loopback(), 0});
        dead.endpoint_url = "https://127.0.0.1:" + std::to_string(taken.local_endpoint().port());
    }
    sagemaker::endpoint second(context.get_executor(), "iris-prediction-endpoint", dead);
    auto const refused = score(context, second, call_options().max_attempts(2));
    CHECK(refused.error() == errc::connect_failed);
    CHECK(refused.error().attempts() == 2);

    auto no_file = config_for(clouds);
    no_file.client.tls.ca_pem.clear();
    no_file.client.tls.ca_file = "/nonexistent/ca.pem";
    sagemaker::endpoint third(context.get_executor(), "iris-prediction-endpoint", no_file);
    CHECK(score(context, third).error() == errc::invalid_argument);

    auto no_pem = config_for(clouds);
    no_pem.client.tls.ca_pem = "not a certificate";
    sagemaker::endpoint fourth(context.get_executor(), "iris-prediction-endpoint", no_pem);
    CHECK(score(context, fourth).error() == errc::invalid_argument);
    CHECK(clouds.count() == 0);
}

TEST_CASE("https: a plain origin needs this machine")
{
    emulator::server_options options;
    options.plain_http = true;
    emulator::server clouds(options);
    asio::io_context context;
    auto here = config_for(clouds);
    here.endpoint_url = "http://127.0.0.1:" + std::to_string(clouds.http_port());
    sagemaker::endpoint first(context.get_executor(), "iris-prediction-endpoint", here);
    CHECK(score(context, first).has_value());
    auto elsewhere = config_for(clouds);
    elsewhere.endpoint_url = "http://example.com";
    sagemaker::endpoint second(context.get_executor(), "iris-prediction-endpoint", elsewhere);
    CHECK(score(context, second).error() == errc::invalid_argument);
}

TEST_CASE("https: sessions are resumed on a new connection to the same origin")
{
    emulator::server clouds;
    asio::io_context context;
    auto config = config_for(clouds);
    auto const transport =
        std::make_shared<net::https_transport>(context.get_executor(), net::https_config{.tls = config.client.tls});
    config.client.transport = transport;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config);
    for (int i = 0; i < 5; ++i) {
        CHECK(score(context, iris).has_value());
        clouds.close_connections();
        REQUIRE_MESSAGE(clouds.wait_for_open_connections(0), "the emulator did not close its connections");
    }
    CHECK(transport->statistics().opened == 5);
    CHECK(transport->statistics().tls_resumed == 4);
}

TEST_CASE("https: a server that hangs up on a used connection costs one repeat on a fresh one")
{
    emulator::server clouds;
    asio::io_context context;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    CHECK(score(context, iris).has_value());
    clouds.script(path, emulator::answer(200).hang_up(emulator::hang_up::instead));
    auto const again = score(context, iris);
    REQUIRE_MESSAGE(again.has_value(), again.error());
    CHECK(again->meta.attempts == 2);
    CHECK(again->meta.replayed);
    CHECK(clouds.count(path) == 3);

    clouds.script(path, emulator::answer(200).hang_up(emulator::hang_up::instead));
    auto const once = score(context, iris, call_options().replay(replay::at_most_once));
    CHECK(once.error() == errc::connection_lost);
    CHECK(once.error().outcome() == outcome::unknown);
    CHECK(clouds.count(path) == 4);
}

TEST_CASE("https: throttled, then answered; a silent server is left at the deadline")
{
    emulator::server clouds;
    asio::io_context context;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    clouds.script(path, emulator::answer(503));
    auto const scored = score(context, iris);
    REQUIRE_MESSAGE(scored.has_value(), scored.error());
    CHECK(scored->meta.attempts == 2);

    clouds.script(path, emulator::answer(200).after(60s));
    auto const started = std::chrono::steady_clock::now();
    auto const late = score(context, iris, deadline(100ms));
    auto const took = std::chrono::steady_clock::now() - started;
    CHECK(late.error() == errc::deadline_exceeded);
    CHECK(late.error() == condition::timeout);
    CHECK(late.error().outcome() == outcome::unknown);
    CHECK(took >= 100ms);
    CHECK(took < 350ms);
}

TEST_CASE("https: cancelled by the caller while the server thinks")
{
    emulator::server clouds;
    asio::io_context context;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    clouds.script(path, emulator::answer(200).after(60s));
    asio::cancellation_signal signal;
    int completions = 0;
    rows const flower{{5.1, 3.5, 1.4, 0.2}};
    iris.async_infer(inference_request(flower), {},
                     asio::bind_cancellation_slot(signal.slot(), [&](result<inference_response> r) {
                         ++completions;
                         CHECK(r.error() == errc::cancelled);
                         CHECK(r.error().outcome() == outcome::unknown);
                     }));
    poll_until_asked(context, clouds, 1);
    signal.emit(asio::cancellation_type::partial);
    context.run();
    CHECK(completions == 1);
}

TEST_CASE("https: many calls at once, more than connections, all answered")
{
    emulator::server clouds;
    asio::io_context context;
    auto config = config_for(clouds);
    config.client.pool.max_connections = 4;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config);
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        rows const flower{{5.1, 3.5, 1.4, 0.2}};
        iris.async_infer(inference_request(flower), {},
                         [&](result<inference_response> r) { answered += r.has_value() ? 1 : 0; });
    }
    context.run();
    CHECK(answered == 100);
    CHECK(clouds.connections() == 4);
}

TEST_CASE("https: on a pool of threads a strand makes a client safe; distinct clients need none")
{
    emulator::server clouds;
    asio::thread_pool threads(4);
    std::vector<sagemaker::endpoint> clients;
    for (int i = 0; i < 2; ++i)
        clients.emplace_back(asio::make_strand(threads.get_executor()), "iris-prediction-endpoint", config_for(clouds));
    std::vector<std::future<result<inference_response>>> answers;
    for (int i = 0; i < 64; ++i) {
        rows const flower{{5.1, 3.5, 1.4, 0.2}};
        auto promise = std::make_shared<std::promise<result<inference_response>>>();
        answers.push_back(promise->get_future());
        clients[static_cast<std::size_t>(i % 2)].async_infer(
            inference_request(flower), {},
            [promise](result<inference_response> r) { promise->set_value(std::move(r)); });
    }
    for (auto& a : answers)
        CHECK(a.get().has_value());
    threads.join();
    CHECK(clouds.count(path) == 64);
}

TEST_CASE("https: client and context may be destroyed with calls in flight")
{
    emulator::server clouds;
    clouds.script(path, emulator::answer(200).after(60s), 8);
    bool called = false;
    {
        asio::io_context context;
        {
            sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
            for (int i = 0; i < 8; ++i) {
                rows const flower{{5.1, 3.5, 1.4, 0.2}};
                iris.async_infer(inference_request(flower), {}, [&](result<inference_response>) { called = true; });
            }
            poll_until_asked(context, clouds, 4);
        }
        context.poll(); // the client is gone, its calls go on
    }
    CHECK_FALSE(called);
}

TEST_CASE("https: the augur::run of a program without a loop gives what its coroutine gives")
{
    emulator::server clouds;
    auto const main = [](emulator::server& c) -> asio::awaitable<std::string> {
        sagemaker::endpoint iris(co_await asio::this_coro::executor, "iris-prediction-endpoint", config_for(c));
        rows const flower{{6.3, 3.3, 6.0, 2.5}};
        inference_request request(flower);
        auto scored = co_await iris.infer(std::move(request));
        co_return scored.value().at<std::string>(0, "predicted_class").value();
    };
    CHECK(augur::run(main(clouds)) == "virginica");
}
