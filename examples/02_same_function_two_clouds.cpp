// One function, two clouds: `species` is written once, against the concept `InferenceClient`.
//
// SageMaker takes its region and credentials from the usual AWS variables; for Azure ML set AUGUR_AZURE_ML_URL to the
// scoring URI of an online endpoint and AUGUR_AZURE_ML_KEY to its key.
#include <augur/augur.hpp>

#include <boost/asio/this_coro.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// By value: a client is a handle, and a coroutine must own what it uses after its first suspension.
template <augur::InferenceClient Client>
asio::awaitable<augur::result<std::string>> species(Client client, augur::rows flower)
{
    augur::inference_request request(std::move(flower));
    auto scored = co_await client.infer(std::move(request), augur::deadline(10s));
    if (!scored)
        co_return scored.error();
    co_return scored->template at<std::string>(0, "predicted_class");
}

bool print(char const* cloud, augur::result<std::string> const& answer)
{
    if (answer)
        std::cout << cloud << ": " << *answer << '\n';
    else
        std::cout << cloud << " failed: " << answer.error() << '\n';
    return answer.has_value();
}

std::string variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

asio::awaitable<int> compare()
{
    auto const executor = co_await asio::this_coro::executor;
    augur::rows const flower{{6.7, 3.1, 4.4, 1.4}};

    augur::sagemaker::endpoint sagemaker(executor, "iris-prediction-endpoint");
    auto const first = co_await species(sagemaker, flower);

    augur::azure_ml::endpoint_config config{.key = augur::secret(variable("AUGUR_AZURE_ML_KEY"))};
    augur::azure_ml::endpoint azure(executor, variable("AUGUR_AZURE_ML_URL"), std::move(config));
    auto const second = co_await species(azure, flower);

    bool good = print("SageMaker", first);
    good &= print("Azure ML", second);
    co_return good ? 0 : 1;
}

int main()
{
    return augur::run(compare());
}
