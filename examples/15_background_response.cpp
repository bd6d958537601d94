// Lets the service think in the background: starts a response, waits for it, and goes on with a stream that broke.
#include <augur/augur.hpp>
#include <augur/azure_openai/responses_client.hpp>

#include <iostream>

namespace asio = boost::asio;
namespace azure_openai = augur::azure_openai;
using namespace std::chrono_literals;

asio::awaitable<bool> start_and_wait(azure_openai::client llm)
{
    azure_openai::responses_client responses(llm);
    azure_openai::response_request request("", "Write a long report about the weather.");
    request.background();
    auto started = (co_await responses.create(request)).value();
    std::cout << started.id << " is " << started.status << '\n'; // the id is all that another process needs

    azure_openai::get_response_request look(started.id);
    auto done = (co_await responses.wait(look, augur::deadline(60s))).value();
    std::cout << done.status << ": " << done.text() << "\n\n";
    co_return done.status == "completed";
}

asio::awaitable<bool> stream_and_resume(azure_openai::client llm)
{
    azure_openai::responses_client responses(llm);
    azure_openai::response_request request("", "Write a long report about the sea.");
    request.background();
    auto broken = (co_await responses.stream_response(request)).value();
    for (int events = 0; events < 6; ++events)
        (co_await broken.next()).value();
    broken.close(); // as if the network had failed
    std::cout << broken.text() << " [broken] ";

    azure_openai::resume_request rest(broken.progress());
    auto resumed = (co_await responses.resume(rest)).value();
    while (auto event = (co_await resumed.next()).value())
        std::cout << event->delta << std::flush;
    auto const whole = resumed.take().value();
    std::cout << '\n';
    co_return whole.text() == resumed.text() && resumed.text().starts_with(broken.text());
}

asio::awaitable<int> run()
{
    auto executor = co_await asio::this_coro::executor;
    azure_openai::client_config config{.deployment = "gpt-4o-mini"};
    azure_openai::client llm(executor, "", config);
    bool good = co_await start_and_wait(llm);
    good &= co_await stream_and_resume(llm);
    co_return good ? 0 : 1;
}

int main()
{
    return augur::run(run());
}
