#pragma once

#include <augur/emulator/http.hpp>

#include <optional>
#include <string>

namespace augur::emulator {

/// Checks the endpoint's name and every modelled header of InvokeEndpoint against the limits of the API model
/// (2017-05-13). The message of the first one broken, in the service's words, or nothing.
std::optional<std::string> broken_sagemaker_limit(std::string_view endpoint, header_list const& headers);

} // namespace augur::emulator
