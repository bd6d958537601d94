#pragma once

#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/managed_identity_plan.hpp>
#include <augur/auth/entra/wire.hpp>
#include <augur/auth/impl/wire_support.ipp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/codec/percent.hpp>
#include <augur/core/headers.hpp>

#include <algorithm>
#include <array>

namespace augur::inline AUGUR_ABI::auth::entra::wire {

namespace detail {

using auth::detail::bad_answer;
using auth::detail::bad_setting;
using auth::detail::nothing_here;
using kind = managed_identity_id::kind;

/// The parameters by which a host is told one of several identities; empty: it cannot be told that way.
struct selector_names
{
    std::string_view client, object, resource;
};

/// They are not interchangeable: a host ignores another host's names, and gives the token of another identity.
inline selector_names names_of(identity_host host) noexcept
{
    switch (host) {
    case identity_host::app_service: return {"client_id", "principal_id", "mi_res_id"};
    case identity_host::machine_learning: return {"clientid", {}, {}};
    case identity_host::arc:
    case identity_host::imds: return {"client_id", "object_id", "msi_res_id"};
    case identity_host::service_fabric:
    case identity_host::cloud_shell: break;
    }
    return {};
}

inline std::string_view version_of(identity_host host) noexcept
{
    switch (host) {
    case identity_host::service_fabric: return "2019-07-01-preview";
    case identity_host::app_service: return "2019-08-01";
    case identity_host::machine_learning: return "2017-09-01";
    case identity_host::arc: return "2020-06-01";
    case identity_host::imds:
    case identity_host::cloud_shell: break;
    }
    return "2018-02-01";
}

inline bool is_identity_id(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= 1024 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// The parameter that chooses, with its value; an empty name: none is sent.
inline result<std::pair<std::string_view, std::string>> selector_of(call::environment const& e, identity_host host,
                                                                    managed_identity_id const& which)
{
    using pair = std::pair<std::string_view, std::string>;
    auto const names = names_of(host);
    if (which.by() == kind::system) {
        // On Azure ML's compute the system's identity is one among others and has to be named, too.
        if (host == identity_host::machine_learning && !e.default_identity_client_id.empty())
            return pair(names.client, e.default_identity_client_id);
        return pair();
    }
    auto const name = which.by() == kind::client   ? names.client
                      : which.by() == kind::object ? names.object
                                                   : names.resource;
    if (name.empty())
        return bad_setting(std::string(to_string(host)) + (names.client.empty()
                                                               ? " has one identity and cannot be asked for another"
                                                               : " knows identities by their client id only"));
    if (!is_identity_id(which.text()))
        return bad_setting("the id of a managed identity is empty, too long or not plain text");
    return pair(name, which.text());
}

inline result<url> address_of(call::environment const& e, identity_host host)
{
    constexpr std::string_view imds_path = "/metadata/identity/oauth2/token";
    std::string text;
    std::string_view variable = "IDENTITY_ENDPOINT";
    switch (host) {
    case identity_host::machine_learning:
    case identity_host::cloud_shell:
        variable = "MSI_ENDPOINT";
        text = e.msi_endpoint;
        break;
    case identity_host::arc:
        text = e.identity_endpoint.empty() || e.imds_endpoint.empty()
                   ? "http://localhost:40342" + std::string(imds_path)
                   : e.identity_endpoint;
        break;
    case identity_host::imds:
        variable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
        text = e.azure_pod_identity_authority_host.empty() ? "http://169.254.169.254"
                                                           : e.azure_pod_identity_authority_host;
        while (text.ends_with('/'))
            text.pop_back();
        text += imds_path;
        break;
    case identity_host::service_fabric:
    case identity_host::app_service: text = e.identity_endpoint; break;
    }
    auto parsed = url::parse(text);
    if (!parsed)
        return bad_setting(std::string(variable) + ": " + std::string(parsed.error().message()));
    // Its certificate is all that says who it is.
    if (host == identity_host::service_fabric && !parsed->is_https())
        return bad_setting("IDENTITY_ENDPOINT: Service Fabric is known by its certificate, and \"" +
                           sanitise(text, 200) + "\" has no TLS");
    // What is in the agent's file goes there: not to another machine, whatever the variable says.
    if (host == identity_host::arc && !parsed->is_loopback())
        return bad_setting("IDENTITY_ENDPOINT: the agent of Azure Arc answers on this machine, and \"" +
                           sanitise(parsed->host(), 80) + "\" is another one");
    return parsed;
}

/// `{"statusCode":..,"message":..}` and `{"error":{"code":..,"message":..}}`, as OAuth would say it.
inline std::optional<std::string> in_oauth_form(std::string_view content)
{
    auto const document = codec::json::parse(content.substr(0, 64 * 1024), auth::detail::small());
    if (!document || !document->root().is_object() || document->root().find_string("error"))
        return std::nullopt;
    auto const root = document->root();
    auto code = root.find_string("code");
    auto message = root.find_string("message");
    if (auto const inner = root.find("error"); inner && inner->is_object()) {
        code = inner->find_string("code");
        message = inner->find_string("message");
    }
    codec::json::writer w;
    w.begin_object();
    if (code)
        w.key("error").string(*code);
    if (message)
        w.key("error_description").string(*message);
    w.end_object();
    auto out = std::move(w).finish();
    if (!out)
        return std::nullopt;
    return std::move(*out);
}

/// Whether Arc's agent says that it gave the identity that was asked for: an old one gives the system's and says
/// nothing.
inline bool confirms(std::string_view content, managed_identity_id const& which)
{
    if (which.by() == kind::system)
        return true;
    auto const document = codec::json::parse(content, auth::detail::small());
    if (!document || !document->root().is_object())
        return false;
    auto const root = document->root();
    auto const is = [&root, &which](std::string_view name) {
        auto const said = root.find_string(name);
        return said && equal_ignoring_case(*said, which.text());
    };
    if (which.by() == kind::client)
        return is("client_id");
    return which.by() == kind::object ? is("object_id") : is("msi_res_id") || is("mi_res_id");
}

inline bool is_json_object(std::string_view content)
{
    auto const document = codec::json::parse(content, auth::detail::small());
    return document && document->root().is_object();
}

} // namespace detail

AUGUR_INLINE std::string_view to_string(identity_host host) noexcept
{
    switch (host) {
    case identity_host::service_fabric: return "Service Fabric";
    case identity_host::app_service: return "App Service";
    case identity_host::machine_learning: return "Azure ML compute";
    case identity_host::cloud_shell: return "Cloud Shell";
    case identity_host::arc: return "the agent of Azure Arc";
    case identity_host::imds: break;
    }
    return "instance metadata";
}

AUGUR_INLINE identity_host host_of(call::environment const& e, bool arc_agent) noexcept
{
    if (!e.identity_endpoint.empty() && !e.identity_header.empty())
        return e.identity_server_thumbprint.empty() ? identity_host::app_service : identity_host::service_fabric;
    if (!e.msi_endpoint.empty())
        return e.msi_secret.empty() ? identity_host::cloud_shell : identity_host::machine_learning;
    if ((!e.identity_endpoint.empty() && !e.imds_endpoint.empty()) || arc_agent)
        return identity_host::arc;
    return identity_host::imds;
}

AUGUR_INLINE result<identity_request> plan_identity(call::environment const& e, identity_host host,
                                                    managed_identity_id const& which, token_request const& what)
{
    if (!what.tenant().empty())
        return detail::bad_setting("a managed identity belongs to one tenant, and a token of another was asked for");
    auto const resource = resource_of(what.scope());
    if (!is_scope(what.scope()))
        return detail::bad_setting("the scope \"" + sanitise(what.scope(), 100) + "\" is none");
    auto const selector = detail::selector_of(e, host, which);
    if (!selector)
        return selector.error();
    auto to = detail::address_of(e, host);
    if (!to)
        return to.error();

    identity_request out;
    out.host = host;
    out.to = std::move(*to);
    out.target = out.to.path();
    if (host == identity_host::cloud_shell) {
        out.method = "POST";
        out.content = "resource=" + codec::percent_encode(resource);
        out.fields.emplace_back("content-type", secret("application/x-www-form-urlencoded"));
        if (!out.to.query().empty())
            out.target += "?" + out.to.query();
    }
    else {
        out.target += "?" + (out.to.query().empty() ? std::string() : out.to.query() + "&");
        out.target.append("api-version=").append(detail::version_of(host));
        out.target += "&resource=" + codec::percent_encode(resource);
        if (!selector->first.empty())
            out.target.append("&").append(selector->first).append("=").append(codec::percent_encode(selector->second));
    }
    if (host == identity_host::app_service)
        out.fields.emplace_back("x-identity-header", e.identity_header);
    else if (host == identity_host::service_fabric)
        out.fields.emplace_back("secret", e.identity_header);
    else if (host == identity_host::machine_learning)
        out.fields.emplace_back("secret", e.msi_secret);
    else
        out.fields.emplace_back("metadata", secret("true"));
    return out;
}

AUGUR_INLINE identity_request probe_of(identity_request request)
{
    request.fields.clear();
    return request;
}

AUGUR_INLINE bool is_instance_metadata(http_response const& probed)
{
    if (probed.status == 400 || probed.status == 404)
        return detail::is_json_object(probed.content);
    return probed.status == 410 || probed.status == 429 || probed.status >= 500;
}

AUGUR_INLINE std::optional<std::chrono::nanoseconds>
identity_pause(identity_host host, int attempt, int status, std::optional<std::chrono::nanoseconds> asked) noexcept
{
    using namespace std::chrono;
    constexpr nanoseconds longest = seconds(60);
    if (host == identity_host::imds && status == 410) {
        // It is being updated, which takes up to seventy seconds.
        if (attempt > 7)
            return std::nullopt;
        return seconds(10);
    }
    bool const passes = status == 0 || status == 404 || status == 408 || status == 429 || status >= 500;
    if (!passes || attempt > 3)
        return std::nullopt;
    nanoseconds const own = host == identity_host::imds ? seconds(1LL << (attempt - 1)) : seconds(1);
    auto const pause = std::max(own, asked.value_or(nanoseconds(0)));
    if (pause > longest)
        return std::nullopt;
    return pause;
}

AUGUR_INLINE std::string_view arc_key_folder() noexcept
{
#if defined(_WIN32)
    return "C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens";
#else
    return "/var/opt/azcmagent/tokens";
#endif
}

AUGUR_INLINE result<std::string> arc_key_path(http_response const& challenge, std::string_view folder)
{
    constexpr std::string_view mark = "basic realm=";
    constexpr std::string_view suffix = ".key";
    if (challenge.status != 401)
        return detail::bad_answer("the agent of Azure Arc answered " + std::to_string(challenge.status) +
                                  " in place of its challenge");
    auto const field = challenge.fields.find("www-authenticate");
    auto text = field.value_or(std::string_view());
    if (text.size() < mark.size() || !equal_ignoring_case(text.substr(0, mark.size()), mark))
        return detail::bad_answer("the challenge of the agent of Azure Arc names no file");
    text.remove_prefix(mark.size());
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
#if defined(_WIN32)
    constexpr std::string_view separators = "\\/";
#else
    constexpr std::string_view separators = "/";
#endif
    auto const cut = text.find_last_of(separators);
    auto const name = cut == text.npos ? std::string_view() : text.substr(cut + 1);
    bool const fits = cut != text.npos && text.substr(0, cut) == folder && name.size() > suffix.size() &&
                      name.ends_with(suffix) && text.size() <= 512 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!fits)
        return detail::bad_setting("the agent of Azure Arc wants a file to be read that is none of its keys: \"" +
                                   sanitise(text, 200) + "\"");
    return std::string(text);
}

AUGUR_INLINE identity_request answer_challenge(identity_request request, secret const& key)
{
    request.fields.emplace_back("authorization", secret("Basic " + std::string(key.reveal())));
    return request;
}

AUGUR_INLINE result<access_token> read_identity(identity_host host, managed_identity_id const& which,
                                                http_response const& answer, wall_time now, bool in_chain,
                                                std::string_view never_told)
{
    std::string const who = "managed identity of " + std::string(to_string(host));
    bool const may_be_absent = in_chain && host == identity_host::imds;
    if (answer.status == 200) {
        if (may_be_absent && !detail::is_json_object(answer.content))
            return detail::nothing_here(who + ": somebody else answers at its address");
        auto out = parse_token(answer.content, now);
        if (out && host == identity_host::arc && !detail::confirms(answer.content, which))
            return detail::bad_setting("the agent of Azure Arc is too old to know other identities than the system's: "
                                       "it does not confirm the one that was asked for");
        if (out)
            out->source = "the " + who;
        return out;
    }
    auto const asked = detail::in_oauth_form(answer.content);
    auto plain = answer;
    if (asked)
        plain.content = *asked;
    auto failure = parse_error(who, plain, now, {never_told});
    if (!may_be_absent)
        return failure;
    if (answer.status == 400)
        return detail::nothing_here(who + ": no such identity is assigned to this machine");
    if (answer.status == 403 && failure.service_message().find("unreachable") != std::string_view::npos)
        return detail::nothing_here(who + ": a container engine answers that it is unreachable");
    if (!detail::is_json_object(answer.content) && (answer.status < 400 || answer.status == 404))
        return detail::nothing_here(who + ": somebody else answers at its address");
    return failure;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::wire
