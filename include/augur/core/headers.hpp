#pragma once

#include <augur/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// RFC 9110 5.6.2: one or more tchar.
bool is_token(std::string_view text) noexcept;
/// RFC 9110 5.5: VCHAR, SP, HTAB and obs-text; no blank at either end; may be empty.
bool is_field_value(std::string_view text) noexcept;
/// ASCII case does not matter in field names.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A bounded, ordered list of header fields, kept in one block of text.
///
/// Views given out live until the next change.
class headers
{
public:
    struct field
    {
        std::string_view name;
        std::string_view value;
    };

    static constexpr std::size_t default_max_bytes = 16 * 1024;
    static constexpr std::size_t default_max_fields = 256;

    headers() = default;
    explicit headers(std::size_t max_bytes, std::size_t max_fields) noexcept
        : max_bytes_(max_bytes), max_fields_(max_fields)
    {
    }

    /// Refuses a bad name or value with `errc::invalid_argument`, and one field too many with
    /// `errc::header_limit`.
    result<void> add(std::string_view name, std::string_view value);
    /// The first field of that name, whatever its case.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// The first field of that name, or nothing at all.
    std::string_view operator[](std::string_view name) const noexcept;
    std::size_t count(std::string_view name) const noexcept;
    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }
    field at(std::size_t index) const noexcept;
    std::size_t bytes() const noexcept { return text_.size(); }
    /// Keeps the memory.
    void clear() noexcept { text_.clear(), entries_.clear(); }
    /// The same, for other limits.
    void clear(std::size_t max_bytes, std::size_t max_fields) noexcept
    {
        clear();
        max_bytes_ = max_bytes;
        max_fields_ = max_fields;
    }

private:
    struct entry
    {
        std::uint32_t begin, name_size, value_size;
    };

    std::string text_;
    std::vector<entry> entries_;
    std::size_t max_bytes_ = default_max_bytes;
    std::size_t max_fields_ = default_max_fields;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/headers.ipp>
#endif
