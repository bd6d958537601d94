#pragma once

#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/wire.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

/// What is to be done about an error, in the words of the call that failed.
namespace augur::inline AUGUR_ABI::azure_openai::wire::detail {

inline std::string quoted(std::string_view text)
{
    return "\"" + sanitise(text, 128) + "\"";
}

/// "requests left 0, tokens left 120"; empty if the service did not say.
inline std::string what_is_left(error const& e)
{
    std::string out;
    for (auto const& [attribute, words] : {std::pair("x-ratelimit-remaining-requests", "requests left "),
                                           std::pair("x-ratelimit-remaining-tokens", "tokens left ")})
        if (auto const value = e.attribute(attribute); !value.empty())
            out.append(out.empty() ? "" : ", ").append(words).append(value);
    return out;
}

inline std::string refused_key(resolved_host const& host, call_facts const& facts)
{
    auto const& name = host.base.authority();
    if (facts.key_source.empty() && facts.has_fixed_auth)
        return name + " refuses the key or token of `client.auth`: it is wrong, has expired, or is of another " +
               (host.is_azure() ? "resource; the portal shows keys under Keys and Endpoint" : "service");
    if (facts.key_source.empty())
        return name + " refuses the token: it has expired, has another audience" +
               (host.is_project
                    ? " (https://ai.azure.com/.default is wanted), or the identity has no role on the project"
                : host.is_azure() ? " (https://cognitiveservices.azure.com/.default is wanted), or the identity has no "
                                    "role on the resource (Cognitive Services OpenAI User)"
                                  : ", or is of another service");
    return name + " refuses the key in " + std::string(facts.key_source) + ": " +
           (host.is_azure() ? "it is wrong, or of another resource; the portal shows it under Keys and Endpoint"
                            : "it is wrong, or of another service");
}

/// A server that took the request and then said nothing.
inline std::string silence(resolved_host const& host, call_facts const& facts)
{
    auto const limit = std::chrono::duration_cast<std::chrono::milliseconds>(facts.patience).count();
    return host.base.authority() + " took the request and did not begin to answer within " + std::to_string(limit) +
           " ms: the model may be at work, and billed; allow more with `first_byte`" +
           (facts.streams ? "" : ", or stream");
}

/// Empty where nothing better can be said than is said already.
inline std::string explanation(error const& failure, resolved_host const& host, call_facts const& facts)
{
    auto const& where = host.base.authority();
    auto const subject = quoted(facts.deployment);
    if (failure == errc::deployment_not_found)
        return where + " has no deployment " + subject +
               ": give the name of a deployment, not of a model, as the portal lists it under "
               "Deployments; a new one takes up to five minutes";
    if (failure == errc::content_filter && host.is_azure() && !failure.message().empty())
        return std::string(failure.message()) + "; change the prompt, or the filter of deployment " + subject;
    if (failure == errc::model_not_found && !facts.deployment.empty())
        return where + " has no model " + subject + ", or none that this key may use";
    if (failure == errc::unsupported_api_version && !host.api_version.empty())
        return where + " does not know the api-version " + host.api_version;
    if (failure == errc::permission_denied && host.is_azure())
        return "this identity may not do this on " + where +
               " (role Cognitive Services OpenAI User), or keys are switched off there";
    if (failure == condition::unauthenticated)
        return refused_key(host, facts);
    if (failure == errc::operation_not_supported && !facts.deployment.empty())
        return subject + " of " + where +
               " cannot do this: it is a deployment of another kind of model, such as one for "
               "embeddings where a chat is wanted";
    if (static_cast<int>(failure.code().value()) == 404)
        return "there is nothing at " + sanitise(facts.target, 256) + " of " + where +
               (host.is_azure() ? ": wrong api-version, path or host"
                                : ": wrong host or path; the address of such a service mostly ends in /v1");
    if (static_cast<int>(failure.code().value()) == 503 || failure == errc::overloaded)
        return where + " has no capacity for " + (facts.deployment.empty() ? "this" : subject) +
               " now: ask again later" + (host.is_azure() ? ", or a deployment in another region" : "");
    if (failure == condition::throttled) {
        auto const left = what_is_left(failure);
        std::string words = "too many requests or tokens in this minute";
        words += facts.deployment.empty() ? " for " + where : " for " + subject + " of " + where;
        if (!left.empty())
            words += " (" + left + ")";
        return words + ": wait as asked, or raise the deployment's quota";
    }
    return {};
}

} // namespace augur::inline AUGUR_ABI::azure_openai::wire::detail
