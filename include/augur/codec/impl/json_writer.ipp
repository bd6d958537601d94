#pragma once

#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>

#include <charconv>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

template <class Number>
void append_float(std::string& out, Number value)
{
    char buffer[32];
    auto const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    std::string_view const text(buffer, static_cast<std::size_t>(end - buffer));
    out += text;
    if (text.find_first_of(".en") == text.npos) // 'n' stands in "inf" and "nan"
        out += ".0";
}

template <class Number>
void append_integer(std::string& out, Number value)
{
    char buffer[24];
    auto const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    out.append(buffer, static_cast<std::size_t>(end - buffer));
}

} // namespace detail

AUGUR_INLINE void append_number(std::string& out, double value)
{
    detail::append_float(out, value);
}

AUGUR_INLINE void append_number(std::string& out, float value)
{
    detail::append_float(out, value);
}

AUGUR_INLINE void append_number(std::string& out, std::int64_t value)
{
    detail::append_integer(out, value);
}

AUGUR_INLINE void append_number(std::string& out, std::uint64_t value)
{
    detail::append_integer(out, value);
}

} // namespace augur::inline AUGUR_ABI::codec

namespace augur::inline AUGUR_ABI::codec::json {

AUGUR_INLINE bool writer::before_value()
{
    if (after_key_)
        after_key_ = false;
    else if (in_object())
        return fail("a member without a key"), false;
    else if (comma_) {
        if (depth_ == 0)
            return fail("more than one value"), false;
        out_ += ',';
    }
    comma_ = true;
    return true;
}

AUGUR_INLINE writer& writer::open(char bracket)
{
    if (!before_value())
        return *this;
    if (depth_ == max_depth)
        return fail("nested deeper than 512 levels"), *this;
    auto const mask = std::uint64_t{1} << (depth_ % 64);
    auto& kinds = kinds_[depth_ / 64];
    kinds = bracket == '{' ? kinds | mask : kinds & ~mask;
    ++depth_;
    comma_ = false;
    out_ += bracket;
    return *this;
}

AUGUR_INLINE writer& writer::close(char bracket)
{
    if (depth_ == 0 || in_object() != (bracket == '}') || after_key_)
        return fail("an end without its begin"), *this;
    --depth_;
    comma_ = true;
    out_ += bracket;
    return *this;
}

AUGUR_INLINE writer& writer::key(std::string_view name)
{
    if (!in_object() || after_key_)
        return fail("a key outside an object"), *this;
    if (comma_)
        out_ += ',';
    comma_ = true;
    after_key_ = true;
    quote(name);
    out_ += ':';
    return *this;
}

AUGUR_INLINE writer& writer::string(std::string_view text)
{
    if (before_value())
        quote(text);
    return *this;
}

AUGUR_INLINE writer& writer::boolean(bool value)
{
    return raw(value ? "true" : "false");
}

AUGUR_INLINE writer& writer::null()
{
    return raw("null");
}

AUGUR_INLINE writer& writer::number(double value)
{
    if (value - value != 0) // infinities and NaN
        return fail("a number that is not finite"), *this;
    if (before_value())
        append_number(out_, value);
    return *this;
}

AUGUR_INLINE writer& writer::number(float value)
{
    if (value - value != 0)
        return fail("a number that is not finite"), *this;
    if (before_value())
        append_number(out_, value);
    return *this;
}

AUGUR_INLINE writer& writer::number(std::int64_t value)
{
    if (before_value())
        append_number(out_, value);
    return *this;
}

AUGUR_INLINE writer& writer::number(std::uint64_t value)
{
    if (before_value())
        append_number(out_, value);
    return *this;
}

AUGUR_INLINE writer& writer::raw(std::string_view json)
{
    if (before_value())
        out_ += json;
    return *this;
}

AUGUR_INLINE void writer::quote(std::string_view text)
{
    constexpr char hex[] = "0123456789abcdef";
    if (find_invalid_utf8(text) != text.npos)
        return fail("text that is not UTF-8");
    out_ += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        auto const u = static_cast<unsigned char>(c);
        if (u >= 0x20 && c != '"' && c != '\\')
            continue;
        out_.append(text, copied, i - copied);
        copied = i + 1;
        out_ += '\\';
        switch (c) {
        case '"':
        case '\\': out_ += c; break;
        case '\b': out_ += 'b'; break;
        case '\f': out_ += 'f'; break;
        case '\n': out_ += 'n'; break;
        case '\r': out_ += 'r'; break;
        case '\t': out_ += 't'; break;
        default: out_.append("u00").append(1, hex[u >> 4]).append(1, hex[u & 15]);
        }
    }
    out_.append(text, copied);
    out_ += '"';
}

AUGUR_INLINE result<std::string> writer::finish() &&
{
    if (!failure_ && depth_ != 0)
        failure_ = "a begin without its end";
    if (!failure_ && !comma_)
        failure_ = "no value";
    if (failure_)
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          std::string("cannot be written as JSON: ") + failure_);
    return std::move(out_);
}

} // namespace augur::inline AUGUR_ABI::codec::json
