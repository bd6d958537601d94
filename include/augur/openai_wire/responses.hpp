#pragma once

#include <augur/core/result.hpp>
#include <augur/model/chat_event.hpp>
#include <augur/openai_wire/response_event.hpp>
#include <augur/openai_wire/response_request.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The Responses API. JSON to values and back; no I/O, no clock. As lenient and as strict as chat.hpp.
namespace augur::inline AUGUR_ABI::openai_wire {

result<std::string> write_response_request(response_request const& request, bool stream = false);
result<response_request> parse_response_request(std::string_view text);

/// The body of an answer with status 200 to create, get or cancel. A failed or unfinished response is a value.
result<response> parse_response(std::string text);
result<std::string> write_response(response const& value);
/// Input items.
result<item_list> parse_item_list(std::string_view text);
result<std::string> write_item_list(item_list const& list);
result<input_token_count> parse_input_tokens(std::string_view text);
result<std::string> write_input_tokens(input_token_count const& count);

/// Reads the events of one stream; keeps its buffers from one to the next.
class response_event_reader
{
public:
    response_event_reader();
    response_event_reader(response_event_reader&&) noexcept;
    response_event_reader& operator=(response_event_reader&&) noexcept;
    ~response_event_reader();

    /// `data` of one server-sent event that is not the end mark. Events of type "error" and failed responses are
    /// values; ask their `failure()`.
    ///
    /// Errors: outcome `partial`: `errc::decode_error`, or the error of an event that is one but has no type.
    result<response_event> read(std::string_view data);

private:
    struct state;
    std::unique_ptr<state> state_;
};
result<std::string> write_response_event(response_event const& event);

/// What an event of this API says in the neutral vocabulary, so that one loop reads both; without deltas if it has
/// no counterpart. Calls have their place in the output as `index`.
chat_event to_chat_event(response_event const& event);
chat_response to_chat_response(response const& value);

/// Follows one streamed response to its end, also across a break that is mended with `starting_after`: events that
/// were seen already are passed over.
class response_accumulator
{
public:
    static constexpr std::size_t default_max_size = 64 * 1024 * 1024;
    explicit response_accumulator(std::size_t max_size = default_max_size) noexcept : room_(max_size) {}

    /// False if the event was seen already.
    ///
    /// Errors, outcome `partial`: that of a failed response or an error event; `errc::body_limit`.
    result<bool> add(response_event const& event);

    std::string const& id() const noexcept { return id_; }
    /// What to resume after.
    std::optional<std::int64_t> last_sequence_number() const noexcept { return last_; }
    std::string const& text() const noexcept { return text_; } ///< what has come so far
    bool complete() const noexcept { return final_.has_value(); }
    /// The response of the event that ended it, completed or incomplete; `errc::truncated`, outcome `partial`, with the
    /// attributes "response_id" and "sequence_number", if there was none.
    result<response> finish() &&;

private:
    std::string id_, text_;
    std::optional<std::int64_t> last_;
    std::optional<response> final_;
    std::size_t room_;
};

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/responses.ipp>
#endif
