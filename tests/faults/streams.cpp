#include "faults/streams.hpp"
#include "unit/sagemaker/stream_support.hpp"

#include <cstdio>

namespace faults {

namespace {

std::string choice(std::string const& members)
{
    return R"(data: {"choices":[{"index":0,)" + members + "}]}\n\n";
}

bool is_response(service s) noexcept
{
    return s == service::openai_response_stream || s == service::openai_response_chat;
}

std::string response_object(std::string const& text)
{
    return R"({"id":"resp_1","status":"completed","output":[{"type":"message","id":"msg_1","role":"assistant",)"
           R"("content":[{"type":"output_text","text":")" +
           text + R"("}]}]})";
}

} // namespace

std::string dialect::head() const
{
    if (!is_framed(service_))
        return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    std::string const type = service_ == service::sagemaker_inputs ? "application/jsonlines" : "text/event-stream";
    return "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
           "x-amzn-sagemaker-content-type: " +
           type + "\r\nx-amzn-requestid: 6f5e\r\ntransfer-encoding: chunked\r\n\r\n";
}

std::string dialect::carried(std::string const& written) const
{
    return !is_framed(service_) ? written : test::part(written);
}

std::string dialect::says(std::string const& text) const
{
    switch (service_) {
    case service::sagemaker_parts: return text;
    case service::sagemaker_lines: return text + "\n";
    case service::sagemaker_events: return "data: " + text + "\n\n";
    case service::sagemaker_inputs: return event(R"({"token":{"text":")" + text + R"("},"generated_text":null})");
    case service::openai_response_stream:
    case service::openai_response_chat:
        return event(R"({"type":"response.output_text.delta","delta":")" + text + "\"}");
    default: return choice(R"("delta":{"content":")" + text + "\"}");
    }
}

std::string dialect::event(std::string const& json) const
{
    return service_ == service::sagemaker_inputs ? json + "\n" : "data: " + json + "\n\n";
}

std::string dialect::finishes() const
{
    switch (service_) {
    case service::sagemaker_parts:
    case service::sagemaker_lines:
    case service::sagemaker_events: return {};
    case service::sagemaker_inputs: return event(R"({"token":{"text":"</s>","special":true},"generated_text":"-"})");
    case service::openai_response_stream:
    case service::openai_response_chat:
        return event(R"({"type":"response.completed","response":{"id":"r","status":"completed","output":[]}})");
    default: return choice(R"("delta":{},"finish_reason":"stop")");
    }
}

std::string dialect::ends() const
{
    bool const is_marked = is_chat_stream(service_) && !is_response(service_) && service_ != service::sagemaker_inputs;
    return is_marked ? finishes() + "data: [DONE]\n\n" : finishes();
}

std::string dialect::ping() const
{
    switch (service_) {
    case service::openai_stream:
    case service::openai_response_stream:
    case service::openai_response_chat:
    case service::sagemaker_openai_stream: return ": ping\n\n";
    case service::sagemaker_parts: return test::part("");
    case service::sagemaker_lines:
    case service::sagemaker_inputs: return test::part("\n");
    default: return test::part("event: ping\n\n: ping\n\n") + test::part("");
    }
}

std::vector<std::string> dialect::empty_events() const
{
    if (service_ == service::sagemaker_inputs)
        return {says(""), event(R"({"token":{"text":"<s>","special":true},"generated_text":null})"), "\n"};
    if (is_response(service_))
        return {event(R"({"type":"keepalive","sequence_number":7})"), "event: ping\n" + event(R"({"type":"ping"})"),
                "event: keepalive\ndata:\n\n"};
    return {event(R"({"choices":[]})"), choice(R"("delta":{})"), choice(R"("delta":{"role":"assistant","content":""})"),
            "event: keepalive\n" + event("{}"), "data:\n\n"};
}

bool dialect::has_end_mark() const
{
    return service_ != service::sagemaker_inputs && !finishes().empty();
}

std::string dialect::chunk(std::string const& bytes)
{
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

std::string const& dialect::last_chunk()
{
    static std::string const text = "0\r\n\r\n";
    return text;
}

std::string dialect::response(std::vector<std::string> const& written) const
{
    auto out = head();
    for (auto const& text : written)
        if (!text.empty())
            out += chunk(carried(text));
    return out + last_chunk();
}

std::string dialect::begun() const
{
    return head() + chunk(carried(says("Blue")));
}

std::string dialect::whole() const
{
    return response({says("Blue"), says(", says "), says("\xc3\xbc."), ends()});
}

std::string_view dialect::stages::text_at(std::size_t cut) const noexcept
{
    std::string_view out;
    for (auto const& [end, text] : texts)
        if (end <= cut)
            out = text;
    return out;
}

dialect::stages dialect::short_stages(bool in_chunks) const
{
    auto const carry = [this](std::string const& text) {
        return !is_framed(service_) ? text
                                    : test::frame({{":event-type", "PayloadPart"}, {":message-type", "event"}}, text);
    };
    std::vector<std::pair<std::string, std::string>> pieces{{carry(says("[")), "["}, {carry(says("1]")), "[1]"}};
    if (!ends().empty())
        pieces.emplace_back(carry(ends()), "[1]");
    std::size_t size = 0;
    for (auto const& [bytes, text] : pieces)
        size += bytes.size();
    stages out;
    out.bytes = !is_framed(service_) ? "HTTP/1.1 200 OK\r\n"
                                     : "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n";
    out.bytes += (in_chunks ? "transfer-encoding: chunked" : "content-length: " + std::to_string(size)) + "\r\n\r\n";
    out.body = out.bytes.size();
    for (auto const& [bytes, text] : pieces) {
        auto const before = in_chunks ? chunk(bytes).find("\r\n") + 2 : 0;
        out.texts.emplace_back(out.bytes.size() + before + bytes.size(), text);
        out.bytes += in_chunks ? chunk(bytes) : bytes;
    }
    out.terminal = out.texts.back().first;
    if (in_chunks)
        out.bytes += last_chunk();
    if (!has_end_mark())
        out.terminal = out.bytes.size(); // only HTTP ends it
    return out;
}

std::string whole_answer(service s, std::string const& text)
{
    if (s == service::openai_embeddings)
        return R"({"data":[{"index":0,"embedding":[1]}]})";
    if (s == service::openai_create)
        return response_object(text);
    return R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + text +
           R"("},"finish_reason":"stop"}]})";
}

} // namespace faults
