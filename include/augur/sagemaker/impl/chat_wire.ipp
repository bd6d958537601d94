#pragma once

#include <augur/core/error_details.hpp>
#include <augur/model/impl/chat_content.hpp>
#include <augur/openai_wire/wire.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/impl/chat_request_wire.ipp>

#include <array>

namespace augur::inline AUGUR_ABI::sagemaker::wire {

namespace detail {

/// What containers of the form `inputs` call the reasons to end.
inline std::string_view finish_word(std::string_view word) noexcept
{
    if (word == "eos_token" || word == "stop_sequence" || word.empty())
        return "stop";
    return word;
}

/// `{"error": "...", "error_type": "overloaded"}` and its relatives, in the place of a token.
inline std::optional<error> container_error_in(codec::json::value root)
{
    auto const found = root.find("error");
    if (!found || found->is_null())
        return std::nullopt;
    if (found->is_object()) // of the dialect that names its parts
        if (auto known = openai_wire::parse_stream_error(root.raw()))
            return known;
    error_details details;
    details.message = "the model's container reports a failure";
    details.service_message = sanitise(found->as_string().has_value() ? *found->as_string() : found->raw());
    details.provider_code = sanitise(root.find_string("error_type").value_or(std::string_view()), 128);
    return error(make_error_code(errc::model_stream_error), phase::body, outcome::partial, std::move(details));
}

/// What one JSON text of a container says; the same for a line of a stream and for a whole answer.
struct container_text
{
    std::string text;
    std::optional<std::string> generated; ///< the whole answer
    bool announces = false; ///< "generated_text" is there and null
    bool has_token = false;
    std::string finish; ///< our word for the reason; empty: none was given
    std::optional<augur::usage> usage;
};

inline result<container_text> read_container_text(codec::json::value root)
{
    container_text out;
    bool known = false;
    if (auto const token = root.find("token"); token && token->is_object()) {
        auto const text = token->at("text");
        auto const words = text ? text->as_string() : result<std::string_view>(text.error());
        if (!words)
            return words.error();
        auto const special = token->find("special");
        bool const is_special = special && special->as_bool().has_value() && *special->as_bool();
        if (!is_special) // "</s>" and its like are not for the reader
            out.text = *words;
        out.has_token = known = true;
    }
    if (auto const outputs = root.find("outputs"); outputs && !outputs->is_null()) {
        if (outputs->is_array() && outputs->size() > 1)
            return outputs->make_decode_error("more than one answer");
        if (outputs->is_array() && outputs->size() == 0)
            return outputs->make_decode_error("no answer");
        auto const one = outputs->is_array() ? outputs->at(0) : result<codec::json::value>(*outputs);
        auto const words = one->as_string();
        if (!words)
            return words.error();
        out.text += *words;
        known = true;
    }
    if (auto const whole = root.find("generated_text")) {
        known = true;
        if (whole->is_null()) {
            out.announces = true;
        }
        else {
            auto const words = whole->as_string();
            if (!words)
                return words.error();
            out.generated = std::string(*words);
            out.finish = "stop";
        }
    }
    if (auto const details = root.find("details"); details && details->is_object()) {
        if (auto const word = details->find_string("finish_reason"))
            out.finish = finish_word(*word);
        auto const count = details->find("generated_tokens");
        auto const n = count ? count->as_int64() : result<std::int64_t>(error());
        if (n && *n >= 0) {
            out.usage.emplace().output_tokens = *n;
            auto const input = details->find("input_length");
            auto const m = input ? input->as_int64() : result<std::int64_t>(error());
            out.usage->input_tokens = m && *m >= 0 && *m < (std::int64_t{1} << 40) ? *m : 0;
            out.usage->total_tokens = out.usage->input_tokens + std::min(*n, std::int64_t{1} << 40);
        }
    }
    if (!known)
        return root.make_decode_error("neither \"token\" nor \"outputs\" nor \"generated_text\"");
    return out;
}

inline chat_event event_of(container_text from, std::string_view source)
{
    chat_event out;
    auto& to = augur::detail::fields_of::get(out);
    auto& delta = to.choices.emplace_back();
    delta.content = std::move(from.text);
    delta.finish_reason = std::move(from.finish);
    to.usage = std::move(from.usage);
    to.source = source;
    return out;
}

/// A whole chat completion in the place of a stream: the container does not stream.
inline result<chat_event> event_of_whole(std::string_view text)
{
    auto read = openai_wire::parse_chat_response(std::string(text));
    if (!read)
        return error(read.error()).with(outcome::partial);
    chat_event out;
    auto& to = augur::detail::fields_of::get(out);
    to.id = read->id;
    to.model = read->model;
    to.created = read->created;
    to.service_tier = read->service_tier;
    to.system_fingerprint = read->system_fingerprint;
    to.usage = std::move(read->usage);
    to.prompt_filters = std::move(read->prompt_filters);
    to.source = text;
    for (auto& choice : read->choices) {
        auto& delta = to.choices.emplace_back();
        delta.index = choice.index;
        delta.role = choice.message.role();
        delta.content = choice.message.text();
        delta.reasoning = choice.message.reasoning();
        delta.refusal = choice.message.refusal();
        delta.tool_calls = choice.message.tool_calls();
        for (std::size_t i = 0; i < delta.tool_calls.size(); ++i)
            delta.tool_calls[i].index = static_cast<std::int64_t>(i);
        delta.finish_reason = choice.finish_reason;
        delta.log_probabilities = std::move(choice.log_probabilities);
        delta.filters = std::move(choice.filters);
    }
    return out;
}

} // namespace detail

AUGUR_INLINE result<chat_response> parse_chat(std::string body, chat_form form)
{
    if (form != chat_form::inputs)
        return openai_wire::parse_chat_response(std::move(body));
    auto const read = codec::json::parse(body);
    if (!read)
        return read.error();
    auto root = read->root();
    if (root.is_array() && root.size() == 1)
        root = *root.at(0);
    if (auto failure = detail::container_error_in(root))
        return failure->with(outcome::complete);
    auto said = detail::read_container_text(root);
    if (!said)
        return said.error();
    chat_response out;
    auto& choice = out.choices.emplace_back();
    auto& message = augur::detail::fields_of::get(choice.message);
    message.content = said->generated ? std::move(*said->generated) : std::move(said->text);
    message.has_content = true;
    choice.finish_reason = said->finish.empty() ? "stop" : said->finish;
    out.usage = std::move(said->usage);
    out.source = std::move(body);
    return out;
}

struct chat_decoder::readers
{
    openai_wire::chat_event_reader events;
    codec::json::reader json;
};

AUGUR_INLINE chat_decoder::chat_decoder(chat_form form, std::string_view content_type, std::int64_t choices,
                                        std::size_t max_event_size)
    : form_(form), events_(max_event_size), lines_(max_event_size), readers_(std::make_unique<readers>()), all_(choices)
{
    auto const bare = content_type.substr(0, content_type.find_first_of("; "));
    if (equal_ignoring_case(bare, "text/event-stream"))
        framing_ = framing::events;
    for (auto const lines : {"application/jsonlines", "application/x-jsonlines", "application/jsonl",
                             "application/x-ndjson", "application/ndjson", "application/json"})
        if (equal_ignoring_case(bare, lines))
            framing_ = framing::lines;
}

AUGUR_INLINE chat_decoder::chat_decoder(chat_decoder&&) noexcept = default;
AUGUR_INLINE chat_decoder& chat_decoder::operator=(chat_decoder&&) noexcept = default;
AUGUR_INLINE chat_decoder::~chat_decoder() = default;

AUGUR_INLINE void chat_decoder::feed(std::string_view bytes)
{
    if (ended_ || failure_)
        return;
    if (framing_ == framing::unknown) {
        auto const first = bytes.find_first_not_of(" \t\r\n");
        if (first == bytes.npos)
            return;
        bytes.remove_prefix(first);
        framing_ = bytes.front() == '{' || bytes.front() == '[' ? framing::lines : framing::events;
    }
    if (framing_ == framing::events)
        events_.feed(bytes);
    else
        lines_.feed(bytes);
}

AUGUR_INLINE void chat_decoder::finish() noexcept
{
    finished_ = true;
    events_.finish();
    lines_.finish();
}

AUGUR_INLINE result<std::optional<std::string_view>> chat_decoder::next_text()
{
    if (framing_ == framing::lines)
        return lines_.next();
    auto event = events_.next();
    while (event && *event && (*event)->data.empty()) // a keep-alive
        event = events_.next();
    if (!event)
        return event.error();
    if (!*event)
        return std::optional<std::string_view>();
    return std::optional<std::string_view>((*event)->data);
}

AUGUR_INLINE result<chat_event> chat_decoder::read(std::string_view text)
{
    if (form_ != chat_form::inputs && framing_ == framing::events)
        return readers_->events.read(text);
    auto const document = readers_->json.read(text);
    if (!document)
        return error(document.error()).with(outcome::partial);
    auto root = document->root();
    if (form_ != chat_form::inputs) {
        if (root.find_string("object") == "chat.completion")
            return detail::event_of_whole(text);
        return readers_->events.read(text);
    }
    if (root.is_array() && root.size() == 1)
        root = *root.at(0);
    if (auto failure = detail::container_error_in(root))
        return std::move(*failure);
    auto said = detail::read_container_text(root);
    if (!said)
        return error(said.error()).with(outcome::partial);
    announced_ = announced_ || said->announces;
    if (said->generated) {
        generated_ = true;
        if (response().text().empty() && !said->has_token)
            said->text = std::move(*said->generated); // nothing came in pieces
    }
    return detail::event_of(std::move(*said), text);
}

AUGUR_INLINE result<std::optional<chat_event>> chat_decoder::at_end(bool is_cut)
{
    // Where nothing in an answer tells its end, the end of the output does, if it is behind a whole event.
    bool const is_whole = form_ != chat_form::inputs ? all_.complete()
                                                     : some_ && (generated_ || (!announced_ && !is_cut));
    if (is_whole)
        return std::optional<chat_event>();
    return failure_.emplace(make_error(augur::errc::truncated, phase::body, outcome::partial,
                                       some_ ? "the model's output ended before its answer was complete"
                                             : "the model's output ended before its answer began"));
}

AUGUR_INLINE result<std::optional<chat_event>> chat_decoder::next()
{
    if (failure_)
        return *failure_;
    if (ended_)
        return at_end();
    auto const text = next_text();
    // The output was whole, so an event without its blank line takes nothing from an answer that is complete.
    if (!text && text.error() == augur::errc::truncated)
        return at_end(true);
    if (!text)
        return failure_.emplace(text.error());
    if (!*text)
        return finished_ ? at_end() : std::optional<chat_event>();
    if (openai_wire::is_end_mark(**text)) {
        ended_ = true;
        return at_end();
    }
    auto event = read(**text);
    if (!event)
        return failure_.emplace(event.error());
    if (auto const added = all_.add(*event); !added)
        return failure_.emplace(added.error());
    some_ = true;
    has_content_ = augur::detail::has_content(*event);
    return std::optional(std::move(*event));
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire
