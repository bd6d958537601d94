#include <augur/emulator/identity/sso_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../json.hpp"
#include "../random.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

using std::chrono::system_clock;

response portal_error(int status, std::string_view type, std::string_view message)
{
    json body;
    body["message"] = std::string(message);
    body["__type"] = "com.amazonaws.switchboard.portal#" + std::string(type);
    auto r = json_response(status, dump(body));
    r.headers.add("x-amzn-ErrorType", std::string(type));
    return r;
}

response oidc_error(std::string_view code, std::string_view type, std::string_view why)
{
    json body;
    body["error"] = std::string(code);
    body["error_description"] = std::string(why);
    auto r = json_response(400, dump(body));
    r.headers.add("x-amzn-ErrorType", std::string(type));
    return r;
}

std::string member(json const& object, char const* name)
{
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

sso_service::sso_service(sso_options options, std::shared_ptr<aws_accounts> accounts)
    : options_(std::move(options)), accounts_(std::move(accounts))
{
}

void sso_service::reset()
{
    std::scoped_lock const lock(mutex_);
    sessions_.clear();
    refreshable_.clear();
}

sso_login sso_service::log_in(system_clock::time_point expires)
{
    sso_login out{"aoa" + random_text(80), "aor" + random_text(80), random_text(22), random_text(60), expires};
    std::scoped_lock const lock(mutex_);
    sessions_[out.access_token] = expires;
    refreshable_[out.refresh_token] = out;
    return out;
}

bool sso_service::matches(request const& r) const
{
    return r.path() == "/federation/credentials" || r.path() == "/token";
}

boost::asio::awaitable<response> sso_service::handle(request const& r, context const& c)
{
    auto answer = r.path() == "/token" ? refresh(r, c) : portal(r, c);
    answer.headers.add("x-amzn-RequestId", c.request_id);
    co_return answer;
}

response sso_service::portal(request const& r, context const& c)
{
    if (r.method != "GET")
        return portal_error(405, "InvalidRequestException", "Use GET.");
    form const f(r.query());
    if (f.get("role_name").empty() || f.get("account_id").empty())
        return portal_error(400, "InvalidRequestException", "role_name and account_id are needed");
    std::scoped_lock const lock(mutex_);
    auto const session = sessions_.find(r.headers.get("x-amz-sso_bearer_token"));
    if (session == sessions_.end() || session->second <= c.now)
        return portal_error(401, "UnauthorizedException", "Session token not found or invalid");
    if (f.get("role_name") != options_.role || f.get("account_id") != options_.account)
        return portal_error(403, "ForbiddenException", "No access");
    auto const who = "emulator@example.test";
    auto const p = accounts_->issue(
        "arn:aws:sts::" + options_.account + ":assumed-role/AWSReservedSSO_" + options_.role + "_0/" + who,
        std::string("AROAEMULATORSSOROLE:") + who, options_.account, c.now + options_.lifetime);
    json body;
    auto& keys = body["roleCredentials"];
    keys["accessKeyId"] = p.key.access_key;
    keys["secretAccessKey"] = p.key.secret_key;
    keys["sessionToken"] = p.key.session_token;
    keys["expiration"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(p.key.expires->time_since_epoch()).count();
    return json_response(200, dump(body));
}

response sso_service::refresh(request const& r, context const& c)
{
    auto const parsed = parse_json(r.body);
    if (r.method != "POST" || !parsed.value || !parsed.value->is_object())
        return oidc_error("invalid_request", "InvalidRequestException", "a JSON object is needed");
    auto const& wish = *parsed.value;
    if (member(wish, "grantType") != "refresh_token")
        return oidc_error("unsupported_grant_type", "UnsupportedGrantTypeException", "only refresh_token");
    std::scoped_lock const lock(mutex_);
    auto const known = refreshable_.find(member(wish, "refreshToken"));
    if (known == refreshable_.end())
        return oidc_error("invalid_grant", "InvalidGrantException", "Invalid refresh token provided");
    auto login = known->second;
    if (member(wish, "clientId") != login.client_id || member(wish, "clientSecret") != login.client_secret)
        return oidc_error("invalid_client", "InvalidClientException", "Invalid client provided");
    refreshable_.erase(known); // a refresh token is good once
    login.access_token = "aoa" + random_text(80);
    login.refresh_token = "aor" + random_text(80);
    login.expires = c.now + options_.session;
    sessions_[login.access_token] = login.expires;
    refreshable_[login.refresh_token] = login;
    json body;
    body["accessToken"] = login.access_token;
    body["refreshToken"] = login.refresh_token;
    body["tokenType"] = "Bearer";
    body["expiresIn"] = options_.session.count();
    return json_response(200, dump(body));
}

} // namespace augur::emulator
