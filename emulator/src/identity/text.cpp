#include "text.hpp"

#include "../sigv4_canonical.hpp"

#include <algorithm>
#include <cstdio>

namespace augur::emulator {

form::form(std::string_view text)
{
    constexpr std::size_t most_bytes = 256u << 10; // a body may be a hundred times that, and a field needs few of it
    if (text.size() > most_bytes)
        return;
    auto const plain = [](std::string_view part) {
        std::string spaced(part);
        std::replace(spaced.begin(), spaced.end(), '+', ' ');
        return sigv4::decode(spaced);
    };
    for (auto const part : sigv4::split(text, '&')) {
        if (part.empty())
            continue;
        auto const equals = part.find('=');
        fields_.emplace_back(plain(part.substr(0, equals)),
                             equals == part.npos ? std::string() : plain(part.substr(equals + 1)));
    }
}

std::optional<std::string_view> form::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : fields_)
        if (key == name)
            return value;
    return std::nullopt;
}

std::string_view form::repeated() const
{
    std::vector<std::string_view> names;
    names.reserve(fields_.size());
    for (auto const& [name, value] : fields_)
        names.push_back(name);
    std::sort(names.begin(), names.end());
    auto const twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? std::string_view() : *twice;
}

std::string iso_time(std::chrono::system_clock::time_point at)
{
    using namespace std::chrono;
    auto const whole = floor<seconds>(at);
    auto const midnight = floor<days>(whole);
    year_month_day const date(midnight);
    hh_mm_ss const time(whole - midnight);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(time.hours().count()), int(time.minutes().count()),
                  int(time.seconds().count()));
    return text;
}

std::string_view without_slash(std::string_view audience) noexcept
{
    return audience.ends_with('/') ? audience.substr(0, audience.size() - 1) : audience;
}

std::string xml_text(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c < 0x20 || c > 0x7E ? '?' : c;
    }
    return out;
}

std::string_view bearer_token_of(request const& r) noexcept
{
    auto const value = r.headers.get("authorization");
    return value.size() > 7 && same_name(value.substr(0, 7), "Bearer ") ? value.substr(7) : std::string_view();
}

std::string quotable(std::string_view text)
{
    std::string out(text.substr(0, 200));
    std::replace_if(out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return out;
}

} // namespace augur::emulator
