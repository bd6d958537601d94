#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include <augur/codec/sha256.hpp>

#include <boost/asio/awaitable.hpp>

#include "identity_json.hpp"
#include "text.hpp"

#include <cstdio>

namespace augur::emulator {

namespace {

response app_service_error(int status, std::string_view message)
{
    json body;
    body["statusCode"] = status;
    body["message"] = std::string(message);
    return json_response(status, dump(body));
}

response fabric_error(int status, std::string_view code, std::string_view message, context const& c)
{
    json body;
    body["error"] = {{"correlationId", c.request_id}, {"code", std::string(code)}, {"message", std::string(message)}};
    return json_response(status, dump(body));
}

/// "06/20/2021 02:57:58 +00:00", as the old App Service writes it on Linux.
std::string old_date(std::chrono::system_clock::time_point at)
{
    using namespace std::chrono;
    auto const whole = floor<seconds>(at);
    year_month_day const date(floor<days>(whole));
    hh_mm_ss const time(whole - floor<days>(whole));
    char text[48];
    std::snprintf(text, sizeof text, "%02u/%02u/%04d %02d:%02d:%02d +00:00", unsigned(date.month()),
                  unsigned(date.day()), int(date.year()), int(time.hours().count()), int(time.minutes().count()),
                  int(time.seconds().count()));
    return text;
}

} // namespace

boost::asio::awaitable<response> managed_identity_host::handle(request const& r, context const& c)
{
    auto answer = respond(r, c);
    answer.headers.set("x-ms-request-id", c.request_id);
    co_return answer;
}

response azure_imds_service::respond(request const& r, context const& c)
{
    // A request that came through a proxy, or that a page in somebody's browser made, has no such header.
    if (!same_name(r.headers.get("metadata"), "true") || r.headers.has("x-forwarded-for"))
        return oauth_error(400, "invalid_request", "Required metadata header not specified or not correct");
    if (r.method != "GET")
        return oauth_error(405, "invalid_request", "Method not allowed");
    form const f(r.query());
    if (f.get("api-version") != "2018-02-01")
        return oauth_error(400, "bad_request_102", "The specified api-version is not supported");
    if (!identities().is_resource(f.get("resource")))
        return oauth_error(400, "invalid_resource",
                           "AADSTS500011: The resource principal named " + quotable(f.get("resource")) +
                               " was not found in the tenant");
    auto const whose = identities().choose(f, {"client_id", "object_id", "msi_res_id"});
    if (!whose)
        return oauth_error(400, "invalid_request", "Identity not found");
    auto const g = identities().issue(*whose, f.get("resource"), "imds", c.now);
    return json_response(200, dump(identity_answer(g, *whose, c.now)));
}

response app_service_identity::respond(request const& r, context const& c)
{
    if (!codec::equal_in_constant_time(r.headers.get("x-identity-header"), header_))
        return app_service_error(401, "The X-IDENTITY-HEADER is missing or wrong.");
    if (r.method != "GET")
        return app_service_error(405, "Use GET.");
    form const f(r.query());
    if (f.get("api-version") != "2019-08-01")
        return app_service_error(400, "The api-version is not supported.");
    if (!identities().is_resource(f.get("resource")))
        return app_service_error(500, "An unexpected error occured while fetching the AAD Token.");
    // Its documentation calls object_id an alias; clients use either.
    auto const* object = f.has("object_id") ? "object_id" : "principal_id";
    auto const whose = identities().choose(f, {"client_id", object, "mi_res_id"});
    if (!whose)
        return app_service_error(400, "No User Assigned or Delegated Managed Identity found for specified ClientId/"
                                      "ResourceId/PrincipalId.");
    auto const g = identities().issue(*whose, f.get("resource"), "app_service", c.now);
    json const body = {{"access_token", g.token},
                       {"client_id", whose->client_id},
                       {"expires_on", std::to_string(unix_time(g.expires))},
                       {"resource", g.audience},
                       {"token_type", "Bearer"}};
    return json_response(200, dump(body));
}

response service_fabric_identity::respond(request const& r, context const& c)
{
    if (!r.tls)
        return fabric_error(400, "NoTls", "Secrets are not taken without TLS.", c);
    if (!codec::equal_in_constant_time(r.headers.get("secret"), header_))
        return fabric_error(401, "SecretHeaderNotFound", "Secret is not found in the request headers.", c);
    if (r.method != "GET")
        return fabric_error(405, "ArgumentNullOrEmpty", "Use GET.", c);
    form const f(r.query());
    if (f.get("api-version") != "2019-07-01-preview")
        return fabric_error(400, "InvalidApiVersion", "The api-version is not supported.", c);
    if (!identities().is_resource(f.get("resource")))
        return fabric_error(400, "ArgumentNullOrEmpty", "The parameter 'resource' is no resource.", c);
    auto const whose = identities().choose(f, {});
    if (!whose)
        return fabric_error(404, "ManagedIdentityNotFound", "No managed identity was found.", c);
    auto const g = identities().issue(*whose, f.get("resource"), "service_fabric", c.now);
    json const body = {{"access_token", g.token},
                       {"expires_on", unix_time(g.expires)},
                       {"resource", g.audience},
                       {"token_type", "Bearer"}};
    return json_response(200, dump(body));
}

response machine_learning_identity::respond(request const& r, context const& c)
{
    if (!codec::equal_in_constant_time(r.headers.get("secret"), secret_))
        return oauth_error(401, "unauthorized", "The header secret is missing or wrong.");
    if (r.method != "GET")
        return oauth_error(405, "invalid_request", "Use GET.");
    form const f(r.query());
    if (f.get("api-version") != "2017-09-01")
        return oauth_error(400, "invalid_request", "The api-version is not supported.");
    if (!identities().is_resource(f.get("resource")))
        return oauth_error(400, "invalid_resource", "The resource is not known.");
    auto const whose = identities().choose(f, {"clientid", {}, {}});
    if (!whose)
        return oauth_error(400, "invalid_request", "No managed identity found for the specified clientid.");
    auto const g = identities().issue(*whose, f.get("resource"), "machine_learning", c.now);
    json body = {{"access_token", g.token}, {"resource", g.audience}, {"token_type", "Bearer"}};
    if (identities().setup().dates)
        body["expires_on"] = old_date(g.expires);
    else
        body["expires_on"] = unix_time(g.expires);
    return json_response(200, dump(body));
}

response cloud_shell_identity::respond(request const& r, context const& c)
{
    auto const refuse = [](int status, std::string_view code, std::string_view why) {
        json body;
        body["error"]["code"] = std::string(code);
        body["error"]["message"] = std::string(why);
        return json_response(status, dump(body));
    };
    if (!same_name(r.headers.get("metadata"), "true"))
        return refuse(400, "InvalidRequest", "The header Metadata is missing.");
    if (r.method != "POST" || !r.headers.get("content-type").starts_with("application/x-www-form-urlencoded"))
        return refuse(405, "InvalidRequest", "Post a form.");
    form const f(r.body);
    if (!identities().is_resource(f.get("resource")))
        return refuse(400, "InvalidAudience", "The resource " + quotable(f.get("resource")) + " is not known.");
    auto const& whose = identities().system();
    auto const g = identities().issue(whose, f.get("resource"), "cloud_shell", c.now);
    auto body = identity_answer(g, whose, c.now);
    body.erase("client_id");
    return json_response(200, dump(body));
}

} // namespace augur::emulator
