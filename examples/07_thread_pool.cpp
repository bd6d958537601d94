// Several threads: a client gets a strand, and whoever talks to it does so there. And a caller that changes its mind.
#include <augur/augur.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

using answer = augur::result<augur::inference_response>;

asio::awaitable<answer> ask(augur::sagemaker::endpoint client)
{
    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}});
    co_return co_await client.infer(std::move(request));
}

// Ends when the answer is there, or when the timer is: the loser is cancelled.
asio::awaitable<std::string> ask_impatiently(augur::sagemaker::endpoint client, std::chrono::milliseconds patience)
{
    // Under co_spawn only terminal cancellation gets through, unless the coroutine asks for more.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    asio::steady_timer timer(client.get_executor(), patience);
    auto first = co_await (ask(client) || timer.async_wait(asio::use_awaitable));
    co_return first.index() == 0 ? "an answer" : "no patience left";
}

int main()
{
    asio::thread_pool pool(4);
    auto const strand = asio::make_strand(pool);
    augur::sagemaker::endpoint iris(strand, "iris-prediction-endpoint");

    // On the strand, so that nothing of the client is touched by two threads at once.
    auto one = asio::co_spawn(strand, ask(iris), asio::use_future);
    auto two = asio::co_spawn(strand, ask(iris), asio::use_future);
    auto three = asio::co_spawn(strand, ask_impatiently(iris, 10s), asio::use_future);

    int good = 0;
    for (auto* future : {&one, &two}) {
        auto const scored = future->get();
        if (scored)
            std::cout << scored->at<std::string>(0, "predicted_class").value() << '\n';
        else
            std::cout << scored.error() << '\n';
        good += scored ? 1 : 0;
    }
    std::cout << three.get() << '\n';
    pool.join();
    return good == 2 ? 0 : 1;
}
