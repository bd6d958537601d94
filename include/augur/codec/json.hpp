#pragma once

#include <augur/codec/json_limits.hpp>
#include <augur/core/result.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// True when brackets in `text` are nested at most `max_depth` deep. Linear, no recursion, no allocation; it
/// knows strings but does not validate anything else. Ask it before any recursive parser sees foreign bytes.
bool depth_ok(std::string_view text, std::size_t max_depth) noexcept;

/// The offset of the first byte that is not valid UTF-8 (RFC 3629), or npos.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

} // namespace augur::inline AUGUR_ABI::codec

namespace augur::inline AUGUR_ABI::codec::json {

enum class kind : std::uint8_t
{
    null,
    boolean,
    number,
    string,
    array,
    object,
};
std::string_view to_string(kind k) noexcept;

namespace detail {
struct tape;
} // namespace detail

class elements;
class members;

/// A view of one value of a document; lives as long as any copy of the document. Members may be asked in any
/// order and any number of times.
///
/// The text is fully validated when it is read, but numbers become numbers only when they are asked for:
/// 1e999 or 2^64 in a field that nobody knows harms nobody, and the field that is asked for fails with its
/// path. Errors are `errc::decode_error`, phase `decode`, outcome `complete`, with a path such as
/// `$.predictions[3].score`.
class value
{
public:
    json::kind kind() const noexcept;
    bool is_null() const noexcept { return kind() == json::kind::null; }
    bool is_array() const noexcept { return kind() == json::kind::array; }
    bool is_object() const noexcept { return kind() == json::kind::object; }

    result<bool> as_bool() const;
    /// A number written without fraction and exponent that fits. "-0" is 0.
    result<std::int64_t> as_int64() const;
    result<std::uint64_t> as_uint64() const;
    /// The nearest double; "-0" is -0.0. A number too large for a double is an error.
    result<double> as_double() const;
    /// Unescaped, valid UTF-8.
    result<std::string_view> as_string() const;
    /// True for a number written without fraction and exponent.
    bool is_integer() const noexcept;

    /// Elements or members; 0 for scalars.
    std::size_t size() const noexcept;
    json::elements elements() const noexcept; ///< none unless an array
    json::members members() const noexcept;   ///< none unless an object; duplicates included

    /// A member that must exist. Linear in the members. Absent, not an object, or there more than once
    /// (RFC 8259 section 4 leaves the meaning open, so neither is taken): an error.
    result<value> at(std::string_view key) const;
    result<value> at(std::size_t index) const;
    /// A member that may be absent: nullopt also when the value is no object or the key is duplicated.
    std::optional<value> find(std::string_view key) const noexcept;
    /// A member that may be absent and is wanted only when it is a string; for error bodies.
    std::optional<std::string_view> find_string(std::string_view key) const noexcept;

    /// The source text of this value, without surrounding white space.
    std::string_view raw() const noexcept;
    /// Such as `$.error.details[0]`; linear in the document, meant for messages.
    std::string path() const;
    /// An error about this value: its path and `what`.
    error make_decode_error(std::string_view what) const;

private:
    friend class document;
    friend class elements;
    friend class members;
    value(detail::tape const* tape, std::uint32_t index) noexcept : tape_(tape), index_(index) {}

    detail::tape const* tape_;
    std::uint32_t index_;
};

struct member
{
    std::string_view key;
    json::value value;
};

/// The elements of an array, in order: `for (json::value v : array.elements())`.
class elements
{
public:
    class iterator
    {
    public:
        using value_type = value;
        using difference_type = std::ptrdiff_t;
        iterator(detail::tape const* tape, std::uint32_t index) noexcept : tape_(tape), index_(index) {}
        value operator*() const noexcept { return {tape_, index_}; }
        iterator& operator++() noexcept;
        friend bool operator==(iterator const&, iterator const&) = default;

    private:
        detail::tape const* tape_;
        std::uint32_t index_;
    };
    iterator begin() const noexcept { return {tape_, first_}; }
    iterator end() const noexcept { return {tape_, last_}; }

private:
    friend class value;
    elements(detail::tape const* tape, std::uint32_t first, std::uint32_t last) noexcept
        : tape_(tape), first_(first), last_(last)
    {
    }
    detail::tape const* tape_;
    std::uint32_t first_;
    std::uint32_t last_;
};

/// The members of an object, in order: `for (auto [key, value] : object.members())`.
class members
{
public:
    class iterator
    {
    public:
        using value_type = member;
        using difference_type = std::ptrdiff_t;
        iterator(detail::tape const* tape, std::uint32_t index) noexcept : tape_(tape), index_(index) {}
        member operator*() const noexcept;
        iterator& operator++() noexcept;
        friend bool operator==(iterator const&, iterator const&) = default;

    private:
        detail::tape const* tape_;
        std::uint32_t index_;
    };
    iterator begin() const noexcept { return {tape_, first_}; }
    iterator end() const noexcept { return {tape_, last_}; }

private:
    friend class value;
    members(detail::tape const* tape, std::uint32_t first, std::uint32_t last) noexcept
        : tape_(tape), first_(first), last_(last)
    {
    }
    detail::tape const* tape_;
    std::uint32_t first_;
    std::uint32_t last_;
};

/// A JSON text, read and validated once. Copies share it. Memory: at most about 16 times the text.
class document
{
public:
    json::value root() const noexcept;

private:
    friend class reader;
    explicit document(std::shared_ptr<detail::tape const> tape) noexcept : tape_(std::move(tape)) {}
    std::shared_ptr<detail::tape const> tape_;
};

/// Reads JSON texts (RFC 8259). Strict: trailing bytes, invalid UTF-8, lone surrogates, NaN (but for
/// `limits::not_finite`), comments and trailing commas are errors with the path of the place. Holds nothing but its
/// limits: the working memory is the thread's.
class reader
{
public:
    explicit reader(limits limits = {}) noexcept : limits_(limits) {}

    /// Copies the text, because simdjson reads up to 64 bytes past its end.
    result<document> read(std::string_view text) const;
    /// Takes the text over: no copy when it has 64 bytes of spare capacity.
    result<document> read_owned(std::string text) const;

private:
    json::limits limits_;
};

/// One text with a reader of its own.
result<document> parse(std::string_view text, limits limits = {});

} // namespace augur::inline AUGUR_ABI::codec::json

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/json.ipp>
#include <augur/codec/impl/json_value.ipp>
#endif
