#include <augur/emulator/answer.hpp>
#include <augur/emulator/http.hpp>

#include <algorithm>

namespace augur::emulator {

namespace {

char small_letter(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool same_name(std::string_view a, std::string_view b) noexcept
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return small_letter(x) == small_letter(y); });
}

void header_list::set(std::string_view name, std::string value)
{
    std::erase_if(lines_, [&](line const& l) { return same_name(l.first, name); });
    lines_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> header_list::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : lines_)
        if (same_name(key, name))
            return value;
    return std::nullopt;
}

std::string_view request::path() const noexcept
{
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view request::query() const noexcept
{
    auto const mark = target.find('?');
    return mark == target.npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string request::host() const
{
    auto value = headers.get("host");
    if (!value.empty() && value.front() == '[') // [::1]:443
        value = value.substr(0, value.find(']') == value.npos ? value.size() : value.find(']') + 1);
    else
        value = value.substr(0, value.find(':'));
    std::string text(value);
    std::transform(text.begin(), text.end(), text.begin(), small_letter);
    return text;
}

response json_response(int status, std::string body)
{
    response r;
    r.status = status;
    r.headers.add("Content-Type", "application/json");
    r.body = std::move(body);
    return r;
}

response& answer::fixed()
{
    if (!fixed_)
        fixed_.emplace();
    return *fixed_;
}

answer answer::header(std::string name, std::string value) &&
{
    fixed().headers.add(std::move(name), std::move(value));
    return std::move(*this);
}

answer answer::body(std::string bytes, std::string content_type) &&
{
    fixed().body = std::move(bytes);
    fixed().headers.set("content-type", std::move(content_type));
    return std::move(*this);
}

answer answer::piece(std::string bytes, std::chrono::milliseconds before) &&
{
    fixed().pieces.push_back({std::move(bytes), before});
    return std::move(*this);
}

answer answer::raw(std::string bytes) &&
{
    fixed().raw = std::move(bytes);
    return std::move(*this);
}

answer answer::after(std::chrono::milliseconds delay) &&
{
    delay_ = delay;
    return std::move(*this);
}

answer answer::hang_up(emulator::hang_up how) &&
{
    hang_up_ = how;
    return std::move(*this);
}

answer answer::cut_after(std::size_t bytes) &&
{
    hang_up_ = emulator::hang_up::inside_body;
    cut_after_ = bytes;
    return std::move(*this);
}

answer answer::cut_stream(std::size_t pieces, stream_cut::ending how) &&
{
    cut_ = stream_cut{pieces, how};
    return std::move(*this);
}

answer answer::pace(std::chrono::milliseconds between) &&
{
    pace_ = between;
    return std::move(*this);
}

answer answer::insert(std::size_t at, std::string bytes) &&
{
    inserted_.emplace(at, std::move(bytes));
    return std::move(*this);
}

answer answer::split(std::size_t bytes) &&
{
    split_ = bytes;
    return std::move(*this);
}

void answer::damage(response& r) const
{
    if (inserted_) {
        auto const at = static_cast<std::ptrdiff_t>(std::min(inserted_->first, r.pieces.size()));
        r.pieces.insert(r.pieces.begin() + at, {inserted_->second, std::chrono::milliseconds(0)});
    }
    if (split_ > 0) {
        std::string whole;
        for (auto const& p : r.pieces)
            whole += p.bytes;
        r.pieces.clear();
        for (std::size_t at = 0; at < whole.size(); at += split_)
            r.pieces.push_back({whole.substr(at, split_), std::chrono::milliseconds(0)});
    }
    if (pace_)
        for (auto& p : r.pieces)
            p.before = *pace_;
    if (cut_)
        r.cut = cut_;
    r.delay += delay_;
    if (hang_up_)
        r.hang_up = *hang_up_;
    r.cut_after = cut_after_;
}

} // namespace augur::emulator
