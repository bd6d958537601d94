#pragma once

#include <augur/core/headers.hpp>
#include <augur/core/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline bool is_lower_alnum(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

inline bool is_hex_digit(char c) noexcept
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

inline bool is_ipv4(std::string_view text) noexcept
{
    int parts = 0;
    while (parts < 4) {
        auto const dot = text.find('.');
        auto const part = text.substr(0, dot);
        unsigned value = 0;
        auto const [end, ec] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (part.empty() || part.size() > 3 || ec != std::errc() || end != part.data() + part.size() || value > 255)
            return false;
        if (part.size() > 1 && part.front() == '0') // some resolvers read a leading zero as octal
            return false;
        ++parts;
        if (dot == text.npos)
            return parts == 4;
        text.remove_prefix(dot + 1);
    }
    return false;
}

/// RFC 4291 text form without a zone.
inline bool is_ipv6(std::string_view text) noexcept
{
    if (text.size() < 2 || text.size() > 45)
        return false;
    int groups = 0;
    bool gap = false;
    if (text.starts_with(':')) {
        if (!text.starts_with("::"))
            return false;
        gap = true;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        auto const colon = text.find(':');
        auto const group = text.substr(0, colon);
        if (colon == text.npos && group.find('.') != group.npos) {
            if (!is_ipv4(group))
                return false;
            groups += 2;
            break;
        }
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex_digit))
            return false;
        ++groups;
        if (colon == text.npos)
            break;
        text.remove_prefix(colon + 1);
        if (text.empty())
            return false; // ends with one colon
        if (text.front() == ':') {
            if (gap)
                return false;
            gap = true;
            text.remove_prefix(1);
        }
    }
    return gap ? groups < 8 : groups == 8;
}

inline bool is_dns_name(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 253)
        return false;
    bool numeric_end = true;
    // What inet_aton reads as a number is an address in disguise: "1.2.3", "0x7f000001".
    auto const is_number = [](std::string_view label) {
        bool const hex = label.size() >= 2 && label[0] == '0' && lower(label[1]) == 'x';
        return hex ? std::all_of(label.begin() + 2, label.end(), is_hex_digit)
                   : std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    for (;;) {
        auto const dot = text.find('.');
        auto const label = text.substr(0, dot);
        // Underscores do occur in private names; clouds never use them, but refusing them helps nobody.
        bool const clean = std::all_of(label.begin(), label.end(),
                                       [](char c) { return is_lower_alnum(lower(c)) || c == '-' || c == '_'; });
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' || !clean)
            return false;
        numeric_end = is_number(label);
        if (dot == text.npos)
            break;
        text.remove_prefix(dot + 1);
    }
    return !numeric_end;
}

/// What an error may repeat of a text that is no URL of ours. A query may hold a signature; whatever has an
/// "at" sign, however it is written, may hold a password.
inline std::string shown_url(std::string_view text)
{
    for (std::string_view const at : {"@", "%40", "\xEF\xBC\xA0", "\xEF\xB9\xAB"})
        if (text.find(at) != text.npos)
            return "(hidden)";
    auto const end = text.find_first_of("?#");
    return sanitise(text.substr(0, end), 200) + (end == text.npos ? "" : "...");
}

inline error bad_url(std::string_view text, std::string_view why)
{
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                      "URL \"" + shown_url(text) + "\": " + std::string(why));
}

/// "user:password" without a host looks like a host with a bad port: the port is not repeated.
inline error bad_port(std::string_view text, std::string_view port)
{
    auto shown = shown_url(text);
    bool const digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits && shown != "(hidden)")
        shown = shown_url(text.substr(0, static_cast<std::size_t>(port.data() - text.data()))) + "...";
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                      "URL \"" + shown + "\": the port must be a number from 1 to 65535");
}

/// Without a known scheme nothing tells where a password could stand: nothing is repeated after a colon.
inline error bad_scheme(std::string_view text)
{
    auto shown = shown_url(text);
    if (auto const colon = text.find(':'); colon != text.npos && shown != "(hidden)")
        shown = shown_url(text.substr(0, colon)) + ":...";
    return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                      "URL \"" + shown + "\": it must start with https:// (or http:// for a server on this machine)");
}

/// Whether a segment is, or after percent-decoding would become, "." or "..".
inline bool has_dot_segment(std::string_view path)
{
    std::string plain;
    auto const is_dots = [&plain] { return plain == "." || plain == ".."; };
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '%' && i + 2 < path.size()) {
            char const low = lower(path[i + 2]);
            char const decoded = path[i + 1] == '2' && low == 'e'   ? '.'
                                 : path[i + 1] == '2' && low == 'f' ? '/'
                                 : path[i + 1] == '5' && low == 'c' ? '\\'
                                                                    : '%';
            if (decoded != '%') {
                c = decoded;
                i += 2;
            }
        }
        if (c != '/' && c != '\\') {
            plain += c;
            continue;
        }
        if (is_dots())
            return true;
        plain.clear();
    }
    return is_dots();
}

} // namespace detail

AUGUR_INLINE bool is_host_label(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return detail::is_lower_alnum(c) || c == '-'; });
}

AUGUR_INLINE bool is_host(std::string_view text) noexcept
{
    return detail::is_ipv4(text) || detail::is_ipv6(text) || detail::is_dns_name(text);
}

namespace detail {

constexpr std::array<bool, 256> make_target_table() noexcept
{
    std::array<bool, 256> table{};
    for (unsigned c = 0x21; c < 0x7F; ++c)
        table[c] = true;
    for (char const c : {'"', '#', '<', '>', '[', '\\', ']', '^', '`', '{', '|', '}'})
        table[static_cast<unsigned char>(c)] = false;
    return table;
}

inline constexpr std::array<bool, 256> target_table = make_target_table();

} // namespace detail

AUGUR_INLINE bool is_request_target(std::string_view text) noexcept
{
    if (!text.starts_with('/'))
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (!detail::target_table[static_cast<unsigned char>(c)])
            return false;
        if (c == '%') {
            if (i + 2 >= text.size() || !detail::is_hex_digit(text[i + 1]) || !detail::is_hex_digit(text[i + 2]))
                return false;
            i += 2;
        }
    }
    return true;
}

AUGUR_INLINE result<url> url::parse(std::string_view text)
{
    url out;
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    }
    else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
        out.https_ = false;
        out.port_ = 80;
    }
    else {
        return detail::bad_scheme(text);
    }
    auto const path_at = rest.find_first_of("/?#");
    auto authority = rest.substr(0, path_at);
    auto const target = path_at == rest.npos ? std::string_view() : rest.substr(path_at);
    if (authority.find('@') != authority.npos) // do not repeat the text: it may hold a password
        return detail::bad_url("(hidden)", "user information before the host is not allowed");

    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        auto const close = authority.find(']');
        if (close == authority.npos)
            return detail::bad_url(text, "the bracket of the IPv6 address is not closed");
        host = authority.substr(1, close - 1);
        auto const after = authority.substr(close + 1);
        if (!detail::is_ipv6(host) || (!after.empty() && after.front() != ':'))
            return detail::bad_url(text, "the part in brackets is not an IPv6 address");
        if (after == ":")
            return detail::bad_url(text, "the port is empty");
        port = after.empty() ? after : after.substr(1);
    }
    else {
        auto const colon = authority.find(':');
        host = authority.substr(0, colon);
        if (colon != authority.npos) {
            port = authority.substr(colon + 1);
            if (port.empty())
                return detail::bad_url(text, "the port is empty");
        }
        if (detail::is_ipv6(host) || !is_host(host))
            return detail::bad_url(text, "the host is not a valid name or address");
    }
    if (!port.empty()) {
        unsigned value = 0;
        auto const [end, ec] = std::from_chars(port.data(), port.data() + port.size(), value);
        if (ec != std::errc() || end != port.data() + port.size() || port.front() == '0' || value > 65535)
            return detail::bad_port(text, port);
        out.port_ = static_cast<std::uint16_t>(value);
    }
    out.host_.resize(host.size());
    std::transform(host.begin(), host.end(), out.host_.begin(), detail::lower);
    out.authority_ = out.host_.find(':') == out.host_.npos ? out.host_ : "[" + out.host_ + "]";
    if (out.port_ != (out.https_ ? 443 : 80))
        out.authority_ += ":" + std::to_string(out.port_);

    if (target.find('#') != target.npos)
        return detail::bad_url(text, "a fragment (#) is not allowed");
    auto const question = target.find('?');
    auto const path = target.substr(0, question);
    if (!path.empty())
        out.path_ = path;
    if (question != target.npos)
        out.query_ = target.substr(question + 1);
    if (!is_request_target(out.path_) || (!out.query_.empty() && !is_request_target("/?" + out.query_)))
        return detail::bad_url(text, "the path or query has a character that must be percent-encoded");
    if (detail::has_dot_segment(out.path_))
        return detail::bad_url(text, "dot segments in the path are not allowed");
    return out;
}

AUGUR_INLINE std::string url::origin() const
{
    std::string out = https_ ? "https://" : "http://";
    out += host_.find(':') == host_.npos ? host_ : "[" + host_ + "]";
    return out += ":" + std::to_string(port_);
}

AUGUR_INLINE std::string url::to_string() const
{
    std::string out = https_ ? "https://" : "http://";
    out += authority() + path_;
    return query_.empty() ? out : out += "?" + query_;
}

AUGUR_INLINE bool url::is_loopback() const noexcept
{
    return host_ == "localhost" || host_ == "::1" || (detail::is_ipv4(host_) && host_.starts_with("127."));
}

} // namespace augur::inline AUGUR_ABI
