#pragma once

#include <augur/codec/http_date.hpp>

#include <chrono>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
inline constexpr std::array<std::string_view, 7> day_names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                              "Thursday", "Friday", "Saturday"};

/// Reads a date from left to right; the first thing that does not fit makes it fail for good.
class date_reader
{
public:
    explicit date_reader(std::string_view text) noexcept : rest_(text) {}

    bool ok() const noexcept { return ok_; }
    bool done() const noexcept { return ok_ && rest_.empty(); }

    void expect(std::string_view text) noexcept
    {
        ok_ = ok_ && rest_.starts_with(text);
        if (ok_)
            rest_.remove_prefix(text.size());
    }

    int number(std::size_t digits) noexcept
    {
        int value = 0;
        ok_ = ok_ && rest_.size() >= digits;
        for (std::size_t i = 0; ok_ && i < digits; ++i) {
            ok_ = rest_[i] >= '0' && rest_[i] <= '9';
            value = value * 10 + (rest_[i] - '0');
        }
        if (ok_)
            rest_.remove_prefix(digits);
        return ok_ ? value : 0;
    }

    /// asctime writes " 6" where the others write "06".
    int number_after_blank() noexcept
    {
        if (!rest_.starts_with(' '))
            return number(2);
        expect(" ");
        return number(1);
    }

    unsigned month() noexcept
    {
        for (unsigned i = 0; ok_ && i < month_names.size(); ++i) {
            if (rest_.starts_with(month_names[i])) {
                rest_.remove_prefix(3);
                return i + 1;
            }
        }
        ok_ = false;
        return 1;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

inline std::optional<std::chrono::sys_seconds> make_time(int year, unsigned month, int day, int hour, int minute,
                                                         int second) noexcept
{
    std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second == 60 ? 59 : second);
}

/// The same as parse_http_date over the whole range of years 0 to 9999.
inline std::optional<std::chrono::sys_seconds> parse_http_seconds(std::string_view text,
                                                                  std::chrono::sys_seconds now) noexcept
{
    struct clock_time
    {
        int hour, minute, second;
    };
    auto const read_time = [](date_reader& in) noexcept {
        clock_time t{};
        t.hour = in.number(2);
        in.expect(":");
        t.minute = in.number(2);
        in.expect(":");
        t.second = in.number(2);
        return t;
    };

    for (auto const name : day_names) {
        if (!text.starts_with(name.substr(0, 3)))
            continue;
        if (text.substr(3).starts_with(", ")) {
            date_reader in(text.substr(5));
            int const day = in.number(2);
            in.expect(" ");
            unsigned const month = in.month();
            in.expect(" ");
            int const year = in.number(4);
            in.expect(" ");
            auto const t = read_time(in);
            in.expect(" GMT");
            return in.done() ? make_time(year, month, day, t.hour, t.minute, t.second) : std::nullopt;
        }
        if (text.substr(3).starts_with(' ')) {
            date_reader in(text.substr(4));
            unsigned const month = in.month();
            in.expect(" ");
            int const day = in.number_after_blank();
            in.expect(" ");
            auto const t = read_time(in);
            in.expect(" ");
            int const year = in.number(4);
            return in.done() ? make_time(year, month, day, t.hour, t.minute, t.second) : std::nullopt;
        }
        date_reader in(text);
        in.expect(name);
        in.expect(", ");
        int const day = in.number(2);
        in.expect("-");
        unsigned const month = in.month();
        in.expect("-");
        int const short_year = in.number(2);
        in.expect(" ");
        auto const t = read_time(in);
        in.expect(" GMT");
        if (!in.done())
            return std::nullopt;
        std::chrono::year_month_day const today(std::chrono::floor<std::chrono::days>(now));
        int year = static_cast<int>(today.year()) / 100 * 100 + 100 + short_year;
        auto const in_fifty_years = std::chrono::sys_days(today + std::chrono::years(50));
        auto const latest = in_fifty_years + (now - std::chrono::floor<std::chrono::days>(now));
        for (;; year -= 100) {
            // 29 February may exist in one century and not in the next.
            auto const when = make_time(year, month, day, t.hour, t.minute, t.second);
            if (year <= static_cast<int>(today.year()) - 100 || (when && *when <= latest))
                return when;
        }
    }
    return std::nullopt;
}

inline void write_digits(char* out, int value, int digits) noexcept
{
    for (; digits > 0; value /= 10)
        out[--digits] = static_cast<char>('0' + value % 10);
}

/// "T123600Z" from the second of the day.
inline void write_basic_time(char* out, int second) noexcept
{
    out[0] = 'T';
    write_digits(out + 1, second / 3600, 2);
    write_digits(out + 3, second / 60 % 60, 2);
    write_digits(out + 5, second % 60, 2);
    out[7] = 'Z';
}

struct broken_time
{
    explicit broken_time(std::chrono::system_clock::time_point when) noexcept
        : day(std::chrono::floor<std::chrono::days>(when)),
          date(day),
          second(static_cast<int>((std::chrono::floor<std::chrono::seconds>(when) - day).count()))
    {
    }
    std::chrono::sys_days day;
    std::chrono::year_month_day date;
    int second; ///< of the day
};

} // namespace detail

AUGUR_INLINE std::optional<std::chrono::system_clock::time_point>
parse_http_date(std::string_view text, std::chrono::system_clock::time_point now) noexcept
{
    using time_point = std::chrono::system_clock::time_point;
    auto const when = detail::parse_http_seconds(text, std::chrono::floor<std::chrono::seconds>(now));
    if (!when)
        return std::nullopt;
    if (*when >= std::chrono::floor<std::chrono::seconds>(time_point::max()))
        return time_point::max();
    if (*when <= std::chrono::ceil<std::chrono::seconds>(time_point::min()))
        return time_point::min();
    return time_point(*when);
}

AUGUR_INLINE std::string format_http_date(std::chrono::system_clock::time_point when)
{
    detail::broken_time const t(when);
    std::string text = "Day, 00 Mon 0000 00:00:00 GMT";
    text.replace(0, 3, detail::day_names[std::chrono::weekday(t.day).c_encoding()].substr(0, 3));
    detail::write_digits(&text[5], static_cast<int>(static_cast<unsigned>(t.date.day())), 2);
    text.replace(8, 3, detail::month_names[static_cast<unsigned>(t.date.month()) - 1]);
    detail::write_digits(&text[12], static_cast<int>(t.date.year()), 4);
    detail::write_digits(&text[17], t.second / 3600, 2);
    detail::write_digits(&text[20], t.second / 60 % 60, 2);
    detail::write_digits(&text[23], t.second % 60, 2);
    return text;
}

AUGUR_INLINE std::array<char, 16> format_basic_date(std::chrono::system_clock::time_point when) noexcept
{
    detail::broken_time const t(when);
    std::array<char, 16> text;
    detail::write_digits(&text[0], static_cast<int>(t.date.year()), 4);
    detail::write_digits(&text[4], static_cast<int>(static_cast<unsigned>(t.date.month())), 2);
    detail::write_digits(&text[6], static_cast<int>(static_cast<unsigned>(t.date.day())), 2);
    detail::write_basic_time(&text[8], t.second);
    return text;
}

} // namespace augur::inline AUGUR_ABI::codec
