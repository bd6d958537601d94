#pragma once

#include <augur/auth/aws/profile.hpp>
#include <augur/core/headers.hpp>
#include <augur/core/secret.hpp>

#include <algorithm>
#include <fstream>
#include <optional>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

inline std::string_view trim(std::string_view text) noexcept
{
    auto const blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

inline std::string lower_case(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// The profile a section header names; nothing for sections that are no profile.
inline std::optional<std::string> profile_of(std::string_view section, profile_file kind)
{
    section = trim(section);
    if (kind == profile_file::credentials)
        return section.starts_with("profile ") ? std::nullopt : std::optional(std::string(section));
    if (section == "default")
        return "default";
    if (!section.starts_with("profile ") && !section.starts_with("profile\t"))
        return std::nullopt;
    return std::string(trim(section.substr(8)));
}

inline error bad_line(std::size_t number, std::string_view why)
{
    return make_error(errc::decode_error, phase::auth, outcome::not_sent,
                      "shared AWS file, line " + std::to_string(number) + ": " + std::string(why));
}

/// The value up to a comment, which needs a blank before it.
inline std::string_view without_comment(std::string_view value) noexcept
{
    for (std::size_t i = 1; i < value.size(); ++i)
        if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t'))
            return value.substr(0, i);
    return value;
}

inline result<std::string> read_small_file(std::string const& path)
{
    constexpr std::size_t cap = 1024 * 1024;
    std::string out;
    if (path.empty())
        return out;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return out; // missing or not ours to read: the same as empty
    out.resize(cap + 1);
    file.read(out.data(), static_cast<std::streamsize>(out.size()));
    auto const size = static_cast<std::size_t>(file.gcount());
    if (size > cap) {
        cleanse(out.data(), out.size());
        return make_error(errc::decode_error, phase::auth, outcome::not_sent, "the shared AWS file \"" + sanitise(path, 200) + "\" is over 1 MiB");
    }
    out.resize(size);
    return out;
}

} // namespace detail

AUGUR_INLINE result<profile_set> parse_profiles(std::string_view text, profile_file kind)
{
    profile_set out;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    std::optional<std::string> current;
    bool in_section = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = text.find('\n');
        auto const raw = text.substr(0, end);
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
        auto const line = detail::trim(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        if (line.find('\0') != line.npos)
            return detail::bad_line(number, "it has a zero byte; is this a text file?");
        if (raw.front() == '[') {
            auto const close = line.find(']');
            if (close == line.npos)
                return detail::bad_line(number, "the section has no closing bracket");
            in_section = true;
            current = detail::profile_of(line.substr(1, close - 1), kind);
            if (current)
                out[*current];
            continue;
        }
        if (raw.front() == ' ' || raw.front() == '\t')
            continue; // a nested key or a continued value: none that we read
        auto const equals = line.find('=');
        if (equals == line.npos)
            return detail::bad_line(number, "expected \"key = value\"");
        if (!in_section)
            return detail::bad_line(number, "a key before the first section");
        auto const key = detail::lower_case(detail::trim(line.substr(0, equals)));
        if (key.empty())
            return detail::bad_line(number, "the key is empty");
        if (current)
            out[*current][key] = std::string(detail::trim(detail::without_comment(line.substr(equals + 1))));
    }
    return out;
}

AUGUR_INLINE void merge_profiles(profile_set& into, profile_set from)
{
    for (auto& [name, values] : from)
        for (auto& [key, value] : values)
            into[name][key] = std::move(value);
}

AUGUR_INLINE result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path)
{
    profile_set out;
    for (auto const kind : {profile_file::config, profile_file::credentials}) {
        auto text = detail::read_small_file(kind == profile_file::config ? config_path : credentials_path);
        if (!text)
            return text.error();
        auto parsed = parse_profiles(*text, kind);
        cleanse(text->data(), text->size());
        if (!parsed)
            return parsed.error();
        merge_profiles(out, std::move(*parsed));
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws
