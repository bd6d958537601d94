// Payloads beyond a row of JSON: CSV, named columns, missing cells, tensors, bytes.
#include <augur/augur.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>

namespace asio = boost::asio;

bool print(char const* what, augur::result<augur::inference_response> const& scored)
{
    if (!scored) {
        std::cout << what << ": " << scored.error() << '\n';
        return false;
    }
    auto const species = scored->at<std::string>(0, 0);
    std::cout << what << ": " << (species ? *species : species.error().to_string()) << " (" << scored->content_type()
              << ")\n";
    return species.has_value();
}

asio::awaitable<bool> csv()
{
    auto const executor = co_await asio::this_coro::executor;
    augur::sagemaker::endpoint_config config;
    config.format.format = augur::codec::scoring::format::csv;
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint", std::move(config));

    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}, {6.3, 3.3, 6.0, 2.5}});
    request.accept("text/csv");
    auto const scored = co_await iris.infer(std::move(request));
    co_return print("csv", scored) && scored->rows()->row_count() == 2;
}

asio::awaitable<bool> tensor()
{
    auto const executor = co_await asio::this_coro::executor;
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint");
    std::vector<float> values{5.1F, 3.5F, 1.4F, 0.2F, 6.3F, 3.3F, 6.0F, 2.5F};
    augur::inference_request request(augur::tensor(std::move(values), {2, 4}));
    auto const scored = co_await iris.infer(std::move(request));
    if (!print("tensor of shape 2 x 4", scored))
        co_return false;
    auto const species = scored->at<std::string>(0, "predicted_class");
    auto const chance = scored->at<double>(0, "probabilities.setosa");
    std::cout << "  " << species.value() << " with probability " << chance.value() << '\n';
    co_return true;
}

asio::awaitable<bool> bytes()
{
    auto const executor = co_await asio::this_coro::executor;
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint");
    auto request = augur::inference_request::bytes(R"({"instances":[[6.7,3.1,4.4,1.4]]})", "application/json");
    auto const scored = co_await iris.infer(std::move(request));
    co_return print("bytes", scored);
}

asio::awaitable<bool> missing_cell()
{
    auto const executor = co_await asio::this_coro::executor;
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint");
    augur::inference_request request(augur::rows{{5.1, 3.5, augur::rows::missing, 0.2}});
    auto const scored = co_await iris.infer(std::move(request));
    print("a missing cell", scored); // this model wants all four
    co_return !scored && scored.error() == augur::condition::model_error;
}

int main()
{
    bool good = augur::run(csv());
    good &= augur::run(tensor());
    good &= augur::run(bytes());
    good &= augur::run(missing_cell());
    return good ? 0 : 1;
}
