#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include <augur/codec/sha256.hpp>

#include "identity_json.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

response fabric_error(int status, std::string_view code, std::string_view message, context const& c)
{
    json body;
    body["error"] = {{"correlationId", c.request_id}, {"code", std::string(code)}, {"message", std::string(message)}};
    return json_response(status, dump(body));
}

} // namespace

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

} // namespace augur::emulator
