#pragma once

#include <augur/core/error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/impl/secret_watch.hpp>

#include <algorithm>
#include <ostream>

namespace augur::inline AUGUR_ABI {

static_assert(sizeof(error) <= 48);
static_assert(std::is_nothrow_move_constructible_v<error> && std::is_nothrow_copy_constructible_v<error>);
static_assert(std::is_nothrow_move_assignable_v<error> && std::is_nothrow_copy_assignable_v<error>);

AUGUR_INLINE std::string_view to_string(phase p) noexcept
{
    switch (p) {
    case phase::prepare: return "prepare";
    case phase::auth: return "auth";
    case phase::pool_wait: return "pool_wait";
    case phase::resolve: return "resolve";
    case phase::connect: return "connect";
    case phase::proxy: return "proxy";
    case phase::tls: return "tls";
    case phase::write: return "write";
    case phase::first_byte: return "first_byte";
    case phase::body: return "body";
    case phase::decode: return "decode";
    case phase::backoff: return "backoff";
    }
    return "unknown";
}

AUGUR_INLINE std::string_view to_string(outcome o) noexcept
{
    switch (o) {
    case outcome::not_sent: return "not_sent";
    case outcome::refused: return "refused";
    case outcome::unknown: return "unknown";
    case outcome::partial: return "partial";
    case outcome::complete: return "complete";
    }
    return "unknown";
}

AUGUR_INLINE error::error(error_code code, augur::phase where, augur::outcome what, error_details details)
    : code_(code), phase_(where), outcome_(what), details_(std::make_shared<error_details const>(std::move(details)))
{
    detail::details_shown(*details_);
}

AUGUR_INLINE error_details const& error::details() const noexcept
{
    static error_details const none;
    return details_ ? *details_ : none;
}

AUGUR_INLINE std::string_view error::message() const noexcept
{
    return details().message;
}

AUGUR_INLINE std::string_view error::service_message() const noexcept
{
    return details().service_message;
}

AUGUR_INLINE std::string_view error::provider_code() const noexcept
{
    return details().provider_code;
}

AUGUR_INLINE std::string_view error::request_id() const noexcept
{
    return details().request_id;
}

AUGUR_INLINE std::optional<std::chrono::milliseconds> error::retry_after() const noexcept
{
    return details().retry_after;
}

AUGUR_INLINE std::string_view error::attribute(std::string_view name) const noexcept
{
    for (auto const& [key, value] : details().attributes)
        if (key == name)
            return value;
    return {};
}

AUGUR_INLINE error& error::with_message(std::string text)
{
    error_details copy = details();
    copy.message = std::move(text);
    details_ = std::make_shared<error_details const>(std::move(copy));
    detail::details_shown(*details_);
    return *this;
}

AUGUR_INLINE std::string error::to_string() const
{
    std::string out = code_.message();
    // An answer from the service says more than the phase in which it was read.
    out += http_status_ == 0 ? " (phase " + std::string(augur::to_string(phase_))
                             : " (HTTP " + std::to_string(http_status_);
    out += ", outcome ";
    out += augur::to_string(outcome_);
    if (attempts_ > 0)
        out += attempts_ == 1 ? ", 1 attempt" : ", " + std::to_string(attempts_) + " attempts";
    out += ")";
    auto const& d = details();
    if (!d.message.empty())
        out += ": " + d.message;
    if (!d.provider_code.empty() || !d.service_message.empty()) {
        out += "; the service said ";
        if (!d.service_message.starts_with(d.provider_code)) { // those of Entra do
            out += d.provider_code;
            out += d.service_message.empty() ? "" : ": ";
        }
        out += d.service_message;
    }
    if (d.retry_after)
        out += "; retry after " + std::to_string(d.retry_after->count()) + " ms";
    if (!d.request_id.empty())
        out += "; request id " + d.request_id;
    return out;
}

AUGUR_INLINE std::ostream& operator<<(std::ostream& out, error const& e)
{
    return out << e.to_string();
}

AUGUR_INLINE error make_error(errc code, phase where, outcome what, std::string message)
{
    error_details details;
    details.message = std::move(message);
    return error(make_error_code(code), where, what, std::move(details));
}

AUGUR_INLINE exception::exception(augur::error e) : std::runtime_error(e.to_string()), error_(std::move(e)) {}

AUGUR_INLINE void throw_exception_from_error(error const& e, boost::source_location const&)
{
    throw exception(e);
}

namespace detail {

/// The length of the well-formed UTF-8 sequence that `text` starts with (Unicode, table 3-7); 0: there is none.
inline std::size_t utf8_length(std::string_view text) noexcept
{
    auto const byte = [text](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto const follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    unsigned const first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        bool const shortest = first != 0xE0 || byte(1) >= 0xA0;
        bool const surrogate = first == 0xED && byte(1) >= 0xA0;
        return shortest && !surrogate && follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        bool const in_range = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);
        return in_range && follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// Whether a terminal or a viewer of logs may act on this sequence: C1 controls, line and paragraph
/// separators, and what turns the direction of writing around.
inline bool steers_a_display(std::string_view sequence) noexcept
{
    auto const starts = [sequence](std::string_view prefix) { return sequence.starts_with(prefix); };
    auto const last = static_cast<unsigned char>(sequence.back());
    return (starts("\xC2") && last < 0xA0) ||                      // U+0080 to U+009F
           (starts("\xE2\x80") && last >= 0xA8 && last <= 0xAE) || // U+2028 to U+202E
           (starts("\xE2\x81") && last >= 0xA6 && last <= 0xA9);   // U+2066 to U+2069
}

} // namespace detail

AUGUR_INLINE std::string sanitise(std::string_view text, std::size_t cap)
{
    constexpr char hex[] = "0123456789abcdef";
    if (text.size() <= cap && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; }))
        return std::string(text);
    std::string out;
    out.reserve(std::min(text.size(), cap) + 3);
    std::string piece;
    while (!text.empty()) {
        auto const length = detail::utf8_length(text);
        auto const sequence = text.substr(0, std::max<std::size_t>(length, 1));
        auto const u = static_cast<unsigned char>(sequence.front());
        piece.clear();
        if (u == '\n')
            piece = "\\n";
        else if (u == '\r')
            piece = "\\r";
        else if (u == '\t')
            piece = " ";
        else if (length == 0 || u < 0x20 || u == 0x7F || (length > 1 && detail::steers_a_display(sequence)))
            for (char const c : sequence)
                piece.append("\\x")
                    .append(1, hex[static_cast<unsigned char>(c) >> 4])
                    .append(1, hex[static_cast<unsigned char>(c) & 15]);
        else
            piece = sequence;
        if (piece.size() > cap - out.size())
            return out += "...";
        out += piece;
        text.remove_prefix(sequence.size());
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI
