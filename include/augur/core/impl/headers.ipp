#pragma once

#include <augur/core/headers.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace augur::inline AUGUR_ABI {

namespace detail {

constexpr std::array<bool, 256> make_token_table() noexcept
{
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = table[c - 'a' + 'A'] = true;
    for (char const c : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}

inline constexpr std::array<bool, 256> token_table = make_token_table();

inline constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether one of eight bytes is a control character, the tab included.
inline bool any_control(char const* eight) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    std::uint64_t const no_delete = word ^ (ones * 0x7F);
    return ((((word - ones * 0x20) & ~word) | ((no_delete - ones) & ~no_delete)) & high) != 0;
}

/// Eight bytes with those of A to Z made lower.
inline std::uint64_t lower_eight(char const* eight) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    std::uint64_t const low = word & ~high; // so that no sum reaches the next byte
    std::uint64_t const is_upper = ((low + ones * (0x80 - 'A')) ^ (low + ones * (0x7F - 'Z'))) & ~word & high;
    return word | (is_upper >> 2);
}

#if defined(__SSE2__)
/// `any_control` of sixteen.
inline bool any_control_in_sixteen(char const* bytes) noexcept
{
    auto const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
    auto const blank = _mm_set1_epi8(0x20);
    auto const not_below_blank = _mm_cmpeq_epi8(_mm_max_epu8(all, blank), all);
    auto const is_delete = _mm_cmpeq_epi8(all, _mm_set1_epi8(0x7F));
    return _mm_movemask_epi8(_mm_andnot_si128(is_delete, not_below_blank)) != 0xFFFF;
}
#endif

/// Appends the parts, which may be views of `to` itself.
inline void append_all(std::string& to, std::initializer_list<std::string_view> parts)
{
    std::size_t size = to.size();
    for (auto const part : parts)
        size += part.size();
    if (size <= to.capacity()) { // nothing moves, so every view stays good
        auto at = to.size();
        to.resize(size);
        for (auto const part : parts) {
            std::copy_n(part.data(), part.size(), to.data() + at);
            at += part.size();
        }
        return;
    }
    std::string larger;
    larger.reserve(std::max(size, 2 * to.capacity()));
    larger.append(to);
    for (auto const part : parts)
        larger.append(part);
    to.swap(larger);
}

/// Makes room for one more, so that push_back cannot fail half-way through a change.
template <class T>
void reserve_one(std::vector<T>& list)
{
    if (list.size() == list.capacity())
        list.reserve(std::max<std::size_t>(8, 2 * list.size()));
}

} // namespace detail

AUGUR_INLINE bool is_token(std::string_view text) noexcept
{
    bool all = !text.empty();
    for (char const c : text) // nearly always to the end: leaving early would only cost
        all &= detail::token_table[static_cast<unsigned char>(c)];
    return all;
}

AUGUR_INLINE bool is_field_value(std::string_view text) noexcept
{
    auto const blank = [](char c) { return c == ' ' || c == '\t'; };
    if (!text.empty() && (blank(text.front()) || blank(text.back())))
        return false;
#if defined(__SSE2__)
    while (text.size() >= 16 && !detail::any_control_in_sixteen(text.data()))
        text.remove_prefix(16);
#endif
    while (text.size() >= 8 && !detail::any_control(text.data()))
        text.remove_prefix(8);
    return std::all_of(text.begin(), text.end(), [&](char c) {
        auto const u = static_cast<unsigned char>(c);
        return blank(c) || (u > 0x20 && u != 0x7F);
    });
}

AUGUR_INLINE bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    if (a.size() < 8)
        return std::equal(a.begin(), a.end(), b.begin(),
                          [](char x, char y) { return x == y || detail::lower(x) == detail::lower(y); });
    auto const alike = [&](std::size_t at) {
        return detail::lower_eight(a.data() + at) == detail::lower_eight(b.data() + at);
    };
    auto const last = a.size() - 8; // it may look at some bytes again
    for (std::size_t at = 0; at < last; at += 8)
        if (!alike(at))
            return false;
    return alike(last);
}

AUGUR_INLINE result<void> headers::add(std::string_view name, std::string_view value)
{
    if (!is_token(name))
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "header name \"" + sanitise(name, 64) + "\" is not allowed (RFC 9110 token)");
    if (!is_field_value(value))
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "the value of header \"" + sanitise(name, 64) + "\" has a character that is not allowed");
    if (entries_.size() >= max_fields_ || name.size() + value.size() > max_bytes_ - std::min(max_bytes_, text_.size()))
        return make_error(errc::header_limit, phase::prepare, outcome::not_sent,
                          "headers over " + std::to_string(max_bytes_) + " bytes or " + std::to_string(max_fields_) +
                              " fields");
    entry const added{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())};
    detail::reserve_one(entries_);
    detail::append_all(text_, {name, value});
    entries_.push_back(added);
    return {};
}

AUGUR_INLINE headers::field headers::at(std::size_t index) const noexcept
{
    auto const& e = entries_[index];
    std::string_view const text = text_;
    return {text.substr(e.begin, e.name_size), text.substr(e.begin + e.name_size, e.value_size)};
}

AUGUR_INLINE std::string_view headers::operator[](std::string_view name) const noexcept
{
    return find(name).value_or(std::string_view());
}

AUGUR_INLINE std::optional<std::string_view> headers::find(std::string_view name) const noexcept
{
    std::string_view const text = text_;
    for (auto const& e : entries_)
        if (e.name_size == name.size() && equal_ignoring_case(text.substr(e.begin, e.name_size), name))
            return text.substr(e.begin + e.name_size, e.value_size);
    return std::nullopt;
}

AUGUR_INLINE std::size_t headers::count(std::string_view name) const noexcept
{
    std::size_t n = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i)
        n += equal_ignoring_case(at(i).name, name) ? 1 : 0;
    return n;
}

} // namespace augur::inline AUGUR_ABI
