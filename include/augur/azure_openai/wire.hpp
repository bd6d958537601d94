#pragma once

#include <augur/azure_openai/hosts.hpp>
#include <augur/azure_openai/request.hpp>
#include <augur/azure_openai/response.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/core/limits.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/chat_response.hpp>
#include <augur/model/embedding.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Values to HTTP and back. No I/O, no clock, no credentials.
///
/// `host`: from `resolve_host`. `memory`: of a head that is no longer needed. The heads have no authentication
/// yet and no framing (content-length), which belongs to whoever writes them.
///
/// Errors of all builders: `errc::invalid_argument`, naming the member: no deployment (the request's `model` must
/// name one), a name that cannot stand in a path, an extra header that belongs to HTTP or to the key, a text that is
/// not UTF-8, members that are no JSON.
namespace augur::inline AUGUR_ABI::azure_openai::wire {

/// Whether the answer is wanted whole or as server-sent events.
enum class delivery : std::uint8_t
{
    whole,
    stream,
};

result<http_request> build_request(chat_request const& request, resolved_host const& host,
                                   delivery how = delivery::whole, request_head memory = {});
result<http_request> build_request(embedding_request const& request, resolved_host const& host,
                                   request_head memory = {});
result<http_request> build_request(response_request const& request, resolved_host const& host,
                                   delivery how = delivery::whole, request_head memory = {});
/// `starting_after`: the number of the last event that was received; only with `delivery::stream`.
result<http_request> build_request(get_response_request const& request, resolved_host const& host,
                                   delivery how = delivery::whole,
                                   std::optional<std::int64_t> starting_after = std::nullopt, request_head memory = {});
result<http_request> build_request(input_items_request const& request, resolved_host const& host,
                                   request_head memory = {});
result<http_request> build_count_tokens(response_request const& request, resolved_host const& host,
                                        request_head memory = {});
result<http_request> build_delete_response(std::string_view id, resolved_host const& host, request_head memory = {});
result<http_request> build_cancel_response(std::string_view id, resolved_host const& host, request_head memory = {});
result<http_request> build_list_models(resolved_host const& host, request_head memory = {});
result<http_request> build_get_model(std::string_view name, resolved_host const& host, request_head memory = {});

/// An answer with a status below 300 in its own terms, with its `meta`; any other goes through `parse_error`.
/// A body that is no such answer is `errc::decode_error`, outcome `complete`.
result<chat_response> parse_chat(http_response&& response, wall_time now);
/// `expected`: how many vectors there must be.
result<embedding_response> parse_embeddings(http_response&& response, wall_time now, std::size_t expected);
result<openai_wire::response> parse_response(http_response&& response, wall_time now);
result<item_list> parse_item_list(http_response&& response, wall_time now);
result<input_token_count> parse_input_tokens(http_response&& response, wall_time now);
result<deletion> parse_deletion(http_response&& response, wall_time now);
result<model_list> parse_model_list(http_response&& response, wall_time now);
result<model_info> parse_model(http_response&& response, wall_time now);

/// What the head of an answer says of its call: request id, deployment, rate limits.
void read_meta(augur::meta& into, headers const& fields);

/// What a status of 300 or more means: `openai_wire::parse_error`, with the fields `x-ratelimit-*` among the
/// attributes.
error parse_error(http_response const& response, wall_time now);

/// What is said to whoever has to mend it.
struct call_facts
{
    std::string_view deployment; ///< or model; empty if the call names none
    std::string_view key_source; ///< such as "AZURE_OPENAI_API_KEY"; empty if the caller made the authenticator
    bool has_fixed_auth = false; ///< the authenticator cannot renew what it sends: a key, or a token as it was given
    std::string_view target;     ///< of the request
    phase_limits::duration patience{}; ///< until the answer has to begin
    bool streams = false; ///< asked for its answer as it is made
};

/// The same error in words that name host, deployment and key of the call, where that tells what to do.
error explain(error failure, resolved_host const& host, call_facts const& facts);

} // namespace augur::inline AUGUR_ABI::azure_openai::wire

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/wire.ipp>
#endif
