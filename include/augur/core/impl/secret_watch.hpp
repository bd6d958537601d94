#pragma once

#include <augur/core/error_details.hpp>

#include <cstddef>
#include <string_view>

/// @file
/// For test builds with AUGUR_WATCH_SECRETS: a program that has these two functions is told of every secret that is
/// made, and of every text that an error, a log or an observer is about to show. tests/support/secret_watch.cpp ends
/// the program when the second holds the first. Elsewhere nothing of this exists.
#if defined(AUGUR_WATCH_SECRETS)
extern "C" {
__attribute__((weak)) void augur_secret_made(char const* text, std::size_t size) noexcept;
__attribute__((weak)) void augur_text_shown(char const* text, std::size_t size) noexcept;
}
#endif

namespace augur::inline AUGUR_ABI::detail {

#if defined(AUGUR_WATCH_SECRETS)
inline constexpr bool watches_secrets = true;

inline void secret_made(std::string_view text) noexcept
{
    if (augur_secret_made != nullptr)
        augur_secret_made(text.data(), text.size());
}
inline void text_shown(std::string_view text) noexcept
{
    if (augur_text_shown != nullptr)
        augur_text_shown(text.data(), text.size());
}
#else
inline constexpr bool watches_secrets = false;

inline void secret_made(std::string_view) noexcept {}
inline void text_shown(std::string_view) noexcept {}
#endif

inline void details_shown(error_details const& d) noexcept
{
    if constexpr (watches_secrets) {
        for (std::string_view const text : {std::string_view(d.message), std::string_view(d.service_message),
                                            std::string_view(d.provider_code), std::string_view(d.request_id)})
            text_shown(text);
        for (auto const& [name, value] : d.attributes)
            text_shown(value);
    }
}

} // namespace augur::inline AUGUR_ABI::detail
