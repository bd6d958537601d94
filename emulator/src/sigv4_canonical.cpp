#include "sigv4_canonical.hpp"

#include <algorithm>
#include <utility>

namespace augur::emulator::sigv4 {

namespace {

bool unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

std::string encode(std::string_view text, bool keep_slash)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (char const ch : text) {
        auto const c = static_cast<unsigned char>(ch);
        if (unreserved(c) || (keep_slash && c == '/')) {
            out += ch;
        }
        else {
            out += '%';
            out += digits[c >> 4];
            out += digits[c & 15];
        }
    }
    return out;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Trims, and makes one space of every run of blanks.
std::string canonical_value(std::string_view value)
{
    std::string out;
    for (char const c : trim(value)) {
        bool const blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

} // namespace

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == text.npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text)
{
    std::string s(text);
    for (auto& c : s)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return s;
}

std::string decode(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        else {
            out += text[i];
        }
    }
    return out;
}

std::string canonical_path(std::string_view path, sigv4_policy const& policy)
{
    std::string wire(path.empty() ? "/" : path);
    if (policy.normalise_path) {
        std::vector<std::string_view> kept;
        bool open_end = false; // a trailing slash, or a last segment that named a folder
        for (auto const segment : split(wire, '/')) {
            open_end = segment.empty() || segment == "." || segment == "..";
            if (segment == ".." && !kept.empty())
                kept.pop_back();
            else if (!open_end)
                kept.push_back(segment);
        }
        std::string normal;
        for (auto const segment : kept)
            normal.append("/").append(segment);
        if (normal.empty() || open_end)
            normal += '/';
        wire = normal;
    }
    return policy.double_encode ? encode(wire, true) : wire;
}

std::string canonical_query(std::string_view query)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    if (!query.empty()) {
        for (auto const part : split(query, '&')) {
            if (part.empty())
                continue;
            auto const equals = part.find('=');
            auto name = decode(part.substr(0, equals));
            if (name == "X-Amz-Signature")
                continue;
            auto const value = equals == part.npos ? std::string() : decode(part.substr(equals + 1));
            pairs.emplace_back(encode(name, false), encode(value, false));
        }
    }
    std::sort(pairs.begin(), pairs.end());
    std::string text;
    for (auto const& [name, value] : pairs)
        text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
    return text;
}

std::string canonical_headers(header_list const& headers, std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& name : names) {
        text += name + ':';
        bool first = true;
        for (auto const& [key, value] : headers.lines()) {
            if (!same_name(key, name))
                continue;
            text += (first ? "" : ",") + canonical_value(value);
            first = false;
        }
        text += '\n';
    }
    return text;
}

} // namespace augur::emulator::sigv4
