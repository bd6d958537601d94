#pragma once

#include <augur/auth/aws/profile.hpp>
#include <augur/auth/impl/plain_file.ipp>
#include <augur/auth/impl/source_support.ipp>
#include <augur/core/headers.hpp>
#include <augur/core/secret.hpp>

#include <algorithm>
#include <optional>
#include <utility>

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
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// What the SDKs allow in the name of a profile or a property. Others are skipped, not refused.
inline bool is_identifier(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-/.%@_:+").find(c) != std::string_view::npos;
    });
}

/// The profile that a section header names; nothing for sections that nobody knows.
struct section_name
{
    std::string profile;
    bool prefixed = false; ///< "[profile x]", not "[x]"
};

inline std::optional<section_name> section_of(std::string_view section, profile_file kind)
{
    section_name out;
    section = trim(section);
    auto const prefix_is = [&section](std::string_view word) {
        return section.size() > word.size() && section.starts_with(word) &&
               (section[word.size()] == ' ' || section[word.size()] == '\t');
    };
    if (kind == profile_file::config) {
        for (std::string_view const other : {"sso-session", "services"})
            if (prefix_is(other)) {
                auto const name = trim(section.substr(other.size()));
                if (!is_identifier(name))
                    return std::nullopt;
                out.profile.append(other).append(" ").append(name);
                return out;
            }
        if (prefix_is("profile")) {
            section = trim(section.substr(8));
            out.prefixed = true;
        }
        else if (section != "default") {
            return std::nullopt;
        }
    }
    if (!is_identifier(section))
        return std::nullopt;
    out.profile = section;
    return out;
}

inline void forget(std::string& value) noexcept
{
    value.resize(value.capacity()); // a short text that was moved away is still there
    cleanse(value.data(), value.size());
    value.clear();
}

inline void forget_profile(std::map<std::string, std::string, std::less<>>& values) noexcept
{
    for (auto& [key, value] : values)
        forget(value);
    values.clear();
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

inline result<std::string> read_shared_file(std::string const& path)
{
    using kind = auth::detail::file_look::kind;
    if (path.empty())
        return std::string();
    auto const name = "the shared AWS file \"" + sanitise(path, 200) + "\"";
    auto const refuse = [&name](errc code, std::string_view why) {
        return make_error(code, phase::auth, outcome::not_sent, name + " " + std::string(why));
    };
    auto found = auth::detail::look_at_file(path, 1024 * 1024);
    switch (found.is) {
    case kind::unreadable: return refuse(errc::invalid_argument, "is there and cannot be read");
    case kind::pipe: return refuse(errc::invalid_argument, "is no plain file");
    case kind::folder: // such as Docker makes for a file that is to be mounted and is not there
        return refuse(errc::invalid_argument, "is a folder");
    case kind::too_large: return refuse(errc::decode_error, "is over 1 MiB");
    case kind::no_room: return auth::detail::no_room_for(name);
    case kind::good:
    case kind::missing:
    case kind::device: break; // such as /dev/null, by which people say that there is none
    }
    return std::move(found.text);
}

/// Reads line by line; `profiles_` holds what was understood so far.
class profile_reader
{
public:
    explicit profile_reader(profile_file kind) noexcept : kind_(kind) {}
    ~profile_reader() { forget_profiles(profiles_); }
    profile_reader(profile_reader const&) = delete;
    profile_reader& operator=(profile_reader const&) = delete;

    result<void> read(std::string_view raw, std::size_t number);
    profile_set take() noexcept { return std::exchange(profiles_, {}); }

private:
    result<void> open_section(std::string_view line, std::size_t number);
    result<void> add_property(std::string_view line, std::size_t number);
    result<void> continue_property(std::string_view line, std::size_t number);

    profile_file kind_;
    profile_set profiles_;
    std::map<std::string, std::string, std::less<>>* profile_ = nullptr; ///< null: a section that is skipped
    std::string* value_ = nullptr;                                       ///< null: a property that is skipped
    bool in_section_ = false;
    bool in_property_ = false;
    bool has_children_ = false; ///< "s3 =" and indented "name = value" lines
    bool default_is_prefixed_ = false;
};

inline result<void> profile_reader::read(std::string_view raw, std::size_t number)
{
    auto const line = trim(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';')
        return {};
    if (line.find('\0') != line.npos)
        return bad_line(number, "it has a zero byte; is this a text file?");
    if (raw.front() == '[')
        return open_section(line, number);
    if (!in_section_)
        return bad_line(number, "expected a section such as [default] before it");
    return raw.front() == ' ' || raw.front() == '\t' ? continue_property(line, number) : add_property(line, number);
}

inline result<void> profile_reader::open_section(std::string_view line, std::size_t number)
{
    auto const close = line.find(']');
    if (close == line.npos)
        return bad_line(number, "the section has no closing bracket");
    in_section_ = true;
    in_property_ = false;
    profile_ = nullptr;
    auto const section = section_of(line.substr(1, close - 1), kind_);
    if (!section)
        return {};
    if (kind_ == profile_file::config && section->profile == "default") {
        // "[profile default]" replaces "[default]", wherever it stands.
        if (!section->prefixed && default_is_prefixed_)
            return {};
        if (section->prefixed && !std::exchange(default_is_prefixed_, true))
            forget_profile(profiles_["default"]);
    }
    profile_ = &profiles_[section->profile];
    return {};
}

inline result<void> profile_reader::add_property(std::string_view line, std::size_t number)
{
    auto const equals = line.find('=');
    if (equals == line.npos)
        return bad_line(number, "expected \"key = value\"");
    auto const key = lower_case(trim(line.substr(0, equals)));
    if (key.empty())
        return bad_line(number, "the key is empty");
    auto const value = trim(without_comment(line.substr(equals + 1)));
    in_property_ = true;
    has_children_ = value.empty();
    value_ = profile_ != nullptr && is_identifier(key) ? &(*profile_)[key] : nullptr;
    if (value_ != nullptr) {
        forget(*value_);
        value_->assign(value);
    }
    return {};
}

inline result<void> profile_reader::continue_property(std::string_view line, std::size_t number)
{
    if (!in_property_)
        return bad_line(number, "it is indented, so it continues the line above it, and that is no \"key = value\"");
    if (has_children_) {
        auto const equals = line.find('=');
        if (equals == line.npos)
            return bad_line(number, "expected an indented \"key = value\"");
        if (trim(line.substr(0, equals)).empty())
            return bad_line(number, "the indented key is empty");
    }
    if (value_ != nullptr) {
        std::string longer;
        longer.reserve(value_->size() + 1 + line.size());
        longer.append(*value_).append(1, '\n').append(line);
        forget(*value_);
        value_->swap(longer);
    }
    return {};
}

} // namespace detail

AUGUR_INLINE std::string_view sub_property(std::string_view value, std::string_view key) noexcept
{
    std::string_view found;
    while (!value.empty()) {
        auto const end = value.find('\n');
        auto const line = detail::trim(value.substr(0, end));
        auto const equals = line.find('=');
        if (equals != line.npos && equal_ignoring_case(detail::trim(line.substr(0, equals)), key))
            found = detail::trim(line.substr(equals + 1));
        value = end == value.npos ? std::string_view() : value.substr(end + 1);
    }
    return found;
}

AUGUR_INLINE void forget_profiles(profile_set& profiles) noexcept
{
    for (auto& [name, values] : profiles)
        detail::forget_profile(values);
    profiles.clear();
}

AUGUR_INLINE result<profile_set> parse_profiles(std::string_view text, profile_file kind)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    detail::profile_reader reader(kind);
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = text.find('\n');
        if (auto understood = reader.read(text.substr(0, end), number); !understood)
            return understood.error();
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return reader.take();
}

AUGUR_INLINE void merge_profiles(profile_set& into, profile_set from)
{
    constexpr std::string_view keys[] = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"};
    for (auto& [name, values] : from) {
        auto& old = into[name];
        // The keys are one set: a token of one file does not belong to the key of the other.
        if (values.contains(keys[0]) || values.contains(keys[1]))
            for (auto const key : keys)
                if (auto const at = old.find(key); at != old.end()) {
                    detail::forget(at->second);
                    old.erase(at);
                }
        for (auto& [key, value] : values) {
            auto& place = old[key];
            detail::forget(place);
            place.assign(value);
        }
    }
    forget_profiles(from);
}

AUGUR_INLINE result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path,
                                               std::optional<error>& unread)
{
    profile_set out;
    for (auto const kind : {profile_file::config, profile_file::credentials}) {
        auto text = detail::read_shared_file(kind == profile_file::config ? config_path : credentials_path);
        if (!text && text.error() == errc::invalid_argument) {
            unread = text.error();
            continue;
        }
        auto parsed = text ? parse_profiles(*text, kind) : result<profile_set>(text.error());
        if (text)
            cleanse(text->data(), text->size());
        if (!parsed) {
            forget_profiles(out);
            return parsed.error();
        }
        merge_profiles(out, std::move(*parsed));
    }
    return out;
}

AUGUR_INLINE result<profile_set> load_profiles(std::string const& config_path, std::string const& credentials_path)
{
    std::optional<error> unread;
    auto out = load_profiles(config_path, credentials_path, unread);
    if (!unread || !out)
        return out;
    forget_profiles(*out);
    return std::move(*unread);
}

} // namespace augur::inline AUGUR_ABI::auth::aws
