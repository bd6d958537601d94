#include <augur/emulator/identity/managed_identity_hosts.hpp>
#include <augur/emulator/private_file.hpp>

#include <augur/codec/sha256.hpp>

#include "../random.hpp"
#include "identity_json.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>

namespace augur::emulator {

namespace {

constexpr std::size_t most_challenges = 256;

} // namespace

arc_identity::~arc_identity()
{
    remove_files();
}

void arc_identity::reset()
{
    std::scoped_lock const lock(mutex_);
    remove_files();
    instead_.clear();
    system_only_ = false;
}

void arc_identity::remove_files()
{
    for (auto const& [content, path] : open_)
        std::remove(path.c_str());
    open_.clear();
}

void arc_identity::set_folder(std::string folder)
{
    std::scoped_lock const lock(mutex_);
    folder_ = std::move(folder);
}

void arc_identity::challenge_with(std::string path)
{
    std::scoped_lock const lock(mutex_);
    instead_ = std::move(path);
}

void arc_identity::forget_user_assigned(bool yes)
{
    std::scoped_lock const lock(mutex_);
    system_only_ = yes;
}

response arc_identity::challenge()
{
    if (open_.size() >= most_challenges)
        remove_files();
    auto path = folder_ + '/' + random_uuid() + ".key";
    auto content = random_text(64);
    try {
        write_private_file(path, content);
    }
    catch (std::exception const&) { // the folder is not there
        return oauth_error(500, "internal_error", "The agent cannot write its challenge.");
    }
    open_.emplace(std::move(content), path);
    auto answer = oauth_error(401, "unauthorized_client", "Missing Basic Authorization header");
    answer.headers.add("WWW-Authenticate", "Basic realm=" + (instead_.empty() ? path : instead_));
    return answer;
}

response arc_identity::respond(request const& r, context const& c)
{
    std::scoped_lock const lock(mutex_);
    if (!same_name(r.headers.get("metadata"), "true"))
        return oauth_error(400, "invalid_request", "The header Metadata is missing.");
    if (r.method != "GET")
        return oauth_error(405, "invalid_request", "Use GET.");
    form const f(r.query());
    if (f.get("api-version") != "2020-06-01" && f.get("api-version") != "2019-11-01")
        return oauth_error(400, "invalid_request", "The api-version is not supported.");
    if (folder_.empty())
        return oauth_error(500, "internal_error", "The agent has no folder for challenges.");
    auto const shown = r.headers.get("authorization");
    if (shown.empty())
        return challenge();
    auto const known = std::find_if(open_.begin(), open_.end(), [&](auto const& entry) {
        return codec::equal_in_constant_time("Basic " + entry.first, shown);
    });
    if (known == open_.end())
        return oauth_error(403, "access_denied", "The challenge was not answered.");
    std::remove(known->second.c_str());
    open_.erase(known);
    if (!identities().is_resource(f.get("resource")))
        return oauth_error(400, "invalid_resource", "The resource is not known.");
    std::optional<managed_identity> whose = identities().system();
    if (!system_only_)
        whose = identities().choose(f, {"client_id", "object_id", "msi_res_id"});
    if (!whose)
        return oauth_error(400, "invalid_request", "Identity not found");
    auto const g = identities().issue(*whose, f.get("resource"), "arc", c.now);
    auto body = identity_answer(g, *whose, c.now);
    if (system_only_) {
        body.erase("client_id");
    }
    else {
        body["object_id"] = whose->object_id;
        body["msi_res_id"] = whose->resource_id;
    }
    return json_response(200, dump(body));
}

} // namespace augur::emulator
