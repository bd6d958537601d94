#pragma once

#include <augur/core/error.hpp>

#include <algorithm>
#include <ostream>

namespace augur::inline AUGUR_ABI {

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
}

AUGUR_INLINE error_details const& error::details() const noexcept
{
    static error_details const none;
    return details_ ? *details_ : none;
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
    return *this;
}

AUGUR_INLINE std::string error::to_string() const
{
    std::string out = code_.message();
    // An answer from the service says more than the phase in which it was read.
    out += http_status_ == 0 ? " (phase " + std::string(augur::to_string(phase_)) : " (HTTP " + std::to_string(http_status_);
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
        out += d.provider_code;
        if (!d.provider_code.empty() && !d.service_message.empty())
            out += ": ";
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

AUGUR_INLINE std::string sanitise(std::string_view text, std::size_t cap)
{
    constexpr char hex[] = "0123456789abcdef";
    bool const cut = text.size() > cap;
    if (cut) {
        // Never end inside a UTF-8 sequence.
        while (cap > 0 && (static_cast<unsigned char>(text[cap]) & 0xC0U) == 0x80U)
            --cap;
        text = text.substr(0, cap);
    }
    std::string out;
    out.reserve(text.size() + (cut ? 3 : 0));
    for (char const c : text) {
        auto const u = static_cast<unsigned char>(c);
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += ' ';
        else if (u < 0x20 || u == 0x7F)
            out.append("\\x").append(1, hex[u >> 4]).append(1, hex[u & 15]);
        else
            out += c;
    }
    if (cut)
        out += "...";
    return out;
}

} // namespace augur::inline AUGUR_ABI
