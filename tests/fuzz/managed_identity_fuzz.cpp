// What the hosts of managed identities answer, and what the environment says of them: any bytes are a token that can be
// sent, a file that is one of Arc's keys, a request that is one request, or an error that repeats no secret.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/auth/entra/managed_identity_plan.hpp>
#include <augur/core/headers.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace augur;
namespace wire = auth::entra::wire;
using auth::entra::managed_identity_id;

// Settings may be repeated, secrets may not. No hexadecimal digit to begin with.
constexpr std::string_view unlikely = "unlikely-w2k1z7";

constexpr wire::identity_host hosts[] = {wire::identity_host::app_service, wire::identity_host::machine_learning,
                                         wire::identity_host::cloud_shell, wire::identity_host::arc,
                                         wire::identity_host::imds};

void check_answers(std::string_view text)
{
    wall_time const now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    http_response answer;
    answer.content = text;
    // One of each kind that `read_identity` tells apart.
    for (auto const host : {wire::identity_host::app_service, wire::identity_host::arc, wire::identity_host::imds})
        for (int const status : {200, 302, 400, 403, 500})
            for (bool const in_chain : {false, true}) {
                if (in_chain && host != wire::identity_host::imds)
                    continue;
                answer.status = status;
                auto const got =
                    wire::read_identity(host, managed_identity_id::client("c-1"), answer, now, in_chain, unlikely);
                if (got) {
                    require(status == 200 && !got->text.empty() && is_field_value(got->text.reveal()));
                    continue;
                }
                auto const told = got.error().to_string();
                require(got.error().phase() == phase::auth && got.error().outcome() == outcome::not_sent);
                require(told.find(unlikely) == std::string::npos && told.size() < 16 * 1024);
            }
}

void check_challenge(std::string_view text)
{
    http_response challenge;
    challenge.status = 401;
    challenge.fields = headers(1 << 20, 16);
    if (!challenge.fields.add("www-authenticate", text))
        return;
    std::string_view const folder = wire::arc_key_folder();
    auto const path = wire::arc_key_path(challenge, folder);
    if (!path)
        return;
    auto const name = std::string_view(*path).substr(std::min(folder.size() + 1, path->size()));
    require(path->starts_with(folder) && name.ends_with(".key") && name.find('/') == name.npos);
}

/// The text is an address, an id and a scope in turn.
void check_requests(std::string_view text)
{
    std::string const some(text);
    call::environment e;
    e.identity_header = e.msi_secret = secret(unlikely);
    e.identity_endpoint = e.imds_endpoint = e.msi_endpoint = e.azure_pod_identity_authority_host = some;
    // In any letter case: the name of a host is told in lower case.
    bool const is_known = std::search(text.begin(), text.end(), unlikely.begin(), unlikely.end(), [](char a, char b) {
                              return std::tolower(static_cast<unsigned char>(a)) == b;
                          }) != text.end();
    auto const check = [is_known](result<wire::identity_request> const& r) {
        if (!r) {
            require(is_known || r.error().to_string().find(unlikely) == std::string::npos);
            return;
        }
        require(request_head::make(r->method, r->target, r->to.authority()).has_value());
        require(std::count(r->target.begin(), r->target.end(), '?') <= 1 || !r->to.query().empty());
        require(r->host != wire::identity_host::arc || r->to.is_loopback());
    };
    call::environment plain;
    plain.msi_endpoint = plain.identity_endpoint = "http://127.0.0.1/";
    for (auto const host : hosts) {
        check(wire::plan_identity(e, host, {}, auth::entra::token_request("https://ml.azure.com/.default")));
        check(wire::plan_identity(plain, host, managed_identity_id::client(some),
                                  auth::entra::token_request("https://ml.azure.com/.default")));
        check(wire::plan_identity(plain, host, {}, auth::entra::token_request(some)));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    check_answers(text);
    check_challenge(text);
    check_requests(text);
    return 0;
}
