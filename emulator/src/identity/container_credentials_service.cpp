#include <augur/emulator/identity/container_credentials_service.hpp>

#include <augur/codec/sha256.hpp>

#include <boost/asio/awaitable.hpp>

#include "../json.hpp"
#include "../random.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

constexpr std::string_view ecs_path = "/v2/credentials/";
constexpr std::string_view eks_path = "/v1/credentials";

response refusal(int status, std::string_view code, std::string_view message)
{
    json body;
    body["code"] = std::string(code);
    body["message"] = std::string(message);
    return json_response(status, dump(body));
}

} // namespace

bool container_credentials_service::matches(request const& r) const
{
    return r.path() == eks_path || r.path().starts_with(ecs_path);
}

void container_credentials_service::reset()
{
    std::scoped_lock const lock(mutex_);
    token_ = first_token_;
    lifetime_ = std::chrono::hours(6);
}

std::string container_credentials_service::token() const
{
    std::scoped_lock const lock(mutex_);
    return token_;
}

void container_credentials_service::set_token(std::string token)
{
    std::scoped_lock const lock(mutex_);
    token_ = std::move(token);
}

void container_credentials_service::set_lifetime(std::chrono::seconds lifetime)
{
    std::scoped_lock const lock(mutex_);
    lifetime_ = lifetime;
}

boost::asio::awaitable<response> container_credentials_service::handle(request const& r, context const& c)
{
    co_return respond(r, c);
}

response container_credentials_service::respond(request const& r, context const& c)
{
    std::scoped_lock const lock(mutex_);
    if (r.method != "GET")
        return refusal(405, "MethodNotAllowed", "Only GET is allowed.");
    auto const shown = r.headers.find("authorization");
    if (!shown)
        return refusal(401, "MissingAuthorization", "The authorization header is missing.");
    if (!codec::equal_in_constant_time(*shown, token_))
        return refusal(403, "AccessDenied", "The authorization token is not valid.");
    if (r.path() == ecs_path)
        return refusal(400, "InvalidRequest", "CredentialsV2Request: Credential ID is empty");
    std::string const account = "123456789012";
    std::string const task = random_text(16);
    auto const p = accounts_->issue("arn:aws:sts::" + account + ":assumed-role/emulator-task-role/" + task,
                                    "AROAEMULATORTASKROLE:" + task, account, c.now + lifetime_);
    json body;
    body["RoleArn"] = "arn:aws:iam::" + account + ":role/emulator-task-role";
    body["AccessKeyId"] = p.key.access_key;
    body["SecretAccessKey"] = p.key.secret_key;
    body["Token"] = p.key.session_token;
    body["Expiration"] = iso_time(*p.key.expires);
    body["AccountId"] = account;
    return json_response(200, dump(body));
}

} // namespace augur::emulator
