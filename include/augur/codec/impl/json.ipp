#pragma once

#include <augur/codec/impl/json_gate.ipp>
#include <augur/codec/impl/json_number.hpp>
#include <augur/codec/impl/scratch_parser.hpp>
#include <augur/codec/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include <simdjson.h>

namespace augur::inline AUGUR_ABI::codec::json {

namespace detail {

inline constexpr std::uint32_t no_unescaped = 0xFFFF'FFFF;

/// Nodes stand in the order of the text; a key is a string node just before its value.
struct node
{
    std::uint32_t begin;  ///< source text, quotes and brackets included
    std::uint32_t end;
    std::uint32_t next;   ///< the first node behind this one and its children
    std::uint32_t extra;  ///< containers: number of children; strings: index into `unescaped` or no_unescaped
    json::kind kind;
};

struct tape
{
    std::string text; ///< 64 bytes of padding follow it inside the string
    std::size_t size = 0;
    std::vector<node> nodes;
    std::vector<std::string> unescaped; ///< the strings that had escapes

    std::string_view source(node const& n) const noexcept { return {text.data() + n.begin, n.end - n.begin}; }
    std::string_view string(node const& n) const noexcept
    {
        if (n.extra != no_unescaped)
            return unescaped[n.extra];
        return {text.data() + n.begin + 1, n.end - n.begin - 2};
    }
};

/// One step of a path: a position in an array or the node of a key.
struct path_step
{
    std::uint32_t key; ///< no_unescaped for an array
    std::size_t index;
};

inline void append_key(std::string& path, std::string_view key)
{
    bool const plain = !key.empty() && key.size() <= 60 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (plain)
        path.append(1, '.').append(key);
    else
        path.append("[\"").append(sanitise(key, 60)).append("\"]");
}

inline std::string path_text(tape const& t, std::span<path_step const> steps)
{
    std::string path = "$";
    for (auto const& step : steps) {
        if (path.size() > 400)
            return path + "...";
        if (step.key == no_unescaped)
            path.append(1, '[').append(std::to_string(step.index)).append(1, ']');
        else
            append_key(path, t.string(t.nodes[step.key]));
    }
    return path;
}

inline bool is_space(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

inline std::string_view trim_end(std::string_view text) noexcept
{
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Walks a document once, front to back, as on-demand wants it, and writes the tape.
class tape_builder
{
public:
    tape_builder(tape& t, simdjson::ondemand::document& doc, json::limits const& limits)
        : tape_(t), doc_(doc), max_depth_(std::min(limits.max_depth, hard_max_depth)), not_finite_(limits.not_finite)
    {
    }

    bool run(char first)
    {
        bool ok = true;
        if (first == '{' || first == '[') {
            simdjson::ondemand::value root;
            ok = good(doc_.get_value().get(root)) && add(root, 1);
            if (ok && doc_.current_location().error() != simdjson::OUT_OF_BOUNDS)
                ok = bad("there is more text after the value");
        }
        else
            ok = add_root_scalar(first);
        return ok;
    }

    std::string message() const { return path_text(tape_, steps_) + ": " + what_; }

private:
    bool bad(char const* what)
    {
        what_ = what;
        return false;
    }

    bool good(simdjson::error_code code)
    {
        switch (code) {
        case simdjson::SUCCESS: return true;
        case simdjson::STRING_ERROR: return bad("a string with an invalid escape or a lone surrogate");
        case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return bad("an array or object that does not end");
        case simdjson::TAPE_ERROR: return bad("not valid JSON: a comma, colon, bracket or value is missing");
        default: return bad(simdjson::error_message(code));
        }
    }

    std::uint32_t offset(char const* p) const noexcept { return static_cast<std::uint32_t>(p - tape_.text.data()); }

    std::uint32_t push(json::kind k, std::string_view source, std::uint32_t extra = 0)
    {
        auto const index = static_cast<std::uint32_t>(tape_.nodes.size());
        auto const begin = offset(source.data());
        tape_.nodes.push_back({begin, begin + static_cast<std::uint32_t>(source.size()), index + 1, extra, k});
        return index;
    }

    void push_string(std::string_view source, std::string_view unescaped)
    {
        auto const index = push(json::kind::string, source, no_unescaped);
        if (source.substr(1, source.size() - 2) == unescaped)
            return;
        tape_.nodes[index].extra = static_cast<std::uint32_t>(tape_.unescaped.size());
        tape_.unescaped.emplace_back(unescaped);
    }

    /// Literals and numbers; simdjson has only cut the token out, so all of it is checked here.
    bool add_token(std::string_view token)
    {
        if (token == "true" || token == "false")
            push(json::kind::boolean, token);
        else if (token == "null")
            push(json::kind::null, token);
        else if (is_number(token))
            push(json::kind::number, token);
        else if (to_not_finite(token)) {
            if (!not_finite_)
                return bad("NaN and Infinity are not JSON");
            push(json::kind::number, token);
        }
        else
            return bad("neither a number nor true, false or null");
        return true;
    }

    bool add(simdjson::ondemand::value& value, std::size_t depth)
    {
        auto const token = trim_end(value.raw_json_token());
        if (token.empty())
            return bad("a value is missing");
        switch (token.front()) {
        case '[': return enter(depth) && add_array(value, token.data(), depth);
        case '{': return enter(depth) && add_object(value, token.data(), depth);
        case '"': {
            std::string_view text;
            if (!good(value.get_string().get(text)))
                return false;
            if (token.size() < 2 || token.back() != '"')
                return bad("a string that does not end");
            push_string(token, text);
            return true;
        }
        case ',':
        case ':':
        case ']':
        case '}': return bad("a value is missing");
        default: return add_token(token);
        }
    }

    bool enter(std::size_t depth) { return depth <= max_depth_ || bad("nested too deeply"); }

    /// Where the container that was just left ends: before the next token, or before the end of the text.
    void close(std::uint32_t index, std::size_t children)
    {
        char const* next = nullptr;
        if (doc_.current_location().get(next) != simdjson::SUCCESS)
            next = tape_.text.data() + tape_.size;
        auto const begin = tape_.nodes[index].begin;
        std::string_view const rest(tape_.text.data() + begin,
                                    static_cast<std::size_t>(next - tape_.text.data()) - begin);
        auto& n = tape_.nodes[index];
        n.end = begin + static_cast<std::uint32_t>(trim_end(rest).size());
        n.next = static_cast<std::uint32_t>(tape_.nodes.size());
        n.extra = static_cast<std::uint32_t>(children);
    }

    bool add_array(simdjson::ondemand::value& value, char const* begin, std::size_t depth)
    {
        auto const index = push(json::kind::array, {begin, 1});
        simdjson::ondemand::array array;
        if (!good(value.get_array().get(array)))
            return false;
        std::size_t count = 0;
        steps_.push_back({no_unescaped, 0});
        for (auto element : array) {
            steps_.back().index = count++;
            simdjson::ondemand::value child;
            if (!good(std::move(element).get(child)) || !add(child, depth + 1))
                return false;
        }
        steps_.pop_back();
        close(index, count);
        return true;
    }

    bool add_object(simdjson::ondemand::value& value, char const* begin, std::size_t depth)
    {
        auto const index = push(json::kind::object, {begin, 1});
        simdjson::ondemand::object object;
        if (!good(value.get_object().get(object)))
            return false;
        std::size_t count = 0;
        for (auto entry : object) {
            simdjson::ondemand::field field;
            if (!good(std::move(entry).get(field)))
                return false;
            char const* const raw = field.key().raw() - 1; // the opening quote
            std::string_view key;
            if (!good(field.unescaped_key().get(key)))
                return false;
            char const* last = raw + 1;
            while (*last != '"')
                last += *last == '\\' ? 2 : 1; // stage 1 has seen the closing quote
            steps_.push_back({static_cast<std::uint32_t>(tape_.nodes.size()), 0});
            push_string({raw, static_cast<std::size_t>(last - raw) + 1}, key);
            if (!add(field.value(), depth + 1))
                return false;
            steps_.pop_back();
            ++count;
        }
        close(index, count);
        return true;
    }

    bool add_root_scalar(char first)
    {
        std::string_view text(tape_.text.data(), tape_.size);
        text = trim_end(text);
        text.remove_prefix(text.find_first_not_of(" \n\t\r"));
        if (first != '"')
            return add_token(text);
        // The closing quote must be the last byte, and no quote before it may close the string.
        std::size_t last = 1;
        while (last < text.size() && text[last] != '"')
            last += text[last] == '\\' ? 2 : 1;
        if (last + 1 != text.size())
            return bad("there is more text after the value");
        std::string_view unescaped;
        if (!good(doc_.get_string().get(unescaped)))
            return false;
        push_string(text, unescaped);
        return true;
    }

    tape& tape_;
    simdjson::ondemand::document& doc_;
    std::size_t max_depth_;
    bool not_finite_;
    std::vector<path_step> steps_;
    char const* what_ = "";
};

inline error parse_error(std::string text)
{
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

/// `text` holds `size` bytes and the padding behind them.
inline result<std::shared_ptr<tape const>> build(json::limits limits, std::string text, std::size_t size)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    auto made = std::make_shared<tape>();
    made->text = std::move(text);
    made->size = size;
    if (std::string_view(made->text.data(), size).starts_with(byte_order_mark))
        std::ranges::fill_n(made->text.begin(), 3, ' '); // RFC 8259 section 8.1 lets a parser ignore it
    std::string_view const view(made->text.data(), size);
    auto const first = view.find_first_not_of(" \n\t\r");
    if (first == view.npos)
        return parse_error("$: the text is empty");

    scratch_parser const parser;
    simdjson::ondemand::document doc;
    auto const started = parser->iterate(view.data(), size, made->text.size()).get(doc);
    switch (started) {
    case simdjson::SUCCESS: break;
    case simdjson::UTF8_ERROR:
        return parse_error("$: byte " + std::to_string(find_invalid_utf8(view)) + " is not valid UTF-8");
    case simdjson::UNESCAPED_CHARS: return parse_error("$: a string holds a control character that is not escaped");
    case simdjson::UNCLOSED_STRING: return parse_error("$: a string does not end");
    case simdjson::MEMALLOC:
        parser.start_anew(); // it is half grown
        return make_error(errc::resource_exhausted, phase::decode, outcome::complete, "no memory to read JSON");
    default: return parse_error(std::string("$: ") + simdjson::error_message(started));
    }
    tape_builder builder(*made, doc, limits);
    if (!builder.run(view[first]))
        return parse_error(builder.message());
    return std::shared_ptr<tape const>(std::move(made));
}

inline std::optional<error> check_size(std::size_t size, limits const& limits)
{
    // Offsets have 32 bits.
    auto const most = std::min(limits.max_size, std::size_t{0xFFFF'FF00});
    if (size <= most)
        return std::nullopt;
    return parse_error("$: " + std::to_string(size) + " bytes of JSON, the limit is " + std::to_string(most));
}

} // namespace detail

AUGUR_INLINE std::string_view to_string(kind k) noexcept
{
    switch (k) {
    case kind::null: return "null";
    case kind::boolean: return "boolean";
    case kind::number: return "number";
    case kind::string: return "string";
    case kind::array: return "array";
    case kind::object: return "object";
    }
    return "unknown";
}

AUGUR_INLINE result<document> reader::read(std::string_view text) const
{
    if (auto const too_large = detail::check_size(text.size(), limits_))
        return *too_large;
    std::string padded;
    padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    padded = text;
    return read_owned(std::move(padded));
}

AUGUR_INLINE result<document> reader::read_owned(std::string text) const
{
    auto const size = text.size();
    if (auto const too_large = detail::check_size(size, limits_))
        return *too_large;
    text.resize(size + simdjson::SIMDJSON_PADDING, '\0');
    auto built = detail::build(limits_, std::move(text), size);
    if (!built)
        return built.error();
    return document(std::move(*built));
}

AUGUR_INLINE result<document> parse(std::string_view text, limits limits)
{
    return reader(limits).read(text);
}

AUGUR_INLINE value document::root() const noexcept
{
    return {tape_.get(), 0};
}

} // namespace augur::inline AUGUR_ABI::codec::json
