// What can go wrong, and how a program tells it apart. The endpoint and deployment names are those of the emulator,
// each of which fails in its own way; AUGUR_AZURE_ML_URL and AUGUR_AZURE_ML_KEY are as in 02_same_function_two_clouds.
#include <augur/augur.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

namespace asio = boost::asio;
using augur::condition;

// What a program would do. Conditions are the same on every cloud.
std::string decide(augur::error const& e)
{
    if (e == condition::cancelled)
        return "nobody waits for it any more";
    if (e == condition::throttled)
        return e.retry_after() ? "come back in " + std::to_string(e.retry_after()->count()) + " ms" : "slow down";
    if (e == condition::not_found)
        return "check the names of endpoint and deployment, and the region";
    if (e == condition::model_error)
        return std::string(e.message()) + ": show it to its owner"; // the message has the model's own status
    if (e.outcome() == augur::outcome::not_sent || e.outcome() == augur::outcome::refused)
        return "the service did not act: sending it again is safe";
    return "the service may have acted: sending it again is your decision";
}

template <augur::InferenceClient Client>
asio::awaitable<augur::error> failure_of(Client client)
{
    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}});
    augur::call_options once;
    once.max_attempts(1); // by default a throttled call is tried three times
    auto const scored = co_await client.infer(std::move(request), once);
    co_return scored ? augur::error() : scored.error();
}

asio::awaitable<augur::error> fail_at(std::string endpoint)
{
    auto const executor = co_await asio::this_coro::executor;
    co_return co_await failure_of(augur::sagemaker::endpoint(executor, std::move(endpoint)));
}

std::string variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

asio::awaitable<augur::error> fail_at_azure(std::string deployment)
{
    auto const executor = co_await asio::this_coro::executor;
    augur::azure_ml::endpoint_config config{.key = augur::secret(variable("AUGUR_AZURE_ML_KEY"))};
    config.deployment = std::move(deployment);
    augur::azure_ml::endpoint client(executor, variable("AUGUR_AZURE_ML_URL"), std::move(config));
    co_return co_await failure_of(std::move(client));
}

augur::error cancelled()
{
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<augur::error> failure;
    augur::sagemaker::endpoint client(context.get_executor(), "iris-prediction-endpoint");
    client.async_infer(
        augur::inference_request(augur::rows{{5.1, 3.5, 1.4, 0.2}}), {},
        asio::bind_cancellation_slot(signal.slot(), [&](augur::result<augur::inference_response> scored) {
            failure = scored ? augur::error() : scored.error();
        }));
    context.poll_one(); // the call is on its way
    signal.emit(asio::cancellation_type::terminal);
    context.run();
    return *failure;
}

bool show(char const* what, augur::error const& e, condition expected)
{
    std::cout << what << "\n  " << e << "\n  -> " << decide(e) << '\n';
    return e == expected;
}

int main()
{
    bool good = show("too many requests", augur::run(fail_at("throttled-endpoint")), condition::throttled);
    good &= show("a name that is not there", augur::run(fail_at("no-such-endpoint")), condition::not_found);
    good &= show("a model that throws", augur::run(fail_at("failing-endpoint")), condition::model_error);
    good &= show("a name that is not there, on Azure ML", augur::run(fail_at_azure("nothing")), condition::not_found);
    good &= show("a model that throws, on Azure ML", augur::run(fail_at_azure("failing")), condition::model_error);
    good &= show("a caller that gave up", cancelled(), condition::cancelled);
    return good ? 0 : 1;
}
