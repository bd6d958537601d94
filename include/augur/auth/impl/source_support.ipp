#pragma once

#include <augur/core/error.hpp>
#include <augur/core/error_details.hpp>

#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::detail {

/// Not configured: the next source is asked.
inline error nothing_here(std::string why)
{
    return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, std::move(why));
}

/// It was configured, and what it needs is not there: the search must not go on as somebody else.
inline error configured_but_absent(std::string why)
{
    error_details said;
    said.message = std::move(why);
    said.attributes.emplace_back("configured", "yes");
    return error(make_error_code(errc::credentials_unavailable), phase::auth, outcome::not_sent, std::move(said));
}

/// Whether a source that failed so was not configured. One that was asked and said no was.
inline bool is_nothing_here(error const& e) noexcept
{
    return e == errc::credentials_unavailable && e.http_status() == 0 && e.attribute("configured").empty();
}

/// Configured, and wrong.
inline error bad_setting(std::string what)
{
    return make_error(errc::invalid_argument, phase::auth, outcome::not_sent, std::move(what));
}

/// `what` could not be opened, which says nothing about it.
inline error no_room_for(std::string what)
{
    return make_error(errc::resource_exhausted, phase::auth, outcome::not_sent,
                      std::move(what) + " cannot be opened: no descriptor or no memory is left");
}

/// What a service or a tool answered is not what it promises.
inline error bad_answer(std::string what)
{
    return make_error(errc::decode_error, phase::auth, outcome::not_sent, std::move(what));
}

} // namespace augur::inline AUGUR_ABI::auth::detail
