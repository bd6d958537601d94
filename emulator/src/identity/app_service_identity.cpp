#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include <augur/codec/sha256.hpp>

#include "identity_json.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

response app_service_error(int status, std::string_view message)
{
    json body;
    body["statusCode"] = status;
    body["message"] = std::string(message);
    return json_response(status, dump(body));
}

} // namespace

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

} // namespace augur::emulator
