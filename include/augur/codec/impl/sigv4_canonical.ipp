#pragma once

#include <augur/codec/impl/byte_words.hpp>
#include <augur/codec/impl/percent.ipp>
#include <augur/codec/impl/signing_key.ipp>
#include <augur/codec/impl/text_writer.hpp>
#include <augur/codec/sigv4.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

/// A header value as it is signed: trimmed, inner runs of blanks folded to one space. False when it
/// has a control character, which no header may.
inline bool append_value(text_writer& out, std::string_view value)
{
    auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!value.empty() && is_blank(value.front()))
        value.remove_prefix(1);
    while (!value.empty() && is_blank(value.back()))
        value.remove_suffix(1);

    char* to = out.room(value.size());
    char const* from = value.data();
    char const* const end = from + value.size();
    while (from != end) {
        if (end - from >= 8) {
            if (any_blank_or_control(load_eight(from)) == 0) {
                std::memcpy(to, from, 8);
                from += 8;
                to += 8;
                continue;
            }
        }
        for (char const* const stop = from + std::min<std::ptrdiff_t>(8, end - from); from != stop; ++from) {
            auto const c = static_cast<unsigned char>(*from);
            if (c > ' ' && c != 0x7f)
                *to++ = *from;
            else if (!is_blank(*from))
                return false;
            else if (to[-1] != ' ') // the first byte is no blank, so there is one before
                *to++ = ' ';
        }
    }
    out.advance(to);
    return true;
}

/// The path, percent-encoded once more.
inline void append_encoded_path(text_writer& out, std::string_view path)
{
    char* to = out.room(path.size() * 3);
    char const* from = path.data();
    char const* const end = from + path.size();
    while (from != end) {
        if (end - from >= 8 && is_plain_path(load_eight(from))) {
            std::memcpy(to, from, 8);
            from += 8;
            to += 8;
            continue;
        }
        for (char const* const stop = from + std::min<std::ptrdiff_t>(8, end - from); from != stop; ++from) {
            auto const byte = static_cast<unsigned char>(*from);
            if (unreserved_or_slash[byte]) {
                *to++ = *from;
            }
            else {
                *to++ = '%';
                *to++ = upper_hex_digits[byte >> 4];
                *to++ = upper_hex_digits[byte & 15];
            }
        }
    }
    out.advance(to);
}

inline bool may_need_normalising(std::string_view path) noexcept
{
    for (auto at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
        if (at + 1 < path.size() && (path[at + 1] == '/' || path[at + 1] == '.'))
            return true;
    }
    return false;
}

/// Removes empty and dot segments. A slash at the end stays, unless nothing else is left.
inline void normalise_path(std::string& out, std::string_view path)
{
    out.clear();
    bool const slash_at_end = path.ends_with('/');
    while (!path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        auto const segment = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (segment == "..")
            out.resize(out.empty() ? 0 : out.rfind('/'));
        else if (!segment.empty() && segment != ".")
            out.append(1, '/').append(segment);
    }
    if (slash_at_end || out.empty())
        out.push_back('/');
}

/// Decodes what is a valid escape and leaves everything else, then encodes the one canonical way.
inline void append_recoded(std::string& out, std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        char byte = text[i];
        if (byte == '%' && text.size() - i > 2) {
            int const high = hex_value(text[i + 1]);
            int const low = hex_value(text[i + 2]);
            if (high >= 0 && low >= 0) {
                byte = static_cast<char>(high * 16 + low);
                i += 2;
            }
        }
        percent_encode_to(out, std::string_view(&byte, 1));
    }
}

/// By name; equal names stay in the order they came in.
inline void sort_fields(std::vector<headers::field>& fields)
{
    auto const less = [](headers::field const& a, headers::field const& b) {
        if (a.name.empty() || b.name.empty() || a.name.front() == b.name.front())
            return a.name < b.name;
        return static_cast<unsigned char>(a.name.front()) < static_cast<unsigned char>(b.name.front());
    };
    if (fields.size() <= 64) {
        // Short and nearly sorted: insertion, which needs no memory.
        for (std::size_t i = 1; i < fields.size(); ++i) {
            auto const field = fields[i];
            std::size_t place = i;
            for (; place != 0 && less(field, fields[place - 1]); --place)
                fields[place] = fields[place - 1];
            fields[place] = field;
        }
        return;
    }
    std::vector<std::pair<headers::field, std::size_t>> numbered;
    for (auto const& field : fields)
        numbered.emplace_back(field, numbered.size());
    std::sort(numbered.begin(), numbered.end(), [less](auto const& a, auto const& b) {
        return a.first.name == b.first.name ? a.second < b.second : less(a.first, b.first);
    });
    for (std::size_t i = 0; i < fields.size(); ++i)
        fields[i] = numbered[i].first;
}

} // namespace detail

AUGUR_INLINE result<void> canonical_request::assign(sigv4_request const& request, std::string_view amz_date)
{
    size_ = date_begin_ = hash_size_ = names_begin_ = names_size_ = 0;
    auto const target = request.target();
    auto const path_end = std::min(target.find('?'), target.size());
    auto path = target.substr(0, path_end);
    auto query = target.substr(std::min(path_end + 1, target.size()));
    if (!is_token(request.method()))
        return detail::signing_error("the method is no token");

    detail::text_writer out(text_);
    out.append(request.method());
    out.append('\n');

    if (path.empty())
        path = "/";
    if (request.normalisation() == path_normalisation::on && detail::may_need_normalising(path)) {
        detail::normalise_path(query_, path);
        path = query_;
    }
    if (request.encoding() == path_encoding::twice) {
        detail::append_encoded_path(out, path);
    }
    else {
        // The bytes go in as they are, so a line break here would forge the lines that follow.
        if (!detail::is_visible(path))
            return detail::signing_error("the path has a byte that must be percent-encoded first");
        out.append(path);
    }
    out.append('\n');

    if (!query.empty()) {
        query_.clear();
        pairs_.clear();
        while (!query.empty()) {
            auto const end = std::min(query.find('&'), query.size());
            auto const pair = query.substr(0, end);
            query.remove_prefix(std::min(end + 1, query.size()));
            if (pair.empty() || (amz_date.empty() && pair.starts_with("X-Amz-Signature=")))
                continue;
            auto const equals = std::min(pair.find('='), pair.size());
            std::array<std::size_t, 3> places{query_.size(), 0, 0};
            detail::append_recoded(query_, pair.substr(0, equals));
            places[1] = query_.size();
            detail::append_recoded(query_, pair.substr(std::min(equals + 1, pair.size())));
            places[2] = query_.size();
            pairs_.push_back(places);
        }
        std::string_view const recoded = query_;
        auto const name = [recoded](auto const& p) { return recoded.substr(p[0], p[1] - p[0]); };
        auto const value = [recoded](auto const& p) { return recoded.substr(p[1], p[2] - p[1]); };
        std::sort(pairs_.begin(), pairs_.end(), [&](auto const& a, auto const& b) {
            int const order = name(a).compare(name(b));
            return order != 0 ? order < 0 : value(a) < value(b);
        });
        bool first = true;
        for (auto const& pair : pairs_) {
            if (!std::exchange(first, false))
                out.append('&');
            out.append(name(pair));
            out.append('=');
            out.append(value(pair));
        }
    }
    out.append('\n');

    sorted_.assign(request.fields().begin(), request.fields().end());
    if (!amz_date.empty())
        sorted_.push_back({"x-amz-date", amz_date});
    detail::sort_fields(sorted_);

    auto payload_hash = request.payload_hash();
    bool has_host = false;
    bool repeats_hash = false;
    std::size_t date_begin = 0;
    std::size_t names = 0; // sorted_[0, names) becomes the list without repetitions
    for (std::size_t i = 0; i < sorted_.size(); ++i) {
        auto const field = sorted_[i];
        if (names != 0 && sorted_[names - 1].name == field.name) {
            if (field.name == "x-amz-date" || field.name == "host")
                return detail::signing_error("the header " + std::string(field.name) + " comes twice");
            out.append(',');
        }
        else {
            if (!detail::is_lower_name(field.name))
                return detail::signing_error("not a header name in lower case: \"" + sanitise(field.name, 80) + '"');
            if (names != 0)
                out.append('\n');
            out.append(field.name);
            out.append(':');
            sorted_[names++] = field;
            has_host = has_host || field.name == "host";
        }
        if (field.name == "x-amz-date")
            date_begin = out.size();
        repeats_hash = repeats_hash || field.name == "x-amz-content-sha256";
        if (!detail::append_value(out, field.value))
            return detail::signing_error("control character in the header " + std::string(field.name));
        if (field.name == "x-amz-content-sha256" && field.value != payload_hash) {
            if (!payload_hash.empty())
                return detail::signing_error("x-amz-content-sha256 is not the payload hash");
            payload_hash = field.value;
        }
        else if (field.name == "authorization") {
            return detail::signing_error("the request already has an authorization header");
        }
    }
    if (!has_host)
        return detail::signing_error("the host header must be among the signed ones");
    if (payload_hash.empty() || payload_hash.size() > 128 || !detail::is_visible(payload_hash))
        return detail::signing_error("the payload hash is no word");

    out.append("\n\n");
    names_begin_ = out.size();
    for (std::size_t i = 0; i < names; ++i) {
        if (i != 0)
            out.append(';');
        out.append(sorted_[i].name);
    }
    names_size_ = out.size() - names_begin_;
    out.append('\n');
    out.append(payload_hash);
    hashed_.reserve(out.size()); // the last that may fail
    size_ = out.size();
    date_begin_ = amz_date.empty() ? 0 : date_begin;
    hash_size_ = repeats_hash ? 0 : payload_hash.size();
    hash_start();
    return {};
}

AUGUR_INLINE void canonical_request::hash_start() noexcept
{
    auto const start = text().substr(0, size_ - hash_size_);
    if (start == hashed_)
        return;
    hashed_ = start; // for which assign() made room
    start_ = sha256_hasher();
    start_.update(start);
}

AUGUR_INLINE sha256_digest canonical_request::digest() const noexcept
{
    auto whole = size_ == 0 ? sha256_hasher() : start_;
    return whole.update(text().substr(size_ - hash_size_)).finish();
}

AUGUR_INLINE bool canonical_request::replace(std::string_view amz_date, std::string_view payload_hash) noexcept
{
    constexpr std::size_t date_size = 16;
    if (date_begin_ == 0 || amz_date.size() != date_size || hash_size_ == 0 || payload_hash.size() != hash_size_ ||
        !detail::is_visible(payload_hash))
        return false;
    if (text().substr(date_begin_, date_size) != amz_date) {
        amz_date.copy(text_.data() + date_begin_, date_size);
        hash_start();
    }
    payload_hash.copy(text_.data() + size_ - hash_size_, hash_size_);
    return true;
}

} // namespace augur::inline AUGUR_ABI::codec
