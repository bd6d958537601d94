#include <augur/emulator/llm/embedding.hpp>
#include <augur/emulator/llm/tokens.hpp>

#include "dialect.hpp"
#include "openai_route.hpp"

#include <augur/codec/base64.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace augur::emulator::llm {

namespace {

constexpr std::size_t most_inputs = 2048;

struct text_input
{
    std::string text;
    std::size_t tokens = 0;
};

bool is_token_list(json const& value)
{
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(), [](json const& t) { return t.is_number_unsigned(); });
}

/// Another model's tokens mean nothing here, but the same ones give the same vector.
text_input from_tokens(json const& tokens)
{
    text_input out;
    out.tokens = tokens.size();
    for (auto const& t : tokens)
        out.text += "t" + std::to_string(t.get<std::uint64_t>()) + " ";
    return out;
}

problem invalid_input()
{
    return bad("'$.input' is invalid. Please check the API reference: a text, a list of texts, a list of tokens or a "
               "list of such lists is expected, and none of them may be empty.",
               "input");
}

std::vector<text_input> read_inputs(json const& input, problem& p)
{
    std::vector<text_input> texts;
    auto const add = [&](json const& value) {
        if (value.is_string() && !value.get_ref<std::string const&>().empty())
            texts.push_back({value.get<std::string>(), count_tokens(value.get_ref<std::string const&>())});
        else if (is_token_list(value))
            texts.push_back(from_tokens(value));
        else
            p = invalid_input();
    };
    if (input.is_string() || is_token_list(input)) {
        add(input);
    }
    else if (!input.is_array() || input.empty()) {
        p = invalid_input();
    }
    else if (input.size() > most_inputs) {
        p = bad("'input' may have at most 2048 elements.", "input");
    }
    else {
        for (auto const& value : input)
            add(value);
    }
    return texts;
}

/// 32-bit floats, little end first.
std::string packed(std::vector<float> const& vector)
{
    std::string bytes;
    bytes.reserve(vector.size() * 4);
    for (auto const x : vector) {
        auto const bits = std::bit_cast<std::uint32_t>(x);
        for (int shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>((bits >> shift) & 0xFF);
    }
    return bytes;
}

} // namespace

response embed_request(json const& body, std::string const& model, std::size_t dimensions, std::size_t window)
{
    problem p;
    fields f(body, p);
    auto const* input = f.find("input");
    if (!input)
        return openai_error(bad("Missing required parameter: 'input'.", "input", "missing_required_parameter"));
    auto const texts = read_inputs(*input, p);
    auto const size = f.whole("dimensions", 1, static_cast<std::int64_t>(dimensions));
    auto const format = f.text("encoding_format").value_or("float");
    if (format != "float" && format != "base64")
        f.fail("encoding_format", "'float' or 'base64' is expected");
    std::size_t tokens = 0;
    for (auto const& t : texts) {
        tokens += t.tokens;
        if (t.tokens > window && !p)
            p = bad("This model's maximum context length is " + std::to_string(window) +
                        " tokens, however you requested " + std::to_string(t.tokens) +
                        " tokens. Please reduce your prompt.",
                    "input", "context_length_exceeded");
    }
    if (p)
        return openai_error(p);
    json answer = {{"object", "list"}, {"model", model}, {"data", json::array()}};
    answer["usage"] = {{"prompt_tokens", tokens}, {"total_tokens", tokens}};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto const vector = embed(texts[i].text, size ? static_cast<std::size_t>(*size) : dimensions);
        json entry = {{"object", "embedding"}, {"index", i}};
        if (format == "base64")
            entry["embedding"] = codec::base64_encode(packed(vector));
        else
            entry["embedding"] = vector;
        answer["data"].push_back(std::move(entry));
    }
    return json_response(200, dump(answer));
}

} // namespace augur::emulator::llm
