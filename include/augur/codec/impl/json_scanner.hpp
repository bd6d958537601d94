#pragma once

#include <augur/codec/impl/json_number.hpp>
#include <augur/codec/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace augur::inline AUGUR_ABI::codec::json::detail {

/// Reads one JSON text (RFC 8259) front to back and builds nothing: for small texts of a known shape, such as the
/// chunks of a stream, whose fields are taken as they come. As strict as `json::reader`: all of the text is checked, at
/// most 64 levels. Every function returns false from the first fault on, which `what` then names.
///
///     scanner s(text);
///     for (s.begin_object(); s.next_member(key);)
///         key == "id" ? s.read_string(id) : s.skip_value();
///     return s.finish();
class scanner
{
public:
    explicit scanner(std::string_view text) noexcept : p_(text.data()), end_(text.data() + text.size()) {}

    char const* what() const noexcept { return what_; }
    bool fail(char const* what) noexcept
    {
        if (!what_)
            what_ = what;
        end_ = p_; // nothing can be read any more
        return false;
    }

    /// True when the text held one value and nothing else, and no fault.
    bool finish() noexcept
    {
        static_cast<void>(next());
        return p_ == end_ ? !what_ : fail("there is more text after the value");
    }

    bool begin_object() noexcept { return begin('{', 1); }
    bool begin_array() noexcept { return begin('[', 0); }

    /// The name of the next member, unescaped; false at the end of the object. The view stays until the next call.
    bool next_member(std::string_view& key)
    {
        if (!separated('}') || next() != '"')
            return !what_ && !ended_ && fail("the name of a member is missing");
        text_place place;
        if (!take_string(place))
            return false;
        key = place.raw;
        if (place.has_escapes) {
            key_.clear();
            unescape(place.raw, key_);
            key = key_;
        }
        return take(':', "a colon is missing");
    }

    /// False at the end of the array.
    bool next_element() noexcept { return separated(']'); }

    /// The first character of the value that comes next, '\0' when there is none.
    char peek() noexcept { return next(); }

    struct text_place
    {
        std::string_view raw; ///< between the quotes, checked
        bool has_escapes = false;
    };
    bool read_string(text_place& out) noexcept { return next() == '"' ? take_string(out) : fail("wanted string"); }

    bool read_number(std::string_view& token) noexcept
    {
        char const* const begin = (static_cast<void>(next()), p_);
        while (p_ != end_ && (is_digit(*p_) || *p_ == '-' || *p_ == '+' || *p_ == '.' || (*p_ | 0x20) == 'e'))
            ++p_;
        token = {begin, static_cast<std::size_t>(p_ - begin)};
        return is_number(token) || fail("wanted number");
    }

    /// True, and the value is passed, when it is null.
    bool skip_null() noexcept { return next() == 'n' && take_word("null"); }

    /// Passes one value and gives its source.
    bool read_raw(std::string_view& out) noexcept
    {
        char const* const begin = (static_cast<void>(next()), p_);
        if (!skip_value())
            return false;
        out = {begin, static_cast<std::size_t>(p_ - begin)};
        return true;
    }

    /// Passes one value of any kind. Iterates: depth costs a bit each.
    bool skip_value() noexcept
    {
        int const outer = depth_;
        do {
            bool const in_container = depth_ > outer;
            if (in_container) {
                bool const is_object = (kinds_ >> (depth_ - 1) & 1) != 0;
                if (is_object ? !skip_key() : !separated(']')) {
                    if (what_)
                        return false;
                    continue;
                }
            }
            if (!skip_one())
                return false;
        } while (depth_ > outer);
        return true;
    }

    /// Passes an array up to its first closing bracket, and gives its source unchecked: for arrays of numbers alone,
    /// which somebody else reads and checks in one go (`read_floats`).
    bool read_flat_array(std::string_view& out) noexcept
    {
        std::string_view const rest((static_cast<void>(next()), p_), static_cast<std::size_t>(end_ - p_));
        auto const end = rest.find(']');
        if (!rest.starts_with('[') || end == rest.npos)
            return fail("wanted array");
        out = rest.substr(0, end + 1);
        p_ += out.size();
        return true;
    }

    /// What stands in `text` before the first quote without a backslash, or all of it. False: no string may hold that.
    static bool read_content(std::string_view text, text_place& out) noexcept
    {
        return scanner(text).take_content(out);
    }

    /// Appends what the escapes of a checked text stand for.
    static void unescape(std::string_view raw, std::string& out)
    {
        while (!raw.empty()) {
            auto const slash = std::min(raw.find('\\'), raw.size());
            out.append(raw.substr(0, slash));
            raw.remove_prefix(slash);
            if (raw.empty())
                return;
            if (raw[1] == 'u') {
                auto code = hex(raw.data() + 2);
                raw.remove_prefix(6);
                if (code >= 0xD800 && code < 0xDC00) {
                    code = 0x10000 + ((code - 0xD800) << 10) + (hex(raw.data() + 2) - 0xDC00);
                    raw.remove_prefix(6);
                }
                append_utf8(out, code);
            }
            else {
                constexpr std::string_view letters = "bfnrt";
                auto const letter = letters.find(raw[1]);
                out.push_back(letter == letters.npos ? raw[1] : "\b\f\n\r\t"[letter]);
                raw.remove_prefix(2);
            }
        }
    }

private:
    static constexpr int max_depth = 64;
    static constexpr std::uint32_t no_hex = 0xFFFF'FFFF;

    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    static std::uint32_t hex(char const* four) noexcept
    {
        std::uint32_t out = 0;
        for (int i = 0; i < 4; ++i) {
            char const c = four[i];
            char const lower = static_cast<char>(c | 0x20);
            if (is_digit(c))
                out = out << 4 | static_cast<std::uint32_t>(c - '0');
            else if (lower >= 'a' && lower <= 'f')
                out = out << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
            else
                return no_hex;
        }
        return out;
    }

    static void append_utf8(std::string& out, std::uint32_t code)
    {
        auto const put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
        if (code < 0x80)
            return put(code);
        if (code < 0x800)
            put(0xC0 | code >> 6);
        else if (code < 0x10000) {
            put(0xE0 | code >> 12);
            put(0x80 | (code >> 6 & 0x3F));
        }
        else {
            put(0xF0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3F));
            put(0x80 | (code >> 6 & 0x3F));
        }
        put(0x80 | (code & 0x3F));
    }

    char next() noexcept
    {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t'))
            ++p_;
        return p_ != end_ ? *p_ : '\0';
    }

    bool take(char c, char const* otherwise) noexcept
    {
        if (next() != c || p_ == end_)
            return fail(otherwise);
        ++p_;
        return true;
    }

    bool take_word(std::string_view word) noexcept
    {
        if (static_cast<std::size_t>(end_ - p_) < word.size() || std::memcmp(p_, word.data(), word.size()) != 0)
            return fail("neither a value nor true, false or null");
        p_ += word.size();
        return true;
    }

    bool begin(char bracket, std::uint64_t kind) noexcept
    {
        if (!take(bracket, kind != 0 ? "wanted object" : "wanted array"))
            return false;
        if (depth_ == max_depth)
            return fail("nested too deeply");
        kinds_ = (kinds_ & ~(std::uint64_t{1} << depth_)) | kind << depth_;
        ++depth_;
        is_first_ = true;
        return true;
    }

    /// Passes the comma between two; false at the closing bracket, and with a fault.
    bool separated(char closing) noexcept
    {
        ended_ = false;
        char const c = next();
        if (c == closing) {
            ++p_;
            --depth_;
            is_first_ = false;
            ended_ = true;
            return false;
        }
        return std::exchange(is_first_, false) ? p_ != end_ || fail("the text ends too early")
                                               : take(',', "a comma or a closing bracket is missing");
    }

    bool skip_key() noexcept
    {
        if (!separated('}'))
            return false;
        text_place ignored;
        return (next() == '"' ? take_string(ignored) : fail("the name of a member is missing")) &&
               take(':', "a colon is missing");
    }

    /// A scalar, or the opening bracket of a container.
    bool skip_one() noexcept
    {
        text_place text;
        std::string_view number;
        switch (next()) {
        case '{': return begin_object();
        case '[': return begin_array();
        case '"': return take_string(text);
        case 't': return take_word("true");
        case 'f': return take_word("false");
        case 'n': return take_word("null");
        default: return read_number(number);
        }
    }

    /// A quote, a backslash or a control character from p on, or the end. Adds the bytes in front of it to `high`.
    static char const* find_special(char const* p, char const* end, unsigned& high) noexcept
    {
#if defined(__x86_64__)
        for (; end - p >= 16; p += 16) {
            __m128i const v = _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
            __m128i const marks = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
                _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v));
            auto const found = static_cast<unsigned>(_mm_movemask_epi8(marks));
            auto const beyond_ascii = static_cast<unsigned>(_mm_movemask_epi8(v));
            if (found != 0) {
                high |= beyond_ascii & (found - 1) & ~found;
                return p + std::countr_zero(found);
            }
            high |= beyond_ascii;
        }
#endif
        for (; p != end; ++p) {
            auto const c = static_cast<unsigned char>(*p);
            if (c == '"' || c == '\\' || c < 0x20)
                break;
            high |= c & 0x80u;
        }
        return p;
    }

    /// At an opening quote.
    bool take_string(text_place& out) noexcept
    {
        ++p_;
        if (!take_content(out))
            return false;
        if (p_ == end_)
            return fail("a string does not end");
        ++p_;
        return true;
    }

    /// Up to a quote or the end.
    bool take_content(text_place& out) noexcept
    {
        char const* const begin = p_;
        unsigned high = 0;
        out.has_escapes = false;
        for (;;) {
            p_ = find_special(p_, end_, high);
            if (p_ == end_ || *p_ == '"')
                break;
            if (*p_ != '\\')
                return fail("a string holds a control character that is not escaped");
            out.has_escapes = true;
            if (!take_escape())
                return false;
        }
        out.raw = {begin, static_cast<std::size_t>(p_ - begin)};
        return high == 0 || find_invalid_utf8(out.raw) == std::string_view::npos || fail("a string is not valid UTF-8");
    }

    bool take_escape() noexcept
    {
        auto const left = end_ - p_;
        if (left < 2)
            return fail("a string does not end");
        if (p_[1] != 'u') {
            p_ += 2;
            return std::string_view("\"\\/bfnrt").find(p_[-1]) != std::string_view::npos || fail("an unknown escape");
        }
        auto const code = left >= 6 ? hex(p_ + 2) : no_hex;
        if (code == no_hex)
            return fail("an escape without four digits");
        p_ += 6;
        if (code < 0xD800 || code > 0xDFFF)
            return true;
        auto const low = left >= 12 && p_[0] == '\\' && p_[1] == 'u' ? hex(p_ + 2) : no_hex;
        if (code > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
            return fail("a lone surrogate");
        p_ += 6;
        return true;
    }

    char const* p_;
    char const* end_;
    char const* what_ = nullptr;
    std::uint64_t kinds_ = 0; ///< one bit per open bracket: 1 is an object
    int depth_ = 0;
    bool is_first_ = false; ///< no value stands between the bracket and this place
    bool ended_ = false; ///< the last call closed a bracket
    std::string key_;
};

} // namespace augur::inline AUGUR_ABI::codec::json::detail
