// A user's first program: scores one row on SageMaker. Without arguments nobody listens where it calls, so that it
// shows that the installed library links and that its error is readable. Its compile time is measured
// (benchmarks/compile_time), beside the same program on Beast.
#include <augur/auth/aws/credentials.hpp>
#include <augur/run.hpp>
#include <augur/sagemaker/endpoint.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>

boost::asio::awaitable<int> score(std::string url)
{
    auto const executor = co_await boost::asio::this_coro::executor;
    augur::sagemaker::endpoint_config config{.region = "us-east-1", .endpoint_url = std::move(url)};
    config.credentials = augur::auth::aws::static_credentials("AKIDEXAMPLE", augur::secret("not-a-real-secret"));
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint", std::move(config));

    augur::rows flower{{5.1, 3.5, 1.4, 0.2}};
    augur::inference_request request(std::move(flower));
    augur::call_options options;
    options.max_attempts(1);
    auto scored = co_await iris.infer(std::move(request), std::move(options));
    if (!scored) {
        std::cout << scored.error() << '\n';
        co_return scored.error() == augur::errc::connect_failed ? 0 : 1;
    }
    std::cout << scored->at<std::string>(0, "predicted_class").value() << '\n';
    co_return 0;
}

int main(int argc, char** argv)
{
    return augur::run(score(argc > 1 ? argv[1] : "https://127.0.0.1:1"));
}
