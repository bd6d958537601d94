// The client over real sockets, against a server that does what its script says.

#include "unit/azure_openai/support.hpp"

#include <augur/testing/fault_server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

using namespace test;
using testing::connection_script;

namespace {

std::string http(std::string const& body)
{
    return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\napim-request-id: g-1\r\ncontent-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

result<chat_response> ask(testing::fault_server& server, azure_openai::client_config config)
{
    config.deployment = "gpt-4o-mini";
    config.key = secret("canary-key");
    config.client.proxy.emplace();
    asio::io_context context;
    azure_openai::client llm(context.get_executor(), "http://127.0.0.1:" + std::to_string(server.port()),
                             std::move(config));
    auto const to = std::make_shared<inbox<chat_response>>();
    llm.async_chat(chat_request().user("Why?"), {}, [to](result<chat_response> r) { to->put(std::move(r)); });
    context.run(); // returns because nothing else is pending
    REQUIRE(to->completions == 1);
    return std::move(*to->value);
}

} // namespace

TEST_CASE("azure_openai::client: over real sockets, a whole answer is an answer and half of one is an error")
{
    testing::fault_server good;
    good.script(connection_script().read_request().send(http(chat_answer())));
    auto const answer = ask(good, {});
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    CHECK(answer->text() == "Because.");
    CHECK(answer->meta.request_id == "g-1");

    auto const whole = http(chat_answer());
    testing::fault_server cut;
    cut.script(connection_script().read_request().send(whole.substr(0, whole.size() - 5)).fin());
    auto const half = ask(cut, {});
    REQUIRE_FALSE(half.has_value());
    CHECK(half.error() == augur::errc::truncated);
    CHECK(half.error().outcome() == outcome::partial);
    CHECK(cut.requests() == 1); // not sent again
}

TEST_CASE("azure_openai::client: a server that goes silent is given up after the limit, and the error says which")
{
    testing::fault_server silent;
    silent.script(connection_script().read_request().hold());
    azure_openai::client_config config;
    config.client.limits.first_byte = 50ms;
    auto const answer = ask(silent, std::move(config));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == augur::errc::response_timeout);
    CHECK(answer.error().outcome() == outcome::unknown);
    CHECK(answer.error().message().find("did not begin to answer within 50 ms") != std::string_view::npos);
    CHECK(answer.error().message().find("127.0.0.1:" + std::to_string(silent.port())) == 0);
}
