#pragma once

#include <augur/codec/base64.hpp>
#include <augur/codec/percent.hpp>
#include <augur/core/url.hpp>
#include <augur/net/proxy.hpp>
#include <augur/net/resolver.hpp>

#include <algorithm>
#include <charconv>

namespace augur::inline AUGUR_ABI::net {

namespace detail {

/// RFC 7617; both are percent-encoded.
inline result<secret> basic_authorization(std::string_view user, std::string_view password)
{
    auto const name = codec::percent_decode(user);
    if (!name)
        return name.error();
    auto word = codec::percent_decode(password);
    if (!word)
        return word.error();
    secret const decoded(std::move(*word)); // which overwrites it, here and below
    std::string text;
    text.reserve(name->size() + 1 + decoded.reveal().size()); // what it outgrows would stay
    text.append(*name).append(":").append(decoded.reveal());
    secret const pair(std::move(text));
    constexpr std::string_view scheme = "Basic ";
    std::string header(scheme.size() + codec::base64_size(pair.reveal().size()), '\0');
    scheme.copy(header.data(), scheme.size());
    codec::base64_encode_to(pair.reveal(), header.data() + scheme.size());
    return secret(std::move(header));
}

} // namespace detail

AUGUR_INLINE result<proxy_target> parse_proxy(std::string_view text)
{
    auto const refuse = [](std::string why) {
        return make_error(errc::invalid_argument, phase::proxy, outcome::not_sent, "proxy URL: " + std::move(why));
    };
    std::string_view rest = text;
    if (rest.starts_with("http://"))
        rest.remove_prefix(7);
    else if (rest.find("://") != rest.npos)
        return refuse("only http:// proxies are supported");
    proxy_target out;
    if (auto const at = rest.rfind('@'); at != rest.npos) {
        auto const user = rest.substr(0, at);
        auto const colon = user.find(':');
        auto authorization = detail::basic_authorization(
            user.substr(0, colon), colon == user.npos ? std::string_view() : user.substr(colon + 1));
        if (!authorization)
            return refuse("the user or password is not percent-encoded correctly");
        out.authorization = std::move(*authorization);
        rest.remove_prefix(at + 1);
    }
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    auto const parsed = url::parse("http://" + std::string(rest));
    if (!parsed || parsed->path() != "/" || !parsed->query().empty())
        return refuse("it must look like http://user:password@host:port");
    out.host = parsed->host();
    out.port = parsed->port();
    return out;
}

namespace detail {

inline bool in_range(std::string_view range, address const& a) noexcept
{
    auto const slash = range.find('/');
    if (slash == range.npos)
        return false;
    auto const base = parse_address(range.substr(0, slash));
    auto const bits_text = range.substr(slash + 1);
    unsigned bits = 0;
    auto const [end, ec] = std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
    if (!base || ec != std::errc() || end != bits_text.data() + bits_text.size() || base->is_v6 != a.is_v6 ||
        bits > (a.is_v6 ? 128U : 32U))
        return false;
    for (unsigned i = 0; i < bits; ++i) {
        unsigned const mask = 0x80U >> (i % 8);
        if ((base->bytes[i / 8] & mask) != (a.bytes[i / 8] & mask))
            return false;
    }
    return true;
}

inline bool never_proxied(std::string_view host, std::optional<address> const& a) noexcept
{
    if (equal_ignoring_case(host, "localhost") ||
        (host.size() > 10 && equal_ignoring_case(host.substr(host.size() - 10), ".localhost")))
        return true;
    if (!a)
        return false;
    // Loopback; the metadata services of EC2 and Azure, ECS and EKS, on both families.
    return in_range("127.0.0.0/8", *a) || in_range("169.254.0.0/16", *a) || in_range("::1/128", *a) ||
           in_range("fd00:ec2::/64", *a);
}

/// "::ffff:10.0.0.1" is 10.0.0.1.
inline std::optional<address> plain_address(std::string_view text) noexcept
{
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    auto out = parse_address(text);
    if (!out || !in_range("::ffff:0:0/96", *out))
        return out;
    address inner;
    std::copy(out->bytes.begin() + 12, out->bytes.end(), inner.bytes.begin());
    return inner;
}

/// Whether an entry without a port names the host.
inline bool names_host(std::string_view entry, std::string_view host, std::optional<address> const& a) noexcept
{
    if (entry == "*")
        return true;
    if (entry.starts_with('[') && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);
    if (a) { // an address is named by addresses only: ".1" does not name 10.0.0.1
        auto const literal = plain_address(entry);
        return in_range(entry, *a) || (literal && *literal == *a);
    }
    if (entry.starts_with("*."))
        entry.remove_prefix(1);
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    if (entry.ends_with('.'))
        entry.remove_suffix(1);
    if (entry.empty() || host.size() < entry.size())
        return false;
    auto const tail = host.substr(host.size() - entry.size());
    return equal_ignoring_case(tail, entry) &&
           (tail.size() == host.size() || host[host.size() - entry.size() - 1] == '.');
}

/// "name:port", "1.2.3.4:port", "10.0.0.0/8:port" or "[::1]:port", or any of these without a port.
inline bool entry_names(std::string_view entry, std::string_view host, std::optional<address> const& a,
                        std::uint16_t port) noexcept
{
    if (names_host(entry, host, a))
        return true;
    auto const colon = entry.rfind(':');
    if (colon == entry.npos || parse_address(entry)) // "fd00::1" has no port
        return false;
    auto const text = entry.substr(colon + 1);
    unsigned value = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool const same = code == std::errc() && end == text.data() + text.size() && value == port;
    return same && names_host(entry.substr(0, colon), host, a);
}

} // namespace detail

AUGUR_INLINE bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) noexcept
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    auto const a = detail::plain_address(host);
    if (detail::never_proxied(host, a))
        return true;
    while (!no_proxy.empty()) {
        auto const end = no_proxy.find_first_of(", \t\r\n");
        auto const entry = no_proxy.substr(0, end);
        if (!entry.empty() && detail::entry_names(entry, host, a, port))
            return true;
        no_proxy = end == no_proxy.npos ? std::string_view() : no_proxy.substr(end + 1);
    }
    return false;
}

} // namespace augur::inline AUGUR_ABI::net
