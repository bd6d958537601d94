// Response streams from bytes to parts, lines and events, and back to what the container wrote.

#include "stream_support.hpp"
#include "support/stream_decoder.hpp"

#include <augur/core/error_details.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/stream_wire.hpp>

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::sagemaker;
using namespace test;
using test_support::decode_whole;
using test_support::where_cuts_matter;

namespace {

auto const bytes = [](payload_part const& p) { return std::string(p.bytes) + "|"; };
auto const line = [](std::string_view l) { return std::string(l) + "|"; };
auto const data = [](codec::sse::event const& e) { return std::string(e.data) + "|"; };

std::string parts(std::string const& body)
{
    return joined(decode_whole(wire::part_decoder(), body, bytes));
}
std::string lines(std::string const& body)
{
    return joined(decode_whole(wire::line_decoder(), body, line));
}
std::string events(std::string const& body)
{
    return joined(decode_whole(wire::sse_decoder(), body, data));
}

} // namespace

TEST_CASE("response stream: parts come as they were sent, wherever the network cut them")
{
    auto const body = part("{\"a\":") + part("") + part("1}\n") +
                      frame({{":event-type", "SomethingNew"}, {":message-type", "event"}}, "not ours") + part("\xc3") +
                      part("\xbc");
    CHECK(parts(body) == "{\"a\":|1}\n|\xc3|\xbc|");
    CHECK(where_cuts_matter(wire::part_decoder(), body, bytes) == "");
    CHECK(parts("") == "");
}

TEST_CASE("response stream: lines and events are put together over parts of any size")
{
    std::string const text = "{\"outputs\":[\" a\"]}\r\n\n{\"outputs\":[\"\xc3\xbc\"]}\n{\"end\":true}";
    std::string const sse = ": ping\n\ndata: {\"a\":\ndata: 1}\n\nevent: x\r\ndata: \xc3\xbc\r\n\r\ndata: [DONE]\n\n";
    for (std::size_t size = 1; size <= 40; ++size) {
        CAPTURE(size);
        CHECK(lines(parts_of(text, size)) == "{\"outputs\":[\" a\"]}|{\"outputs\":[\"\xc3\xbc\"]}|{\"end\":true}|");
        CHECK(events(parts_of(sse, size)) == "{\"a\":\n1}|\xc3\xbc|[DONE]|");
    }
    CHECK(where_cuts_matter(wire::line_decoder(), parts_of(text, 7), line) == "");
    CHECK(where_cuts_matter(wire::sse_decoder(), parts_of(sse, 7), data) == "");
}

TEST_CASE("response stream: an end inside a frame, or inside an event of the container, is no end")
{
    auto const body = part("data: 1\n\n") + part("data: 2\n\n");
    auto const first = part("data: 1\n\n").size();
    for (std::size_t size = 1; size < body.size(); ++size) {
        CAPTURE(size);
        auto const seen = parts(body.substr(0, size));
        CHECK(seen == (size == first ? "data: 1\n\n|" : size < first ? "truncated" : "data: 1\n\n|truncated"));
    }
    CHECK(events(part("data: 1\n\nda")) == "1|truncated");
    CHECK(events(part("data: 1\n\n: ping\n")) == "1|");
}

TEST_CASE("response stream: what the service reports in a frame is an error after the parts before it")
{
    struct row
    {
        std::string frame;
        error_code code;
        std::string provider_code, said, advice;
    };
    row const rows[] = {
        {exception_frame("ModelStreamError", R"({"Message":"the container went away","ErrorCode":"StreamBroken"})"),
         make_error_code(sagemaker::errc::model_stream_error), "ModelStreamError", "the container went away",
         "the model's container broke the stream off"},
        {exception_frame("ModelStreamError", R"({"message":"too slow","ErrorCode":"ModelInvocationTimeExceeded"})"),
         make_error_code(sagemaker::errc::model_stream_error), "ModelStreamError", "too slow",
         "the model took longer than the service allows for one answer"},
        {exception_frame("InternalStreamFailure", R"({"Message":"oops"})"),
         make_error_code(sagemaker::errc::internal_stream_failure), "InternalStreamFailure", "oops",
         "the service broke the stream off"},
        {exception_frame("com.amazon#InternalStreamFailure:http://x/", "not JSON"),
         make_error_code(sagemaker::errc::internal_stream_failure), "InternalStreamFailure", "not JSON",
         "the service broke the stream off"},
        {exception_frame("NobodyKnows", ""), make_error_code(sagemaker::errc::internal_stream_failure), "NobodyKnows",
         "", "the service broke the stream off"},
        {exception_frame("ThrottlingException", R"({"message":"slow down"})"),
         make_error_code(sagemaker::errc::throttling), "ThrottlingException", "slow down",
         "the service broke the stream off"},
        {frame({{":message-type", "error"}, {":error-code", "InternalFailure"}, {":error-message", "an\nerror"}}, ""),
         make_error_code(sagemaker::errc::internal_failure), "InternalFailure", "an\\nerror",
         "the service broke the stream off"},
        {frame({{":message-type", "error"}}, ""), make_error_code(sagemaker::errc::internal_stream_failure), "", "",
         "the service broke the stream off"},
        {frame({{":message-type", "surprise"}}, ""), make_error_code(augur::errc::frame_error), "", "",
         "a frame of the type \"surprise\", which nobody knows"},
        {frame({}, "x"), make_error_code(augur::errc::frame_error), "", "",
         "a frame of the type \"\", which nobody knows"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.provider_code);
        wire::part_decoder decoder;
        auto const body = part("before") + r.frame + part("after");
        decoder.feed(body);
        CHECK(decoder.next().value()->bytes == "before");
        for (int again = 0; again < 2; ++again) {
            auto const item = decoder.next();
            REQUIRE_FALSE(item.has_value());
            auto const& e = item.error();
            CHECK(e.code() == r.code);
            CHECK(e.outcome() == outcome::partial);
            CHECK(e.phase() == phase::body);
            CHECK(e.provider_code() == r.provider_code);
            CHECK(e.service_message() == r.said);
            CHECK(e.message() == r.advice);
        }
        // Lines that began before it are not given as if they were whole.
        CHECK(lines(body) == r.code.message());
    }
    wire::part_decoder one;
    auto const body = exception_frame("ModelStreamError", R"({"ErrorCode":"StreamBroken"})");
    one.feed(body);
    CHECK(one.next().error().attribute("ErrorCode") == "StreamBroken");
}

TEST_CASE("response stream: a damaged byte anywhere is an error and never a part")
{
    auto const body = part("hello");
    for (std::size_t at = 0; at < body.size(); ++at) {
        CAPTURE(at);
        auto damaged = body;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        auto const seen = parts(damaged);
        CHECK((seen == "frame_error" || seen == "event_limit"));
    }
}

TEST_CASE("response stream: the request has its own path and its own name for Accept")
{
    auto const base = url::parse("https://runtime.sagemaker.eu-west-1.amazonaws.com").value();
    invoke_endpoint_request request("llama", body("{}"));
    request.content_type("application/json").accept("application/jsonlines").session_id("s-1");
    auto const built = wire::build_stream_request(request, base);
    REQUIRE(built.has_value());
    CHECK(built->head.target() == "/endpoints/llama/invocations-response-stream");
    CHECK(built->head.find("content-type") == "application/json");
    CHECK(built->head.find("x-amzn-sagemaker-accept") == "application/jsonlines");
    CHECK_FALSE(built->head.find("accept"));
    CHECK(built->head.find("x-amzn-sagemaker-session-id") == "s-1");

    for (int i = 0; i < 3; ++i) {
        invoke_endpoint_request no("llama");
        i == 0 ? no.target_model("a") : i == 1 ? no.enable_explanations("`true`") : no.new_session();
        auto const refused = wire::build_stream_request(no, base);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == augur::errc::unsupported);
        CHECK(refused.error().outcome() == outcome::not_sent);
    }
}

TEST_CASE("response stream: what the head says, and a body that is something else")
{
    headers fields;
    fields.add("content-type", "application/vnd.amazon.eventstream").value();
    fields.add("x-amzn-sagemaker-content-type", "text/event-stream; charset=utf-8").value();
    fields.add("x-amzn-invoked-production-variant", "blue").value();
    fields.add("x-amzn-sagemaker-custom-attributes", "trace=2").value();
    fields.add("x-amzn-requestid", "6f5e").value();
    auto const head = wire::parse_stream_head(fields);
    REQUIRE(head.has_value());
    CHECK(head->content_type == "text/event-stream; charset=utf-8");
    CHECK(head->invoked_production_variant == "blue");
    CHECK(head->custom_attributes == "trace=2");
    augur::meta meta;
    wire::read_meta(meta, fields);
    CHECK(meta.request_id == "6f5e");
    CHECK(meta.variant == "blue");

    headers html;
    html.add("content-type", "text/html").value();
    CHECK(wire::parse_stream_head(html).error() == augur::errc::decode_error);
    CHECK(wire::parse_stream_head(headers()).has_value()); // the frames will tell
}
