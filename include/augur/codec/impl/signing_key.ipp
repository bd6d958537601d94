#pragma once

#include <augur/codec/http_date.hpp>
#include <augur/codec/impl/sha256.ipp>
#include <augur/codec/signing_key.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline bool is_scope_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > 128)
        return false;
    for (char const c : name) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

inline error signing_error(std::string message)
{
    return make_error(errc::invalid_argument, phase::auth, outcome::not_sent, "signature: " + std::move(message));
}

inline hmac_sha256_key derive_key(std::string_view secret, credential_scope const& scope)
{
    std::string start = "AWS4";
    start.append(secret);
    auto step = hmac_sha256(start, scope.date());
    OPENSSL_cleanse(start.data(), start.size());
    for (auto const part : {scope.region(), scope.service(), std::string_view("aws4_request")})
        step = hmac_sha256(view(step), part);
    hmac_sha256_key key(view(step));
    OPENSSL_cleanse(step.data(), step.size());
    return key;
}

} // namespace detail

AUGUR_INLINE result<credential_scope> credential_scope::make(std::chrono::system_clock::time_point now,
                                                             std::string_view region, std::string_view service)
{
    if (!detail::is_scope_name(region))
        return detail::signing_error("not a region name: \"" + sanitise(region, 80) + '"');
    if (!detail::is_scope_name(service))
        return detail::signing_error("not a service name: \"" + sanitise(service, 80) + '"');
    credential_scope scope;
    scope.day_ = std::chrono::floor<std::chrono::days>(now);
    scope.region_size_ = region.size();
    scope.text_.reserve(8 + 1 + region.size() + 1 + service.size() + 13);
    auto const date = format_basic_date(now);
    scope.text_.append(date.data(), 8).append(1, '/').append(region).append(1, '/').append(service);
    scope.text_.append("/aws4_request");
    return scope;
}

AUGUR_INLINE signing_key::signing_key(std::string_view secret_access_key, credential_scope scope)
    : scope_(std::move(scope)), key_(detail::derive_key(secret_access_key, scope_))
{
}

AUGUR_INLINE result<signing_key> derive_signing_key(std::string_view secret_access_key,
                                                    std::chrono::system_clock::time_point now, std::string_view region,
                                                    std::string_view service)
{
    if (secret_access_key.empty())
        return detail::signing_error("the secret access key is empty");
    auto scope = credential_scope::make(now, region, service);
    if (!scope)
        return scope.error();
    return signing_key(secret_access_key, std::move(*scope));
}

AUGUR_INLINE signing_key_cache::signing_key_cache(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1))
{
}

AUGUR_INLINE result<std::shared_ptr<signing_key const>>
signing_key_cache::get(std::string_view secret_access_key, std::chrono::system_clock::time_point now,
                       std::string_view region, std::string_view service)
{
    auto const secret = sha256(secret_access_key);
    auto const day = std::chrono::floor<std::chrono::days>(now);
    std::lock_guard const lock(mutex_);
    for (auto& e : entries_) {
        auto const& scope = e.key->scope();
        if (scope.day() == day && scope.region() == region && scope.service() == service &&
            equal_in_constant_time(view(e.secret), view(secret))) {
            e.last_use = ++uses_;
            return e.key;
        }
    }
    auto made = derive_signing_key(secret_access_key, now, region, service);
    if (!made)
        return made.error();
    // Yesterday's keys may still be asked for around midnight and by a corrected clock; older ones are dead.
    std::erase_if(entries_, [day](entry const& e) {
        return e.key->scope().day() + std::chrono::days(1) < day || e.key->scope().day() - std::chrono::days(1) > day;
    });
    auto key = std::make_shared<signing_key const>(std::move(*made));
    if (entries_.size() >= capacity_) {
        auto const oldest = std::min_element(entries_.begin(), entries_.end(),
                                             [](entry const& a, entry const& b) { return a.last_use < b.last_use; });
        *oldest = entry{secret, ++uses_, key};
    }
    else {
        entries_.push_back(entry{secret, ++uses_, key});
    }
    return key;
}

AUGUR_INLINE void signing_key_cache::forget(std::string_view secret_access_key) noexcept
{
    auto const secret = sha256(secret_access_key);
    std::lock_guard const lock(mutex_);
    std::erase_if(entries_, [&](entry const& e) { return equal_in_constant_time(view(e.secret), view(secret)); });
}

AUGUR_INLINE void signing_key_cache::clear() noexcept
{
    std::lock_guard const lock(mutex_);
    entries_.clear();
}

AUGUR_INLINE std::size_t signing_key_cache::size() const noexcept
{
    std::lock_guard const lock(mutex_);
    return entries_.size();
}

} // namespace augur::inline AUGUR_ABI::codec
