#pragma once

#include <augur/codec/impl/http_date.ipp>
#include <augur/codec/impl/sigv4_canonical.ipp>

#include <algorithm>
#include <cstring>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline constexpr std::string_view sigv4_algorithm = "AWS4-HMAC-SHA256";

/// It stands in a header, followed by a slash.
inline bool is_access_key_id(std::string_view id) noexcept
{
    return !id.empty() && id.size() <= 256 && is_visible(id) && id.find(',') == id.npos && id.find('/') == id.npos;
}

} // namespace detail

AUGUR_INLINE void string_to_sign::assign(canonical_request const& canonical, std::string_view amz_date,
                                         credential_scope const& scope)
{
    detail::text_writer out(text_);
    out.append(detail::sigv4_algorithm);
    out.append('\n');
    out.append(amz_date);
    out.append('\n');
    out.append(scope.text());
    out.append('\n');
    out.advance(out.room(64) + hex_encode_to(view(canonical.digest()), out.room(64)));
    size_ = out.size();
}

AUGUR_INLINE sha256_text sign(string_to_sign const& text, signing_key const& key) noexcept
{
    sha256_text signature;
    hex_encode_to(view(key.sign(text.text())), signature.data());
    return signature;
}

namespace detail {

inline result<void> check_signer(std::string_view access_key_id, signing_key const& key,
                                 std::chrono::system_clock::time_point now)
{
    if (!is_access_key_id(access_key_id))
        return signing_error("the access key id is no plain word");
    if (std::chrono::floor<std::chrono::days>(now) != key.scope().day())
        return signing_error("the signing key is for " + std::string(key.scope().date()) + ", not for today");
    return {};
}

/// The time as `x-amz-date` writes it. The key's scope has the day in letters already.
inline std::array<char, 16> date_of_today(signing_key const& key, std::chrono::system_clock::time_point now) noexcept
{
    std::array<char, 16> text;
    std::memcpy(text.data(), key.scope().date().data(), 8);
    auto const second = std::chrono::floor<std::chrono::seconds>(now) - key.scope().day();
    write_basic_time(text.data() + 8, static_cast<int>(second.count()));
    return text;
}

} // namespace detail

AUGUR_INLINE void sigv4_signature::complete(std::string_view access_key_id, signing_key const& key)
{
    to_sign_.assign(canonical_, amz_date(), key.scope());
    signature_ = sign(to_sign_, key);
    detail::text_writer text(authorization_);
    text.append("AWS4-HMAC-SHA256 Credential=");
    text.append(access_key_id);
    text.append('/');
    text.append(key.scope().text());
    text.append(", SignedHeaders=");
    text.append(canonical_.signed_headers());
    text.append(", Signature=");
    text.append(signature());
    authorization_size_ = text.size();
}

AUGUR_INLINE result<void> sign_headers(sigv4_request const& request, std::string_view access_key_id,
                                       signing_key const& key, std::chrono::system_clock::time_point now,
                                       sigv4_signature& out)
{
    out.authorization_size_ = 0;
    out.target_.clear();
    if (auto ok = detail::check_signer(access_key_id, key, now); !ok)
        return ok;
    out.date_ = detail::date_of_today(key, now);
    if (auto ok = out.canonical_.assign(request, out.amz_date()); !ok)
        return ok;
    out.complete(access_key_id, key);
    return {};
}

AUGUR_INLINE result<void> sign_again(std::string_view access_key_id, std::string_view payload_hash,
                                     signing_key const& key, std::chrono::system_clock::time_point now,
                                     sigv4_signature& io)
{
    io.authorization_size_ = 0;
    if (auto ok = detail::check_signer(access_key_id, key, now); !ok)
        return ok;
    io.date_ = detail::date_of_today(key, now);
    if (!io.canonical_.replace(io.amz_date(), payload_hash))
        return detail::signing_error("the last request was not one that can be signed again");
    io.complete(access_key_id, key);
    return {};
}

AUGUR_INLINE result<void> presign(sigv4_request const& request, std::string_view access_key_id, signing_key const& key,
                                  std::chrono::system_clock::time_point now, presign_options const& options,
                                  sigv4_signature& out)
{
    out.authorization_size_ = 0;
    out.target_.clear();
    if (auto ok = detail::check_signer(access_key_id, key, now); !ok)
        return ok;
    if (options.expires() < std::chrono::seconds(1) || options.expires() > presign_options::max_expires)
        return detail::signing_error("a presigned request lives from 1 second to 7 days");
    out.date_ = detail::date_of_today(key, now);

    std::vector<std::string_view> names;
    for (auto const& field : request.fields())
        names.push_back(field.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());

    std::string target(request.target());
    auto const add = [&target](std::string_view name, std::string_view value) {
        auto const question = target.find('?');
        if (question == target.npos)
            target.push_back('?');
        else if (question + 1 != target.size())
            target.push_back('&');
        target.append(name).append(1, '=');
        percent_encode_to(target, value);
    };
    if (target.empty() || target.front() == '?')
        target.insert(0, 1, '/');
    add("X-Amz-Algorithm", detail::sigv4_algorithm);
    add("X-Amz-Credential", std::string(access_key_id).append(1, '/').append(key.scope().text()));
    add("X-Amz-Date", out.amz_date());
    std::string joined;
    for (auto const name : names)
        joined.append(joined.empty() ? "" : ";").append(name);
    add("X-Amz-SignedHeaders", joined);
    add("X-Amz-Expires", std::to_string(options.expires().count()));
    bool const append_token = options.token_signing() == token_signing::appended;
    if (!options.session_token().empty() && !append_token)
        add("X-Amz-Security-Token", options.session_token());

    sigv4_request extended(request.method(), target, request.fields(), request.payload_hash());
    extended.encoding(request.encoding()).normalisation(request.normalisation());
    if (auto ok = out.canonical_.assign(extended, {}); !ok)
        return ok;
    out.to_sign_.assign(out.canonical_, out.amz_date(), key.scope());
    out.signature_ = sign(out.to_sign_, key);
    if (!options.session_token().empty() && append_token)
        add("X-Amz-Security-Token", options.session_token());
    add("X-Amz-Signature", out.signature());
    out.target_ = std::move(target);
    return {};
}

} // namespace augur::inline AUGUR_ABI::codec
