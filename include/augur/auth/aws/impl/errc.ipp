#pragma once

#include <augur/auth/aws/errc.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::auth::aws {

AUGUR_INLINE std::string_view to_string(source_errc e) noexcept
{
    switch (e) {
    case source_errc::throttled: return "throttled";
    case source_errc::unavailable: return "unavailable";
    }
    return "unknown";
}

namespace detail {

inline bool source_errc_is(source_errc e, condition c) noexcept
{
    switch (e) {
    case source_errc::throttled: return c == condition::throttled || c == condition::transient;
    case source_errc::unavailable: return c == condition::server_error || c == condition::transient;
    }
    return false;
}

class source_category_impl final : public boost::system::error_category
{
public:
    constexpr source_category_impl() noexcept : error_category(0x6175677572000041ULL) {}
    char const* name() const noexcept override { return "augur.aws.credentials"; }
    std::string message(int value) const override { return std::string(to_string(static_cast<source_errc>(value))); }
    bool equivalent(int value, boost::system::error_condition const& c) const noexcept override
    {
        if (c.category() == condition_category())
            return source_errc_is(static_cast<source_errc>(value), static_cast<condition>(c.value()));
        return error_category::equivalent(value, c);
    }
};

inline constexpr source_category_impl source_category_instance;

} // namespace detail

AUGUR_INLINE boost::system::error_category const& source_category() noexcept
{
    return detail::source_category_instance;
}

} // namespace augur::inline AUGUR_ABI::auth::aws
