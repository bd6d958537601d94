// Retry-After and HTTP dates: never beyond the stated bounds, dates survive a round trip, and what is
// accepted is made of nothing but numbers or dates.
#include "fuzz/require.hpp"

#include <augur/codec/http_date.hpp>
#include <augur/codec/retry_after.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace codec = augur::codec;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::int64_t moment = 1795428900; // 2026-11-23
    std::string_view text(reinterpret_cast<char const*>(data), size);
    if (size > 9 && data[0] == '@') {
        std::memcpy(&moment, data + 1, 8);
        text.remove_prefix(9);
    }
    // Clocks are believed within the years 1900 to 2150.
    std::chrono::system_clock::time_point const now{
        std::chrono::seconds(-2208988800 + (moment & 0x7fffffffffff) % 7889270400)};

    for (auto const wait : {codec::parse_retry_after(text, now), codec::parse_retry_after_ms(text),
                            codec::parse_amz_retry_after(text), codec::retry_after_field("Retry-After", text, now)}) {
        if (wait) {
            require(*wait >= 0ms && *wait <= codec::longest_retry_after);
            require(now + *wait >= now);
            require(text.find_first_of("0123456789") != text.npos);
        }
    }
    require(codec::retry_after_field("Retry-After", text, now) == codec::parse_retry_after(text, now));
    if (auto const amz = codec::parse_amz_retry_after(text))
        require(amz == codec::parse_retry_after_ms(text));

    if (auto const date = codec::parse_http_date(text, now)) {
        require(codec::parse_retry_after(text, now).has_value());
        using clock = std::chrono::system_clock;
        if (*date != clock::time_point::max() && *date != clock::time_point::min()) {
            require(codec::parse_http_date(codec::format_http_date(*date), now) == date);
            auto const wait = codec::parse_retry_after(text, now);
            auto const ahead = std::chrono::floor<std::chrono::seconds>(*date) -
                               std::chrono::floor<std::chrono::seconds>(now);
            require(*wait == std::min<std::chrono::milliseconds>(std::max(ahead, 0s), codec::longest_retry_after));
        }
    }
    return 0;
}
