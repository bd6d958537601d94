// Stops an answer in the middle: by leaving its scope, and from outside. Either closes the connection, so that the
// service stops, and its bill too.
#include <augur/augur.hpp>

#include <functional>
#include <iostream>

namespace asio = boost::asio;

augur::chat_request question()
{
    augur::chat_request out;
    out.user("Tell me a very long story.").max_tokens(400);
    return out;
}

augur::azure_openai::client_config config()
{
    return {.deployment = "gpt-4o-mini"};
}

// A reader who has had enough.
asio::awaitable<bool> leave_early(std::size_t enough)
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client llm(executor, "", config());
    {
        auto stream = (co_await llm.stream(question())).value();
        while (auto event = (co_await stream.next()).value()) {
            std::cout << event->text().value_or("") << std::flush;
            if (stream.text().size() > enough)
                break;
        }
        std::cout << "... enough.\n";
    } // the stream is gone, and its connection with it
    auto const seen = llm.statistics();
    std::cout << "[connections: " << seen.opened << " opened, " << seen.idle + seen.busy << " left]\n";
    co_return seen.idle + seen.busy == 0;
}

// Somebody else decides: a timer, a button, a player who walks away. Whatever runs on the client's executor may close
// the stream; whoever waits for its next event is told, and keeps the text so far.
asio::awaitable<bool> be_interrupted()
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client llm(executor, "", config());
    auto stream = (co_await llm.stream(question())).value();
    std::function<void()> const walk_away = [&stream] { stream.close(); };
    for (int events = 0;; ++events) {
        auto event = co_await stream.next();
        if (!event) {
            std::cout << stream.text() << "...\n[" << event.error() << "]\n";
            co_return event.error() == augur::condition::cancelled && !stream.text().empty();
        }
        if (!*event)
            co_return false; // it was a short story
        if (events == 5)
            walk_away();
    }
}

int main()
{
    bool const left = augur::run(leave_early(40));
    bool const interrupted = augur::run(be_interrupted());
    return left && interrupted ? 0 : 1;
}
