#pragma once

#include <augur/codec/base64.hpp>
#include <augur/codec/percent.hpp>
#include <augur/core/url.hpp>
#include <augur/net/proxy.hpp>
#include <augur/net/resolver.hpp>

#include <algorithm>
#include <charconv>

namespace augur::inline AUGUR_ABI::net {

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
    std::string credentials;
    if (auto const at = rest.rfind('@'); at != rest.npos) {
        auto decoded_user = rest.substr(0, at);
        auto const colon = decoded_user.find(':');
        auto const user = codec::percent_decode(decoded_user.substr(0, colon));
        auto const password =
            codec::percent_decode(colon == decoded_user.npos ? std::string_view() : decoded_user.substr(colon + 1));
        if (!user || !password)
            return refuse("the user or password is not percent-encoded correctly");
        credentials = *user + ":" + *password;
        rest.remove_prefix(at + 1);
    }
    while (rest.ends_with('/'))
        rest.remove_suffix(1);
    auto const parsed = url::parse("http://" + std::string(rest));
    if (!parsed || parsed->path() != "/" || !parsed->query().empty())
        return refuse("it must look like http://user:password@host:port");
    proxy_target out;
    out.host = parsed->host();
    out.port = parsed->port();
    if (!credentials.empty()) {
        std::string header = "Basic " + codec::base64_encode(credentials);
        cleanse(credentials.data(), credentials.size());
        out.authorization = secret(std::move(header));
    }
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
    if (host == "localhost" || host.ends_with(".localhost"))
        return true;
    if (!a)
        return false;
    return in_range("127.0.0.0/8", *a) || in_range("169.254.0.0/16", *a) || in_range("::1/128", *a) ||
           in_range("fd00:ec2::/64", *a);
}

inline bool entry_names(std::string_view entry, std::string_view host, std::optional<address> const& a,
                        std::uint16_t port) noexcept
{
    if (entry == "*")
        return true;
    if (a && in_range(entry, *a))
        return true;
    if (auto const literal = parse_address(entry))
        return a && *a == *literal;
    // "name:port", "1.2.3.4:port" or "[::1]:port"
    if (auto const colon = entry.rfind(':'); colon != entry.npos) {
        auto const port_text = entry.substr(colon + 1);
        unsigned value = 0;
        auto const [end, ec] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), value);
        if (ec != std::errc() || end != port_text.data() + port_text.size() || value != port)
            return false;
        entry = entry.substr(0, colon);
        if (entry.starts_with('[') && entry.ends_with(']'))
            entry = entry.substr(1, entry.size() - 2);
        return entry_names(entry, host, a, port);
    }
    if (entry.starts_with("*."))
        entry.remove_prefix(1);
    auto const name = entry.starts_with('.') ? entry.substr(1) : entry;
    if (name.empty() || host.size() < name.size())
        return false;
    auto const tail = host.substr(host.size() - name.size());
    return equal_ignoring_case(tail, name) &&
           (tail.size() == host.size() || host[host.size() - name.size() - 1] == '.');
}

} // namespace detail

AUGUR_INLINE bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) noexcept
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    auto const a = parse_address(host);
    if (detail::never_proxied(host, a))
        return true;
    while (!no_proxy.empty()) {
        auto const end = no_proxy.find_first_of(", \t");
        auto const entry = no_proxy.substr(0, end);
        if (!entry.empty() && detail::entry_names(entry, host, a, port))
            return true;
        no_proxy = end == no_proxy.npos ? std::string_view() : no_proxy.substr(end + 1);
    }
    return false;
}

} // namespace augur::inline AUGUR_ABI::net
