// ask, toolbox and converse over a client that answers from a script.
#include <augur/model/chat_accumulator.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/run.hpp>
#include <augur/tools/ask.hpp>
#include <augur/tools/converse.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <stdexcept>

using namespace augur;
namespace asio = boost::asio;

namespace {

struct weather_query
{
    std::string city;
};
BOOST_DESCRIBE_STRUCT(weather_query, (), (city))
struct weather
{
    double degrees = 0;
};
BOOST_DESCRIBE_STRUCT(weather, (), (degrees))

/// What the model will say, and what it was asked.
struct script
{
    std::deque<result<chat_response>> answers;
    std::deque<std::vector<std::string>> streams; ///< the data of their events
    std::vector<chat_request> asked;
};

/// A stream of events that are there already.
class scripted_source : public chat_source
{
public:
    scripted_source(std::vector<std::string> events, asio::any_io_executor executor)
        : events_(std::move(events)), executor_(std::move(executor))
    {
        show(all_.response());
    }

    asio::awaitable<item> next() override
    {
        if (at_ == events_.size())
            co_return std::optional<chat_event>();
        auto event = reader_.read(events_[at_++]);
        REQUIRE_MESSAGE(event.has_value(), event.error());
        REQUIRE(all_.add(*event).has_value());
        co_return std::optional(std::move(*event));
    }
    void start_next(pointer, handler, bool) override { FAIL("converse awaits"); }
    void close() noexcept override {}
    augur::meta const& meta() const noexcept override { return meta_; }
    asio::any_io_executor get_executor() const override { return executor_; }

private:
    std::vector<std::string> events_;
    asio::any_io_executor executor_;
    std::size_t at_ = 0;
    openai_wire::chat_event_reader reader_;
    chat_accumulator all_;
    augur::meta meta_;
};

/// A ChatClient is whatever has these three functions.
class scripted
{
public:
    explicit scripted(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    asio::awaitable<result<chat_response>> chat(chat_request request, call_options)
    {
        auto s = state;
        s->asked.push_back(std::move(request));
        REQUIRE_FALSE(s->answers.empty());
        auto out = std::move(s->answers.front());
        s->answers.pop_front();
        co_return std::move(out);
    }
    asio::awaitable<result<chat_stream>> stream(chat_request request, call_options)
    {
        auto s = state;
        if (s->streams.empty())
            co_return make_error(errc::unsupported, phase::prepare, outcome::not_sent, "this one does not stream");
        s->asked.push_back(std::move(request));
        auto events = std::move(s->streams.front());
        s->streams.pop_front();
        co_return chat_stream(std::make_shared<scripted_source>(std::move(events), executor_));
    }
    asio::any_io_executor get_executor() const { return executor_; }

    std::shared_ptr<script> state = std::make_shared<script>();

private:
    asio::any_io_executor executor_;
};
static_assert(ChatClient<scripted>);

chat_response said(std::string const& text, std::string finish = "stop")
{
    chat_response out;
    chat_choice choice;
    choice.message = message("assistant", text);
    choice.finish_reason = std::move(finish);
    out.choices.push_back(std::move(choice));
    out.usage.emplace();
    out.usage->total_tokens = 10;
    out.meta.request_id = "g-1";
    out.meta.attempts = 1;
    return out;
}

chat_response calls(std::vector<tool_call> wanted, std::string finish = "tool_calls")
{
    auto out = said("", std::move(finish));
    for (auto& call : wanted)
        out.choices.front().message.add(std::move(call));
    return out;
}

struct bench
{
    asio::io_context io;
    scripted client{io.get_executor()};
    toolbox tools;
    std::vector<std::string> cities;

    bench()
    {
        tools.add("weather", "Current weather in a city", [this](weather_query q) -> asio::awaitable<result<weather>> {
            cities.push_back(q.city);
            if (q.city == "Atlantis")
                co_return make_error(errc::unsupported, phase::prepare, outcome::not_sent, "it is under water");
            weather out;
            out.degrees = 21.5;
            co_return out;
        });
        tools.add("now", "The time", [] { return std::string("noon"); });
    }
    void answers(result<chat_response> one) { client.state->answers.push_back(std::move(one)); }
    result<conversation> converse(converse_options options = {})
    {
        chat_request question;
        question.user("Which coat?");
        return augur::run(augur::converse(client, tools, question, options));
    }
    std::string told(std::size_t request, std::size_t message) const
    {
        return client.state->asked.at(request).messages().at(message).text();
    }
};

} // namespace

TEST_CASE("ask: the answer is a value of the type")
{
    bench b;
    b.answers(said(R"({"degrees":21.5})"));
    auto const got = augur::run(ask<weather>(b.client, "How warm?"));
    REQUIRE_MESSAGE(got.has_value(), got.error());
    CHECK(got->degrees == 21.5);
    auto const& sent = b.client.state->asked.at(0);
    CHECK(sent.messages().at(0).text() == "How warm?");
    CHECK(sent ==
          chat_request().user("How warm?").format(answer_format::json_schema("answer", json_schema_of<weather>())));
}

TEST_CASE("ask: an answer that does not fit says where, and keeps the ids of the call")
{
    bench b;
    b.answers(said(R"({"degrees":"warm"})"));
    auto const got = augur::run(ask<weather>(b.client, "How warm?"));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == errc::decode_error);
    CHECK(got.error().outcome() == outcome::complete);
    CHECK(got.error().request_id() == "g-1");
    CHECK(got.error().attempts() == 1);
    CHECK(got.error().message().find("$.degrees") != std::string_view::npos);
    CHECK(got.error().service_message() == R"({"degrees":"warm"})");
}

TEST_CASE("ask: refused, filtered, cut short and empty answers are told apart")
{
    bench b;
    b.answers(openai_wire::parse_chat_response(
        R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","refusal":"I will not."}}]})"));
    b.answers(said("{\"deg", "length"));
    b.answers(said("", "content_filter"));
    b.answers(said(""));
    b.answers(chat_response());
    b.answers(make_error(errc::connect_failed, phase::connect, outcome::not_sent, "nobody there"));
    answer_errc const expected[] = {answer_errc::refused, answer_errc::cut_short, answer_errc::filtered,
                                    answer_errc::no_answer, answer_errc::no_answer};
    for (auto const code : expected) {
        auto const got = augur::run(ask<weather>(b.client, "How warm?"));
        REQUIRE_FALSE(got.has_value());
        CHECK((got.error() == make_error_code(code)));
        CHECK(got.error().outcome() == outcome::complete);
    }
    CHECK(augur::run(ask<weather>(b.client, "How warm?")).error() == errc::connect_failed);
    CHECK(error(make_error_code(answer_errc::refused)) == condition::content_filtered);
    CHECK(error(make_error_code(answer_errc::filtered)) == condition::content_filtered);
}

TEST_CASE("converse: tools are offered, called with their own types, and their results told to the model")
{
    bench b;
    b.answers(calls({tool_call("c1", "weather", R"({"city":"Oslo"})"), tool_call("c2", "now", "{}")}));
    b.answers(said("Take the warm one."));
    auto const got = b.converse();
    REQUIRE_MESSAGE(got.has_value(), got.error());
    CHECK(got->text() == "Take the warm one.");
    CHECK(got->steps == 2);
    CHECK(got->total_tokens == 20);
    CHECK(b.cities == std::vector<std::string>{"Oslo"});
    auto const& asked = b.client.state->asked;
    REQUIRE(asked.size() == 2);
    CHECK(asked[0].tools().size() == 2);
    CHECK(asked[0].tools()[0].schema() == json_schema_of<weather_query>());
    REQUIRE(asked[1].messages().size() == 4);
    CHECK(asked[1].messages()[1].tool_calls().size() == 2);
    CHECK(asked[1].messages()[2].tool_call_id() == "c1");
    CHECK(b.told(1, 2) == R"({"degrees":21.5})");
    CHECK(asked[1].messages()[3].tool_call_id() == "c2");
    CHECK(b.told(1, 3) == "noon");
    CHECK(got->request.messages().size() == 5); // the answer, too: one can go on
}

TEST_CASE("converse: a call that came in pieces goes back whole, as the service wants it")
{
    bench b;
    auto const delta = [](std::string const& what, std::string const& finish = "null") {
        return R"({"choices":[{"index":0,"delta":)" + what + R"(,"finish_reason":)" + finish + "}]}";
    };
    b.client.state->streams.push_back(
        {delta(R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function",)"
               R"("function":{"name":"weather","arguments":""}}]})"),
         delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]})"),
         delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]})"),
         delta("{}", R"("tool_calls")")});
    b.client.state->streams.push_back({delta(R"({"content":"The warm one."})"), delta("{}", R"("stop")")});
    std::string heard;
    auto const got = b.converse(converse_options().on_text([&heard](std::string_view text) { heard += text; }));
    REQUIRE_MESSAGE(got.has_value(), got.error());
    CHECK(heard == "The warm one.");
    CHECK(b.cities == std::vector<std::string>{"Oslo"});
    chat_request second;
    for (auto const& said : b.client.state->asked.at(1).messages())
        second.add(said);
    CHECK(openai_wire::write_chat_request(second).value() ==
          R"({"messages":[{"role":"user","content":"Which coat?"},{"role":"assistant","tool_calls":[{"id":"c1",)"
          R"("type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},)"
          R"({"role":"tool","content":"{\"degrees\":21.5}","tool_call_id":"c1"}]})");
}

TEST_CASE("converse: who goes on with the request offers each tool once")
{
    bench b;
    b.answers(said("The warm one."));
    b.answers(said("The blue one."));
    auto first = b.converse();
    REQUIRE(first.has_value());
    first->request.user("And which hat?").add(tool::json(R"({"type":"web_search"})"));
    REQUIRE(augur::run(augur::converse(b.client, b.tools, first->request)).has_value());
    std::string offered;
    for (auto const& one : b.client.state->asked.at(1).tools())
        offered += one.name() + ";";
    CHECK(offered == "weather;now;;");
}

TEST_CASE("converse: a call that was demanded is demanded once")
{
    struct row
    {
        tool_choice asked, then;
    };
    auto const allowed = tool_choice::json(R"({"type":"allowed_tools"})");
    for (auto const& r : {row{tool_choice::required(), tool_choice::automatic()},
                          row{tool_choice::function("now"), tool_choice::automatic()},
                          row{tool_choice::custom("now"), tool_choice::automatic()},
                          row{tool_choice::automatic(), tool_choice::automatic()}, row{allowed, allowed}}) {
        bench b;
        b.answers(calls({tool_call("c", "now", "{}")}));
        b.answers(said("Noon."));
        auto const got = augur::run(augur::converse(b.client, b.tools, chat_request().user("When?").choose(r.asked)));
        REQUIRE_MESSAGE(got.has_value(), got.error());
        auto const& asked = b.client.state->asked;
        auto const choice = [](chat_request const& request) { return *detail::fields_of::get(request).tool_choice; };
        CHECK(choice(asked.at(0)) == r.asked);
        CHECK(choice(asked.at(1)) == r.then);
    }
    bench plain;
    plain.answers(calls({tool_call("c", "now", "{}")}));
    plain.answers(said("Noon."));
    REQUIRE(plain.converse().has_value());
    CHECK_FALSE(detail::fields_of::get(plain.client.state->asked.at(1)).tool_choice.has_value());
}

TEST_CASE("converse: mistakes of the model and failures of tools are told to the model")
{
    bench b;
    b.answers(calls({tool_call("c1", "climate", "{}"), tool_call("c2", "weather", R"({"town":"Oslo"})"),
                     tool_call("c3", "weather", R"({"city":)"), tool_call("c4", "weather", R"({"city":"Atlantis"})")}));
    b.answers(said("Sorry."));
    auto const got = b.converse();
    REQUIRE(got.has_value());
    CHECK(b.told(1, 2) == R"({"error":"there is no tool climate; there are: weather now"})");
    CHECK(b.told(1, 3).find("city") != std::string::npos);
    CHECK(b.told(1, 4).find("error") != std::string::npos);
    CHECK(b.told(1, 5) == R"({"error":"it is under water"})");

    bench strict;
    strict.answers(calls({tool_call("c1", "weather", R"({"city":"Atlantis"})")}));
    auto const stopped = strict.converse(converse_options().stop_on_tool_error());
    REQUIRE_FALSE(stopped.has_value());
    CHECK(stopped.error() == errc::unsupported);
}

TEST_CASE("converse: a model that never has enough is stopped, and a call that was cut is not made")
{
    bench b;
    for (int i = 0; i < 3; ++i)
        b.answers(calls({tool_call("c", "now", "{}")}));
    auto const got = b.converse(converse_options().max_steps(3));
    REQUIRE_FALSE(got.has_value());
    CHECK((got.error() == make_error_code(answer_errc::step_limit)));
    CHECK(got.error().message().find("\"now\"") != std::string_view::npos);
    CHECK(b.client.state->asked.size() == 3);

    bench cut;
    cut.answers(calls({tool_call("c", "weather", R"({"city":"Os)")}, "length"));
    CHECK((cut.converse().error() == make_error_code(answer_errc::cut_short)));
    CHECK(cut.cities.empty());

    bench streams; // the script of this client has none
    CHECK(streams.converse(converse_options().on_text([](std::string_view) {})).error() == errc::unsupported);
}

TEST_CASE("toolbox: names are checked where tools are added")
{
    toolbox tools;
    auto const nothing = [] { return 1; };
    tools.add("one", "", nothing);
    CHECK_THROWS_AS(tools.add("one", "", nothing), std::invalid_argument);
    for (char const* bad : {"", "a b", "a.b", "\xc3\xbc"})
        CHECK_THROWS_AS(tools.add(bad, "", nothing), std::invalid_argument);
    CHECK(tools.tools().size() == 1);
    CHECK(tools.find("two") == nullptr);
}
