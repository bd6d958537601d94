#include "faults/streams.hpp"
#include "unit/sagemaker/stream_support.hpp"

#include <cstdio>

namespace faults {

namespace {

std::string choice(std::string const& members)
{
    return R"(data: {"choices":[{"index":0,)" + members + "}]}\n\n";
}

} // namespace

std::string dialect::head() const
{
    if (service_ == service::openai_stream)
        return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    return "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
           "x-amzn-sagemaker-content-type: text/event-stream\r\nx-amzn-requestid: 6f5e\r\n"
           "transfer-encoding: chunked\r\n\r\n";
}

std::string dialect::carried(std::string const& written) const
{
    return service_ == service::openai_stream ? written : test::part(written);
}

std::string dialect::says(std::string const& text) const
{
    switch (service_) {
    case service::sagemaker_parts: return text;
    case service::sagemaker_lines: return text + "\n";
    case service::sagemaker_events: return "data: " + text + "\n\n";
    default: return choice(R"("delta":{"content":")" + text + "\"}");
    }
}

std::string dialect::finishes() const
{
    return is_chat(service_) ? choice(R"("delta":{},"finish_reason":"stop")") : std::string();
}

std::string dialect::ends() const
{
    return is_chat(service_) ? finishes() + "data: [DONE]\n\n" : std::string();
}

std::string dialect::ping() const
{
    switch (service_) {
    case service::openai_stream: return ": ping\n\n";
    case service::sagemaker_parts: return test::part("");
    case service::sagemaker_lines: return test::part("\n");
    default: return test::part("event: ping\n\n: ping\n\n") + test::part("");
    }
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
        return service_ == service::openai_stream
                   ? text
                   : test::frame({{":event-type", "PayloadPart"}, {":message-type", "event"}}, text);
    };
    std::vector<std::pair<std::string, std::string>> pieces{{carry(says("[")), "["}, {carry(says("1]")), "[1]"}};
    if (is_chat(service_))
        pieces.emplace_back(carry(ends()), "[1]");
    std::size_t size = 0;
    for (auto const& [bytes, text] : pieces)
        size += bytes.size();
    stages out;
    out.bytes = service_ == service::openai_stream
                    ? "HTTP/1.1 200 OK\r\n"
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
    if (!is_chat(service_))
        out.terminal = out.bytes.size(); // only HTTP ends it
    return out;
}

} // namespace faults
