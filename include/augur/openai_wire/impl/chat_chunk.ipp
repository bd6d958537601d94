#pragma once

#include <augur/codec/impl/json_scanner.hpp>
#include <augur/openai_wire/chat_chunk.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

inline std::string_view unescape(std::string_view raw, std::string& out)
{
    auto const begin = out.size();
    codec::json::detail::scanner::unescape(raw, out); // never longer than its source, for which there is room
    return std::string_view(out).substr(begin);
}

/// Takes one chunk apart, front to back. A function that returns false has made the scanner fail.
class chunk_walk
{
public:
    chunk_walk(std::string_view data, chat_chunk& chunk, std::vector<chunk_delta>& deltas, std::string& unescaped)
        : scanner_(data), chunk_(chunk), deltas_(deltas), unescaped_(unescaped)
    {
    }

    /// Null, or where the fault is and what it is.
    char const* what() const noexcept { return scanner_.what(); }
    char const* where() const noexcept { return where_; }
    /// After a run that was good. Nothing unless there is one text, and nothing else to tell.
    std::optional<chunk_frame::texts> only_text() const noexcept
    {
        bool const is_plain = deltas_.size() == 1 && content_.data() != nullptr && !deltas_[0].content.empty() &&
                              deltas_[0].refusal.empty() && deltas_[0].tool_calls.empty() &&
                              deltas_[0].finish_reason.empty() && !chunk_.usage && chunk_.error.empty();
        if (!is_plain)
            return std::nullopt;
        chunk_frame::texts out;
        out.content = content_;
        out.has_escapes = has_escapes_;
        if (padding_.data() > content_.data()) {
            out.padding = padding_;
            out.is_padded = true;
        }
        return out;
    }

    bool run()
    {
        bool seen = false;
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key)) {
            if (key == "choices" && std::exchange(seen, true))
                return scanner_.fail("choices: the name occurs twice");
            if (key == "choices"       ? !choices()
                : key == "usage"       ? !usage()
                : key == "error"       ? !raw(chunk_.error)
                : key == "obfuscation" ? !padding()
                                       : !scanner_.skip_value())
                return false;
            where_ = "$";
        }
        return scanner_.finish();
    }

private:
    bool choices()
    {
        where_ = "$.choices";
        if (scanner_.skip_null())
            return true;
        std::string_view key;
        scanner_.begin_array();
        while (scanner_.next_element()) {
            auto& made = deltas_.emplace_back();
            where_ = "$.choices[]";
            scanner_.begin_object();
            while (scanner_.next_member(key)) {
                if (key == "delta"           ? !delta(made)
                    : key == "finish_reason" ? !text(made.finish_reason, "$.choices[].finish_reason")
                    : key == "index"         ? !number(made.choice, "$.choices[].index")
                                             : !scanner_.skip_value())
                    return false;
                where_ = "$.choices[]";
            }
        }
        return !scanner_.what();
    }

    bool delta(chunk_delta& made)
    {
        where_ = "$.choices[].delta";
        if (scanner_.skip_null())
            return true;
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key)) {
            if (key == "content"      ? !content(made.content)
                : key == "refusal"    ? !text(made.refusal, "$.choices[].delta.refusal")
                : key == "tool_calls" ? !raw(made.tool_calls)
                                      : !scanner_.skip_value())
                return false;
            where_ = "$.choices[].delta";
        }
        return !scanner_.what();
    }

    bool usage()
    {
        where_ = "$.usage";
        if (scanner_.skip_null())
            return true;
        auto& made = chunk_.usage.emplace();
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key)) {
            auto* const target = key == "prompt_tokens"       ? &made.prompt_tokens
                                 : key == "completion_tokens" ? &made.completion_tokens
                                 : key == "total_tokens"      ? &made.total_tokens
                                                              : nullptr;
            if (target ? !number(*target, "$.usage") : !scanner_.skip_value())
                return false;
        }
        return !scanner_.what();
    }

    using text_place = codec::json::detail::scanner::text_place;

    /// A string or null, which leaves `place` as it was.
    bool text(std::string_view& out, char const* where, text_place& place)
    {
        where_ = where;
        if (scanner_.skip_null())
            return true;
        if (!scanner_.read_string(place))
            return false;
        out = place.has_escapes ? unescape(place.raw, unescaped_) : place.raw;
        return true;
    }
    bool text(std::string_view& out, char const* where)
    {
        text_place place;
        return text(out, where, place);
    }
    bool content(std::string_view& out)
    {
        text_place place;
        if (!text(out, "$.choices[].delta.content", place))
            return false;
        content_ = place.raw;
        has_escapes_ = place.has_escapes;
        return true;
    }
    bool padding()
    {
        std::string_view value;
        if (!scanner_.read_raw(value))
            return false;
        if (value.starts_with('"'))
            padding_ = value.substr(1, value.size() - 2);
        return true;
    }

    /// A whole number or null.
    bool number(std::uint64_t& out, char const* where)
    {
        where_ = where;
        std::string_view token;
        if (scanner_.skip_null())
            return true;
        if (!scanner_.read_number(token))
            return false;
        auto const whole = codec::json::detail::to_whole<std::uint64_t>(token);
        out = whole.value_or(out);
        return whole || scanner_.fail("wanted a small number");
    }

    bool raw(std::string_view& out) { return scanner_.skip_null() || scanner_.read_raw(out); }

    codec::json::detail::scanner scanner_;
    char const* where_ = "$";
    std::string_view content_, padding_; ///< as they stand in the chunk
    bool has_escapes_ = false; ///< the content
    chat_chunk& chunk_;
    std::vector<chunk_delta>& deltas_;
    std::string& unescaped_;
};

AUGUR_INLINE std::optional<chunk_frame::texts> chunk_frame::texts_of(std::string_view data)
{
    chat_chunk chunk;
    std::vector<chunk_delta> deltas;
    std::string unescaped;
    unescaped.reserve(data.size());
    chunk_walk walk(data, chunk, deltas, unescaped);
    return walk.run() ? walk.only_text() : std::nullopt;
}

AUGUR_INLINE void chunk_frame::learn(std::string_view data, texts const& of)
{
    auto const behind = [data](std::string_view text) {
        return data.substr(static_cast<std::size_t>(text.data() - data.data()) + text.size());
    };
    auto const rest = behind(of.content);
    forget();
    is_padded_ = of.is_padded;
    after_ = is_padded_ ? behind(of.padding) : std::string_view();
    between_ = rest.substr(0, rest.size() - after_.size() - of.padding.size());
    before_ = data.substr(0, data.size() - rest.size() - of.content.size()); // last: if one throws, nothing was learned
}

AUGUR_INLINE std::optional<chunk_frame::texts> chunk_frame::compare(std::string_view data) const noexcept
{
    using codec::json::detail::scanner;
    if (before_.empty() || !data.starts_with(before_))
        return std::nullopt;
    data.remove_prefix(before_.size());
    scanner::text_place content, padding;
    if (!scanner::read_content(data, content) || content.raw.empty())
        return std::nullopt;
    data.remove_prefix(content.raw.size());
    if (is_padded_) {
        if (!data.starts_with(between_))
            return std::nullopt;
        data.remove_prefix(between_.size());
        if (!scanner::read_content(data, padding))
            return std::nullopt;
        data.remove_prefix(padding.raw.size());
    }
    if (data != (is_padded_ ? after_ : between_))
        return std::nullopt;
    return texts{content.raw, padding.raw, is_padded_, content.has_escapes};
}

} // namespace detail

AUGUR_INLINE result<chat_chunk> chat_chunk_reader::read(std::string_view data)
{
    chat_chunk chunk;
    if (data == "[DONE]") {
        chunk.is_end = true;
        return chunk;
    }
    unescaped_.clear();
    unescaped_.reserve(data.size());
    if (auto const same = frame_.compare(data)) {
        deltas_.front().content = same->has_escapes ? detail::unescape(same->content, unescaped_) : same->content;
        chunk.deltas = deltas_;
        return chunk;
    }
    deltas_.clear();
    frame_.forget();
    detail::chunk_walk walk(data, chunk, deltas_, unescaped_);
    if (!walk.run())
        return make_error(augur::errc::decode_error, phase::decode, outcome::partial,
                          std::string("chat chunk: ") + walk.where() + ": " + walk.what());
    if (auto const only = walk.only_text())
        frame_.learn(data, *only);
    chunk.deltas = deltas_;
    return chunk;
}

} // namespace augur::inline AUGUR_ABI::openai_wire
