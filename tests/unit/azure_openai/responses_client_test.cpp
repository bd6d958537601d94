#include "unit/azure_openai/support.hpp"

#include <doctest/doctest.h>

using namespace test;
using azure_openai::get_response_request;
using azure_openai::input_items_request;
using azure_openai::response_request;
using azure_openai::responses_client;
using testing::reply;

namespace {

std::string response_text(std::string const& status)
{
    return R"({"id":"resp_1","object":"response","created_at":1,"status":")" + status +
           R"(","model":"gpt-5-mini","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant",)"
           R"("content":[{"type":"output_text","text":"Because.","annotations":[]}]}]})";
}

} // namespace

TEST_CASE("responses_client: create sends the client's deployment unless the request names a model")
{
    openai_bench b;
    responses_client responses(b.client());
    b.transport->expect("POST", "/openai/v1/responses",
                        reply::with(200, {{"apim-request-id", "g-1"}}, response_text("completed")));
    b.transport->expect("POST", "/openai/v1/responses", reply::with(200, {}, response_text("completed")));
    auto const answer = b.run(responses.create(response_request("", "Why?")));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    CHECK(answer->text() == "Because.");
    CHECK(answer->meta.request_id == "g-1");
    CHECK(answer->meta.deployment == "gpt-4o-mini");
    CHECK(b.transport->seen().at(0).content == R"({"model":"gpt-4o-mini","input":"Why?"})");
    CHECK(b.transport->seen().at(0).field("api-key") == "canary-key");
    CHECK(b.run(responses.create(response_request("other", "Why?"))).has_value());
    CHECK(b.transport->seen().at(1).content == R"({"model":"other","input":"Why?"})");
}

TEST_CASE("responses_client: get, cancel, remove and input items have their paths, and unknown ids their error")
{
    openai_bench b;
    responses_client responses(b.client());
    b.transport->expect("GET", "/openai/v1/responses/resp_1", reply::with(200, {}, response_text("queued")));
    b.transport->expect("POST", "/openai/v1/responses/resp_1/cancel", reply::with(200, {}, response_text("cancelled")));
    b.transport->expect("GET", "/openai/v1/responses/resp_1/input_items?limit=1",
                        reply::with(200, {}, R"({"object":"list","data":[{"type":"message","id":"msg_0","role":"user",
                        "content":[{"type":"input_text","text":"Why?"}]}],"first_id":"msg_0","last_id":"msg_0",
                        "has_more":true})"));
    b.transport->expect("DELETE", "/openai/v1/responses/resp_1",
                        reply::with(200, {}, R"({"id":"resp_1","object":"response.deleted","deleted":true})"));
    b.transport->expect("GET", "/openai/v1/responses/resp_1",
                        reply::with(404, {}, R"({"error":{"code":"response_not_found","message":"gone"}})"));
    auto const got = b.run(responses.get(get_response_request("resp_1")));
    REQUIRE_MESSAGE(got.has_value(), got.error());
    CHECK_FALSE(got->ended());
    auto const cancelled = b.run(responses.cancel("resp_1"));
    REQUIRE(cancelled.has_value());
    CHECK(cancelled->status == "cancelled");
    auto const items = b.run(responses.input_items(input_items_request("resp_1").limit(1)));
    REQUIRE_MESSAGE(items.has_value(), items.error());
    CHECK(items->items.at(0).id == "msg_0");
    CHECK(items->last_id == "msg_0");
    CHECK(items->has_more == true);
    auto const removed = b.run(responses.remove("resp_1"));
    REQUIRE(removed.has_value());
    CHECK(removed->deleted == true);
    auto const gone = b.run(responses.get(get_response_request("resp_1")));
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error() == azure_openai::errc::response_not_found);
    CHECK(gone.error() == condition::not_found);
    CHECK(b.transport->ok());
}

TEST_CASE("responses_client: the tokens of a request are counted, which is repeated after a 500")
{
    openai_bench b;
    b.config.client.replay = replay::at_most_once;
    responses_client responses(b.client());
    b.transport->expect("POST", "/openai/v1/responses/input_tokens", reply::with(500));
    b.transport->expect(
        "POST", "/openai/v1/responses/input_tokens",
        reply::with(200, {{"apim-request-id", "g-1"}}, R"({"object":"response.input_tokens","input_tokens":11})"));
    auto const counted = b.run(responses.count_tokens(response_request("", "Why?").previous_response_id("resp_1")));
    REQUIRE_MESSAGE(counted.has_value(), counted.error());
    CHECK(counted->input_tokens == 11);
    CHECK(counted->extra == R"({"object":"response.input_tokens"})");
    CHECK(counted->meta.request_id == "g-1");
    CHECK(counted->meta.attempts == 2);
    CHECK(b.transport->seen().at(1).content ==
          R"({"model":"gpt-4o-mini","input":"Why?","previous_response_id":"resp_1"})");
    for (auto const* wrong : {R"({"object":"response.input_tokens"})", R"({"input_tokens":"11"})", "[]"}) {
        b.transport->expect(reply::with(200, {}, wrong));
        CHECK(b.run(responses.count_tokens(response_request("", "?"))).error() == augur::errc::decode_error);
    }
    b.transport->expect(reply::with(404, {}, R"({"error":{"code":"404","message":"Resource not found"}})"));
    CHECK(b.run(responses.count_tokens(response_request("", "?"))).error() == condition::not_found);
    CHECK(b.transport->ok());
}

TEST_CASE("responses_client: what only reads is repeated after a 500; what creates obeys the replay rule")
{
    openai_bench b;
    b.config.client.replay = replay::at_most_once;
    responses_client responses(b.client());
    b.transport->expect("GET", "", reply::with(500));
    b.transport->expect("GET", "", reply::with(200, {}, response_text("completed")));
    b.transport->expect("POST", "", reply::with(500));
    CHECK(b.run(responses.get(get_response_request("resp_1"))).has_value());
    auto const created = b.run(responses.create(response_request("m", "x")));
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().outcome() == outcome::unknown);
    CHECK(b.transport->ok());
}

TEST_CASE("responses_client: wait looks every two seconds until the response has ended")
{
    openai_bench b;
    responses_client responses(b.client());
    b.transport->expect("GET", "/openai/v1/responses/resp_1", reply::with(200, {}, response_text("queued")));
    b.transport->expect("GET", "/openai/v1/responses/resp_1", reply::with(200, {}, response_text("in_progress")));
    b.transport->expect("GET", "/openai/v1/responses/resp_1", reply::with(200, {}, response_text("failed")));
    auto const done = b.run(responses.wait(get_response_request("resp_1")));
    REQUIRE_MESSAGE(done.has_value(), done.error());
    CHECK(done->status == "failed");
    CHECK(b.time->elapsed() == 4s);
    CHECK(b.transport->ok());
}

TEST_CASE("responses_client: a wait that is over before the response says so, and how to go on")
{
    openai_bench b;
    responses_client responses(b.client());
    for (int i = 0; i < 3; ++i)
        b.transport->expect(reply::with(200, {}, response_text("in_progress")));
    auto const late = b.run(responses.wait(get_response_request("resp_1").poll_every(10s), deadline(25s)));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error() == augur::errc::deadline_exceeded);
    CHECK(late.error().message().find("resp_1 is in_progress still") != std::string_view::npos);
    CHECK(b.time->elapsed() == 25s);
    CHECK(b.transport->ok());
}

TEST_CASE("responses_client: a wait is cancelled at any time, also while it sleeps")
{
    openai_bench b;
    responses_client responses(b.client());
    b.transport->expect(reply::with(200, {}, response_text("in_progress")));
    asio::cancellation_signal signal;
    auto const to = std::make_shared<inbox<azure_openai::response>>();
    responses.async_wait(
        get_response_request("resp_1"), {},
        asio::bind_cancellation_slot(signal.slot(), [to](result<azure_openai::response> r) { to->put(std::move(r)); }));
    run_ready(b.io);
    CHECK(to->completions == 0);
    signal.emit(asio::cancellation_type::terminal);
    run_ready(b.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == augur::errc::cancelled);
    CHECK(b.time->armed() == 0);
}

TEST_CASE("responses_client: a chat whose response failed is an error, whole as in a stream")
{
    std::string const failed =
        R"({"id":"resp_1","object":"response","status":"failed","model":"gpt-5-mini","output":[],)"
        R"("error":{"code":")";
    struct row
    {
        char const* code;
        azure_openai::errc means;
    };
    for (auto const& r : {row{"server_error", azure_openai::errc::server_error},
                          row{"image_parse_error", azure_openai::errc::response_failed}}) {
        CAPTURE(std::string(r.code));
        openai_bench b;
        responses_client responses(b.client());
        auto const body = failed + r.code + R"(","message":"it broke"}})";
        b.transport->expect("POST", "/openai/v1/responses", reply::with(200, {{"apim-request-id", "g-1"}}, body));
        b.transport->expect("POST", "/openai/v1/responses", reply::with(200, {}, body));
        auto const answer = b.run(responses.chat(chat_request().user("Why?")));
        REQUIRE_FALSE(answer.has_value());
        auto const& e = answer.error();
        CHECK(e == r.means);
        CHECK(e == condition::server_error);
        CHECK(e.outcome() == outcome::complete);
        CHECK(e.phase() == phase::decode);
        CHECK(e.service_message() == "it broke");
        CHECK(e.provider_code() == r.code);
        CHECK(e.request_id() == "g-1");
        CHECK(e.attempts() == 1);
        CHECK(e.http_status() == 200);
        auto const value = b.run(responses.create(response_request("", "Why?"))); // who asks for it sees it
        REQUIRE_MESSAGE(value.has_value(), value.error());
        CHECK(value->status == "failed");
        CHECK(b.transport->seen().size() == 2); // it was answered: nothing is asked twice
    }
}

TEST_CASE("responses_client: only a model at the top of the extra members is the request's own")
{
    struct row
    {
        char const* extra;
        char const* sent;
    };
    for (auto const& r :
         {row{R"({"tools":[{"type":"image_generation","model":"x"}]})",
              R"({"model":"gpt-4o-mini","input":"Why?","tools":[{"type":"image_generation","model":"x"}]})"},
          row{R"({"model":"x"})", R"({"input":"Why?","model":"x"})"},
          row{R"({"x":"\"model\""})", R"({"model":"gpt-4o-mini","input":"Why?","x":"\"model\""})"}}) {
        openai_bench b;
        responses_client responses(b.client());
        b.transport->expect(reply::with(200, {}, response_text("completed")));
        auto const answer = b.run(responses.create(response_request("", "Why?").extra_body(r.extra)));
        REQUIRE_MESSAGE(answer.has_value(), answer.error());
        CHECK(b.transport->seen().at(0).content == r.sent);
    }
    openai_bench b;
    responses_client responses(b.client());
    CHECK(b.run(responses.create(response_request("", "Why?").extra_body(R"({"model)"))).error() ==
          augur::errc::invalid_argument);
}
