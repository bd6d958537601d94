#pragma once

#include <augur/core/http.hpp>

#include <memory>
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
    invoke_endpoint_request& custom_attributes(std::string v) { return rare().custom_attributes = std::move(v), *this; }
    /// Multi-model endpoints: the artifact; 1 to 1024 characters.
    invoke_endpoint_request& target_model(std::string v) { return rare().target_model = std::move(v), *this; }
    /// Overrides the traffic split; up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& target_variant(std::string v) { return rare().target_variant = std::move(v), *this; }
    /// Direct invocation of one container; up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& target_container_hostname(std::string v)
    {
        return rare().target_container_hostname = std::move(v), *this;
    }
    /// Your own id for captured data; 1 to 64 characters.
    invoke_endpoint_request& inference_id(std::string v) { return rare().inference_id = std::move(v), *this; }
    /// A JMESPath expression; 1 to 64 characters.
    invoke_endpoint_request& enable_explanations(std::string v)
    {
        return rare().enable_explanations = std::move(v), *this;
    }
    /// Up to 63 letters, digits and inner dashes.
    invoke_endpoint_request& inference_component(std::string v)
    {
        return rare().inference_component = std::move(v), *this;
    }
    /// The id alone of a session that is open; up to 256 letters, digits and inner dashes.
    invoke_endpoint_request& session_id(std::string v) { return rare().session_id = std::move(v), *this; }
    /// Asks the model to open a session. A repeat may open a second one, so the client sends it at most once unless
    /// `call_options::replay` says otherwise.
    invoke_endpoint_request& new_session() { return session_id(std::string(new_session_id)); }

    std::string const& endpoint_name() const noexcept { return endpoint_name_; }
    body const& payload() const noexcept { return payload_; }
    std::optional<std::string> const& content_type() const noexcept { return content_type_; }
    std::optional<std::string> const& accept() const noexcept { return accept_; }
    std::optional<std::string> const& custom_attributes() const noexcept { return seldom().custom_attributes; }
    std::optional<std::string> const& target_model() const noexcept { return seldom().target_model; }
    std::optional<std::string> const& target_variant() const noexcept { return seldom().target_variant; }
    std::optional<std::string> const& target_container_hostname() const noexcept
    {
        return seldom().target_container_hostname;
    }
    std::optional<std::string> const& inference_id() const noexcept { return seldom().inference_id; }
    std::optional<std::string> const& enable_explanations() const noexcept { return seldom().enable_explanations; }
    std::optional<std::string> const& inference_component() const noexcept { return seldom().inference_component; }
    std::optional<std::string> const& session_id() const noexcept { return seldom().session_id; }
    /// Whether doing this twice differs from doing it once, whatever the model does.
    bool opens_session() const noexcept { return session_id() == new_session_id; }
    /// Whether the request line and the headers are the same. Where it is not cheap to know, the answer is no.
    bool has_head_of(invoke_endpoint_request const& other) const noexcept
    {
        return rare_ == other.rare_ && endpoint_name_ == other.endpoint_name_ && content_type_ == other.content_type_ &&
               accept_ == other.accept_ && (payload_.size() == 0) == (other.payload_.size() == 0);
    }

private:
    static constexpr std::string_view new_session_id = "NEW_SESSION";

    /// What few requests have. Apart and shared between copies, because a request is moved many times on its way.
    struct seldom_set
    {
        std::optional<std::string> custom_attributes, target_model, target_variant, target_container_hostname;
        std::optional<std::string> inference_id, enable_explanations, inference_component, session_id;
    };

    seldom_set const& seldom() const noexcept
    {
        static seldom_set const none;
        return rare_ ? *rare_ : none;
    }
    seldom_set& rare()
    {
        if (!rare_ || rare_.use_count() > 1)
            rare_ = rare_ ? std::make_shared<seldom_set>(*rare_) : std::make_shared<seldom_set>();
        return *rare_;
    }

    std::string endpoint_name_;
    body payload_;
    std::optional<std::string> content_type_, accept_;
    std::shared_ptr<seldom_set> rare_;
};

} // namespace augur::inline AUGUR_ABI::sagemaker
