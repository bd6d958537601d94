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
    /// As it stands in the chunk: the last content or other text that was taken.
    std::string_view last_text() const noexcept { return last_text_; }

    bool run()
    {
        bool seen = false;
        std::string_view key;
        scanner_.begin_object();
        while (scanner_.next_member(key)) {
            if (key == "choices" && std::exchange(seen, true))
                return scanner_.fail("choices: the name occurs twice");
            if (key == "choices" ? !choices()
                : key == "usage" ? !usage()
                : key == "error" ? !raw(chunk_.error)
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
            if (key == "content"      ? !text(made.content, "$.choices[].delta.content")
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

    /// A string or null.
    bool text(std::string_view& out, char const* where)
    {
        where_ = where;
        codec::json::detail::scanner::text_place place;
        if (scanner_.skip_null())
            return true;
        if (!scanner_.read_string(place))
            return false;
        last_text_ = place.raw;
        out = place.has_escapes ? unescape(place.raw, unescaped_) : place.raw;
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
        auto const read = std::from_chars(token.data(), token.data() + token.size(), out);
        bool const whole = read.ec == std::errc{} && read.ptr == token.data() + token.size();
        return whole || scanner_.fail("wanted a small number");
    }

    bool raw(std::string_view& out) { return scanner_.skip_null() || scanner_.read_raw(out); }

    codec::json::detail::scanner scanner_;
    char const* where_ = "$";
    std::string_view last_text_;
    chat_chunk& chunk_;
    std::vector<chunk_delta>& deltas_;
    std::string& unescaped_;
};

} // namespace detail

AUGUR_INLINE bool chat_chunk_reader::read_like_last(std::string_view data)
{
    auto const& like = last_;
    if (like.empty() || data.size() < like.size() || !data.starts_with(std::string_view(like).substr(0, content_at_)) ||
        !data.ends_with(std::string_view(like).substr(content_at_)))
        return false;
    auto const raw = data.substr(content_at_, data.size() - like.size());
    bool has_escapes = false;
    if (!codec::json::detail::scanner::is_string_content(raw, has_escapes))
        return false;
    deltas_.front().content = has_escapes ? detail::unescape(raw, unescaped_) : raw;
    return true;
}

AUGUR_INLINE void chat_chunk_reader::remember(std::string_view data, chat_chunk const& chunk, std::string_view content)
{
    last_.clear();
    bool const is_plain = deltas_.size() == 1 && !content.empty() && !chunk.usage && chunk.error.empty() &&
                          deltas_[0].refusal.empty() && deltas_[0].tool_calls.empty() &&
                          deltas_[0].finish_reason.empty() && !deltas_[0].content.empty();
    if (!is_plain)
        return;
    content_at_ = static_cast<std::size_t>(content.data() - data.data());
    last_.append(data.substr(0, content_at_)).append(data.substr(content_at_ + content.size()));
}

AUGUR_INLINE result<chat_chunk> chat_chunk_reader::read(std::string_view data)
{
    chat_chunk chunk;
    if (data == "[DONE]") {
        chunk.is_end = true;
        return chunk;
    }
    unescaped_.clear();
    unescaped_.reserve(data.size());
    if (!read_like_last(data)) {
        deltas_.clear();
        unescaped_.clear();
        detail::chunk_walk walk(data, chunk, deltas_, unescaped_);
        if (!walk.run()) {
            last_.clear();
            return make_error(augur::errc::decode_error, phase::decode, outcome::partial,
                              std::string("chat chunk: ") + walk.where() + ": " + walk.what());
        }
        remember(data, chunk, walk.last_text());
    }
    chunk.deltas = deltas_;
    return chunk;
}

} // namespace augur::inline AUGUR_ABI::openai_wire
