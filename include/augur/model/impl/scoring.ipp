#pragma once

#include <augur/model/scoring.hpp>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE result<codec::scoring::encoded> encode_request(inference_request const& request,
                                                            codec::scoring::options const& options)
{
    if (auto const* values = request.rows())
        return codec::scoring::encode(*values, options);
    if (auto const* values = request.tensors())
        return codec::scoring::encode(std::span<tensor const>(*values), options);
    if (auto const* text = request.text())
        return codec::scoring::encode_text(*text, options);
    if (auto const* raw = request.bytes())
        return codec::scoring::encoded{raw->content_type(), std::string(raw->data())};
    return codec::scoring::unsupported_payload("messages", options.format);
}

AUGUR_INLINE result<codec::scoring::encoded> encode_request(inference_request&& request,
                                                            codec::scoring::options const& options)
{
    if (request.text() != nullptr)
        return codec::scoring::encode_text(std::get<std::string>(std::move(request).payload()), options);
    if (request.bytes() != nullptr) {
        auto raw = std::get<raw_bytes>(std::move(request).payload());
        auto type = raw.content_type();
        return codec::scoring::encoded{std::move(type), std::move(raw).take_data()};
    }
    return encode_request(std::as_const(request), options);
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
