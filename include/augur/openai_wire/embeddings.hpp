#pragma once

#include <augur/core/result.hpp>
#include <augur/model/embedding.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// Embeddings in the OpenAI dialect. JSON to values and back; no I/O.
namespace augur::inline AUGUR_ABI::openai_wire {

/// Errors: `errc::invalid_argument` for a text that is not UTF-8 or extra members that are no JSON object.
result<std::string> write_embedding_request(embedding_request const& request);
result<embedding_request> parse_embedding_request(std::string_view text);

/// The body of an answer with status 200. `expected`: how many vectors there must be, each index once; 0 if that
/// is not known.
///
/// Errors: what the service reports in place of an answer; `errc::decode_error`, outcome `complete`, for vectors
/// that are no numbers, not whole floats, or of which one is missing.
result<embedding_response> parse_embedding_response(std::string_view text, std::size_t expected = 0);
/// Each vector in the encoding and at the place it came in.
result<std::string> write_embedding_response(embedding_response const& response);

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/embeddings.ipp>
#endif
