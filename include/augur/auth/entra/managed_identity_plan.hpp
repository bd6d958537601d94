#pragma once

#include <augur/auth/entra/managed_identity_id.hpp>
#include <augur/auth/entra/token.hpp>
#include <augur/call/environment.hpp>
#include <augur/core/http.hpp>
#include <augur/core/url.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// What is said to the hosts of managed identities, and what their answers mean. Pure.

namespace augur::inline AUGUR_ABI::auth::entra::wire {

enum class identity_host : std::uint8_t
{
    service_fabric,
    app_service,      ///< Functions and Container Apps, too
    machine_learning, ///< Azure ML compute, and App Service of old
    cloud_shell,
    arc,
    imds, ///< virtual machines, scale sets, nodes of AKS
};

/// For people: "App Service".
std::string_view to_string(identity_host host) noexcept;

/// Who gives tokens here. `arc_agent`: the agent of Azure Arc is installed.
identity_host host_of(call::environment const& e, bool arc_agent = false) noexcept;

/// One request, ready but for who sends it.
struct identity_request
{
    identity_host host = identity_host::imds;
    std::string method = "GET";
    url to;             ///< without the query
    std::string target; ///< path and query
    std::vector<std::pair<std::string, secret>> fields;
    std::string content; ///< a form, for POST
};

/// The request for a token. `errc::invalid_argument`: the environment's address is no URL, the scope is none, or the
/// identity cannot be chosen like that.
result<identity_request> plan_identity(call::environment const& e, identity_host host, managed_identity_id const& which,
                                       token_request const& what);

/// Instance metadata without the header that it insists on.
identity_request probe_of(identity_request request);
/// Whether it is instance metadata that answered the probe: with JSON that asks for the header, or busy, or being
/// updated. Other answers come from whoever else has that address, such as another cloud or a gateway.
bool is_instance_metadata(http_response const& probed);

/// The pause before the attempt after `attempt` (from 1), which ended with that status (0: with none, for a reason
/// that may pass). `asked`: by Retry-After. Nothing: there is no other attempt.
std::optional<std::chrono::nanoseconds> identity_pause(identity_host host, int attempt, int status,
                                                       std::optional<std::chrono::nanoseconds> asked) noexcept;

/// The file that a 401 of Arc's agent names, if it may be read: directly in `folder`, called `*.key`.
/// Anything else would let whoever answers on that port read files with our rights.
result<std::string> arc_key_path(http_response const& challenge, std::string_view folder);
/// The usual place of these files.
std::string_view arc_key_folder() noexcept;
/// The same request, with what was in the file.
identity_request answer_challenge(identity_request request, secret const& key);

/// What an answer means. In a chain, instance metadata that has no identity for us, that is somebody else, or that
/// a container engine answers for (403, "unreachable") is `errc::credentials_unavailable`. `never_told`: what proved
/// us.
result<access_token> read_identity(identity_host host, managed_identity_id const& which, http_response const& answer,
                                   wall_time now, bool in_chain, std::string_view never_told = {});

} // namespace augur::inline AUGUR_ABI::auth::entra::wire

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/managed_identity_plan.ipp>
#endif
