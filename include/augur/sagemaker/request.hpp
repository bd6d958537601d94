#pragma once

#include <augur/core/http.hpp>

#include <optional>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker {

/// One real-time invocation of a SageMaker endpoint.
///
///     sagemaker::invoke_endpoint_request("iris", augur::body("5.1,3.5,1.4,0.2")).content_type("text/csv")
///
/// Limits are those of the service's model and are checked by `wire::build_request`; the size of the
/// body is left to the service (25 MB for real-time endpoints, 4 MB for serverless ones).
class invoke_endpoint_request
{
public:
    /// Up to 63 letters, digits and inner dashes.
    explicit invoke_endpoint_request(std::string endpoint_name, body payload = {})
        : endpoint_name_(std::move(endpoint_name)), payload_(std::move(payload))
    {
    }

    invoke_endpoint_request& payload(body bytes) { return payload_ = std::move(bytes), *this; }
    /// Of the body; up to 1024 characters. A body without one is sent as application/octet-stream.
    invoke_endpoint_request& content_type(std::string v) { return content_type_ = std::move(v), *this; }
    /// What the answer should be; up to 1024 characters.
    invoke_endpoint_request& accept(std::string v) { return accept_ = std::move(v), *this; }
    /// Handed to the container as it is; up to 1024 visible ASCII characters. Not logged.
    invoke_endpoint_request& custom_attributes(std::string v) { return custom_attributes_ = std::move(v), *this; }
    /// Multi-model endpoints: the artifact; 1 to 1024 characters.
    invoke_endpoint_request& target_model(std::string v) { return target_model_ = std::move(v), *this; }
    /// Overrides the traffic split; up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& target_variant(std::string v) { return target_variant_ = std::move(v), *this; }
    /// Direct invocation of one container; up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& target_container_hostname(std::string v)
    {
        return target_container_hostname_ = std::move(v), *this;
    }
    /// Your own id for captured data; 1 to 64 characters.
    invoke_endpoint_request& inference_id(std::string v) { return inference_id_ = std::move(v), *this; }
    /// A JMESPath expression; 1 to 64 characters.
    invoke_endpoint_request& enable_explanations(std::string v) { return enable_explanations_ = std::move(v), *this; }
    /// Up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& inference_component(std::string v) { return inference_component_ = std::move(v), *this; }
    /// The id alone of a session that is open; up to 256 letters, digits and inner dashes.
    invoke_endpoint_request& session_id(std::string v) { return session_id_ = std::move(v), *this; }
    /// Asks the model to open a session. A repeat may open a second one: send it with
    /// `replay::at_most_once`.
    invoke_endpoint_request& new_session() { return session_id(std::string(new_session_id)); }

    std::string const& endpoint_name() const noexcept { return endpoint_name_; }
    body const& payload() const noexcept { return payload_; }
    std::optional<std::string> const& content_type() const noexcept { return content_type_; }
    std::optional<std::string> const& accept() const noexcept { return accept_; }
    std::optional<std::string> const& custom_attributes() const noexcept { return custom_attributes_; }
    std::optional<std::string> const& target_model() const noexcept { return target_model_; }
    std::optional<std::string> const& target_variant() const noexcept { return target_variant_; }
    std::optional<std::string> const& target_container_hostname() const noexcept { return target_container_hostname_; }
    std::optional<std::string> const& inference_id() const noexcept { return inference_id_; }
    std::optional<std::string> const& enable_explanations() const noexcept { return enable_explanations_; }
    std::optional<std::string> const& inference_component() const noexcept { return inference_component_; }
    std::optional<std::string> const& session_id() const noexcept { return session_id_; }
    /// Whether doing this twice differs from doing it once, whatever the model does.
    bool opens_session() const noexcept { return session_id_ == new_session_id; }

private:
    static constexpr std::string_view new_session_id = "NEW_SESSION";

    std::string endpoint_name_;
    body payload_;
    std::optional<std::string> content_type_, accept_, custom_attributes_, target_model_, target_variant_;
    std::optional<std::string> target_container_hostname_, inference_id_, enable_explanations_;
    std::optional<std::string> inference_component_, session_id_;
};

} // namespace augur::inline AUGUR_ABI::sagemaker
