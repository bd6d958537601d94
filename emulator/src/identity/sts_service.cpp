#include <augur/emulator/identity/sts_service.hpp>

#include <augur/codec/sha256.hpp>

#include <boost/asio/awaitable.hpp>

#include "../random.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace augur::emulator {

namespace {

constexpr std::string_view space = "https://sts.amazonaws.com/doc/2011-06-15/";

response xml(int status, std::string body)
{
    response r;
    r.status = status;
    r.headers.add("Content-Type", "text/xml");
    r.body = std::move(body);
    return r;
}

response sts_error(int status, std::string_view code, std::string_view message, context const& c)
{
    std::string body = "<ErrorResponse xmlns=\"" + std::string(space) + "\">\n  <Error>\n    <Type>" +
                       (status < 500 ? "Sender" : "Receiver") + "</Type>\n    <Code>" + xml_text(code) +
                       "</Code>\n    <Message>" + xml_text(message) + "</Message>\n  </Error>\n  <RequestId>" +
                       c.request_id + "</RequestId>\n</ErrorResponse>\n";
    return xml(status, std::move(body));
}

response answer_of(std::string_view operation, std::string const& content, context const& c)
{
    std::string const name(operation);
    return xml(200, "<" + name + "Response xmlns=\"" + std::string(space) + "\">\n  <" + name + "Result>\n" + content +
                        "  </" + name + "Result>\n  <ResponseMetadata>\n    <RequestId>" + c.request_id +
                        "</RequestId>\n  </ResponseMetadata>\n</" + name + "Response>\n");
}

/// The query services have older names for what the verifier finds.
response unsigned_error(sigv4_failure const& failure, context const& c)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names{{
        {"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
        {"IncompleteSignatureException", "IncompleteSignature"},
        {"InvalidSignatureException", "SignatureDoesNotMatch"},
        {"UnrecognizedClientException", "InvalidClientTokenId"},
        {"ExpiredTokenException", "ExpiredToken"},
    }};
    std::string_view code = failure.code;
    for (auto const& [json_name, xml_name] : names)
        if (failure.code == json_name)
            code = xml_name;
    auto const first_line = std::string_view(failure.message).substr(0, failure.message.find('\n'));
    return sts_error(403, code, first_line, c);
}

bool is_session_name(std::string_view name)
{
    auto const fits = [](char ch) {
        return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
               std::string_view("_+=,.@-").find(ch) != std::string_view::npos;
    };
    return name.size() >= 2 && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

} // namespace

class sts_service::form_fields : public form
{
public:
    using form::form;
};

sts_service::sts_service(sts_options options, std::shared_ptr<aws_accounts> accounts)
    : options_(std::move(options)), accounts_(std::move(accounts))
{
    reset();
}

void sts_service::reset()
{
    std::scoped_lock const lock(mutex_);
    roles_ = options_.roles;
    identities_ = options_.identities;
}

void sts_service::trust(web_identity identity)
{
    std::scoped_lock const lock(mutex_);
    identities_.push_back(std::move(identity));
}

void sts_service::add(sts_role role)
{
    std::scoped_lock const lock(mutex_);
    roles_.push_back(std::move(role));
}

bool sts_service::matches(request const& r) const
{
    return r.path() == "/" && (r.method == "POST" || r.query().find("Action=") != std::string_view::npos);
}

boost::asio::awaitable<response> sts_service::handle(request const& r, context const& c)
{
    auto answer = respond(r, c);
    answer.headers.add("x-amzn-RequestId", c.request_id);
    co_return answer;
}

sts_role const* sts_service::find(std::string_view arn) const
{
    for (auto const& role : roles_)
        if (role.arn == arn)
            return &role;
    return nullptr;
}

response sts_service::respond(request const& r, context const& c)
{
    std::scoped_lock const lock(mutex_);
    form_fields const f(r.method == "POST" ? std::string_view(r.body) : r.query());
    auto const action = f.get("Action");
    bool const known_action = action == "AssumeRole" || action == "AssumeRoleWithWebIdentity" ||
                              action == "GetCallerIdentity";
    if (!known_action || f.get("Version") != "2011-06-15")
        return sts_error(400, "InvalidAction",
                         "Could not find operation " + quotable(action) + " for version " + quotable(f.get("Version")),
                         c);
    if (auto const twice = f.repeated(); !twice.empty())
        return sts_error(400, "ValidationError", "Duplicate key " + quotable(twice), c);
    if (r.method == "POST" && !r.headers.get("content-type").starts_with("application/x-www-form-urlencoded"))
        return sts_error(400, "ValidationError", "The content type must be application/x-www-form-urlencoded", c);
    if (action == "AssumeRoleWithWebIdentity")
        return with_web_identity(f, c);

    sigv4_policy policy;
    policy.service = "sts";
    policy.regions = options_.regions;
    policy.allow_query = true;
    auto const keys = accounts_->credentials();
    auto const verdict = verify_sigv4(r, keys, policy, c.now);
    if (verdict.failure)
        return unsigned_error(*verdict.failure, c);
    auto const caller = accounts_->find(verdict.credential->access_key);
    if (!caller) // a reset came in between
        return sts_error(403, "InvalidClientTokenId", "The security token included in the request is invalid.", c);
    if (action == "AssumeRole")
        return assume_role(f, *caller, c);
    return answer_of(action,
                     "    <Arn>" + xml_text(caller->arn) + "</Arn>\n    <UserId>" + xml_text(caller->user_id) +
                         "</UserId>\n    <Account>" + xml_text(caller->key.account) + "</Account>\n",
                     c);
}

response sts_service::assume_role(form_fields const& f, aws_principal const& caller, context const& c)
{
    auto const* role = find(f.get("RoleArn"));
    bool const id_fits = role && (role->external_id.empty() || role->external_id == f.get("ExternalId"));
    if (!id_fits || !caller.key.may_invoke) // the service does not tell which it was
        return sts_error(403, "AccessDenied",
                         "User: " + caller.arn +
                             " is not authorized to perform: sts:AssumeRole on resource: " + quotable(f.get("RoleArn")),
                         c);
    return hand_out(f, *role, "AssumeRole", {}, c);
}

response sts_service::with_web_identity(form_fields const& f, context const& c)
{
    auto const token = f.get("WebIdentityToken");
    if (token.size() < 4 || token.size() > 20000)
        return sts_error(400, "ValidationError",
                         "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: "
                         "Member must have length between 4 and 20000",
                         c);
    auto const known = std::find_if(identities_.begin(), identities_.end(), [&](web_identity const& w) {
        return codec::equal_in_constant_time(w.token, token);
    });
    if (known == identities_.end())
        return sts_error(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for the token",
                         c);
    if (known->expires <= c.now)
        return sts_error(400, "ExpiredTokenException",
                         "Token expired: current date/time must be before the "
                         "expiration date/time",
                         c);
    auto const* role = find(f.get("RoleArn"));
    if (!role || !role->by_web_identity)
        return sts_error(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", c);
    return hand_out(f, *role, "AssumeRoleWithWebIdentity",
                    "    <SubjectFromWebIdentityToken>" + xml_text(known->subject) +
                        "</SubjectFromWebIdentityToken>\n    <Audience>" + xml_text(known->audience) +
                        "</Audience>\n    <Provider>" + xml_text(known->provider) + "</Provider>\n",
                    c);
}

response sts_service::hand_out(form_fields const& f, sts_role const& role, std::string_view operation,
                               std::string_view more, context const& c)
{
    auto const session = f.get("RoleSessionName");
    if (!is_session_name(session))
        return sts_error(400, "ValidationError",
                         "1 validation error detected: Value '" + quotable(session) +
                             "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular "
                             "expression pattern: [\\w+=,.@-]*",
                         c);
    long seconds = 3600;
    if (auto const wish = f.find("DurationSeconds")) {
        auto const [end, failure] = std::from_chars(wish->data(), wish->data() + wish->size(), seconds);
        if (failure != std::errc() || end != wish->data() + wish->size() || seconds < 900)
            return sts_error(400, "ValidationError",
                             "1 validation error detected: Value '" + quotable(*wish) +
                                 "' at 'durationSeconds' failed to satisfy constraint: Member must have value greater "
                                 "than or equal to 900",
                             c);
    }
    if (std::chrono::seconds(seconds) > role.longest)
        return sts_error(400, "ValidationError",
                         "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", c);
    auto const parts = std::string_view(role.arn);
    std::string const role_name(parts.substr(parts.rfind('/') + 1));
    auto const account_at = parts.find("::") + 2;
    std::string const account(parts.substr(account_at, parts.find(':', account_at) - account_at));
    auto const arn = "arn:aws:sts::" + account + ":assumed-role/" + role_name + "/" + std::string(session);
    auto const id = "AROAEMULATORROLE0001:" + std::string(session);
    auto const p = accounts_->issue(arn, id, account, c.now + std::chrono::seconds(seconds));
    std::string content = "    <AssumedRoleUser>\n      <AssumedRoleId>" + id + "</AssumedRoleId>\n      <Arn>" + arn +
                          "</Arn>\n    </AssumedRoleUser>\n    <Credentials>\n      <AccessKeyId>" + p.key.access_key +
                          "</AccessKeyId>\n      <SecretAccessKey>" + p.key.secret_key +
                          "</SecretAccessKey>\n      <SessionToken>" + p.key.session_token +
                          "</SessionToken>\n      <Expiration>" + iso_time(*p.key.expires) +
                          "</Expiration>\n    </Credentials>\n";
    content += more;
    return answer_of(operation, content, c);
}

} // namespace augur::emulator
