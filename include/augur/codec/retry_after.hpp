#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// No answer is longer than this, whatever the number was: 100 years. Adding it to the time does not
/// overflow before the year 2160.
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours(24 * 36500);

/// The value of `Retry-After` (RFC 9110 10.2.3): seconds, or one of the three date forms. Services
/// also send decimals, and some an exponent; both are read. Rounded up to a millisecond.
///
/// A date that has passed is "now" (0). A negative or any other text is no answer. Never throws.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::chrono::system_clock::time_point now) noexcept;

/// The value of `retry-after-ms` or `x-ms-retry-after-ms` (Azure OpenAI and its relatives): the same
/// numbers in milliseconds, no date.
std::optional<std::chrono::milliseconds> parse_retry_after_ms(std::string_view value) noexcept;

/// The value of `x-amz-retry-after` (AWS retry behaviour 2.1): whole milliseconds. It bounds a
/// back-off and does not replace it, so it is kept apart from the others.
std::optional<std::chrono::milliseconds> parse_amz_retry_after(std::string_view value) noexcept;

/// One header field: the right one of the functions above by its name in any case, but never
/// `x-amz-retry-after`. Nothing for any other name.
std::optional<std::chrono::milliseconds> retry_after_field(std::string_view name, std::string_view value,
                                                           std::chrono::system_clock::time_point now) noexcept;

/// The least valid answer among all fields of a response.
/// `Headers` has `size()` and `at(i)` giving something with `name` and `value`.
template <class Headers>
std::optional<std::chrono::milliseconds> retry_after(Headers const& fields, std::chrono::system_clock::time_point now)
{
    std::optional<std::chrono::milliseconds> least;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto const field = fields.at(i);
        auto const wait = retry_after_field(field.name, field.value, now);
        if (wait && (!least || *wait < *least))
            least = wait;
    }
    return least;
}

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/retry_after.ipp>
#endif
