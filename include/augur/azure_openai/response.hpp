#pragma once

#include <augur/core/meta.hpp>
#include <augur/openai_wire/models.hpp>
#include <augur/openai_wire/response.hpp>
#include <augur/openai_wire/response_request.hpp>

/// The Responses API and the list of models have the same values wherever the dialect is spoken.
namespace augur::inline AUGUR_ABI::azure_openai {

using openai_wire::deletion;
using openai_wire::input_token_count;
using openai_wire::item_list;
using openai_wire::model_info;
using openai_wire::model_list;
using openai_wire::response;
using openai_wire::response_item;
using openai_wire::response_part;
using openai_wire::response_request;

} // namespace augur::inline AUGUR_ABI::azure_openai
