#pragma once

#include <augur/core/error_details.hpp>
#include <augur/openai_wire/impl/object_text.hpp>
#include <augur/openai_wire/impl/response_members.hpp>
#include <augur/openai_wire/responses.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

AUGUR_INLINE result<std::string> write_response_request(response_request const& request, bool stream)
{
    if (!stream)
        return detail::write_text(request);
    auto streamed = request;
    detail::fields(streamed).stream = true;
    return detail::write_text(streamed);
}

AUGUR_INLINE result<response_request> parse_response_request(std::string_view text)
{
    return detail::read_text<response_request>(text, "a request for a response");
}

AUGUR_INLINE result<response> parse_response(std::string text)
{
    // A failed response has an error, too, but also an id.
    auto const document = codec::json::parse(text);
    if (!document)
        return document.error();
    auto const root = document->root();
    if (auto fault = detail::stream_error_in(root); fault && !root.find("id"))
        return std::move(fault->with(outcome::complete).at(phase::decode));
    if (auto const id = root.at("id"); root.is_object() && !id)
        return id.error();
    auto out = detail::read_object<response>(root, "a response");
    if (out)
        out->source = std::move(text);
    return out;
}

AUGUR_INLINE result<std::string> write_response(response const& value)
{
    return detail::write_text(value);
}

AUGUR_INLINE result<item_list> parse_item_list(std::string_view text)
{
    return detail::read_answer<item_list>(text, "a list of items", "data");
}

AUGUR_INLINE result<std::string> write_item_list(item_list const& list)
{
    return detail::write_text(list);
}

AUGUR_INLINE result<input_token_count> parse_input_tokens(std::string_view text)
{
    return detail::read_answer<input_token_count>(text, "a count of tokens", "input_tokens");
}

AUGUR_INLINE result<std::string> write_input_tokens(input_token_count const& count)
{
    return detail::write_text(count);
}

struct response_event_reader::state
{
    codec::json::reader reader;
};

AUGUR_INLINE response_event_reader::response_event_reader() : state_(std::make_unique<state>()) {}
AUGUR_INLINE response_event_reader::response_event_reader(response_event_reader&&) noexcept = default;
AUGUR_INLINE response_event_reader& response_event_reader::operator=(response_event_reader&&) noexcept = default;
AUGUR_INLINE response_event_reader::~response_event_reader() = default;

AUGUR_INLINE result<response_event> response_event_reader::read(std::string_view data)
{
    auto const document = state_->reader.read(data);
    if (!document)
        return error(document.error()).with(outcome::partial);
    auto const root = document->root();
    if (!root.find("type"))
        if (auto fault = detail::stream_error_in(root))
            return std::move(*fault);
    auto out = detail::read_object<response_event>(root, "an event");
    if (!out)
        return error(out.error()).with(outcome::partial);
    out->source = data;
    return out;
}

AUGUR_INLINE result<std::string> write_response_event(response_event const& event)
{
    return detail::write_text(event);
}

namespace detail {

/// The word of chat completions for how a response ended; empty while it has not.
inline std::string finish_reason_of(response const& r)
{
    if (r.status == "completed")
        return r.tool_calls().empty() ? "stop" : "tool_calls";
    if (r.status != "incomplete")
        return r.ended() ? r.status : std::string();
    return r.incomplete_reason == "max_output_tokens" ? "length" : r.incomplete_reason;
}

inline chat_delta delta_of(response_event const& e)
{
    chat_delta out;
    auto const add_call = [&](bool custom) -> tool_call& {
        auto& call = out.tool_calls.emplace_back();
        call.index = e.output_index;
        call.custom = custom;
        return call;
    };
    switch (e.kind) {
    case event_kind::output_text_delta:
        out.content = e.delta;
        out.log_probabilities = e.log_probabilities;
        break;
    case event_kind::refusal_delta: out.refusal = e.delta; break;
    case event_kind::reasoning_text_delta:
    case event_kind::reasoning_summary_text_delta: out.reasoning = e.delta; break;
    case event_kind::function_call_arguments_delta: add_call(false).arguments = e.delta; break;
    case event_kind::custom_tool_call_input_delta: add_call(true).arguments = e.delta; break;
    case event_kind::output_item_added:
        if (e.item && (e.item->type == "function_call" || e.item->type == "custom_tool_call")) {
            auto& call = add_call(e.item->type == "custom_tool_call");
            call.id = e.item->call_id;
            call.name = e.item->name;
        }
        break;
    case event_kind::completed:
    case event_kind::incomplete:
        if (e.response)
            out.finish_reason = finish_reason_of(*e.response);
        break;
    default: break;
    }
    return out;
}

} // namespace detail

AUGUR_INLINE chat_event to_chat_event(response_event const& event)
{
    chat_event out;
    auto& to = augur::detail::fields_of::get(out);
    if (event.response) {
        to.id = event.response->id;
        to.model = event.response->model;
        to.created = event.response->created_at;
        to.service_tier = event.response->service_tier;
        to.usage = event.response->usage;
    }
    auto delta = detail::delta_of(event);
    if (delta != chat_delta())
        to.choices.push_back(std::move(delta));
    to.source = event.source;
    return out;
}

AUGUR_INLINE chat_response to_chat_response(response const& value)
{
    chat_response out;
    out.id = value.id;
    out.model = value.model;
    out.created = value.created_at;
    out.service_tier = value.service_tier;
    out.usage = value.usage;
    out.source = value.source;
    out.meta = value.meta;
    auto& choice = out.choices.emplace_back();
    auto& said = augur::detail::fields_of::get(choice.message);
    said.content = value.text();
    said.has_content = !said.content.empty();
    said.refusal = value.refusal();
    said.reasoning = value.reasoning();
    said.tool_calls = value.tool_calls();
    choice.finish_reason = detail::finish_reason_of(value);
    for (auto const& item : value.output)
        for (auto const& part : item.content)
            choice.log_probabilities.insert(choice.log_probabilities.end(), part.log_probabilities.begin(),
                                            part.log_probabilities.end());
    return out;
}

AUGUR_INLINE result<bool> response_accumulator::add(response_event const& event)
{
    if (auto failure = event.failure())
        return std::move(*failure);
    // Gateways that end a stream of somebody else's count their own event from 0: an end is no repetition.
    bool const is_later = !event.sequence_number || !last_ || *event.sequence_number > *last_;
    bool const is_of_another = event.is_terminal() && !final_ && event.sequence_number != last_;
    if (!is_later && !is_of_another)
        return false;
    if (is_later && event.sequence_number)
        last_ = event.sequence_number;
    if (event.response && !event.response->id.empty())
        id_ = event.response->id; // deltas do not name the response
    if (event.kind == event_kind::output_text_delta) {
        if (event.delta.size() > room_)
            return make_error(augur::errc::body_limit, phase::body, outcome::partial,
                              "the stream holds more text than one answer may have");
        room_ -= event.delta.size();
        text_ += event.delta;
    }
    if (event.is_terminal() && event.response)
        final_ = event.response;
    return true;
}

AUGUR_INLINE result<response> response_accumulator::finish() &&
{
    if (final_)
        return std::move(*final_);
    error_details details;
    details.message = "the stream ended before the response did, " + std::to_string(text_.size()) +
                      " bytes of text had come";
    if (!id_.empty())
        details.attributes.emplace_back("response_id", sanitise(id_, 128));
    if (last_)
        details.attributes.emplace_back("sequence_number", std::to_string(*last_));
    return error(make_error_code(augur::errc::truncated), phase::body, outcome::partial, std::move(details));
}

} // namespace augur::inline AUGUR_ABI::openai_wire
