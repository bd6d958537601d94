#pragma once

#include <augur/core/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// Appends the shortest text that reads back as the same number; a whole number gets ".0", so that the
/// reader on the other side sees a float ("5.1", "6.0", "-0.0", "1e+22"). The value must be finite.
void append_number(std::string& out, double value);
void append_number(std::string& out, float value);
void append_number(std::string& out, std::int64_t value);
void append_number(std::string& out, std::uint64_t value);

} // namespace augur::inline AUGUR_ABI::codec

namespace augur::inline AUGUR_ABI::codec::json {

/// Builds a JSON text by appending; its own state is of fixed size. At most 512 levels.
///
///     json::writer w;
///     w.begin_object().key("instances").begin_array().number(5.1).end_array().end_object();
///     result<std::string> body = std::move(w).finish();
///
/// A string that is not valid UTF-8 and a number that is not finite make `finish` fail with
/// `errc::invalid_argument`; calls that do not form one JSON value do the same.
class writer
{
public:
    writer() = default;
    explicit writer(std::size_t expected_size) { out_.reserve(expected_size); }

    writer& begin_object() { return open('{'); }
    writer& end_object() { return close('}'); }
    writer& begin_array() { return open('['); }
    writer& end_array() { return close(']'); }
    writer& key(std::string_view name);

    writer& string(std::string_view text);
    writer& boolean(bool value);
    writer& null();
    writer& number(double value);
    writer& number(float value);
    writer& number(std::int64_t value);
    writer& number(std::uint64_t value);
    writer& number(int value) { return number(static_cast<std::int64_t>(value)); }
    /// A double, or null when it is NaN: a missing cell. Infinity stays an error.
    writer& number_or_null(double value) { return value != value ? null() : number(value); }
    /// A JSON value that is known to be valid.
    writer& raw(std::string_view json);

    std::size_t size() const noexcept { return out_.size(); }
    result<std::string> finish() &&;

private:
    static constexpr std::size_t max_depth = 512;

    writer& open(char bracket);
    writer& close(char bracket);
    /// False when a value may not stand here.
    bool before_value();
    bool in_object() const noexcept
    {
        return depth_ > 0 && (kinds_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1U) != 0;
    }
    void quote(std::string_view text);
    void fail(char const* what) noexcept
    {
        if (!failure_)
            failure_ = what;
    }

    std::string out_;
    char const* failure_ = nullptr; // the first mistake; a literal
    std::size_t depth_ = 0;
    std::array<std::uint64_t, max_depth / 64> kinds_{}; // one bit per open bracket: 1 is an object
    bool comma_ = false;     // a value stands before this place
    bool after_key_ = false; // a key waits for its value
};

} // namespace augur::inline AUGUR_ABI::codec::json

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/json_writer.ipp>
#endif
