#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/errc.hpp>

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI {

/// Where in its life a call was when it ended.
enum class phase : std::uint8_t
{
    prepare,    ///< building and checking the request
    auth,       ///< fetching credentials, signing
    pool_wait,  ///< waiting for a free connection
    resolve,    ///< looking the host up
    connect,    ///< TCP
    proxy,      ///< CONNECT
    tls,        ///< handshake
    write,      ///< sending the request
    first_byte, ///< waiting for the response head
    body,       ///< reading the response body
    decode,     ///< reading what the body means
    backoff,    ///< waiting before the next attempt
};
inline constexpr std::size_t phase_count = 12;

/// The answer to "may I send this again?".
enum class outcome : std::uint8_t
{
    not_sent, ///< no byte of the request reached the service
    refused,  ///< the service said that it did not act
    unknown,  ///< the service may have acted
    partial,  ///< the service acted; only a part of its answer is known
    complete, ///< the service acted and answered; the answer is an error or unreadable
};

std::string_view to_string(phase p) noexcept;
std::string_view to_string(outcome o) noexcept;

struct error_details; // augur/core/error_details.hpp

/// Why a call failed. Small (48 bytes), cheap to move, never throws when copied.
///
/// Compare with `augur::condition` for portable questions, with `augur::errc` or a provider's `errc`
/// for exact ones. Never holds a secret.
class AUGUR_DECL error
{
public:
    error() noexcept = default; ///< exists because Asio asks for it; equals no condition
    explicit error(error_code code, augur::phase where = augur::phase::prepare,
                   augur::outcome what = augur::outcome::not_sent) noexcept
        : code_(code), phase_(where), outcome_(what)
    {
    }
    error(error_code code, augur::phase where, augur::outcome what, error_details details);

    error_code const& code() const noexcept { return code_; }
    augur::phase phase() const noexcept { return phase_; }
    augur::outcome outcome() const noexcept { return outcome_; }
    /// 0 when no response head was received.
    int http_status() const noexcept { return http_status_; }
    /// How often the request was tried, the last one included. 0: failed before the first.
    int attempts() const noexcept { return attempts_; }
    std::string_view message() const noexcept;
    std::string_view service_message() const noexcept;
    std::string_view provider_code() const noexcept;
    std::string_view request_id() const noexcept;
    std::optional<std::chrono::milliseconds> retry_after() const noexcept;
    /// A provider's own attribute, empty when absent.
    std::string_view attribute(std::string_view name) const noexcept;
    /// All that is known beyond the code; include augur/core/error_details.hpp to read it.
    error_details const& details() const noexcept;

    error& at(augur::phase p) noexcept { return phase_ = p, *this; }
    error& with(augur::outcome o) noexcept { return outcome_ = o, *this; }
    error& with_http_status(int status) noexcept { return http_status_ = static_cast<std::int16_t>(status), *this; }
    error& with_attempts(int n) noexcept { return attempts_ = static_cast<std::int16_t>(n), *this; }
    /// Replaces our message, keeps the rest. Allocates.
    error& with_message(std::string text);

    friend bool operator==(error const& e, error_code const& code) noexcept { return e.code_ == code; }
    friend bool operator==(error const& e, errc code) noexcept { return e.code_ == make_error_code(code); }
    friend bool operator==(error const& e, condition c) noexcept { return e.code_ == make_error_condition(c); }

    /// One line for people: code, phase, outcome, status, our words, the service's words, the ids.
    std::string to_string() const;

private:
    error_code code_;
    augur::phase phase_ = augur::phase::prepare;
    augur::outcome outcome_ = augur::outcome::not_sent;
    std::int16_t http_status_ = 0;
    std::int16_t attempts_ = 0;
    std::shared_ptr<error_details const> details_;
};

std::ostream& operator<<(std::ostream& out, error const& e);

/// An error made of a code and a sentence; the common case on our side of the wire.
AUGUR_COLD error make_error(errc code, phase where, outcome what, std::string message);

/// Thrown by `result<T>::value()` only.
class AUGUR_DECL exception : public std::runtime_error
{
public:
    explicit exception(augur::error e);
    augur::error const& error() const noexcept { return error_; }

private:
    augur::error error_;
};

/// Found by `boost::system::result`.
[[noreturn]] void throw_exception_from_error(error const& e, boost::source_location const& where);

/// Makes a foreign text fit for one line of a log: control characters, bytes that are no UTF-8, and the
/// characters that steer a terminal or the direction of writing are escaped; a tab becomes a blank. At
/// most `cap` bytes and, when something was left out, "...". Never ends inside a character or an escape.
std::string sanitise(std::string_view text, std::size_t cap = 2048);

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/error.ipp>
#endif
