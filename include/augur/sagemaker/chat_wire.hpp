#pragma once

#include <augur/codec/ndjson.hpp>
#include <augur/codec/sse.hpp>
#include <augur/model/chat_accumulator.hpp>
#include <augur/model/chat_request.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::sagemaker {

/// What a model's container wants to be asked, and how it answers.
enum class chat_form : std::uint8_t
{
    messages, ///< chat completions as OpenAI wrote them down: vLLM, LMI, TGI since 2.0
    inputs, ///< `{"inputs": text, "parameters": {...}}`: tokens, outputs or a generated_text come back
    openai, ///< the messages over the endpoint's OpenAI-compatible path, which takes bearer tokens and no signatures
};

/// The text for a model that knows no messages, with the marks of its chat template.
using prompt_function = std::function<result<std::string>(std::vector<message> const& messages)>;

namespace wire {

/// The body of a request. `prompt` is used for `inputs`; empty: the words of one user message, those of system
/// messages in front of it.
///
/// Errors: `errc::unsupported` for what the form cannot express: for `inputs` conversations without a `prompt`,
/// tools, formats, pictures; always further headers, which the service does not pass on.
result<std::string> write_chat(chat_request const& request, chat_form form, bool stream, prompt_function const& prompt);

/// The body of a whole answer. Errors: `errc::decode_error`, outcome `complete`.
result<chat_response> parse_chat(std::string body, chat_form form);

/// The bytes that a container writes while it answers, SSE or lines of JSON, to events. Which of both it is says its
/// content type; if that says neither, the first byte does.
///
/// `codec::stream_decoder` says how to use it. An answer in `messages` is complete when each choice has its finish
/// reason, one in `inputs` when the container has ended its output, and, if it has announced a `generated_text`,
/// that came. Errors: `errc::truncated`; `errc::decode_error`; what the container reports.
class chat_decoder
{
public:
    explicit chat_decoder(chat_form form = chat_form::messages, std::string_view content_type = {},
                          std::int64_t choices = 1, std::size_t max_event_size = codec::sse::default_max_event_size);
    chat_decoder(chat_decoder&&) noexcept;
    chat_decoder& operator=(chat_decoder&&) noexcept;
    ~chat_decoder();

    void feed(std::string_view bytes);
    void finish() noexcept;
    result<std::optional<chat_event>> next();
    bool ended() const noexcept { return ended_; }
    /// The last event added to the answer. False: it was no more than a sign of life.
    bool last_has_content() const noexcept { return has_content_; }
    chat_response const& response() const noexcept { return all_.response(); }

private:
    struct readers;
    enum class framing : std::uint8_t
    {
        unknown,
        events,
        lines,
    };

    result<std::optional<std::string_view>> next_text();
    result<chat_event> read(std::string_view text);
    result<std::optional<chat_event>> at_end(bool is_cut = false);

    chat_form form_;
    framing framing_ = framing::unknown;
    codec::sse::decoder events_;
    codec::ndjson::decoder lines_;
    std::unique_ptr<readers> readers_;
    chat_accumulator all_;
    std::optional<error> failure_;
    bool some_ = false;      ///< an event came
    bool has_content_ = false;
    bool announced_ = false; ///< a `generated_text` that is null: another will not be
    bool generated_ = false; ///< the `generated_text`
    bool ended_ = false;
    bool finished_ = false;
};

} // namespace wire

} // namespace augur::inline AUGUR_ABI::sagemaker

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/chat_wire.ipp>
#endif
