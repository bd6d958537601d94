// Lets a model call functions of this program. Their arguments and results are C++ structs.
#include <augur/augur.hpp>
#include <augur/tools/converse.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <iostream>

namespace asio = boost::asio;

enum class unit
{
    celsius,
    fahrenheit
};
BOOST_DESCRIBE_ENUM(unit, celsius, fahrenheit)

struct weather_query
{
    std::string city;
    std::optional<unit> in;
};
BOOST_DESCRIBE_STRUCT(weather_query, (), (city, in))

// Words for the model.
std::string_view augur_description(weather_query const*, std::string_view member)
{
    return member == "city" ? "Name of a city, such as Oslo" : "";
}

struct weather
{
    double degrees = 0;
    bool rain = false;
};
BOOST_DESCRIBE_STRUCT(weather, (), (degrees, rain))

asio::awaitable<int> talk()
{
    auto executor = co_await asio::this_coro::executor;
    augur::azure_openai::client_config config{.deployment = "gpt-4o-mini"};
    augur::azure_openai::client llm(executor, "", config);

    int calls = 0;
    augur::toolbox tools;
    tools.add("weather", "Current weather in a city",
              [&calls](weather_query query) -> asio::awaitable<augur::result<weather>> {
                  std::cout << "[the model asks for the weather in \"" << query.city << "\"]\n";
                  ++calls;
                  weather out; // a real program would ask somebody, and await the answer
                  out.degrees = query.in == unit::fahrenheit ? 70.7 : 21.5;
                  co_return out;
              });

    augur::chat_request question;
    question.user("Do I need an umbrella in Oslo? Use the weather tool.");
    auto const options = augur::converse_options().max_steps(4);
    auto talked = co_await augur::converse(llm, tools, question, options);
    if (!talked) {
        std::cout << talked.error() << '\n';
        co_return 1;
    }
    std::cout << talked->text() << "\n[" << talked->steps << " questions to the model, " << talked->total_tokens
              << " tokens]\n";
    co_return calls > 0 ? 0 : 1;
}

int main()
{
    return augur::run(talk());
}
