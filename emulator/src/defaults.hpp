#pragma once

#include <augur/emulator/azure_ml_service.hpp>
#include <augur/emulator/openai_service.hpp>
#include <augur/emulator/sagemaker_service.hpp>
#include <augur/emulator/server.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace augur::emulator {

/// The models everything is built from.
struct model_hosts
{
    std::shared_ptr<container> discriminant; ///< linear discriminant analysis
    std::shared_ptr<container> neighbours;   ///< k nearest neighbours
    std::shared_ptr<llm::ngram_model const> language;
    std::uint64_t seed = 1936;
};

std::vector<sagemaker_endpoint> default_sagemaker_endpoints(model_hosts const& hosts);
std::vector<azure_deployment> default_azure_deployments(model_hosts const& hosts);
std::vector<openai_deployment> default_openai_deployments();
test_credentials make_credentials(server_options const& options);

} // namespace augur::emulator
