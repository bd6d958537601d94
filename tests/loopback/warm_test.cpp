// Clients that are warmed up, and forked, against the emulator on this machine.
#include <augur/auth/aws/credentials.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/emulator/server.hpp>
#include <augur/net/task.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// Counts how often somebody asks.
class counted_credentials final : public auth::aws::credential_source
{
public:
    explicit counted_credentials(std::shared_ptr<credential_source> from) : from_(std::move(from)) {}
    net::task<result<auth::aws::credentials>> fetch(net::operation& op, steady_time until) override
    {
        ++asked;
        return from_->fetch(op, until);
    }
    std::string name() const override { return from_->name(); }
    int asked = 0;

private:
    std::shared_ptr<credential_source> from_;
};

sagemaker::endpoint_config config_for(emulator::server const& clouds)
{
    sagemaker::endpoint_config out{.region = "us-east-1", .endpoint_url = clouds.https_url()};
    out.credentials = auth::aws::static_credentials(clouds.credentials().main.access_key,
                                                    secret(clouds.credentials().main.secret_key));
    out.client.tls.ca_pem = clouds.ca_pem();
    out.client.proxy.emplace();
    return out;
}

/// Turns the loop until `done`, or until nothing is left to do.
template <class Done>
void turn(asio::io_context& context, Done done)
{
    context.restart();
    while (!done() && context.run_one() > 0) {
    }
}

template <class Client>
result<net::warm_handle> warm(asio::io_context& context, Client& client, std::size_t n, call_options options = {})
{
    std::optional<result<net::warm_handle>> out;
    client.async_warm(n, options, [&out](result<net::warm_handle> r) { out.emplace(std::move(r)); });
    turn(context, [&out] { return out.has_value(); });
    REQUIRE(out);
    return std::move(*out);
}

template <class Client>
result<inference_response> score(asio::io_context& context, Client& client)
{
    std::optional<result<inference_response>> out;
    rows const flower{{5.1, 3.5, 1.4, 0.2}};
    client.async_infer(inference_request(flower), {}, [&out](result<inference_response> r) { out = std::move(r); });
    turn(context, [&out] { return out.has_value(); });
    REQUIRE(out);
    return std::move(*out);
}

} // namespace

TEST_CASE("warm: the first call of a warmed client fetches nothing and connects to nothing")
{
    emulator::server clouds;
    asio::io_context context;
    auto config = config_for(clouds);
    auto const keys = std::make_shared<counted_credentials>(config.credentials);
    config.credentials = keys;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config);
    CHECK(iris.statistics().opened == 0);
    auto floor = warm(context, iris, 4);
    REQUIRE_MESSAGE(floor.has_value(), floor.error());
    CHECK(floor->live() == 4);
    CHECK(keys->asked == 1);
    CHECK(clouds.connections() == 4);
    CHECK(clouds.count() == 0);
    CHECK(iris.statistics().idle == 4);

    auto const first = score(context, iris);
    REQUIRE_MESSAGE(first.has_value(), first.error());
    CHECK(first->meta.connection_reused);
    CHECK(first->meta.time_in(phase::tls) == 0ns);
    CHECK(first->meta.time_in(phase::auth) == 0ns);
    CHECK(keys->asked == 1);
    CHECK(clouds.connections() == 4);
    CHECK(iris.client().statistics().reused == 1);

    floor->release();
    context.restart();
    context.run(); // returns: nothing is pending any more
    CHECK(iris.statistics().idle == 4);
}

TEST_CASE("warm: a floor is kept when the server closes connections")
{
    emulator::server clouds;
    asio::io_context context;
    sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    auto floor = warm(context, iris, 2);
    REQUIRE(floor.has_value());
    clouds.close_connections();
    turn(context, [&clouds] { return clouds.connections() == 4; }); // the keeper's second
    CHECK(score(context, iris)->meta.connection_reused);
    CHECK(iris.statistics().closed_by(net::close_cause::lost) == 2);
}

TEST_CASE("warm: an Azure endpoint is warmed in the same way, and says what is wrong with it")
{
    emulator::server clouds;
    asio::io_context context;
    azure_ml::endpoint_config config{.key = secret(clouds.credentials().azure_key)};
    config.client.tls.ca_pem = clouds.ca_pem();
    config.client.proxy.emplace();
    azure_ml::endpoint iris(context.get_executor(), clouds.https_url("azure_ml"), config);
    auto const floor = warm(context, iris, 3);
    REQUIRE_MESSAGE(floor.has_value(), floor.error());
    CHECK(iris.statistics().idle == 3);
    auto const scored = score(context, iris);
    REQUIRE_MESSAGE(scored.has_value(), scored.error());
    CHECK(scored->meta.connection_reused);
    CHECK(clouds.connections() == 3);

    auto no_key = config;
    no_key.key = secret();
    azure_ml::endpoint keyless(context.get_executor(), clouds.https_url("azure_ml"), no_key);
    auto const unknown = warm(context, keyless, 1);
    CHECK(unknown.error() == errc::credentials_unavailable);
    CHECK(unknown.error().phase() == phase::auth);

    auto untrusted = config;
    untrusted.client.tls.ca_pem = emulator::server().ca_pem();
    azure_ml::endpoint stranger(context.get_executor(), clouds.https_url("azure_ml"), untrusted);
    auto const refused = warm(context, stranger, 2);
    CHECK(refused.error() == errc::tls_verify_failed);
    CHECK(refused.error().outcome() == outcome::not_sent);
    CHECK(stranger.statistics().open_failed == 1);
    CHECK(stranger.statistics().opened == 0);

    CHECK(warm(context, iris, 1000).error() == errc::invalid_argument);
}

TEST_CASE("fork: a child cannot use its parent's client and does no harm by destroying it")
{
    emulator::server clouds;
    asio::io_context context;
    auto iris =
        std::make_unique<sagemaker::endpoint>(context.get_executor(), "iris-prediction-endpoint", config_for(clouds));
    CHECK(score(context, *iris).has_value());
    context.notify_fork(asio::execution_context::fork_prepare);
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(20);
        context.notify_fork(asio::execution_context::fork_child);
        bool good = score(context, *iris).error() == errc::forked;
        good = good && warm(context, *iris, 2).error() == errc::forked;
        iris.reset(); // closes what the parent still uses
        ::_exit(good ? 0 : 1);
    }
    context.notify_fork(asio::execution_context::fork_parent);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    auto const again = score(context, *iris);
    REQUIRE_MESSAGE(again.has_value(), again.error());
    CHECK(again->meta.connection_reused);
    CHECK(again->meta.attempts == 1);
    CHECK(clouds.connections() == 1);
}
