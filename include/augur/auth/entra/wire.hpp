#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/auth/entra/token.hpp>
#include <augur/core/http.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// @file
/// What is said to Entra's token endpoint and its relatives, and what they answer. Pure.

namespace augur::inline AUGUR_ABI::auth::entra::wire {

/// A form that grows; every value is percent-encoded. Overwritten when it is destroyed.
class form
{
public:
    form() = default;
    form(form const&) = delete;
    form& operator=(form const&) = delete;
    form(form&&) noexcept = default;
    form& operator=(form&&) = delete;
    ~form() { cleanse(text_.data(), text_.size()); }
    form& add(std::string_view name, std::string_view value);
    form& add(std::string_view name, secret const& value) { return add(name, value.reveal()); }
    std::string_view text() const noexcept { return text_; }
    secret finish() { return secret(std::move(text_)); }

private:
    std::string text_;
};

/// client_id, scope, grant_type and, if there are any, claims; the proof of identity is the caller's to add.
/// Errors, `errc::invalid_argument`: a scope that is not one resource and "/.default" (AD FS, which is `tenant`
/// "adfs", wants the resource alone), and claims that are no JSON object.
result<form> begin_grant(std::string_view client_id, std::string_view grant, token_request const& what,
                         std::string_view tenant);

/// What our claims and the announcement of `with_continuous_evaluation` make together; empty: nothing to say.
/// Claims that are no JSON object: `errc::invalid_argument`.
result<std::string> claims_of(token_request const& what);

/// A success of the token endpoint, of instance metadata or of App Service.
///
/// `expires_in` counts from `now`, as number or as numeric text; else `expires_on`: seconds since 1970 in either
/// form, or a date (RFC 3339, RFC 1123, "06/20/2021 02:57:58 +00:00" with or without AM and PM). Numbers are
/// clamped to a week. `refresh_in` is when to ask again; without it a token that lasts two hours or more is asked
/// for again at half time. No end at all is `errc::decode_error`.
result<access_token> parse_token(std::string_view json, wall_time now);

/// Anything else than a 200. `never_told`: proofs of identity, in whatever form; words that repeat one are dropped.
/// `who`: for people, such as "Entra".
error parse_error(std::string_view who, http_response const& answer, wall_time now,
                  std::initializer_list<std::string_view> never_told = {});

/// The claims that a 401 asks for in a Bearer challenge with error="insufficient_claims": JSON, decoded. Base64 of
/// either alphabet, padding or none; anything that is not a JSON object of at most 16 KiB is nothing.
std::optional<std::string> demanded_claims(headers const& fields);

} // namespace augur::inline AUGUR_ABI::auth::entra::wire

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/wire.ipp>
#endif
