#pragma once

#include <augur/core/http.hpp>
#include <augur/core/impl/headers.ipp>
#include <augur/core/impl/url.ipp>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline error refused_head(std::string_view what, std::string_view text)
{
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                      std::string(what) + " \"" + shown_url(text) + "\" is not allowed in a request");
}

} // namespace detail

AUGUR_INLINE result<request_head> request_head::make(std::string_view method, std::string_view target,
                                                     std::string_view authority)
{
    auto const as_url = url::parse("https://" + std::string(authority));
    if (!as_url || as_url->path() != "/" || authority.find_first_of("/?") != authority.npos)
        return detail::refused_head("host", authority);
    return begin(method, {target}, authority, {});
}

AUGUR_INLINE result<request_head> request_head::make(std::string_view method,
                                                     std::initializer_list<std::string_view> target, url const& host,
                                                     request_head memory)
{
    return begin(method, target, host.authority(), std::move(memory));
}

AUGUR_INLINE result<request_head> request_head::begin(std::string_view method,
                                                      std::initializer_list<std::string_view> target,
                                                      std::string_view authority, request_head out)
{
    if (!is_token(method) || method.size() > 32)
        return detail::refused_head("method", method);
    out.text_.clear();
    out.fields_.clear();
    out.text_.reserve(1024); // what SigV4 and its like add has room, too
    out.fields_.reserve(24);
    out.text_.append(method).append(" ");
    for (auto const part : target)
        out.text_.append(part);
    out.method_size_ = static_cast<std::uint32_t>(method.size());
    auto const whole = std::string_view(out.text_).substr(method.size() + 1);
    if (whole.size() > 64 * 1024 || !is_request_target(whole))
        return detail::refused_head("target", whole);
    out.target_size_ = static_cast<std::uint32_t>(whole.size());
    out.text_.append(" HTTP/1.1\r\n");
    if (auto added = out.add("host", authority); !added)
        return added.error();
    return out;
}

AUGUR_INLINE result<void> request_head::add(std::string_view name, std::string_view value)
{
    if (!is_token(name))
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "header name \"" + sanitise(name, 64) + "\" is not allowed (RFC 9110 token)");
    if (!is_field_value(value)) // the value is not repeated: it may be a secret
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "the value of header \"" + sanitise(name, 64) + "\" has a character that is not allowed");
    if (text_.size() + name.size() + value.size() > 1024 * 1024)
        return make_error(errc::header_limit, phase::prepare, outcome::not_sent, "the request head is over 1 MiB");
    field_position position{};
    position.name = static_cast<std::uint32_t>(text_.size());
    position.name_size = static_cast<std::uint32_t>(name.size());
    position.value = static_cast<std::uint32_t>(text_.size() + name.size() + 2);
    position.value_size = static_cast<std::uint32_t>(value.size());
    detail::reserve_one(fields_);
    detail::append_all(text_, {name, ": ", value, "\r\n"});
    fields_.push_back(position);
    return {};
}

AUGUR_INLINE headers::field request_head::at(std::size_t index) const noexcept
{
    auto const& f = fields_[index];
    return {view(f.name, f.name_size), view(f.value, f.value_size)};
}

AUGUR_INLINE std::optional<std::string_view> request_head::find(std::string_view name) const noexcept
{
    for (auto const& f : fields_)
        if (f.name_size == name.size() && equal_ignoring_case(view(f.name, f.name_size), name))
            return view(f.value, f.value_size);
    return std::nullopt;
}

AUGUR_INLINE body::body(std::string bytes)
{
    auto owned = std::make_shared<std::string const>(std::move(bytes));
    bytes_ = *owned;
    owner_ = std::move(owned);
}

AUGUR_INLINE body body::borrowed(std::string_view bytes) noexcept
{
    body out;
    out.bytes_ = bytes;
    return out;
}

AUGUR_INLINE body body::borrowed(std::string_view bytes, std::shared_ptr<void const> owner) noexcept
{
    body out;
    out.bytes_ = bytes;
    out.owner_ = std::move(owner);
    return out;
}

} // namespace augur::inline AUGUR_ABI
