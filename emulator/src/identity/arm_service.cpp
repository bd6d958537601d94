#include <augur/emulator/azure_ml_service.hpp>
#include <augur/emulator/identity/arm_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../sigv4_canonical.hpp"
#include "identity_json.hpp"
#include "text.hpp"

namespace augur::emulator {

bool arm_service::matches(request const& r) const
{
    return r.path().starts_with("/subscriptions/") || r.host() == "management.azure.com";
}

std::string arm_service::token_path() const
{
    return "/subscriptions/" + options_.subscription + "/resourceGroups/" + options_.resource_group +
           "/providers/Microsoft.MachineLearningServices/workspaces/" + options_.workspace + "/onlineEndpoints/" +
           options_.endpoint + "/token";
}

void arm_service::reset()
{
    set_lifetime(std::chrono::hours(12), std::chrono::hours(11));
}

void arm_service::set_lifetime(std::chrono::seconds lifetime, std::chrono::seconds refresh_after)
{
    std::scoped_lock const lock(mutex_);
    lifetime_ = lifetime;
    refresh_after_ = refresh_after;
}

boost::asio::awaitable<response> arm_service::handle(request const& r, context const& c)
{
    auto answer = respond(r, c);
    answer.headers.set("x-ms-request-id", c.request_id);
    answer.headers.set("x-ms-correlation-request-id", c.request_id);
    answer.headers.set("x-ms-routing-request-id", "EMULATOR:" + c.request_id);
    if (auto const id = r.headers.get("x-ms-client-request-id"); !id.empty() && id.size() <= 100)
        answer.headers.set("x-ms-client-request-id", quotable(id));
    co_return answer;
}

response arm_service::respond(request const& r, context const& c)
{
    auto const unauthorised = [&](std::string_view code, std::string_view why) {
        auto answer = azure_ml_error(401, code, why);
        answer.headers.add("WWW-Authenticate",
                           "Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\", "
                           "error_description=\"" +
                               std::string(why) + "\"");
        return answer;
    };
    switch (tokens_->check(bearer_token_of(r), {"https://management.azure.com"}, c.now)) {
    case token_state::good: break;
    case token_state::missing:
        return unauthorised("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
    case token_state::unknown: return unauthorised("InvalidAuthenticationToken", "The access token is invalid.");
    case token_state::wrong_audience:
        return unauthorised("InvalidAuthenticationTokenAudience",
                            "The access token has been obtained for wrong audience or resource. It should exactly "
                            "match with one of the allowed audiences 'https://management.azure.com/'.");
    case token_state::expired:
        return unauthorised("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current "
                                                          "UTC time.");
    case token_state::revoked: {
        auto answer = azure_ml_error(401, "TokenIssuedBeforeRevocationTimestamp",
                                     "The user or administrator has revoked tokens; get a new one.");
        answer.headers.add("WWW-Authenticate", claims_challenge(c.now));
        return answer;
    }
    }
    if (form const f(r.query()); f.get("api-version").empty())
        return azure_ml_error(400, "MissingApiVersionParameter",
                              "The api-version query parameter (?api-version=) is required for all requests.");
    if (sigv4::lower(r.path()) != sigv4::lower(token_path()))
        return azure_ml_error(404, "ResourceNotFound", "The resource '" + quotable(r.path()) + "' was not found.");
    if (r.method != "POST")
        return azure_ml_error(405, "MethodNotAllowed", "Use POST.");
    std::scoped_lock const lock(mutex_);
    bearer_grant g;
    g.audience = endpoint_token_audience(options_.endpoint);
    g.giver = "arm";
    g.expires = std::chrono::floor<std::chrono::seconds>(c.now) + lifetime_;
    g = tokens_->issue(std::move(g));
    json const body = {{"accessToken", g.token},
                       {"tokenType", "Bearer"},
                       {"expiryTimeUtc", unix_time(g.expires)},
                       {"refreshAfterTimeUtc", unix_time(c.now) + refresh_after_.count()}};
    return json_response(200, dump(body));
}

std::string endpoint_token_audience(std::string_view endpoint)
{
    return "online endpoint " + std::string(endpoint);
}

} // namespace augur::emulator
