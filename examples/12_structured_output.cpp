// Asks a model for a C++ struct. The JSON schema is made from the struct, and the answer fits it or is an error.
#include <augur/augur.hpp>
#include <augur/tools/ask.hpp>
#include <augur/tools/to_json.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <iostream>

namespace asio = boost::asio;

enum class mood
{
    calm,
    wary,
    angry
};
BOOST_DESCRIBE_ENUM(mood, calm, wary, angry)

struct npc_action
{
    std::string verb;
    std::optional<std::string> target;
    int urgency = 0;
    ::mood mood = mood::calm;
    std::vector<std::string> says;
};
BOOST_DESCRIBE_STRUCT(npc_action, (), (verb, target, urgency, mood, says))

std::string_view augur_description(npc_action const*, std::string_view member)
{
    if (member.empty())
        return "What the guard does next";
    return member == "urgency" ? "0 is calm, 10 is panic" : "";
}

asio::awaitable<int> play()
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client_config config{.deployment = "gpt-4o-mini"};
    augur::azure_openai::client llm(executor, "", config);

    std::cout << "the schema: " << augur::json_schema_of<npc_action>() << "\n\n";
    auto action = co_await augur::ask<npc_action>(llm, "The player drew a sword.");
    if (!action) {
        std::cout << action.error() << '\n'; // names the path of what does not fit
        co_return 1;
    }
    std::cout << "the answer: " << augur::to_json(*action).value() << '\n';
    co_return 0;
}

int main()
{
    return augur::run(play());
}
