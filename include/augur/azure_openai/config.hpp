#pragma once

#include <augur/azure_openai/hosts.hpp>
#include <augur/call/client_config.hpp>
#include <augur/core/secret.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::azure_openai {

/// As `call::client_config`, but a model may take ten minutes until its answer begins, and pause for five in a
/// stream: the service sends nothing while it thinks. A program with a user in front of it gives shorter limits, such
/// as `augur::deadline(30s).first_event(4s).idle(1500ms)`.
call::client_config default_client();

/// What a client can be told; all of it optional.
struct client_config
{
    std::string deployment = {};  ///< Azure: its name; elsewhere that of a model. A request's own `model` wins.
    std::string api_version = {}; ///< a date for the dated paths, "preview"; else OPENAI_API_VERSION on Azure
    /// Of the resource; else AZURE_OPENAI_API_KEY for Azure's addresses, OPENAI_API_KEY for others. Without any key,
    /// and without an authenticator in `client.auth`, an address of Azure's own gets tokens of Entra.
    secret key = {};
    /// Who gives these tokens, for any address and whatever key the environment has; null: `entra::default_chain`,
    /// with which nothing is looked for before the first call.
    std::shared_ptr<auth::entra::token_source> credentials = {};
    /// What they are for; empty: https://cognitiveservices.azure.com/.default, at the address of a project of AI
    /// Foundry https://ai.azure.com/.default, or those of the address's cloud.
    std::string scope = {};
    azure_openai::service service = azure_openai::service::automatic; ///< where the address does not tell
    std::string organization = {}; ///< `OpenAI-Organization`; not for Azure
    std::string project = {}; ///< `OpenAI-Project`; not for Azure
    bool allow_plain_http = false; ///< for an endpoint without TLS that is not on this machine
    call::client_config client = default_client();
};

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/config.ipp>
#endif
