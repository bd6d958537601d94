#include <augur/emulator/identity/entra_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../random.hpp"
#include "../sigv4_canonical.hpp"
#include "entra_proofs.hpp"
#include "identity_json.hpp"
#include "jwt.hpp"
#include "text.hpp"

#include <algorithm>

namespace augur::emulator {

namespace {

constexpr std::string_view token_end = "/oauth2/v2.0/token";
constexpr std::string_view device_end = "/oauth2/v2.0/devicecode";
constexpr std::string_view discovery_end = "/v2.0/.well-known/openid-configuration";
constexpr std::string_view adfs_path = "/adfs/oauth2/token";
constexpr std::size_t most_codes = 1024;

/// Where a path of this service ends, and the tenant before it.
struct place
{
    std::string_view tenant, end;
};

std::optional<place> place_of(std::string_view path)
{
    if (path == adfs_path)
        return place{"adfs", token_end};
    for (auto const end : {token_end, device_end, discovery_end}) {
        if (!path.ends_with(end) || path.size() < end.size() + 2)
            continue;
        auto const tenant = path.substr(1, path.size() - end.size() - 1);
        if (tenant.find('/') == tenant.npos)
            return place{tenant, end};
    }
    return std::nullopt;
}

entra_problem bad_request(int aadsts, std::string error, std::string message)
{
    return {aadsts, std::move(error), std::move(message), 400};
}

/// The one resource among the words of a scope.
std::string resource_of(std::string_view scope)
{
    for (auto const word : sigv4::split(scope, ' '))
        if (word.ends_with("/.default"))
            return std::string(word.substr(0, word.size() - std::string_view("/.default").size()));
    return {};
}

} // namespace

entra_service::entra_service(entra_options options, std::shared_ptr<token_book> tokens)
    : options_(std::move(options)), tokens_(std::move(tokens))
{
}

entra_service::~entra_service() = default;

void entra_service::reset()
{
    std::scoped_lock const lock(mutex_);
    setup_ = {};
    device_codes_.clear();
    refresh_tokens_.clear();
    seen_.clear();
}

void entra_service::set_up(entra_setup setup)
{
    std::scoped_lock const lock(mutex_);
    setup_ = setup;
}

signing_key& entra_service::client_key()
{
    std::scoped_lock const lock(key_mutex_);
    if (!client_key_)
        client_key_ = std::make_unique<signing_key>();
    return *client_key_;
}

signing_key& entra_service::provider_key()
{
    std::scoped_lock const lock(key_mutex_);
    if (!provider_key_)
        provider_key_ = std::make_unique<signing_key>();
    return *provider_key_;
}

std::string entra_service::certificate_pem()
{
    return client_key().certificate_pem();
}

std::string entra_service::key_pem()
{
    return client_key().key_pem();
}

std::string entra_service::federated_token(federated_credential const& claims,
                                           std::chrono::system_clock::time_point expires)
{
    json const body = {{"iss", claims.issuer},
                       {"sub", claims.subject},
                       {"aud", claims.audience},
                       {"iat", unix_time(expires) - 3600},
                       {"nbf", unix_time(expires) - 3600},
                       {"exp", unix_time(expires)}};
    return provider_key().sign(body);
}

bool entra_service::matches(request const& r) const
{
    return place_of(r.path()).has_value();
}

bool entra_service::is_tenant(std::string_view tenant) const
{
    return tenant == options_.tenant || tenant == options_.domain || tenant == "adfs";
}

boost::asio::awaitable<response> entra_service::handle(request const& r, context const& c)
{
    auto const where = *place_of(r.path());
    response answer;
    if (where.end == discovery_end) {
        answer = discovery(r, where.tenant);
    }
    else if (r.method != "POST" || !r.headers.get("content-type").starts_with("application/x-www-form-urlencoded")) {
        answer = entra_error(r, c, bad_request(900561, "invalid_request", "The endpoint only accepts POST requests."));
    }
    else {
        form const f(r.body);
        std::scoped_lock const lock(mutex_);
        if (auto const twice = f.repeated(); !twice.empty())
            answer = entra_error(r, c, bad_request(90100, "invalid_request", quotable(twice) + " comes twice."));
        else if (where.end == device_end)
            answer = start_device_code(f, c);
        else
            answer = token(r, f, where.tenant, c);
    }
    answer.headers.set("x-ms-request-id", c.request_id);
    answer.headers.set("Cache-Control", "no-store, no-cache");
    if (same_name(r.headers.get("return-client-request-id"), "true"))
        answer.headers.set("client-request-id", quotable(r.headers.get("client-request-id")));
    co_return answer;
}

response entra_service::discovery(request const& r, std::string_view tenant) const
{
    auto const origin = std::string(r.tls ? "https://" : "http://") + quotable(r.headers.get("host"));
    auto const base = origin + "/" + std::string(tenant);
    json const body = {{"token_endpoint", base + std::string(token_end)},
                       {"device_authorization_endpoint", base + std::string(device_end)},
                       {"authorization_endpoint", base + "/oauth2/v2.0/authorize"},
                       {"issuer", base + "/v2.0"},
                       {"jwks_uri", base + "/discovery/v2.0/keys"},
                       {"tenant_region_scope", nullptr}};
    return json_response(200, dump(body));
}

response entra_service::token(request const& r, form const& f, std::string_view tenant, context const& c)
{
    auto const grant_type = f.get("grant_type");
    if (grant_type == "urn:ietf:params:oauth:grant-type:device_code" || grant_type == "refresh_token") {
        if (!is_tenant(tenant) && tenant != "organizations")
            return entra_error(r, c,
                               bad_request(90002, "invalid_request", "Tenant '" + quotable(tenant) + "' not found."));
        return grant_type == "refresh_token" ? refreshed_token(f, c) : device_token(f, c);
    }
    if (grant_type != "client_credentials")
        return entra_error(r, c,
                           bad_request(70003, "unsupported_grant_type",
                                       "The app requested an unsupported grant type '" + quotable(grant_type) + "'."));
    if (!is_tenant(tenant))
        return entra_error(r, c,
                           bad_request(90002, "invalid_request",
                                       "Tenant '" + quotable(tenant) +
                                           "' not found. Check to make sure you have the correct tenant ID and are "
                                           "signing into the correct cloud."));
    if (auto const wrong = check_client(r, f, c))
        return entra_error(r, c, wrong);

    auto resource = resource_of(f.get("scope"));
    bool const one_word = f.get("scope").find(' ') == std::string_view::npos;
    if (tenant == "adfs") // names the resource itself
        resource = f.has("resource") ? f.get("resource") : without_slash(f.get("scope"));
    else if (resource.empty() || !one_word)
        return entra_error(r, c,
                           bad_request(1002012, "invalid_scope",
                                       "The provided value for scope " + quotable(f.get("scope")) +
                                           " is not valid. Client credential flows must have a scope value with "
                                           "/.default suffixed to the resource identifier (application ID URI)."));
    if (std::none_of(options_.resources.begin(), options_.resources.end(),
                     [&](std::string const& known) { return known == without_slash(resource); }))
        return entra_error(r, c,
                           bad_request(500011, "invalid_resource",
                                       "The resource principal named " + quotable(resource) +
                                           " was not found in the tenant named " + options_.domain + "."));
    if (auto const claims = f.find("claims")) {
        auto const parsed = parse_json(*claims);
        if (!parsed.value || !parsed.value->is_object())
            return entra_error(r, c, bad_request(90014, "invalid_request", "The parameter claims is not JSON."));
    }
    return grant(f.get("client_id"), std::move(resource), f, false, c);
}

response entra_service::start_device_code(form const& f, context const& c)
{
    request const nobody;
    if (f.get("client_id") != options_.public_client_id)
        return entra_error(nobody, c,
                           bad_request(700016, "unauthorized_client",
                                       "Application with identifier '" + quotable(f.get("client_id")) +
                                           "' was not found in the directory."));
    if (resource_of(f.get("scope")).empty())
        return entra_error(nobody, c, bad_request(70011, "invalid_scope", "The scope names no resource."));
    if (device_codes_.size() >= most_codes)
        device_codes_.clear();
    auto const code = random_text(80);
    auto const shown = random_text(9);
    device_codes_[code] = {std::string(f.get("scope")), c.now + setup_.code_lifetime, 0};
    json const body = {
        {"user_code", shown},
        {"device_code", code},
        {"verification_uri", "https://microsoft.com/devicelogin"},
        {"expires_in", setup_.code_lifetime.count()},
        {"interval", setup_.interval.count()},
        {"message", "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the "
                    "code " +
                        shown + " to authenticate."}};
    return json_response(200, dump(body));
}

response entra_service::device_token(form const& f, context const& c)
{
    request const nobody;
    auto const refuse = [&](int aadsts, char const* error, char const* why) {
        return entra_error(nobody, c, bad_request(aadsts, error, why));
    };
    auto const found = device_codes_.find(f.get("device_code"));
    if (found == device_codes_.end() || f.get("client_id") != options_.public_client_id)
        return refuse(7000014, "bad_verification_code", "The device code is not known.");
    auto& code = found->second;
    if (code.expires <= c.now)
        return refuse(70020, "expired_token", "The code has expired.");
    ++code.polls;
    if (code.polls <= setup_.slow_down)
        return refuse(50196, "slow_down", "Asked too often.");
    if (code.polls <= setup_.slow_down + setup_.pending || setup_.person == entra_setup::device::waits)
        return refuse(70016, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending.");
    if (setup_.person == entra_setup::device::declines)
        return refuse(70017, "authorization_declined", "The person declined.");
    auto const scope = code.scope;
    device_codes_.erase(found);
    form const asked("scope=" + scope);
    return grant(options_.public_client_id, resource_of(scope), asked, true, c);
}

response entra_service::refreshed_token(form const& f, context const& c)
{
    request const nobody;
    auto const found = refresh_tokens_.find(f.get("refresh_token"));
    if (found == refresh_tokens_.end() || f.get("client_id") != options_.public_client_id)
        return entra_error(nobody, c, bad_request(9002313, "invalid_grant", "The refresh token is not valid."));
    auto const resource = resource_of(f.get("scope"));
    refresh_tokens_.erase(found);
    return grant(options_.public_client_id, resource, f, true, c);
}

response entra_service::grant(std::string_view client_id, std::string resource, form const& f, bool delegated,
                              context const& c)
{
    bearer_grant g;
    g.audience = std::move(resource);
    g.client_id = client_id;
    g.giver = "entra";
    g.claims = f.get("claims");
    g.expires = std::chrono::floor<std::chrono::seconds>(c.now) + setup_.lifetime;
    g = tokens_->issue(std::move(g));
    json body = {{"token_type", "Bearer"},
                 {"expires_in", setup_.lifetime.count()},
                 {"ext_expires_in", setup_.lifetime.count()},
                 {"access_token", g.token}};
    if (setup_.refresh_in.count() > 0)
        body["refresh_in"] = setup_.refresh_in.count();
    if (!delegated)
        return json_response(200, dump(body));
    body["scope"] = g.audience + "/.default";
    if (f.get("scope").find("offline_access") == std::string_view::npos)
        return json_response(200, dump(body));
    auto const refresh = "0.emulator." + random_text(120);
    if (refresh_tokens_.size() >= most_codes)
        refresh_tokens_.clear();
    refresh_tokens_[refresh] = g.audience;
    body["refresh_token"] = refresh;
    std::string const person = "99999999-8888-4777-8666-555555555555";
    json const claims = {{"iss", "https://login.microsoftonline.com/" + options_.tenant + "/v2.0"},
                         {"aud", options_.public_client_id},
                         {"tid", options_.tenant},
                         {"oid", person},
                         {"sub", person},
                         {"preferred_username", "person@" + options_.domain},
                         {"iat", unix_time(c.now)},
                         {"nbf", unix_time(c.now)},
                         {"exp", unix_time(g.expires)},
                         {"ver", "2.0"}};
    body["id_token"] = provider_key().sign(claims);
    json const info = {{"uid", person}, {"utid", options_.tenant}};
    body["client_info"] = base64url(dump(info));
    return json_response(200, dump(body));
}

} // namespace augur::emulator
