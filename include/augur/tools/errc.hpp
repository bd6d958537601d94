#pragma once

#include <augur/core/errc.hpp>

#include <string_view>
#include <type_traits>

namespace augur::inline AUGUR_ABI {

/// Why a model's whole and readable answer is not what `ask` or `converse` was to bring. Outcome `complete`. (An answer
/// that does not fit its type is `errc::decode_error` with the path of the place.)
enum class answer_errc : int
{
    refused = 1, ///< the model says that it will not; its words are the service message
    filtered, ///< a content filter held the answer back, or a part of it
    cut_short, ///< the limit on tokens was reached before the answer was whole
    no_answer, ///< the service sent no choice, or one without text
    step_limit, ///< the model still wanted tools after the last step
};

AUGUR_DECL boost::system::error_category const& answer_category() noexcept;

inline error_code make_error_code(answer_errc e) noexcept
{
    return {static_cast<int>(e), answer_category()};
}

std::string_view to_string(answer_errc e) noexcept;

} // namespace augur::inline AUGUR_ABI

namespace boost::system {
template <>
struct is_error_code_enum<augur::answer_errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/tools/impl/errc.ipp>
#endif
