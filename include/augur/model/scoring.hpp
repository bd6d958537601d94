#pragma once

#include <augur/codec/scoring.hpp>
#include <augur/model/inference.hpp>

namespace augur::inline AUGUR_ABI {

/// The body of a request in the endpoint's format. Raw bytes always pass with their own content type; a kind
/// of payload that the format cannot carry is `errc::unsupported` and names both.
result<codec::scoring::encoded> encode_request(inference_request const& request,
                                               codec::scoring::options const& options = {});
/// The same without a copy of raw bytes or text.
result<codec::scoring::encoded> encode_request(inference_request&& request,
                                               codec::scoring::options const& options = {});

/// The answer by its media type; see codec::scoring::decode. Its `meta` is left to the caller.
result<inference_response> decode_response(std::string_view content_type, std::string body,
                                           codec::scoring::options const& options = {});

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/scoring.ipp>
#endif
