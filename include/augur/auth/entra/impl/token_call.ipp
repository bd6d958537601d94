#pragma once

#include <augur/auth/entra/impl/source_http.ipp>
#include <augur/auth/entra/wire.hpp>
#include <augur/codec/service_error.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// Again after 429, 5xx and broken connections, three times in all, as late as the service asks. A wait that nobody
/// has the patience for is the caller's to make.
inline std::optional<std::chrono::nanoseconds> repeat_token_call(int attempt, result<http_response> const& got,
                                                                 wall_time now)
{
    if (attempt >= 3 || !auth::detail::worth_repeating(got))
        return std::nullopt;
    std::chrono::nanoseconds pause = std::chrono::milliseconds(500) * attempt;
    if (got)
        if (auto const asked = codec::asked_wait_of(got->fields, now).wait)
            pause = std::max(pause, std::chrono::nanoseconds(*asked));
    if (pause > std::chrono::seconds(10))
        return std::nullopt;
    return pause;
}

/// One exchange with a token endpoint; every status is a success.
inline net::task<result<http_response>> post_form(net::operation& op, source_settings settings, url to, secret form)
{
    auto call = std::make_shared<service_call>("Entra", std::move(to));
    auto const random = settings->random() ? settings->random() : system_random();
    call->method("POST").content(form).repeat(&repeat_token_call);
    call->field("content-type", "application/x-www-form-urlencoded");
    call->field("accept", "application/json");
    call->field("client-request-id", make_uuid(*random));
    call->field("return-client-request-id", "true");
    auto got = co_await call_service(op, std::move(settings), std::move(call));
    co_return got;
}

/// Understands the answer to a grant. `proof`: never to be told; `name`: of the source.
inline result<access_token> read_grant(http_response& got, wall_time now, secret const& proof, std::string name)
{
    if (got.status != 200)
        return wire::parse_error("Entra", got, now, {proof.reveal()});
    auto out = wire::parse_token(got.content, now);
    cleanse(got.content.data(), got.content.size());
    if (out)
        out->source = std::move(name);
    return out;
}

/// An application's id as it may stand in a form and in an error.
inline bool is_client_id(std::string_view text) noexcept
{
    return is_tenant(text);
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail
