#pragma once

// Signature Version 4 a second time, slow and in a straight line: strings, maps and copies. It shares
// only SHA-256, HMAC and hex with the library, so that a differential test means something.

#include <augur/codec/hex.hpp>
#include <augur/codec/sha256.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace sigv4_reference {

using field_list = std::vector<std::pair<std::string, std::string>>;

struct request
{
    std::string method, target;
    field_list fields; ///< names in lower case
    std::string payload_hash;
    bool encode_twice = true;
    bool normalise = true;
};

inline std::string encode(std::string const& text, std::string const& also_kept)
{
    std::ostringstream out;
    for (char const c : text) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || std::string("-._~").find(c) != std::string::npos || also_kept.find(c) != std::string::npos)
            out << c;
        else
            out << '%' << "0123456789ABCDEF"[static_cast<unsigned char>(c) / 16]
                << "0123456789ABCDEF"[static_cast<unsigned char>(c) % 16];
    }
    return out.str();
}

/// Every "%" followed by two hexadecimal digits; all else is text.
inline std::string decode(std::string const& text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string const digits = text.substr(i + 1 < text.size() ? i + 1 : text.size(), 2);
        bool const escape = text[i] == '%' && digits.size() == 2 &&
                            digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
        out += escape ? static_cast<char>(std::stoi(digits, nullptr, 16)) : text[i];
        i += escape ? 2 : 0;
    }
    return out;
}

inline std::vector<std::string> split(std::string const& text, char at)
{
    std::vector<std::string> parts(1);
    for (char const c : text) {
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

inline std::string canonical_path(request const& r, std::string path)
{
    if (path.empty())
        path = "/";
    bool const unusual = path.find("//") != std::string::npos || path.find("/.") != std::string::npos;
    if (r.normalise && unusual) {
        std::vector<std::string> kept;
        for (auto const& segment : split(path, '/')) {
            if (segment == ".." && !kept.empty())
                kept.pop_back();
            else if (segment != ".." && segment != "." && !segment.empty())
                kept.push_back(segment);
        }
        bool const slash = path.back() == '/' && !kept.empty();
        path.clear();
        for (auto const& segment : kept)
            path += "/" + segment;
        if (slash || kept.empty())
            path += "/";
    }
    return r.encode_twice ? encode(path, "/") : path;
}

inline std::string canonical_query(std::string const& query, bool presigned)
{
    std::vector<std::string> pairs; // 0x01 sorts below every character of an encoded name
    for (auto const& pair : split(query, '&')) {
        if (pair.empty() || (presigned && pair.rfind("X-Amz-Signature=", 0) == 0))
            continue;
        auto const equals = pair.find('=');
        auto const value = equals == std::string::npos ? std::string() : pair.substr(equals + 1);
        pairs.push_back(encode(decode(pair.substr(0, equals)), "") + '\x01' + encode(decode(value), ""));
    }
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    for (auto const& pair : pairs)
        out += (out.empty() ? "" : "&") + pair;
    std::replace(out.begin(), out.end(), '\x01', '=');
    return out;
}

/// Nothing when such a request must be refused.
inline std::optional<std::string> canonical_value(std::string const& value)
{
    std::string out;
    for (char const c : value) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == ' ' || c == '\t') {
            if (!out.empty() && out.back() != ' ')
                out += ' ';
        }
        else if (byte < 0x20 || byte == 0x7f) {
            return std::nullopt;
        }
        else {
            out += c;
        }
    }
    if (!out.empty() && out.back() == ' ')
        out.pop_back();
    return out;
}

/// `amz_date` empty: query form.
inline std::optional<std::string> canonical_request(request const& r, std::string const& amz_date)
{
    auto const visible = [](std::string const& text) {
        return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    };
    auto const question = r.target.find('?');
    auto const path = canonical_path(r, r.target.substr(0, question));
    if (!r.encode_twice && !visible(path))
        return std::nullopt;
    auto const query = question == std::string::npos ? "" : r.target.substr(question + 1);
    if (r.method.empty() || r.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                                       "!#$%&'*+-.^_`|~") != std::string::npos)
        return std::nullopt;

    auto payload_hash = r.payload_hash;
    std::map<std::string, std::string> lines;
    std::map<std::string, int> times;
    auto fields = r.fields;
    if (!amz_date.empty())
        fields.emplace_back("x-amz-date", amz_date);
    for (auto const& [name, value] : fields) {
        bool bad = name.empty() || !visible(name) || name == "authorization";
        for (char const c : name)
            bad = bad || (c >= ':' && c <= 'Z');
        auto const folded = canonical_value(value);
        if (bad || !folded)
            return std::nullopt;
        lines[name] += (times[name]++ == 0 ? "" : ",") + *folded;
        if (name == "x-amz-content-sha256") {
            if (!payload_hash.empty() && payload_hash != value)
                return std::nullopt;
            payload_hash = value;
        }
    }
    if (times["host"] != 1 || times["x-amz-date"] > 1)
        return std::nullopt;
    if (payload_hash.empty() || payload_hash.size() > 128 || !visible(payload_hash))
        return std::nullopt;
    std::string text = r.method + '\n' + path + '\n' + canonical_query(query, amz_date.empty()) + '\n', names;
    for (auto const& [name, value] : lines) {
        text += name + ':' + value + '\n';
        names += (names.empty() ? "" : ";") + name;
    }
    return text + '\n' + names + '\n' + payload_hash;
}

inline std::string string_to_sign(std::string const& canonical, std::string const& amz_date, std::string const& region,
                                  std::string const& service)
{
    return "AWS4-HMAC-SHA256\n" + amz_date + '\n' + amz_date.substr(0, 8) + '/' + region + '/' + service +
           "/aws4_request\n" + augur::codec::hex_encode(augur::codec::view(augur::codec::sha256(canonical)));
}

inline std::string signature(std::string const& to_sign, std::string const& secret, std::string const& region,
                             std::string const& service)
{
    std::string key = "AWS4" + secret;
    for (auto const& step :
         {split(to_sign, '\n')[1].substr(0, 8), region, service, std::string("aws4_request"), to_sign})
        key = augur::codec::view(augur::codec::hmac_sha256(key, step));
    return augur::codec::hex_encode(key);
}

} // namespace sigv4_reference
