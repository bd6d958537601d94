// Without coroutines: every operation takes any Asio completion token. Here a callback and a future.
#include <augur/augur.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>

namespace asio = boost::asio;

int main()
{
    asio::io_context context;
    augur::sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint");
    bool good = false;

    // The handler runs once, on the client's executor unless it has one of its own, and never inside this call.
    iris.async_infer(augur::inference_request(augur::rows{{5.1, 3.5, 1.4, 0.2}}), augur::call_options(),
                     [&good](augur::result<augur::inference_response> scored) {
                         if (!scored) {
                             std::cout << "callback: " << scored.error() << '\n';
                             return;
                         }
                         std::cout << "callback: " << scored->at<std::string>(0, "predicted_class").value() << '\n';
                         good = true;
                     });

    // Both calls are under way at the same time, on two connections.
    auto second = iris.async_infer(augur::inference_request(augur::rows{{6.3, 3.3, 6.0, 2.5}}), augur::call_options(),
                                   asio::use_future);

    context.run(); // returns when no call is pending

    auto const scored = second.get();
    if (!scored) {
        std::cout << "future: " << scored.error() << '\n';
        return 1;
    }
    std::cout << "future: " << scored->at<std::string>(0, "predicted_class").value() << '\n';
    return good ? 0 : 1;
}
