// Before the market opens: lookup, TCP, TLS, credentials and signing key are paid for, so that the first call costs
// what every call costs.
#include <augur/augur.hpp>

#include <iostream>

boost::asio::awaitable<int> trade()
{
    auto executor = co_await boost::asio::this_coro::executor;
    augur::sagemaker::endpoint scorer(executor, "iris-prediction-endpoint");

    auto warmed = co_await scorer.warm(8);
    if (!warmed) { // which phase it was: auth, resolve, connect, tls
        std::cout << "not warm: " << warmed.error() << "\n";
        co_return 1;
    }
    // While this lives, eight connections are kept open, also over the server's idle limit.
    auto floor = std::move(*warmed);
    std::cout << floor.live() << " connections are open\n";

    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}});
    auto scored = co_await scorer.infer(std::move(request));
    if (!scored) {
        std::cout << scored.error() << "\n";
        co_return 1;
    }
    auto const seen = scorer.statistics();
    std::cout << scored->at<std::string>(0, "predicted_class").value() << ", on a connection that was "
              << (scored->meta.connection_reused ? "there" : "not there") << "; " << seen.opened << " were opened, "
              << seen.tls_resumed << " of them with a resumed TLS session\n";
    co_return scored->meta.connection_reused ? 0 : 1;
}

int main()
{
    return augur::run(trade());
}
