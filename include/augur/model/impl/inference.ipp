#pragma once

#include <augur/core/impl/cell.hpp>
#include <augur/model/inference.hpp>

#include <limits>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline error response_error(std::string text)
{
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

} // namespace detail

AUGUR_INLINE std::string_view to_string(payload_kind kind) noexcept
{
    switch (kind) {
    case payload_kind::rows: return "rows";
    case payload_kind::tensors: return "tensors";
    case payload_kind::text: return "text";
    case payload_kind::messages: return "messages";
    case payload_kind::bytes: return "bytes";
    }
    return "unknown";
}

AUGUR_INLINE inference_request::inference_request(augur::rows rows) noexcept
    : kind_(payload_kind::rows), rows_(std::move(rows))
{
}

AUGUR_INLINE inference_request::inference_request(std::vector<tensor> tensors) noexcept
    : kind_(payload_kind::tensors), tensors_(std::move(tensors))
{
}

AUGUR_INLINE inference_request::inference_request(tensor one) : kind_(payload_kind::tensors)
{
    tensors_.push_back(std::move(one));
}

AUGUR_INLINE inference_request::inference_request(std::string text) noexcept
    : kind_(payload_kind::text), text_(std::move(text))
{
}

AUGUR_INLINE inference_request::inference_request(std::string_view text) : inference_request(std::string(text)) {}
AUGUR_INLINE inference_request::inference_request(char const* text) : inference_request(std::string(text)) {}

AUGUR_INLINE inference_request::inference_request(std::vector<message> messages) noexcept
    : kind_(payload_kind::messages), messages_(std::move(messages))
{
}

AUGUR_INLINE inference_request::inference_request(message one) : kind_(payload_kind::messages)
{
    messages_.push_back(std::move(one));
}

AUGUR_INLINE inference_request::inference_request(raw_bytes data) noexcept
    : kind_(payload_kind::bytes), bytes_(std::move(data))
{
}

AUGUR_INLINE inference_request::inference_request(inference_request const&) = default;
AUGUR_INLINE inference_request::inference_request(inference_request&&) noexcept = default;
AUGUR_INLINE inference_request& inference_request::operator=(inference_request const&) = default;
AUGUR_INLINE inference_request& inference_request::operator=(inference_request&&) noexcept = default;
AUGUR_INLINE inference_request::~inference_request() = default;

AUGUR_INLINE inference_request::payload_type inference_request::payload() && noexcept
{
    switch (kind_) {
    case payload_kind::rows: return std::move(rows_);
    case payload_kind::tensors: return std::move(tensors_);
    case payload_kind::text: return std::move(text_);
    case payload_kind::messages: return std::move(messages_);
    case payload_kind::bytes: break;
    }
    return std::move(bytes_);
}

AUGUR_INLINE inference_response::inference_response() noexcept = default;

AUGUR_INLINE inference_response::inference_response(table rows) noexcept
    : kind_(payload_kind::rows), table_(std::move(rows))
{
}

AUGUR_INLINE inference_response::inference_response(std::vector<tensor> tensors) noexcept
    : kind_(payload_kind::tensors), tensors_(std::move(tensors))
{
}

AUGUR_INLINE inference_response::inference_response(std::string text) noexcept
    : kind_(payload_kind::text), text_(std::move(text))
{
}

AUGUR_INLINE inference_response::inference_response(raw_bytes data) noexcept : bytes_(std::move(data)) {}

AUGUR_INLINE inference_response::inference_response(inference_response const&) = default;
AUGUR_INLINE inference_response::inference_response(inference_response&&) noexcept = default;
AUGUR_INLINE inference_response& inference_response::operator=(inference_response const&) = default;
AUGUR_INLINE inference_response& inference_response::operator=(inference_response&&) noexcept = default;
AUGUR_INLINE inference_response::~inference_response() = default;

AUGUR_INLINE inference_response::payload_type inference_response::payload() && noexcept
{
    switch (kind_) {
    case payload_kind::rows: return std::move(table_);
    case payload_kind::tensors: return std::move(tensors_);
    case payload_kind::text: return std::move(text_);
    default: return std::move(bytes_);
    }
}

template <class T>
result<T> inference_response::read(std::size_t row, std::size_t column) const
{
    if (auto const* t = rows())
        return t->at<T>(row, column);
    if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
        auto const text = tensor_text(row, column);
        if (!text)
            return text.error();
        return T(*text);
    }
    else {
        auto const element = tensor_cell(row, column);
        if (!element)
            return element.error();
        return detail::cell_as<T>(*element, {row, column, {}});
    }
}

template <class T>
result<T> inference_response::read(std::size_t row, std::string_view column) const
{
    if (auto const* t = rows())
        return t->at<T>(row, column);
    return no_cells("named columns");
}

AUGUR_INLINE result<std::size_t> inference_response::tensor_index(std::size_t row, std::size_t column) const
{
    auto const* all = tensors();
    if (!all || all->empty())
        return no_cells("cells");
    auto const& first = all->front();
    auto const width = first.row_size();
    auto const rows = first.rank() == 0 ? 1 : static_cast<std::size_t>(first.shape()[0]);
    if (row >= rows || column >= width)
        return detail::response_error("there is no row " + std::to_string(row) + ", column " + std::to_string(column) +
                                      " in a tensor of " + std::to_string(rows) + " rows of " + std::to_string(width));
    return row * width + column;
}

AUGUR_INLINE result<cell> inference_response::tensor_cell(std::size_t row, std::size_t column) const
{
    auto const index = tensor_index(row, column);
    if (!index)
        return index.error();
    auto const& t = tensors()->front();
    switch (t.type()) {
    case element_type::boolean: return cell(t.as<bool>().value()[*index]);
    case element_type::i64: return cell(t.as<std::int64_t>().value()[*index]);
    case element_type::string: return cell(t.as<std::string>().value()[*index]);
    case element_type::u64: {
        auto const value = t.as<std::uint64_t>().value()[*index];
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            break;
        return cell(static_cast<std::int64_t>(value));
    }
    default: break;
    }
    auto const number = t.number(*index);
    if (!number)
        return number.error();
    return cell(*number);
}

AUGUR_INLINE result<std::string_view> inference_response::tensor_text(std::size_t row, std::size_t column) const
{
    auto const index = tensor_index(row, column);
    if (!index)
        return index.error();
    auto const texts = tensors()->front().as<std::string>();
    if (!texts)
        return texts.error();
    return std::string_view((*texts)[*index]);
}

AUGUR_INLINE error inference_response::no_cells(std::string_view wanted) const
{
    std::string text = "the answer is ";
    text += kind_ == payload_kind::rows ? "a table" : to_string(kind_);
    if (!content_type_.empty())
        text += " of type " + sanitise(content_type_, 120);
    text.append(", which has no ").append(wanted);
    return detail::response_error(std::move(text));
}

} // namespace augur::inline AUGUR_ABI
