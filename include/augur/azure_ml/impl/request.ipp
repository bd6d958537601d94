#pragma once

#include <augur/azure_ml/request.hpp>

namespace augur::inline AUGUR_ABI::azure_ml {

AUGUR_INLINE score_request& score_request::header(std::string name, std::string value)
{
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
}

} // namespace augur::inline AUGUR_ABI::azure_ml
