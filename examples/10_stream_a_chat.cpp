// Prints an answer as the model makes it. Address and key come from AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY, or
// OPENAI_BASE_URL and OPENAI_API_KEY; for SageMaker, region and credentials from where AWS's programs have them.
#include <augur/augur.hpp>
#include <augur/azure_openai/responses_client.hpp>
#include <augur/model/chat_client.hpp>

#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The same function for every client that chats.
template <augur::ChatClient Client>
asio::awaitable<bool> tell(Client client, augur::chat_request request)
{
    // The whole call within 30 s, its first event within 4 s, and never 1.5 s of silence.
    auto stream = co_await client.stream(std::move(request), augur::deadline(30s).first_event(4s).idle(1500ms));
    if (!stream) {
        std::cout << stream.error() << '\n';
        co_return false;
    }
    for (;;) {
        auto event = co_await stream->next();
        if (!event) { // an answer that was cut is an error; what there was of it stays
            std::cout << "\n[" << event.error() << "]\n";
            co_return false;
        }
        if (!*event)
            break;
        if (auto text = (*event)->text())
            std::cout << *text << std::flush;
        if (auto const* usage = (*event)->usage())
            std::cout << "\n[" << usage->input_tokens << " tokens in, " << usage->output_tokens << " out";
    }
    std::cout << "; request " << stream->meta().request_id << "]\n";
    co_return !stream->text().empty();
}

asio::awaitable<int> talk()
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client_config config{.deployment = "gpt-4o-mini"};
    augur::azure_openai::client llm(executor, "", config);
    augur::chat_request question;
    question.system("Answer in one sentence.").user("Why is the sky blue?").max_tokens(40);
    auto answer = co_await llm.chat(question);
    std::cout << "At once:\n" << (answer ? answer->text() : answer.error().to_string()) << "\n\nAs it is made:\n";
    bool good = answer.has_value();
    good &= co_await tell(llm, question);

    std::cout << "\nThe same over the Responses API:\n";
    augur::azure_openai::responses_client responses(llm);
    good &= co_await tell(responses, question);

    std::cout << "\nThe same on SageMaker:\n";
    augur::sagemaker::chat_config hosted{.form = augur::sagemaker::chat_form::openai};
    augur::sagemaker::chat_endpoint llama(executor, "chat-endpoint", hosted);
    good &= co_await tell(llama, question);
    co_return good ? 0 : 1;
}

int main()
{
    return augur::run(talk());
}
