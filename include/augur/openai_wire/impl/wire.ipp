#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/openai_wire/impl/fault.hpp>
#include <augur/openai_wire/wire.hpp>
#include <augur/policy/retry.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

inline std::optional<std::int64_t> count_field(headers const& fields, std::string_view name) noexcept
{
    auto const text = fields[name];
    std::int64_t number = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || code != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number; // -1 is seen where nothing is counted
}

} // namespace detail

AUGUR_INLINE error parse_error(http_response const& response, wall_time now)
{
    if (response.status >= 300 && response.status < 400)
        return codec::refused_redirect(response);
    auto const f = detail::fault_of_body(response.content);
    auto const& fields = response.fields;
    // Never one of our own small numbers.
    auto code = static_cast<errc>(std::clamp(response.status, 100, 999));
    if (auto const known = detail::errc_of(f))
        code = *known;
    else if (response.status == 400 && detail::says_too_long(f.message))
        code = errc::context_length_exceeded;

    auto details = detail::details_of(code, f);
    details.request_id = request_id_of(fields);
    for (std::string_view const name : {"x-ms-region", "x-ms-deployment-name", "x-should-retry"})
        if (auto const value = fields[name]; !value.empty())
            details.attributes.emplace_back(name, sanitise(value, 256));
    auto const asked = codec::asked_wait_of(fields, now);
    details.retry_after = asked.wait;
    if (asked.hint)
        details.attributes.emplace_back(policy::retry_hint_attribute, std::to_string(asked.wait->count()));
    error out(make_error_code(code), phase::decode, codec::status_outcome(response.status), std::move(details));
    out.with_http_status(response.status);
    return out;
}

AUGUR_INLINE std::optional<error> parse_stream_error(std::string_view data)
{
    auto const document = codec::json::parse(data);
    return document ? detail::stream_error_in(document->root()) : std::nullopt;
}

AUGUR_INLINE std::string request_id_of(headers const& fields)
{
    for (std::string_view const name : {"apim-request-id", "x-request-id", "x-ms-request-id", "x-ms-client-request-id"})
        if (auto const id = fields[name]; !id.empty())
            return sanitise(id, 128);
    return {};
}

AUGUR_INLINE rate_limits parse_rate_limits(headers const& fields) noexcept
{
    rate_limits out;
    out.limit_requests = detail::count_field(fields, "x-ratelimit-limit-requests");
    out.limit_tokens = detail::count_field(fields, "x-ratelimit-limit-tokens");
    out.remaining_requests = detail::count_field(fields, "x-ratelimit-remaining-requests");
    out.remaining_tokens = detail::count_field(fields, "x-ratelimit-remaining-tokens");
    out.reset_requests = parse_reset_time(fields["x-ratelimit-reset-requests"]);
    out.reset_tokens = parse_reset_time(fields["x-ratelimit-reset-tokens"]);
    return out;
}

AUGUR_INLINE std::optional<std::chrono::milliseconds> parse_reset_time(std::string_view text) noexcept
{
    constexpr double longest = 1e11; // three years, far from the end of the type
    struct unit
    {
        std::string_view name;
        double milliseconds;
    };
    constexpr unit units[] = {{"ms", 1}, {"us", 1e-3}, {"ns", 1e-6}, {"h", 3.6e6}, {"m", 6e4}, {"s", 1e3}};
    if (text.empty())
        return std::nullopt;
    double sum = 0;
    bool const bare = text.find_first_not_of("0123456789.") == text.npos;
    while (!text.empty()) {
        double number = 0;
        auto const [end, code] =
            std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (code != std::errc() || !(number >= 0 && number < longest))
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        auto const* const found =
            std::ranges::find_if(units, [text](unit const& u) { return text.starts_with(u.name); });
        if (found == std::end(units) && !bare)
            return std::nullopt;
        sum += number * (bare ? 1e3 : found->milliseconds);
        if (!bare)
            text.remove_prefix(found->name.size());
        else if (!text.empty())
            return std::nullopt; // a second point
    }
    if (!(sum < longest))
        return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(sum)));
}

} // namespace augur::inline AUGUR_ABI::openai_wire
