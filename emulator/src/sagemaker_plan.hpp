#pragma once

#include <augur/emulator/sagemaker_service.hpp>

#include "sagemaker_paths.hpp"

namespace augur::emulator {

struct sagemaker_service::plan
{
    std::optional<response> answer; ///< decided already
    sagemaker_operation operation = sagemaker_operation::invoke;
    std::string endpoint, component, account, region, variant;
    std::string new_session, closing_session, custom_attributes; ///< for the response head
    std::shared_ptr<container> host;
    container_call call;
};

} // namespace augur::emulator
