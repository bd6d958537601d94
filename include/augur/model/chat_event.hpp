#pragma once

#include <augur/model/chat_response.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// What one event of a stream adds to one of the answers.
struct chat_delta
{
    std::int64_t index = 0;
    std::string role, content, reasoning, refusal; ///< pieces; empty if this event has none
    bool short_reasoning_name = false; ///< the server says `reasoning`, not `reasoning_content`
    std::vector<tool_call> tool_calls; ///< pieces: those of one `tool_call::index` belong together
    std::string finish_reason; ///< the service's word, once per answer
    std::vector<token_probability> log_probabilities;
    std::vector<token_probability> refusal_log_probabilities;
    content_filters filters;
    /// Which characters of the answer `filters` speaks of, where a filter runs behind the model.
    std::optional<std::int64_t> filter_check_offset, filter_start_offset, filter_end_offset;
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing

    friend bool operator==(chat_delta const&, chat_delta const&) = default;
};

namespace detail {

struct chat_event_data
{
    std::string id, model;
    std::int64_t created = 0;
    std::string service_tier, system_fingerprint;
    std::vector<chat_delta> choices;
    std::optional<augur::usage> usage;
    std::vector<prompt_filter> prompt_filters;
    std::string extra, source;
};

} // namespace detail

/// One event of a streamed answer. Views live as long as the event.
///
///     while (auto event = (co_await stream->next()).value())
///         if (auto text = event->text())
///             std::cout << *text;
class chat_event
{
public:
    chat_event();
    // Defined once in the library.
    chat_event(chat_event const& other);
    chat_event(chat_event&& other) noexcept;
    chat_event& operator=(chat_event const& other);
    chat_event& operator=(chat_event&& other) noexcept;
    ~chat_event();

    /// A piece of the text of one answer, of whole characters. Never empty.
    std::optional<std::string_view> text(std::int64_t choice = 0) const noexcept;
    /// A piece of what the model thinks, where a server shows it. Never empty.
    std::optional<std::string_view> reasoning(std::int64_t choice = 0) const noexcept;
    /// A piece of why the model does not answer. Never empty.
    std::optional<std::string_view> refusal(std::int64_t choice = 0) const noexcept;
    std::vector<tool_call> const& tool_calls(std::int64_t choice = 0) const noexcept;
    /// `none` unless this event ends the answer.
    finish finished(std::int64_t choice = 0) const noexcept;
    /// Null in all events but one, which is the last or near it.
    augur::usage const* usage() const noexcept { return data_.usage ? &*data_.usage : nullptr; }

    std::vector<chat_delta> const& choices() const noexcept { return data_.choices; }
    std::vector<prompt_filter> const& prompt_filters() const noexcept { return data_.prompt_filters; }
    std::string const& id() const noexcept { return data_.id; }
    std::string const& model() const noexcept { return data_.model; }
    std::int64_t created() const noexcept { return data_.created; }
    std::string const& service_tier() const noexcept { return data_.service_tier; }
    std::string const& system_fingerprint() const noexcept { return data_.system_fingerprint; }
    std::string const& extra() const noexcept { return data_.extra; }
    /// The event as the service sent it, a JSON text.
    std::string const& raw() const noexcept { return data_.source; }

private:
    friend struct detail::fields_of;
    chat_delta const* find(std::int64_t choice) const noexcept;
    detail::chat_event_data data_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/chat_event.ipp>
#endif
