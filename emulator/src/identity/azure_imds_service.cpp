#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include "identity_json.hpp"
#include "text.hpp"

namespace augur::emulator {

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

} // namespace augur::emulator
