#pragma once

#include <augur/core/result.hpp>
#include <augur/model/chat_event.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/chat_response.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Chat completions in the dialect that OpenAI began and that Azure, vLLM, SGLang, llama.cpp and others speak.
/// JSON to values and back; no I/O, no clock.
///
/// Reading is lenient about what it does not know and strict about what it does: unknown members are kept in
/// `extra`, but a `content` that is a number is `errc::decode_error` with its path and not silence. What was
/// read is written again as the same JSON.
namespace augur::inline AUGUR_ABI::openai_wire {

/// The body of a request that wants one whole answer.
///
/// Errors: `errc::invalid_argument` for a text that is not UTF-8 or a JSON text of the caller's that is none.
result<std::string> write_chat_request(chat_request const& request);
/// The body of a request that wants a stream, with usage at its end unless the request forbids it.
result<std::string> write_chat_stream_request(chat_request const& request);
/// For servers, proxies and recordings.
result<chat_request> parse_chat_request(std::string_view text);

/// The body of an answer with status 200.
///
/// Errors: what the service reports in place of an answer, see `parse_stream_error`; `errc::decode_error`,
/// outcome `complete`, if it is no chat completion.
result<chat_response> parse_chat_response(std::string text);
result<std::string> write_chat_response(chat_response const& response);

/// Reads the events of one stream; keeps its buffers from one to the next.
class chat_event_reader
{
public:
    chat_event_reader();
    chat_event_reader(chat_event_reader&&) noexcept;
    chat_event_reader& operator=(chat_event_reader&&) noexcept;
    ~chat_event_reader();

    /// `data` of one server-sent event that is not the end mark.
    ///
    /// Errors: as parse_chat_response, but outcome `partial`.
    result<chat_event> read(std::string_view data);
    /// The last event repeats one that was read, but for the text of its only choice, and adds nothing else to the
    /// answer.
    bool only_text_is_new() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// `data` says that the stream ends here: "[DONE]".
bool is_end_mark(std::string_view data) noexcept;
result<std::string> write_chat_event(chat_event const& event);

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/chat.ipp>
#endif
