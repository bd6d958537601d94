#pragma once

#include <augur/codec/base64.hpp>
#include <augur/model/message.hpp>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline std::string data_url(std::string_view bytes, std::string_view media_type)
{
    std::string out = "data:";
    return out.append(media_type).append(";base64,").append(codec::base64_encode(bytes));
}

} // namespace detail

AUGUR_INLINE content_part content_part::text(std::string words)
{
    detail::part_data data;
    data.text = std::move(words);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::image_url(std::string url, std::string detail)
{
    detail::part_data data;
    data.kind = part_kind::image;
    data.url = std::move(url);
    data.detail = std::move(detail);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::image(std::string_view bytes, std::string_view media_type, std::string detail)
{
    return image_url(augur::detail::data_url(bytes, media_type), std::move(detail));
}

AUGUR_INLINE content_part content_part::audio(std::string_view bytes, std::string format)
{
    detail::part_data data;
    data.kind = part_kind::audio;
    data.data = codec::base64_encode(bytes);
    data.format = std::move(format);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::file(std::string_view bytes, std::string_view media_type, std::string filename)
{
    detail::part_data data;
    data.kind = part_kind::file;
    data.data = augur::detail::data_url(bytes, media_type);
    data.filename = std::move(filename);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::file_id(std::string id)
{
    detail::part_data data;
    data.kind = part_kind::file;
    data.file_id = std::move(id);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::refusal(std::string words)
{
    detail::part_data data;
    data.kind = part_kind::refusal;
    data.text = std::move(words);
    return content_part(std::move(data));
}

AUGUR_INLINE content_part content_part::json(std::string object)
{
    detail::part_data data;
    data.kind = part_kind::other;
    data.extra = std::move(object);
    return content_part(std::move(data));
}

AUGUR_INLINE message::message(std::string role, std::string content)
{
    data_.role = std::move(role);
    data_.content = std::move(content);
    data_.has_content = true;
}

AUGUR_INLINE message::message(std::string role, std::vector<content_part> parts)
{
    data_.role = std::move(role);
    data_.parts = std::move(parts);
}

AUGUR_INLINE message message::tool_result(std::string call_id, std::string content)
{
    message out("tool", std::move(content));
    out.data_.tool_call_id = std::move(call_id);
    return out;
}

AUGUR_INLINE message::message(message const&) = default;
AUGUR_INLINE message::message(message&&) noexcept = default;
AUGUR_INLINE message& message::operator=(message const&) = default;
AUGUR_INLINE message& message::operator=(message&&) noexcept = default;
AUGUR_INLINE message::~message() = default;

AUGUR_INLINE message& message::add(content_part part)
{
    data_.has_content = false;
    if (!data_.content.empty()) // a text that came first becomes the first part
        data_.parts.insert(data_.parts.begin(), content_part::text(std::exchange(data_.content, {})));
    data_.parts.push_back(std::move(part));
    return *this;
}

AUGUR_INLINE message& message::add(tool_call call)
{
    data_.tool_calls.push_back(std::move(call));
    return *this;
}

AUGUR_INLINE std::string message::text() const
{
    std::string out = data_.content;
    for (auto const& part : data_.parts)
        if (part.kind() == part_kind::text)
            out += part.text();
    return out;
}

} // namespace augur::inline AUGUR_ABI
