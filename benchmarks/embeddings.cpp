// What does it cost to read an embeddings response?
//
// 100 vectors of 1536 floats, as JSON numbers and as base64, which our client asks for unless told otherwise: the body
// of the answer to the value that the caller gets, by the function that the client calls. The floor reads all of the
// same answer with simdjson on-demand, its vectors as numbers. All times are of one float of the result.
#include <simdjson.h> // before the harness defines what the intrinsics' headers declare

#include "support/bench.hpp"

#include <augur/codec/base64.hpp>
#include <augur/openai_wire/embeddings.hpp>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace codec = augur::codec;

namespace {

constexpr std::size_t vectors = 100;
constexpr std::size_t dimensions = 1536;
using matrix = std::vector<std::vector<float>>;

/// Unit vectors, roughly.
matrix make_vectors()
{
    std::uint32_t state = 1;
    matrix out(vectors, std::vector<float>(dimensions));
    for (auto& row : out)
        for (float& value : row)
            value = static_cast<float>(static_cast<std::int32_t>(state = state * 1664525u + 1013904223u)) / 3.4e10f;
    return out;
}

template <class Write>
std::string make_response(matrix const& values, Write write)
{
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < values.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += R"({"object":"embedding","index":)" + std::to_string(i) + R"(,"embedding":)";
        write(out, values[i]);
        out += '}';
    }
    return out + R"(],"model":"text-embedding-3-small","usage":{"prompt_tokens":800,"total_tokens":800}})";
}

/// As the services write them: the shortest text of the double of the same value.
void write_numbers(std::string& out, std::vector<float> const& row)
{
    char separator = '[';
    for (float const value : row) {
        char digits[32];
        auto const end = std::to_chars(digits, digits + sizeof digits, static_cast<double>(value)).ptr;
        (out += separator).append(digits, end);
        separator = ',';
    }
    out += ']';
}

void write_base64(std::string& out, std::vector<float> const& row)
{
    std::string_view const bytes(reinterpret_cast<char const*>(row.data()), row.size() * sizeof(float));
    (out += '"').append(codec::base64_encode(bytes)) += '"';
}

/// All that is in an answer.
struct plain_answer
{
    struct item
    {
        std::string object;
        std::int64_t index = 0;
        std::vector<float> values;
    };
    std::string object, model;
    std::vector<item> data;
    std::int64_t prompt_tokens = 0, total_tokens = 0;
};

plain_answer read_with_simdjson(simdjson::ondemand::parser& parser, simdjson::padded_string const& text)
{
    plain_answer out;
    auto document = parser.iterate(text);
    out.object = std::string_view(document["object"]);
    for (auto element : document["data"]) {
        auto& item = out.data.emplace_back();
        item.object = std::string_view(element["object"]);
        item.index = element["index"];
        item.values.reserve(dimensions);
        for (double const value : element["embedding"].get_array())
            item.values.push_back(static_cast<float>(value));
    }
    out.model = std::string_view(document["model"]);
    auto usage = document["usage"];
    out.prompt_tokens = usage["prompt_tokens"];
    out.total_tokens = usage["total_tokens"];
    return out;
}

augur::embedding_response read(std::string const& text)
{
    return augur::openai_wire::parse_embedding_response(text, vectors).value();
}

template <class Items>
matrix vectors_of(Items const& items)
{
    matrix out;
    for (auto const& item : items)
        out.push_back(item.values);
    return out;
}

} // namespace

int main(int argc, char** argv)
{
    bench::program program("embeddings", argc, argv);
    auto const values = make_vectors();
    auto const numbers = make_response(values, write_numbers);
    auto const base64 = make_response(values, write_base64);
    simdjson::padded_string const padded(numbers);
    simdjson::ondemand::parser parser;
    if (vectors_of(read_with_simdjson(parser, padded).data) != values ||
        vectors_of(read(numbers).embeddings) != values || vectors_of(read(base64).embeddings) != values) {
        std::fprintf(stderr, "the readers disagree about the vectors\n");
        return 1;
    }
    std::printf("embeddings: %zu bytes as numbers, %zu as base64\n", numbers.size(), base64.size());

    auto const per_float = [](auto read) {
        return [read] {
            constexpr int passes = 3;
            double const start = bench::thread_cpu_ns();
            for (int i = 0; i < passes; ++i)
                bench::keep(read());
            return (bench::thread_cpu_ns() - start) / (passes * static_cast<double>(vectors * dimensions));
        };
    };
    std::string const floor = "floor/simdjson_numbers";
    program.add_measured(floor, "ns_per_float", per_float([&] { return read_with_simdjson(parser, padded); }));
    program.add_measured("augur/base64", "ns_per_float", per_float([&] { return read(base64); }))
        .floor(floor)
        .at_most(0.10);
    program.add_measured("augur/numbers", "ns_per_float", per_float([&] { return read(numbers); }))
        .floor(floor)
        .at_most(1.0);
    return program.run();
}
