#pragma once

#include <augur/codec/crc32.hpp>
#include <augur/codec/eventstream.hpp>
#include <augur/codec/impl/big_endian.hpp>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::codec::eventstream {

namespace detail {

inline constexpr std::size_t most_kept_headers = 1024;
inline constexpr std::size_t prelude_size = 12; ///< total size, size of the headers, checksum of both
inline constexpr std::size_t crc_size = 4;
inline constexpr char string_type = 7;

using codec::detail::load_big_endian;

/// Where the value lies behind a header's name.
struct value_place
{
    std::size_t begin; ///< counted from the byte of the type
    std::size_t size;
};

/// `after` are the bytes from the type on; nullopt when the type is unknown or the value ends behind them.
inline std::optional<value_place> place_value(std::string_view after) noexcept
{
    constexpr std::array<std::uint8_t, 10> sizes{0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    if (after.empty())
        return std::nullopt;
    auto const type = static_cast<unsigned char>(after.front());
    if (type >= sizes.size())
        return std::nullopt;
    value_place place{1, sizes[type]};
    if (type == 6 || type == 7) {
        if (after.size() < 3)
            return std::nullopt;
        place = {3, load_big_endian<std::uint16_t>(after.data() + 1)};
    }
    return place.begin + place.size <= after.size() ? std::optional(place) : std::nullopt;
}

/// The name at the front of headers that were checked.
inline std::string_view first_name(std::string_view encoded) noexcept
{
    return encoded.substr(1, static_cast<unsigned char>(encoded.front()));
}

/// What stands behind the first of headers that were checked.
inline std::string_view behind_first(std::string_view encoded) noexcept
{
    auto const after = encoded.substr(1 + first_name(encoded).size());
    auto const place = *place_value(after);
    return after.substr(place.begin + place.size);
}

/// From the type on of the header of this name, in headers that were checked; empty if there is none.
inline std::string_view after_name(std::string_view encoded, std::string_view name) noexcept
{
    for (; !encoded.empty(); encoded = behind_first(encoded))
        if (auto const first = first_name(encoded); first == name)
            return encoded.substr(1 + first.size());
    return {};
}

inline header_value read_value(std::string_view after) noexcept
{
    auto const place = *place_value(after);
    auto const* const at = after.data() + place.begin;
    switch (after.front()) {
    case 0: return true;
    case 1: return false;
    case 2: return static_cast<std::int8_t>(*at);
    case 3: return static_cast<std::int16_t>(load_big_endian<std::uint16_t>(at));
    case 4: return static_cast<std::int32_t>(load_big_endian<std::uint32_t>(at));
    case 5: return static_cast<std::int64_t>(load_big_endian<std::uint64_t>(at));
    case 6: return bytes{{at, place.size}};
    case 7: return std::string_view(at, place.size);
    case 8: return timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(load_big_endian<std::uint64_t>(at))));
    default: break;
    }
    uuid id;
    std::memcpy(id.data(), at, id.size());
    return id;
}

/// True when a name occurs twice. Sorting bounds the time of what a hostile frame can ask for.
inline bool has_duplicate(std::string_view encoded)
{
    std::vector<std::string_view> names;
    for (; !encoded.empty(); encoded = behind_first(encoded))
        names.push_back(first_name(encoded));
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) != names.end();
}

/// What is wrong with the headers; null when nothing is.
inline char const* find_header_fault(std::string_view const encoded)
{
    std::uint64_t seen = 0; // one bit per kind of name: only names of the same kind can be equal
    bool compare = false;
    for (auto rest = encoded; !rest.empty();) {
        std::size_t const size = static_cast<unsigned char>(rest.front());
        if (size == 0)
            return "a header has no name";
        if (size >= rest.size())
            return "the name of a header ends behind the headers";
        unsigned const kind = static_cast<unsigned char>(rest[1 + size / 2]) + static_cast<unsigned>(size);
        std::uint64_t const bit = std::uint64_t{1} << (kind & 63);
        compare = compare || (seen & bit) != 0;
        seen |= bit;
        rest.remove_prefix(1 + size);
        auto const place = place_value(rest);
        if (!place)
            return "the value of a header has an unknown type or ends behind the headers";
        rest.remove_prefix(place->begin + place->size);
    }
    return compare && has_duplicate(encoded) ? "the name of a header occurs twice" : nullptr;
}

} // namespace detail

AUGUR_INLINE header headers::iterator::operator*() const noexcept
{
    auto const name = detail::first_name(rest_);
    return {name, detail::read_value(rest_.substr(1 + name.size()))};
}

AUGUR_INLINE headers::iterator& headers::iterator::operator++() noexcept
{
    rest_ = detail::behind_first(rest_);
    return *this;
}

AUGUR_INLINE std::optional<header_value> headers::find(std::string_view name) const noexcept
{
    auto const after = detail::after_name(encoded_, name);
    return after.empty() ? std::nullopt : std::optional(detail::read_value(after));
}

AUGUR_INLINE std::optional<std::string_view> headers::find_string(std::string_view name) const noexcept
{
    auto const after = detail::after_name(encoded_, name);
    if (after.empty() || after.front() != detail::string_type)
        return std::nullopt;
    auto const place = *detail::place_value(after);
    return after.substr(place.begin, place.size);
}

AUGUR_INLINE bool decoder::open(char const* prelude)
{
    auto const refuse = [&](std::string_view what) {
        fail(errc::frame_error, phase::decode, "event stream: " + std::string(what));
        return false;
    };
    prelude_crc_ = crc32({prelude, 8});
    if (prelude_crc_ != detail::load_big_endian<std::uint32_t>(prelude + 8))
        return refuse("the checksum of the first twelve bytes of a frame is wrong");
    std::size_t const total = detail::load_big_endian<std::uint32_t>(prelude);
    headers_size_ = detail::load_big_endian<std::uint32_t>(prelude + 4);
    if (total < detail::prelude_size + detail::crc_size)
        return refuse("a frame of less than 16 bytes");
    if (total > max_frame_size)
        return refuse("a frame of " + std::to_string(total) + " bytes, above the protocol's limit");
    if (headers_size_ > total - detail::prelude_size - detail::crc_size)
        return refuse("the headers are longer than their frame");
    if (headers_size_ > max_headers_size)
        return refuse("headers of " + std::to_string(headers_size_) + " bytes, above the protocol's limit");
    if (total > max_size_) {
        fail(errc::event_limit, phase::decode,
             "event stream: a frame of " + std::to_string(total) + " bytes, the limit is " + std::to_string(max_size_));
        return false;
    }
    total_size_ = total;
    return true;
}

AUGUR_INLINE result<std::optional<frame>> decoder::close(std::string_view whole)
{
    total_size_ = 0;
    auto const covered = whole.substr(8, whole.size() - 8 - detail::crc_size);
    if (crc32(covered, prelude_crc_) !=
        detail::load_big_endian<std::uint32_t>(whole.data() + whole.size() - detail::crc_size))
        return fail(errc::frame_error, phase::decode, "event stream: the checksum of a frame is wrong");
    auto const encoded = whole.substr(detail::prelude_size, headers_size_);
    if (encoded != right_headers_) {
        if (auto const* const fault = detail::find_header_fault(encoded))
            return fail(errc::frame_error, phase::decode, std::string("event stream: ") + fault);
        right_headers_ = encoded.substr(0, encoded.size() <= detail::most_kept_headers ? encoded.size() : 0);
    }
    auto const payload = whole.substr(detail::prelude_size + headers_size_);
    return std::optional(frame{headers(encoded), payload.substr(0, payload.size() - detail::crc_size)});
}

AUGUR_INLINE bool decoder::fill(std::size_t size)
{
    auto const more = input_.substr(0, size - std::min(size, cut_.size()));
    cut_.append(more);
    input_.remove_prefix(more.size());
    return cut_.size() >= size;
}

AUGUR_INLINE result<std::optional<frame>> decoder::next()
{
    if (failure_)
        return *failure_;
    if (std::exchange(cut_is_delivered_, false))
        cut_.clear();
    if (cut_.empty() && input_.size() >= detail::prelude_size) {
        if (!open(input_.data()))
            return *failure_;
        if (input_.size() >= total_size_) {
            auto const whole = input_.substr(0, total_size_);
            input_.remove_prefix(whole.size());
            return close(whole);
        }
    }
    if (!fill(detail::prelude_size) || (total_size_ == 0 && !open(cut_.data())) || !fill(total_size_)) {
        if (failure_)
            return *failure_;
        if (finished_ && !cut_.empty())
            return fail(errc::truncated, phase::body, "the event stream ended inside a frame");
        return std::optional<frame>();
    }
    cut_is_delivered_ = true;
    return close(cut_);
}

} // namespace augur::inline AUGUR_ABI::codec::eventstream
