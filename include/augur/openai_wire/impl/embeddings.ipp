#pragma once

#include <augur/codec/base64.hpp>
#include <augur/codec/json_floats.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/impl/chat_members.hpp>
#include <augur/openai_wire/impl/embedding_vectors.hpp>
#include <augur/openai_wire/impl/object_text.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

/// Little-endian binary32 whatever this machine's order is.
inline std::string bytes_of(std::vector<float> const& values)
{
    std::string out;
    out.reserve(4 * values.size());
    for (float const value : values) {
        auto const bits = std::bit_cast<std::uint32_t>(value);
        for (unsigned shift = 0; shift < 32; shift += 8)
            out += static_cast<char>(bits >> shift & 0xFFU);
    }
    return out;
}

inline result<std::vector<float>> floats_of_list(json::value list)
{
    std::vector<float> out;
    out.reserve(list.size());
    auto const read = json::read_floats(list.raw(), out);
    if (read)
        return out;
    for (json::value const element : list.elements()) { // which one it was, by its place in the whole answer
        auto const number = element.as_double();
        if (!number)
            return number.error();
        if (!std::isfinite(static_cast<float>(*number)))
            return element.make_decode_error("the number is too large for a float");
    }
    return list.make_decode_error(read.error().message());
}

/// A list of numbers or base64 of their bytes.
template <class Io, class T>
void values_member(Io& io, T& e)
{
    constexpr std::string_view key = "embedding";
    if constexpr (Io::reading) {
        auto const v = io.object().at(key);
        if (!v)
            return io.fail(v.error());
        if (v->kind() == json::kind::string) {
            auto decoded = codec::base64_decode_floats(*v->as_string());
            if (!decoded)
                return io.fail(v->make_decode_error("not base64 of whole floats"));
            e.values = std::move(*decoded);
            e.base64 = true;
        }
        else if (v->is_array()) {
            auto read = floats_of_list(*v);
            if (!read)
                return io.fail(read.error());
            e.values = std::move(*read);
        }
        else
            return io.fail(*v, json::kind::array);
        io.take(key);
    }
    else if (e.base64)
        io.at(key).string(codec::base64_encode(bytes_of(e.values)));
    else {
        auto& out = io.at(key).begin_array();
        for (float const value : e.values)
            out.number(value);
        out.end_array();
    }
}

template <class Io, of<embedding> T>
void members(Io& io, T& e)
{
    io.position("index", e.index);
    values_member(io, e);
}

template <class Io, of<embedding_response> T>
void members(Io& io, T& r)
{
    io.text("model", r.model);
    io.record("usage", r.usage);
    if constexpr (Io::reading) {
        io.essential_list("data", r.embeddings);
        for (std::size_t i = 0; i < r.embeddings.size(); ++i)
            r.embeddings[i].position = i;
        std::ranges::sort(r.embeddings, {}, [](embedding const& e) { return std::pair(e.index, e.position); });
    }
    else {
        auto in_place = r.embeddings;
        std::ranges::sort(in_place, {}, &embedding::position);
        io.list("data", in_place);
    }
}

inline std::optional<std::vector<std::int64_t>> tokens_of(json::value list)
{
    std::vector<std::int64_t> out;
    for (json::value const element : list.elements()) {
        auto const number = element.as_int64();
        if (!number)
            return std::nullopt;
        out.push_back(*number);
    }
    return out.empty() ? std::nullopt : std::optional(std::move(out));
}

/// [1,2] or [[1,2],[3]].
inline bool read_tokens(json::value input, augur::detail::embedding_request_data& to)
{
    if (auto one = tokens_of(input)) {
        to.tokens.push_back(std::move(*one));
        to.one_token_list = true;
        return true;
    }
    for (json::value const list : input.elements()) {
        auto one = tokens_of(list);
        if (!one)
            return to.tokens.clear(), false;
        to.tokens.push_back(std::move(*one));
    }
    return !to.tokens.empty();
}

inline void write_tokens(json::writer& out, std::vector<std::int64_t> const& tokens)
{
    out.begin_array();
    for (auto const token : tokens)
        out.number(token);
    out.end_array();
}

inline constexpr std::array<enum_name, 2> encoding_names{{
    {static_cast<int>(augur::detail::embedding_encoding::base64), "base64"},
    {static_cast<int>(augur::detail::embedding_encoding::floats), "float"},
}};

template <class Io, of<augur::detail::embedding_request_data> T>
void members(Io& io, T& r)
{
    io.text("model", r.model);
    io.text_or_texts("input", r.texts, r.one_text);
    if constexpr (Io::reading) {
        r.encoding = augur::detail::embedding_encoding::unsaid;
        if (auto const v = io.find("input", json::kind::array); v && r.texts.empty() && read_tokens(*v, r))
            io.take("input");
    }
    else if (!r.tokens.empty() && io.is_free("input")) {
        auto& out = io.at("input");
        if (r.one_token_list && r.tokens.size() == 1)
            write_tokens(out, r.tokens.front());
        else {
            out.begin_array();
            for (auto const& list : r.tokens)
                write_tokens(out, list);
            out.end_array();
        }
    }
    io.word("encoding_format", r.encoding, encoding_names);
    io.integer("dimensions", r.dimensions);
    io.text("input_type", r.input_type);
    io.text("user", r.user);
}

inline error wrong_vectors(std::string what)
{
    return make_error(augur::errc::decode_error, phase::decode, outcome::complete, "$.data: " + std::move(what));
}

inline std::optional<error> check_indices(embedding_response const& r, std::size_t expected)
{
    auto const& all = r.embeddings;
    if (expected == 0)
        return std::nullopt;
    if (all.size() != expected)
        return wrong_vectors(std::to_string(all.size()) + " vectors for " + std::to_string(expected) + " texts");
    for (std::size_t i = 0; i < expected; ++i)
        if (all[i].index != static_cast<std::int64_t>(i))
            return wrong_vectors("there is no vector of index " + std::to_string(i));
    return std::nullopt;
}

inline result<embedding_response> read_embeddings(std::string_view text)
{
    return read_answer<embedding_response>(text, "a list of embeddings", "data");
}

/// The same at the speed of the numbers; nothing for what is not as it should be.
inline std::optional<embedding_response> read_vectors_apart(std::string_view text)
{
    vector_cutter cutter(text);
    if (!cutter.run())
        return std::nullopt;
    auto out = read_embeddings(cutter.rest());
    auto& vectors = cutter.vectors();
    if (!out || out->embeddings.size() != vectors.size())
        return std::nullopt;
    for (auto& e : out->embeddings)
        e.values = std::move(vectors[e.position]);
    return std::move(*out);
}

} // namespace detail

AUGUR_INLINE result<std::string> write_embedding_request(embedding_request const& request)
{
    return detail::write_text(request);
}

AUGUR_INLINE result<embedding_request> parse_embedding_request(std::string_view text)
{
    return detail::read_text<embedding_request>(text, "an embedding request");
}

AUGUR_INLINE result<embedding_response> parse_embedding_response(std::string_view text, std::size_t expected)
{
    auto fast = detail::read_vectors_apart(text);
    auto out = fast ? result<embedding_response>(std::move(*fast)) : detail::read_embeddings(text);
    if (!out)
        return out;
    if (auto wrong = detail::check_indices(*out, expected))
        return std::move(*wrong);
    return out;
}

AUGUR_INLINE result<std::string> write_embedding_response(embedding_response const& response)
{
    return detail::write_text(response);
}

} // namespace augur::inline AUGUR_ABI::openai_wire
