#pragma once

#include <augur/core/result.hpp>

#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::codec::json {

/// Appends the numbers of a JSON array of numbers, such as an embedding, each the nearest float. As strict as
/// `json::reader`: anything else is `errc::decode_error` that names the place, and so is a number too large for a
/// float; `out` then holds what came before. Asking services for base64 instead costs a tenth: `base64_decode_floats`.
result<void> read_floats(std::string_view array, std::vector<float>& out);

} // namespace augur::inline AUGUR_ABI::codec::json

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/json_floats.ipp>
#endif
