#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include "identity_json.hpp"
#include "text.hpp"

namespace augur::emulator {

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
