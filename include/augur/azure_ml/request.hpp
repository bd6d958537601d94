#pragma once

#include <augur/core/http.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::azure_ml {

/// One call of an online endpoint.
///
///     azure_ml::score_request(augur::body(R"({"data":[[1,2]]})")).deployment("blue")
///
/// Limits are checked by `wire::build_request`; the size of the body is left to the service.
class score_request
{
public:
    score_request() = default;
    explicit score_request(body payload) : payload_(std::move(payload)) {}

    score_request& payload(body bytes) { return payload_ = std::move(bytes), *this; }
    /// Of the body; "application/json" when not set.
    score_request& content_type(std::string v) { return content_type_ = std::move(v), *this; }
    score_request& accept(std::string v) { return accept_ = std::move(v), *this; }
    /// Bypasses the traffic split: 3 to 32 letters, digits and single dashes, a letter first.
    score_request& deployment(std::string v) { return deployment_ = std::move(v), *this; }
    /// Your id of the call, echoed and written to the endpoint's traffic log; 1 to 100 characters.
    score_request& client_request_id(std::string v) { return client_request_id_ = std::move(v), *this; }
    /// The id the container sees; the service makes one when there is none. 1 to 100 characters.
    score_request& request_id(std::string v) { return request_id_ = std::move(v), *this; }
    /// Another route of the container on the same host, such as "/v1/chat/completions"; may have a query.
    score_request& path(std::string v) { return path_ = std::move(v), *this; }
    /// One more header, which the container sees. Not those that have a setter or belong to HTTP itself.
    score_request& header(std::string name, std::string value);

    body const& payload() const noexcept { return payload_; }
    std::string const& content_type() const noexcept { return content_type_; }
    std::optional<std::string> const& accept() const noexcept { return accept_; }
    std::optional<std::string> const& deployment() const noexcept { return deployment_; }
    std::optional<std::string> const& client_request_id() const noexcept { return client_request_id_; }
    std::optional<std::string> const& request_id() const noexcept { return request_id_; }
    std::optional<std::string> const& path() const noexcept { return path_; }
    std::vector<std::pair<std::string, std::string>> const& headers() const noexcept { return headers_; }

private:
    body payload_;
    std::string content_type_ = "application/json";
    std::optional<std::string> accept_, deployment_, client_request_id_, request_id_, path_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

} // namespace augur::inline AUGUR_ABI::azure_ml

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/request.ipp>
#endif
