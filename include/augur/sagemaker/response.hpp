#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/meta.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::sagemaker {

/// A session that the model opened for us.
struct session
{
    std::string id;                   ///< for `invoke_endpoint_request::session_id`
    std::optional<wall_time> expires; ///< when the service said so in a form we know
};

/// What a real-time invocation gave. Texts are empty when the service sent nothing.
struct invoke_endpoint_response
{
    std::string body; ///< the model's answer, as it came
    std::string content_type;
    std::string invoked_production_variant;
    std::string custom_attributes; ///< set by the container
    std::optional<session> new_session;
    std::string closed_session_id; ///< the model closed this session
    augur::meta meta;
};

/// One piece of what a model wrote. Pieces follow the container's writes: a line, an event or a character may be cut
/// between two of them.
struct payload_part
{
    std::string_view bytes; ///< never empty; lives until the following next() or close()
    friend bool operator==(payload_part const&, payload_part const&) = default;
};

/// What the head of a streamed answer says. Texts are empty when the service sent nothing.
struct stream_head
{
    std::string content_type; ///< of the model's output; "text/event-stream" or "application/jsonlines" for instance
    std::string invoked_production_variant;
    std::string custom_attributes; ///< set by the container
};

} // namespace augur::inline AUGUR_ABI::sagemaker
