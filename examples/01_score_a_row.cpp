#include <augur/augur.hpp>
#include <iostream>

boost::asio::awaitable<int> score()
{
    auto executor = co_await boost::asio::this_coro::executor;
    augur::sagemaker::endpoint iris(executor, "iris-prediction-endpoint");
    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}});
    auto scored = co_await iris.infer(std::move(request));
    std::cout << (scored ? scored->at<std::string>(0, "predicted_class").value() : scored.error().to_string()) << "\n";
    co_return scored ? 0 : 1;
}

int main()
{
    return augur::run(score());
}
