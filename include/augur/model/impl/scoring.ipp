#pragma once

#include <augur/model/scoring.hpp>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// `Payload` is the request's payload, by const reference or to be moved from.
template <class Payload>
result<codec::scoring::encoded> encode_payload(Payload&& payload, codec::scoring::options const& options)
{
    switch (static_cast<payload_kind>(payload.index())) {
    case payload_kind::rows: return codec::scoring::encode(std::get<rows>(payload), options);
    case payload_kind::tensors:
        return codec::scoring::encode(std::span<tensor const>(std::get<std::vector<tensor>>(payload)), options);
    case payload_kind::text:
        return codec::scoring::encode_text(std::get<std::string>(std::forward<Payload>(payload)), options);
    case payload_kind::bytes: {
        auto raw = std::get<raw_bytes>(std::forward<Payload>(payload));
        auto type = raw.content_type();
        return codec::scoring::encoded{std::move(type), std::move(raw).take_data()};
    }
    case payload_kind::messages: break;
    }
    return codec::scoring::unsupported_payload("messages", options.format);
}

} // namespace detail

AUGUR_INLINE result<codec::scoring::encoded> encode_request(inference_request const& request,
                                                            codec::scoring::options const& options)
{
    return detail::encode_payload(request.payload(), options);
}

AUGUR_INLINE result<codec::scoring::encoded> encode_request(inference_request&& request,
                                                            codec::scoring::options const& options)
{
    return detail::encode_payload(std::move(request).payload(), options);
}

AUGUR_INLINE result<inference_response> decode_response(std::string_view content_type, std::string body,
                                                        codec::scoring::options const& options)
{
    auto found = codec::scoring::decode(content_type, std::move(body), options);
    if (!found)
        return found.error();
    auto response = std::visit(
        [](auto&& payload) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(payload)>, codec::scoring::opaque>)
                return inference_response(raw_bytes(std::move(payload.body), std::move(payload.content_type)));
            else
                return inference_response(std::move(payload));
        },
        std::move(*found));
    response.with_content_type(std::string(content_type));
    return response;
}

} // namespace augur::inline AUGUR_ABI
