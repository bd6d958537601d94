#pragma once

#include <augur/tools/errc.hpp>

#include <string>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE std::string_view to_string(answer_errc e) noexcept
{
    switch (e) {
    case answer_errc::refused: return "refused";
    case answer_errc::filtered: return "filtered";
    case answer_errc::cut_short: return "cut_short";
    case answer_errc::no_answer: return "no_answer";
    case answer_errc::step_limit: return "step_limit";
    }
    return "unknown";
}

namespace detail {

inline bool answer_is(answer_errc e, condition c) noexcept
{
    switch (e) {
    case answer_errc::refused:
    case answer_errc::filtered: return c == condition::content_filtered;
    case answer_errc::no_answer: return c == condition::model_error;
    case answer_errc::cut_short:
    case answer_errc::step_limit: return false;
    }
    return false;
}

class answer_category_impl final : public boost::system::error_category
{
public:
    constexpr answer_category_impl() noexcept : error_category(0x6175677572000030ULL) {}
    char const* name() const noexcept override { return "augur.answer"; }
    std::string message(int value) const override { return std::string(to_string(static_cast<answer_errc>(value))); }
    bool equivalent(int value, boost::system::error_condition const& c) const noexcept override
    {
        if (c.category() == condition_category())
            return answer_is(static_cast<answer_errc>(value), static_cast<condition>(c.value()));
        return error_category::equivalent(value, c);
    }
};

inline constexpr answer_category_impl answer_category_instance;

} // namespace detail

AUGUR_INLINE boost::system::error_category const& answer_category() noexcept
{
    return detail::answer_category_instance;
}

} // namespace augur::inline AUGUR_ABI
