#pragma once

#include <augur/core/meta.hpp>
#include <augur/core/rows.hpp>
#include <augur/core/table.hpp>
#include <augur/core/tensor.hpp>
#include <augur/model/message.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// Bytes that only the caller and the model understand.
class raw_bytes
{
public:
    raw_bytes() = default;
    raw_bytes(std::string data, std::string content_type) noexcept
        : data_(std::move(data)), content_type_(std::move(content_type))
    {
    }

    std::string_view data() const noexcept { return data_; }
    /// Such as "image/tiff"; empty when the service gave none.
    std::string const& content_type() const noexcept { return content_type_; }
    std::string take_data() && noexcept { return std::move(data_); }
    friend bool operator==(raw_bytes const&, raw_bytes const&) = default;

private:
    std::string data_;
    std::string content_type_;
};

enum class payload_kind : std::uint8_t
{
    rows,
    tensors,
    text,
    messages,
    bytes,
};

/// "rows", "tensors", "text", "messages" or "bytes".
std::string_view to_string(payload_kind kind) noexcept;

/// What a model is asked, the same for every service. Moving it never copies the payload.
class inference_request
{
public:
    /// In the order of payload_kind.
    using payload_type = std::variant<augur::rows, std::vector<tensor>, std::string, std::vector<message>, raw_bytes>;

    explicit inference_request(augur::rows rows) noexcept;
    explicit inference_request(tensor one);
    explicit inference_request(std::vector<tensor> tensors) noexcept;
    explicit inference_request(std::string text) noexcept;
    explicit inference_request(std::string_view text);
    explicit inference_request(char const* text);
    explicit inference_request(message one);
    explicit inference_request(std::vector<message> messages) noexcept;
    explicit inference_request(raw_bytes data) noexcept;
    inference_request(inference_request const& other);
    inference_request(inference_request&& other) noexcept;
    inference_request& operator=(inference_request const& other);
    inference_request& operator=(inference_request&& other) noexcept;
    ~inference_request();

    /// Bytes that the service gets as they are.
    static inference_request bytes(std::string data, std::string content_type = "application/octet-stream")
    {
        return inference_request(raw_bytes(std::move(data), std::move(content_type)));
    }

    /// The media type wanted for the answer; without it the endpoint's format decides.
    inference_request& accept(std::string media_type) & { return accept_ = std::move(media_type), *this; }
    inference_request accept(std::string media_type) && { return accept_ = std::move(media_type), std::move(*this); }
    /// The caller's own name for this request, sent where the service has a place for it.
    inference_request& with_id(std::string id) & { return id_ = std::move(id), *this; }
    inference_request with_id(std::string id) && { return id_ = std::move(id), std::move(*this); }

    payload_kind kind() const noexcept { return kind_; }
    /// Each is null when the request is of another kind; it lives as long as the request.
    augur::rows const* rows() const noexcept { return kind_ == payload_kind::rows ? &rows_ : nullptr; }
    std::vector<tensor> const* tensors() const noexcept { return kind_ == payload_kind::tensors ? &tensors_ : nullptr; }
    std::string const* text() const noexcept { return kind_ == payload_kind::text ? &text_ : nullptr; }
    std::vector<message> const* messages() const noexcept
    {
        return kind_ == payload_kind::messages ? &messages_ : nullptr;
    }
    raw_bytes const* bytes() const noexcept { return kind_ == payload_kind::bytes ? &bytes_ : nullptr; }
    /// The payload itself, without a copy.
    payload_type payload() && noexcept;
    std::string const& accept() const noexcept { return accept_; }
    std::string const& id() const noexcept { return id_; }

private:
    // Members and not a variant of five, which every user's file would have to compile.
    payload_kind kind_;
    augur::rows rows_;
    std::vector<tensor> tensors_;
    std::string text_;
    std::vector<message> messages_;
    raw_bytes bytes_;
    std::string accept_;
    std::string id_;
};

/// What a model answered: a table, tensors, text or bytes, whichever the endpoint's format makes of it.
class inference_response
{
public:
    using payload_type = std::variant<raw_bytes, table, std::vector<tensor>, std::string>;

    /// No bytes.
    inference_response() noexcept;
    explicit inference_response(table rows) noexcept;
    explicit inference_response(std::vector<tensor> tensors) noexcept;
    explicit inference_response(std::string text) noexcept;
    explicit inference_response(raw_bytes data) noexcept;
    inference_response(inference_response const& other);
    inference_response(inference_response&& other) noexcept;
    inference_response& operator=(inference_response const& other);
    inference_response& operator=(inference_response&& other) noexcept;
    ~inference_response();

    /// payload_kind::rows for a table; never messages.
    payload_kind kind() const noexcept { return kind_; }
    /// Each is null when the answer is of another kind; it lives as long as the response.
    table const* rows() const noexcept { return kind_ == payload_kind::rows ? &table_ : nullptr; }
    std::vector<tensor> const* tensors() const noexcept { return kind_ == payload_kind::tensors ? &tensors_ : nullptr; }
    std::string const* text() const noexcept { return kind_ == payload_kind::text ? &text_ : nullptr; }
    raw_bytes const* bytes() const noexcept { return kind_ == payload_kind::bytes ? &bytes_ : nullptr; }

    /// One cell of a table, or one element of the first tensor (`row` counts its first dimension, `column`
    /// the elements below it) converted by the same rules. Text and bytes have no cells:
    /// `errc::decode_error`. A string_view lives as long as the response.
    template <CellValue T>
    result<T> at(std::size_t row, std::size_t column = 0) const
    {
        return read<T>(row, column);
    }
    /// One cell of a table by its column's name.
    template <CellValue T>
    result<T> at(std::size_t row, std::string_view column) const
    {
        return read<T>(row, column);
    }

    /// The payload itself, without a copy.
    payload_type payload() && noexcept;
    /// The media type that the service gave.
    std::string const& content_type() const noexcept { return content_type_; }
    inference_response& with_content_type(std::string type) & { return content_type_ = std::move(type), *this; }

    /// How the call went: request id, attempts, times, variant.
    augur::meta meta;

private:
    // Compiled once for each type of CellValue. `class`, because compilers spell a constraint differently
    // in a symbol: a file of clang's links with a library of g++'s.
    template <class T>
    result<T> read(std::size_t row, std::size_t column) const;
    template <class T>
    result<T> read(std::size_t row, std::string_view column) const;
    result<std::size_t> tensor_index(std::size_t row, std::size_t column) const;
    result<cell> tensor_cell(std::size_t row, std::size_t column) const;
    result<std::string_view> tensor_text(std::size_t row, std::size_t column) const;
    error no_cells(std::string_view wanted) const;

    payload_kind kind_ = payload_kind::bytes;
    table table_;
    std::vector<tensor> tensors_;
    std::string text_;
    raw_bytes bytes_;
    std::string content_type_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/inference.ipp>
#endif
