#pragma once

#include <augur/codec/crc32.hpp>
#include <augur/codec/eventstream.hpp>
#include <augur/codec/impl/big_endian.hpp>
#include <augur/codec/impl/eventstream.ipp>

namespace augur::inline AUGUR_ABI::codec::eventstream {

namespace detail {

/// Writes the type and the value of a header; the sizes were checked.
struct value_writer
{
    std::string& out;

    void operator()(bool value) const { out.push_back(value ? '\0' : '\1'); }
    void operator()(std::int8_t value) const { number(2, static_cast<std::uint8_t>(value)); }
    void operator()(std::int16_t value) const { number(3, static_cast<std::uint16_t>(value)); }
    void operator()(std::int32_t value) const { number(4, static_cast<std::uint32_t>(value)); }
    void operator()(std::int64_t value) const { number(5, static_cast<std::uint64_t>(value)); }
    void operator()(bytes value) const { text(6, value.value); }
    void operator()(std::string_view value) const { text(7, value); }
    void operator()(timestamp value) const { number(8, static_cast<std::uint64_t>(value.time_since_epoch().count())); }
    void operator()(uuid const& value) const
    {
        out.push_back('\x09');
        out.append(reinterpret_cast<char const*>(value.data()), value.size());
    }

private:
    template <class T>
    void number(char type, T value) const
    {
        out.push_back(type);
        codec::detail::append_big_endian(out, value);
    }
    void text(char type, std::string_view value) const
    {
        number(type, static_cast<std::uint16_t>(value.size()));
        out.append(value);
    }
};

inline std::size_t text_size(header_value const& value) noexcept
{
    if (auto const* const text = std::get_if<std::string_view>(&value))
        return text->size();
    auto const* const any = std::get_if<bytes>(&value);
    return any ? any->value.size() : 0;
}

inline error refused(std::string what)
{
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent, "event stream: " + std::move(what));
}

} // namespace detail

AUGUR_INLINE result<void> encode_headers_to(std::string& out, std::span<header const> headers)
{
    auto const before = out.size();
    for (auto const& h : headers) {
        if (h.name.empty() || h.name.size() > 255 || detail::text_size(h.value) > max_value_size) {
            out.resize(before);
            return detail::refused("the name or the value of header \"" + sanitise(h.name, 60) + "\" has a wrong size");
        }
        out.push_back(static_cast<char>(static_cast<unsigned char>(h.name.size())));
        out.append(h.name);
        std::visit(detail::value_writer{out}, h.value);
    }
    if (detail::find_header_fault(std::string_view(out).substr(before))) {
        out.resize(before);
        return detail::refused("the name of a header occurs twice");
    }
    return {};
}

AUGUR_INLINE result<void> encode_to(std::string& out, std::span<header const> headers, std::string_view payload)
{
    auto const begin = out.size();
    out.append(detail::prelude_size, '\0');
    if (auto const written = encode_headers_to(out, headers); !written) {
        out.resize(begin);
        return written.error();
    }
    auto const headers_size = out.size() - begin - detail::prelude_size;
    auto const total = headers_size + payload.size() + detail::prelude_size + detail::crc_size;
    if (headers_size > max_headers_size || payload.size() > max_frame_size || total > max_frame_size) {
        out.resize(begin);
        return detail::refused("a frame of " + std::to_string(total) + " bytes is larger than the protocol allows");
    }
    std::string prelude;
    codec::detail::append_big_endian(prelude, static_cast<std::uint32_t>(total));
    codec::detail::append_big_endian(prelude, static_cast<std::uint32_t>(headers_size));
    codec::detail::append_big_endian(prelude, crc32(prelude));
    out.replace(begin, prelude.size(), prelude);
    out.append(payload);
    codec::detail::append_big_endian(out, crc32(std::string_view(out).substr(begin)));
    return {};
}

} // namespace augur::inline AUGUR_ABI::codec::eventstream
