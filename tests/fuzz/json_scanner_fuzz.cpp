// The scanner takes exactly the texts that a full parser takes, depth aside, and finds the same strings.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/codec/impl/json_scanner.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace {

/// Nothing for a text with a number beyond a double's range, such as 1e999 or four hundred digits: a number by RFC
/// 8259, which the scanner hands on as text, and too large for nlohmann.
std::optional<nlohmann::json> parse(std::string const& text)
{
    try {
        return nlohmann::json::parse(text);
    }
    catch (nlohmann::json::out_of_range const&) {
        return std::nullopt;
    }
    catch (nlohmann::json::parse_error const&) {
        return nlohmann::json(nlohmann::json::value_t::discarded);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    // A copy of its own size: reading beyond the end is seen.
    std::string const text(reinterpret_cast<char const*>(data), size);
    augur::codec::json::detail::scanner skipping(text);
    std::string_view raw;
    bool const taken = skipping.read_raw(raw) && skipping.finish();
    require(taken == (skipping.what() == nullptr));
    if (!augur::codec::depth_ok(text, 64)) {
        require(!taken);
        return 0;
    }
    auto const expected = parse(text);
    if (!expected)
        return 0;
    // nlohmann passes over a byte order mark in front, and takes NUL for the end.
    if (!text.starts_with("\xEF\xBB\xBF") && text.find('\0') == text.npos)
        require(taken == !expected->is_discarded());
    if (!taken || expected->is_discarded() || text.find('\0') != text.npos)
        return 0;
    augur::codec::json::detail::scanner strings(text);
    augur::codec::json::detail::scanner::text_place place;
    if (expected->is_string()) {
        require(strings.read_string(place) && strings.finish());
        std::string unescaped;
        strings.unescape(place.raw, unescaped);
        require(unescaped == expected->get_ref<std::string const&>());
    }
    if (expected->is_object()) {
        std::string_view key;
        strings.begin_object();
        while (strings.next_member(key))
            require(expected->contains(key) && strings.skip_value());
        require(strings.finish());
    }
    return 0;
}
