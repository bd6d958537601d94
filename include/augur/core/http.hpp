#pragma once

#include <augur/core/headers.hpp>

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

class url;

/// The request line and fields as they go over the wire, in one block of text.
///
/// Every byte is checked when it is added, so writing is a copy. An attempt copies the head (both
/// buffers keep their memory) and lets the authenticator add its fields at the end.
class request_head
{
public:
    request_head() = default;
    /// `target` in origin-form, already percent-encoded; `authority` as in the Host header.
    static result<request_head> make(std::string_view method, std::string_view target, std::string_view authority);
    /// The same for a target in parts and a host that was parsed once, in the memory of a head that is no
    /// longer needed.
    static result<request_head> make(std::string_view method, std::initializer_list<std::string_view> target,
                                     url const& host, request_head memory);

    result<void> add(std::string_view name, std::string_view value);

    std::string_view method() const noexcept { return view(0, method_size_); }
    std::string_view target() const noexcept { return view(method_size_ + 1U, target_size_); }
    std::string_view authority() const noexcept { return fields_.empty() ? std::string_view() : at(0).value; }
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// Field 0 is Host.
    std::size_t size() const noexcept { return fields_.size(); }
    headers::field at(std::size_t index) const noexcept;
    /// Everything but the blank line that ends a head.
    std::string_view text() const noexcept { return text_; }

private:
    struct field_position
    {
        std::uint32_t name, name_size, value, value_size;
    };

    static result<request_head> begin(std::string_view method, std::initializer_list<std::string_view> target,
                                      std::string_view authority, request_head out);
    std::string_view view(std::size_t from, std::size_t size) const noexcept
    {
        return from < text_.size() ? std::string_view(text_).substr(from, size) : std::string_view();
    }

    std::string text_;
    std::vector<field_position> fields_;
    std::uint32_t method_size_ = 0;
    std::uint32_t target_size_ = 0;
};

/// An immutable payload: owned and shared by its copies, or borrowed.
///
/// Copies are cheap and never copy the bytes. The SHA-256 of the bytes is remembered here by whoever
/// computes it first, so that a large payload is hashed once however often it is sent; that memory
/// is not synchronised: one body object belongs to one call.
class body
{
public:
    body() noexcept = default;
    explicit body(std::string bytes);
    body(body const&) noexcept = default;
    body& operator=(body const&) noexcept = default;
    /// Leaves the other one empty.
    body(body&& other) noexcept
        : owner_(std::move(other.owner_)),
          bytes_(std::exchange(other.bytes_, {})),
          hash_(other.hash_),
          hashed_(std::exchange(other.hashed_, false))
    {
    }
    body& operator=(body&& other) noexcept
    {
        body taken(std::move(other));
        return *this = taken;
    }
    ~body() = default;
    /// The caller keeps `bytes` alive and unchanged until the call has completed.
    static body borrowed(std::string_view bytes) noexcept;
    /// The same, kept alive by `owner`.
    static body borrowed(std::string_view bytes, std::shared_ptr<void const> owner) noexcept;

    std::string_view bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return bytes_.size(); }
    /// Somebody else keeps the bytes.
    bool is_borrowed() const noexcept { return !owner_ && !bytes_.empty(); }

    using hash_text = std::array<char, 64>;
    /// Lower-case hex, or null while nobody computed it.
    hash_text const* remembered_sha256() const noexcept { return hashed_ ? &hash_ : nullptr; }
    void remember_sha256(hash_text const& hex) const noexcept { hash_ = hex, hashed_ = true; }

private:
    std::shared_ptr<void const> owner_;
    std::string_view bytes_;
    mutable hash_text hash_{};
    mutable bool hashed_ = false;
};

/// What a wire codec builds: a head without authentication and a payload.
struct http_request
{
    request_head head;
    body payload;
};

/// A whole response. Every status is a success at this level.
struct http_response
{
    int status = 0;
    headers fields;
    std::string content;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/http.ipp>
#endif
