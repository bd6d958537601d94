#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include <augur/codec/sha256.hpp>

#include "identity_json.hpp"
#include "text.hpp"

#include <cstdio>

namespace augur::emulator {

namespace {

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

} // namespace augur::emulator
