// Any text to the readers of the OpenAI dialect. What is read must be written again as the same value, and that
// again as the same text; errors must be bounded, printable and agree with what they are about.

#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/core/error_details.hpp>
#include <augur/model/chat_accumulator.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/models.hpp>
#include <augur/openai_wire/responses.hpp>
#include <augur/openai_wire/wire.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using namespace augur;

void check_error(error const& e)
{
    require(e.outcome() != outcome::not_sent);
    require(e.details().attributes.size() <= 24);
    auto const line = e.to_string();
    require(line.size() <= 16 * 1024);
    for (char const c : line)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

/// Returns the value, so that more can be asked of it.
template <class Read, class Write>
auto check_round_trip(std::string_view text, Read read, Write write)
{
    auto value = read(text);
    if (!value) {
        check_error(value.error());
        return value;
    }
    auto const written = write(*value);
    require(written.has_value());
    auto const again = read(*written);
    require(again.has_value() && write(*again).value() == *written);
    return value;
}

/// Vectors are read where they stand. A byte order mark makes the whole text go through the tree of JSON, which must
/// come to the same.
void check_embeddings(std::string_view text)
{
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    auto const quick = openai_wire::parse_embedding_response(text);
    if (!quick)
        check_error(quick.error());
    if (text.starts_with(mark))
        return;
    auto const patient = openai_wire::parse_embedding_response(std::string(mark).append(text));
    require(quick.has_value() == patient.has_value());
    if (!quick)
        return;
    require(quick->embeddings.size() == patient->embeddings.size() && quick->model == patient->model &&
            quick->extra == patient->extra);
    for (std::size_t i = 0; i < quick->embeddings.size(); ++i) {
        auto const& a = quick->embeddings[i];
        auto const& b = patient->embeddings[i];
        // By their bits: NaN is not equal to itself.
        require(
            a.index == b.index && a.values.size() == b.values.size() &&
            (a.values.empty() || std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)) == 0));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    check_round_trip(text, openai_wire::parse_chat_request, openai_wire::write_chat_request);
    auto const parse_response = [](std::string_view t) { return openai_wire::parse_chat_response(std::string(t)); };
    if (auto const response = check_round_trip(text, parse_response, openai_wire::write_chat_response)) {
        require(response->raw() == text && response->choices.size() <= 128);
        require(response->text().size() <= size);
    }

    static openai_wire::chat_event_reader reader;
    auto const read_event = [](std::string_view t) { return reader.read(t); };
    if (auto const event = check_round_trip(text, read_event, openai_wire::write_chat_event)) {
        chat_accumulator all(1, 64);
        for (int i = 0; i < 3; ++i)
            (void)all.add(*event);
        require(all.response().text().size() <= 64);
        bool const complete = all.complete();
        require(std::move(all).finish().has_value() == complete);
    }
    else
        require(event.error().outcome() == outcome::partial);

    check_round_trip(text, openai_wire::parse_embedding_request, openai_wire::write_embedding_request);
    check_round_trip(text, openai_wire::parse_model_list, openai_wire::write_model_list);
    check_round_trip(text, openai_wire::parse_item_list, openai_wire::write_item_list);
    // Any bits are a float in base64, but NaN is not equal to itself and no number: it is only read.
    check_embeddings(text);

    auto const write_request = [](openai_wire::response_request const& r) {
        return openai_wire::write_response_request(r);
    };
    check_round_trip(text, openai_wire::parse_response_request, write_request);
    auto const parse_whole = [](std::string_view t) { return openai_wire::parse_response(std::string(t)); };
    check_round_trip(text, parse_whole, openai_wire::write_response);
    static openai_wire::response_event_reader events;
    auto const read_response_event = [](std::string_view t) { return events.read(t); };
    if (auto const event = check_round_trip(text, read_response_event, openai_wire::write_response_event)) {
        openai_wire::response_accumulator all(64);
        auto const first = all.add(*event);
        if (first && event->sequence_number)
            require(!*all.add(*event));
        require(all.text().size() <= 64);
        if (auto const failure = event->failure())
            check_error(*failure);
        require(openai_wire::to_chat_event(*event).choices().size() <= 1);
    }
    else
        require(event.error().outcome() == outcome::partial);

    static constexpr int statuses[] = {200, 302, 400, 401, 404, 408, 429, 500, 503};
    http_response response;
    response.status = statuses[size % std::size(statuses)];
    response.content = text;
    auto const failed = openai_wire::parse_error(response, wall_time(std::chrono::seconds(1'800'000'000)));
    check_error(failed);
    require(failed.http_status() == response.status);
    if (auto const fault = openai_wire::parse_stream_error(text)) {
        check_error(*fault);
        require(fault->outcome() == outcome::partial && !parse_response(text).has_value());
    }
    (void)openai_wire::parse_reset_time(text);
    (void)openai_wire::is_end_mark(text);
    return 0;
}
