// What does it cost to turn the bytes of a chat completion stream into text deltas?
//
// 50 MB of chunks as OpenAI-shaped services send them, about 206 bytes each, come in pieces of 16 KB. The floor cuts
// the bytes into lines with memchr and looks one field of each up with simdjson on-demand; it knows neither CR nor
// fields nor several lines of data. The peer finds blank lines and parses each event into a tree.
//
// augur/chat_delta is what clients read chat completions with: events that own all they tell, and the
// answer put together. augur/kept_events is the same when nobody lets an event go, augur/client the whole of
// `azure_openai::client::stream`, its coroutines included, with a transport that has the bytes already.
// augur/chunk_reader is the small reader for those who have no client, whose deltas are views.
#include <simdjson.h> // before the harness defines what the intrinsics' headers declare

#define BENCH_COUNT_ALLOCATIONS
#include "support/bench.hpp"

#include <augur/azure_openai/client.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/codec/sse.hpp>
#include <augur/net/transport.hpp>
#include <augur/openai_wire/chat_chunk.hpp>
#include <augur/openai_wire/stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t piece_size = 16 * 1024;

/// `padded`: with the random "obfuscation" that OpenAI adds, so that no chunk is like the one before.
std::string make_stream(std::size_t size, bool padded)
{
    std::string_view const words[] = {" the", " of",     " and",   "-like", " r\xC3\xA9sum\xC3\xA9", " \\\"quoted\\\"",
                                      ",",    " answer", "\\n\\n", " sky"};
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i) {
        out += "data: "
               "{\"id\":\"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012\",\"object\":\"chat.completion.chunk\",\"created\":"
               "1767225600,"
               "\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
        out += words[i * 7 % std::size(words)];
        out += "\"},\"finish_reason\":null}]";
        if (padded)
            out.append(",\"obfuscation\":\"").append(std::to_string(i * 7919)).append("\"");
        out += "}\n\n";
    }
    return out + "data: [DONE]\n\n";
}

/// Every way of reading the stream must agree on this.
struct totals
{
    std::size_t events = 0;
    std::size_t bytes = 0; ///< of the unescaped text
    std::size_t finished = 0;
    friend bool operator==(totals const&, totals const&) = default;
};

template <class Take>
void in_pieces(std::string_view stream, Take take)
{
    for (; !stream.empty(); stream.remove_prefix(std::min(piece_size, stream.size())))
        take(stream.substr(0, piece_size));
}

/// Framing and one lookup, and nothing else.
class floor_reader
{
public:
    totals operator()(std::string_view stream)
    {
        totals t;
        rest_.clear();
        in_pieces(stream, [&](std::string_view piece) {
            while (!piece.empty()) {
                auto const* const end = static_cast<char const*>(std::memchr(piece.data(), '\n', piece.size()));
                if (!end) {
                    rest_.append(piece);
                    break;
                }
                std::string_view line = piece.substr(0, static_cast<std::size_t>(end - piece.data()));
                piece.remove_prefix(line.size() + 1);
                if (rest_.empty())
                    take(line, t);
                else {
                    take(rest_.append(line), t);
                    rest_.clear();
                }
            }
        });
        return t;
    }

private:
    void take(std::string_view line, totals& t)
    {
        if (!line.starts_with("data: {"))
            return;
        line.remove_prefix(6);
        std::memcpy(padded_, line.data(), line.size());
        auto document = parser_.iterate(padded_, line.size(), sizeof padded_);
        std::string_view content = document["choices"].at(0)["delta"]["content"].get_string();
        ++t.events;
        t.bytes += content.size();
    }

    simdjson::ondemand::parser parser_;
    std::string rest_;
    char padded_[4096] = {};
};

/// The stream does not end here, so that both can be used again.
totals chunk_reader(augur::codec::sse::decoder& events, augur::openai_wire::chat_chunk_reader& chunks,
                    std::string_view stream)
{
    totals t;
    in_pieces(stream, [&](std::string_view piece) {
        events.feed(piece);
        for (;;) {
            auto const event = events.next();
            if (!event)
                std::abort();
            if (!*event)
                break;
            auto const chunk = chunks.read((*event)->data);
            if (!chunk)
                std::abort();
            t.events += chunk->is_end ? 0 : 1;
            for (auto const& delta : chunk->deltas) {
                t.bytes += delta.content.size();
                t.finished += delta.finish_reason.empty() ? 0 : 1;
            }
        }
    });
    return t;
}

/// What stands behind the stream of a client.
totals event_reader(std::string_view stream, std::vector<augur::chat_event>* kept = nullptr)
{
    totals t;
    augur::openai_wire::chat_stream_decoder decoder;
    in_pieces(stream, [&](std::string_view piece) {
        decoder.feed(piece);
        for (;;) {
            auto event = decoder.next();
            if (!event || !*event) // the last answer is an error: this stream has no finish reason
                break;
            ++t.events;
            t.bytes += (*event)->text().value_or("").size();
            if (kept)
                kept->push_back(std::move(**event));
        }
    });
    return t;
}

/// Has the bytes already.
class ready_body final : public augur::net::body_stream
{
public:
    explicit ready_body(std::string_view stream) : rest_(stream) {}
    augur::net::task<augur::result<std::string_view>> read(augur::net::operation&,
                                                           augur::phase_limits::duration) override
    {
        auto const piece = rest_.substr(0, piece_size);
        rest_.remove_prefix(piece.size());
        co_return piece;
    }

private:
    std::string_view rest_;
};

class ready_transport final : public augur::net::transport
{
public:
    explicit ready_transport(std::string_view stream) : stream_(stream) {}
    augur::net::task<augur::result<augur::net::opened_response>> open(augur::net::operation&,
                                                                      augur::net::exchange&) override
    {
        augur::net::opened_response out;
        out.status = 200;
        static_cast<void>(out.fields.add("content-type", "text/event-stream"));
        out.content = std::make_unique<ready_body>(stream_);
        co_return out;
    }

private:
    std::string_view stream_;
};

/// A client and everything below it but the network.
class whole_client
{
public:
    explicit whole_client(std::string_view stream)
    {
        augur::azure_openai::client_config config{.deployment = "m"};
        config.client.transport = std::make_shared<ready_transport>(stream);
        config.client.auth = augur::call::no_authentication();
        client_.emplace(context_.get_executor(), "http://localhost:8000/v1", config);
    }
    /// Nanoseconds per event, from the first bytes to the last.
    double operator()(totals& t)
    {
        double spent = 0;
        context_.restart();
        boost::asio::co_spawn(context_, read(*client_, t, spent), boost::asio::detached);
        context_.run();
        return spent / static_cast<double>(t.events);
    }

private:
    static boost::asio::awaitable<void> read(augur::azure_openai::client client, totals& t, double& spent)
    {
        auto opened = co_await client.stream(augur::chat_request().user("Why is the sky blue?"));
        if (!opened)
            co_return;
        auto stream = std::move(*opened);
        double const start = bench::thread_cpu_ns();
        for (;;) {
            auto const event = co_await stream.next();
            if (!event || !*event)
                break;
            ++t.events;
            t.bytes += (*event)->text().value_or("").size();
        }
        spent = bench::thread_cpu_ns() - start;
    }

    boost::asio::io_context context_{1};
    std::optional<augur::azure_openai::client> client_;
};

totals nlohmann_reader(std::string_view stream)
{
    totals t;
    std::string rest;
    in_pieces(stream, [&](std::string_view piece) {
        rest.append(piece);
        std::size_t from = 0;
        for (;;) {
            auto const end = rest.find("\n\n", from);
            if (end == rest.npos)
                break;
            auto const data = std::string_view(rest).substr(from + 6, end - from - 6);
            from = end + 2;
            if (data == "[DONE]")
                continue;
            auto const parsed = nlohmann::json::parse(data);
            auto const& choice = parsed.at("choices").at(0);
            ++t.events;
            t.bytes += choice.at("delta").at("content").get_ref<std::string const&>().size();
            t.finished += choice.at("finish_reason").is_null() ? 0 : 1;
        }
        rest.erase(0, from);
    });
    return t;
}

} // namespace

int main(int argc, char** argv)
{
    bench::program program("sse", argc, argv);
    auto const stream = make_stream(std::size_t{50} << 20, false);
    auto const padded = make_stream(std::size_t{10} << 20, true);
    auto const small = std::string_view(stream).substr(0, std::size_t{2} << 20); // for the slow peer, whole events
    auto const few = small.substr(0, small.rfind("\n\n") + 2);
    floor_reader bare;
    augur::codec::sse::decoder events;
    augur::openai_wire::chat_chunk_reader chunks;
    whole_client client(stream);
    totals of_client;
    client(of_client);
    auto const expected = nlohmann_reader(stream);
    if (chunk_reader(events, chunks, stream) != expected || bare(stream) != expected ||
        event_reader(stream) != expected || of_client != expected) {
        std::fprintf(stderr, "the readers disagree about the stream\n");
        return 1;
    }
    std::printf("sse: %zu events of %.0f bytes\n", expected.events,
                static_cast<double>(stream.size()) / static_cast<double>(expected.events));

    // One round reads the whole stream once: what is asked of a case is the time of an event.
    auto const per_event = [](auto read, std::string_view text) {
        return [read, text] {
            double const start = bench::thread_cpu_ns();
            auto const t = read(text);
            bench::keep(t);
            return (bench::thread_cpu_ns() - start) / static_cast<double>(t.events);
        };
    };
    auto const read_events = [](std::string_view text) { return event_reader(text); };
    auto const read_chunks = [&](std::string_view text) { return chunk_reader(events, chunks, text); };
    auto const bare_read = [&](std::string_view text) { return bare(text); };
    program.add_measured("floor/framing_and_lookup", "ns_per_event", per_event(bare_read, stream));
    program.add_measured("augur/chat_delta", "ns_per_event", per_event(read_events, stream))
        .floor("floor/framing_and_lookup")
        .at_most(1.5);
    program.add_measured("augur/chunk_reader", "ns_per_event", per_event(read_chunks, stream))
        .floor("floor/framing_and_lookup")
        .at_most(1.5);
    program
        .add_measured("augur/client", "ns_per_event",
                      [&] {
                          totals t;
                          return client(t);
                      })
        .floor("floor/framing_and_lookup")
        .at_most(3.5);
    program
        .add_measured("augur/kept_events", "ns_per_event",
                      per_event(
                          [](std::string_view text) {
                              std::vector<augur::chat_event> kept;
                              return event_reader(text, &kept);
                          },
                          few))
        .floor("floor/framing_and_lookup");
    program.add_measured("floor/obfuscated", "ns_per_event", per_event(bare_read, padded));
    program.add_measured("augur/obfuscated", "ns_per_event", per_event(read_events, padded))
        .floor("floor/obfuscated")
        .at_most(2);
    program.add_measured("peer/nlohmann", "ns_per_event",
                         per_event([](std::string_view text) { return nlohmann_reader(text); }, few));
    program.add_measured("augur/chat_delta_to_nlohmann", "ns_per_event", per_event(read_events, stream))
        .floor("peer/nlohmann")
        .at_most(0.1);
    auto const allocations = [&](auto read) {
        return [read, &stream] {
            auto const before = bench::allocations.load();
            auto const t = read(std::string_view(stream));
            return static_cast<double>(bench::allocations.load() - before) / static_cast<double>(t.events);
        };
    };
    program.add_measured("augur/allocations", "allocations_per_event", allocations(read_events)).value_at_most(0.01);
    program.add_measured("augur/chunk_allocations", "allocations_per_event", allocations(read_chunks))
        .value_at_most(0.01);
    return program.run();
}
