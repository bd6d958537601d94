#pragma once

#include <augur/codec/auth_challenge.hpp>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

class challenge_reader
{
public:
    explicit challenge_reader(std::string_view text) noexcept : text_(text) {}

    std::vector<auth_challenge> read()
    {
        std::vector<auth_challenge> out;
        for (;;) {
            skip(" \t,");
            auto const scheme = token();
            if (scheme.empty() || out.size() == 16)
                return out;
            out.emplace_back().scheme = scheme;
            if (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != ',')
                return out; // something stuck to the scheme
            skip(" \t");
            if (!read_credentials(out.back()))
                return out;
        }
    }

private:
    /// What belongs to the scheme just read. False: nothing behind it can be understood.
    bool read_credentials(auth_challenge& into)
    {
        for (bool first = true;; first = false) {
            auto const start = at_;
            skip(" \t,");
            bool const after_comma = text_.substr(start, at_ - start).find(',') != std::string_view::npos;
            if (at_ == text_.size())
                return false;
            auto const before = at_;
            auto const name = token();
            auto const behind_name = at_;
            skip(" \t");
            if (!name.empty() && at_ < text_.size() && text_[at_] == '=' && !is_token68(before)) {
                ++at_;
                skip(" \t");
                std::string value;
                if (!read_value(value) || into.parameters.size() == 32)
                    return false;
                into.parameters.emplace_back(name, std::move(value));
                continue;
            }
            if (first && !after_comma) { // Negotiate YII...
                at_ = before;
                auto const end = text_.find_first_of(" \t,", at_);
                into.token68 = text_.substr(at_, end == text_.npos ? text_.npos : end - at_);
                at_ += into.token68.size();
                continue;
            }
            if (name.empty() || (behind_name < text_.size() && at_ == behind_name && text_[at_] != ','))
                return false;
            at_ = before; // a name without a value is the next scheme
            return true;
        }
    }

    /// "abc==" is one text, "abc=x" is a parameter.
    bool is_token68(std::size_t at) const noexcept
    {
        auto const end = text_.find('=', at);
        auto const rest = text_.find_first_not_of('=', end);
        bool const ends = rest == text_.npos || text_[rest] == ',' || text_[rest] == ' ';
        return ends && (rest == text_.npos || text_.find_first_not_of(" \t", rest) == text_.npos ||
                        text_[text_.find_first_not_of(" \t", rest)] == ',');
    }

    bool read_value(std::string& out)
    {
        if (at_ < text_.size() && text_[at_] == '"') {
            for (++at_; at_ < text_.size(); ++at_) {
                if (text_[at_] == '"')
                    return ++at_, true;
                if (text_[at_] == '\\' && at_ + 1 < text_.size())
                    ++at_;
                out += text_[at_];
            }
            return false; // never closed
        }
        auto const end = text_.find_first_of(" \t,", at_);
        out = text_.substr(at_, end == text_.npos ? text_.npos : end - at_);
        at_ += out.size();
        return true;
    }

    std::string_view token() noexcept
    {
        auto const from = at_;
        while (at_ < text_.size() && is_token(text_.substr(at_, 1)))
            ++at_;
        return text_.substr(from, at_ - from);
    }
    void skip(std::string_view any) noexcept
    {
        auto const next = text_.find_first_not_of(any, at_);
        at_ = next == text_.npos ? text_.size() : next;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace detail

AUGUR_INLINE std::optional<std::string_view> auth_challenge::find(std::string_view name) const noexcept
{
    for (auto const& [key, value] : parameters)
        if (equal_ignoring_case(key, name))
            return value;
    return std::nullopt;
}

AUGUR_INLINE std::vector<auth_challenge> parse_auth_challenges(std::string_view value)
{
    return detail::challenge_reader(value).read();
}

AUGUR_INLINE std::vector<auth_challenge> auth_challenges_of(headers const& fields)
{
    std::vector<auth_challenge> out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!equal_ignoring_case(fields.at(i).name, "www-authenticate"))
            continue;
        for (auto& one : parse_auth_challenges(fields.at(i).value))
            if (out.size() < 16)
                out.push_back(std::move(one));
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::codec
