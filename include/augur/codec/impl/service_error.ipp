#pragma once

#include <augur/codec/http_date.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/retry_after.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/url.hpp>

#include <algorithm>
#include <array>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline constexpr std::size_t longest_error_body = 64 * 1024;
inline constexpr std::size_t longest_error_text = 8 * 1024;
inline constexpr std::size_t most_error_members = 32;

/// Cuts between characters, so that valid UTF-8 stays valid.
inline std::string_view cut_text(std::string_view text, std::size_t cap) noexcept
{
    if (text.size() <= cap)
        return text;
    while (cap > 0 && (static_cast<unsigned char>(text[cap]) & 0xC0U) == 0x80U)
        --cap;
    return text.substr(0, cap);
}

inline bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept
{
    return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

} // namespace detail

AUGUR_INLINE std::string status_name(int status)
{
    switch (status) {
    case 400: return "bad_request";
    case 401: return "unauthorized";
    case 403: return "forbidden";
    case 404: return "not_found";
    case 405: return "method_not_allowed";
    case 408: return "request_timeout";
    case 409: return "conflict";
    case 410: return "gone";
    case 413: return "payload_too_large";
    case 415: return "unsupported_media_type";
    case 422: return "unprocessable_content";
    case 429: return "too_many_requests";
    case 500: return "internal_server_error";
    case 502: return "bad_gateway";
    case 503: return "service_unavailable";
    case 504: return "gateway_timeout";
    }
    return "http_" + std::to_string(status);
}

AUGUR_INLINE bool status_is(int status, condition c) noexcept
{
    switch (c) {
    case condition::invalid_request:
        return status >= 400 && status < 500 && !status_is(status, condition::unauthenticated) &&
               !status_is(status, condition::forbidden) && !status_is(status, condition::not_found) &&
               !status_is(status, condition::transient) && status != 409 && status != 424;
    case condition::unauthenticated: return status == 401;
    case condition::forbidden: return status == 403;
    case condition::not_found: return status == 404 || status == 410;
    case condition::too_large: return status == 413;
    case condition::throttled: return status == 429;
    case condition::overloaded: return status == 503 || status == 529;
    case condition::server_error: return status >= 500 && status < 600;
    case condition::timeout: return status == 408 || status == 504;
    case condition::transient:
        return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
               status == 529;
    default: return false;
    }
}

AUGUR_INLINE outcome status_outcome(int status) noexcept
{
    if (status < 500 || status == 501 || status == 503 || status == 505 || status == 529)
        return outcome::refused;
    return outcome::unknown;
}

AUGUR_INLINE error_body error_body::read(std::string_view content)
{
    error_body out;
    out.text_ = detail::cut_text(content, detail::longest_error_text);
    auto const first = content.find_first_not_of(" \t\r\n");
    if (first == content.npos || content[first] != '{' || content.size() > detail::longest_error_body)
        return out;
    auto const document = json::parse(content);
    if (!document)
        return out;
    out.is_json_ = true;
    auto const keep = [&out](std::string name, json::value const& v) {
        if (out.members_.size() >= detail::most_error_members)
            return;
        switch (v.kind()) {
        case json::kind::string:
            if (auto const text = v.as_string())
                out.members_.emplace_back(std::move(name), detail::cut_text(*text, detail::longest_error_text));
            break;
        case json::kind::number:
        case json::kind::boolean: out.members_.emplace_back(std::move(name), detail::cut_text(v.raw(), 64)); break;
        default: break;
        }
    };
    for (auto const [key, value] : document->root().members()) {
        if (key.size() > 64)
            continue;
        if (equal_ignoring_case(key, "error") && value.is_object()) {
            for (auto const [inner_key, inner] : value.members())
                if (inner_key.size() <= 64)
                    keep("error." + std::string(inner_key), inner);
        }
        else {
            keep(std::string(key), value);
        }
    }
    return out;
}

AUGUR_INLINE std::string_view error_body::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : members_)
        if (!value.empty() && equal_ignoring_case(key, name))
            return value;
    return {};
}

AUGUR_INLINE std::string_view error_body::code() const noexcept
{
    for (std::string_view const name : {"code", "__type", "error.code", "error.type"})
        if (auto const found = bare_error_name(find(name)); !found.empty())
            return found;
    return {};
}

AUGUR_INLINE std::string_view error_body::message() const noexcept
{
    for (std::string_view const name : {"message", "error.message", "error", "detail", "errormessage"})
        if (auto const found = find(name); !found.empty())
            return found;
    return text_;
}

AUGUR_INLINE std::string_view bare_error_name(std::string_view text) noexcept
{
    text = text.substr(0, text.find(':'));
    if (auto const hash = text.rfind('#'); hash != text.npos)
        text.remove_prefix(hash + 1);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

AUGUR_INLINE asked_wait asked_wait_of(headers const& fields, wall_time now)
{
    asked_wait out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto const field = fields.at(i);
        if (!equal_ignoring_case(field.name, "x-amz-retry-after"))
            continue;
        auto const wait = parse_amz_retry_after(field.value);
        if (wait && (!out.wait || *wait < *out.wait))
            out = {wait, true};
    }
    if (!out.wait)
        out.wait = retry_after(fields, parse_http_date(fields["date"], now).value_or(now));
    return out;
}

AUGUR_INLINE std::vector<std::pair<std::string, std::string>> rate_limit_fields(headers const& fields)
{
    constexpr std::string_view prefixes[] = {"x-ratelimit-", "x-ms-ratelimit-", "retry-after", "x-ms-retry-after",
                                             "x-amz-retry-after"};
    std::vector<std::pair<std::string, std::string>> out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto const field = fields.at(i);
        if (field.name.size() < 11 || ((field.name[0] | 0x20) != 'x' && (field.name[0] | 0x20) != 'r'))
            continue; // most of them: `retry-after` is the shortest, and every prefix begins with x or r
        for (auto const prefix : prefixes) {
            if (detail::starts_with_ignoring_case(field.name, prefix)) {
                out.emplace_back(field.name, field.value);
                break;
            }
        }
    }
    return out;
}

AUGUR_INLINE error refused_redirect(http_response const& response)
{
    auto const location = response.fields["location"];
    std::string where = "an address that is missing or unreadable";
    if (auto const target = url::parse(location))
        where = "the host \"" + target->host() + "\"";
    else if (location.starts_with('/') && !location.starts_with("//"))
        where = "another path of the same host";
    auto out = make_error(errc::redirect_refused, phase::decode, outcome::refused,
                          "the service redirects to " + where +
                              "; redirects are never followed, because they would carry credentials there");
    out.with_http_status(response.status);
    return out;
}

} // namespace augur::inline AUGUR_ABI::codec
