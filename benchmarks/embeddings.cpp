// What does it cost to get the vectors out of an embeddings response?
//
// 100 vectors of 1536 floats, as JSON numbers and as base64, which a client may ask for instead. The floor reads the
// numbers with simdjson on-demand. All times are of one float of the result.
#include <simdjson.h> // before the harness defines what the intrinsics' headers declare

#include "support/bench.hpp"

#include <augur/codec/base64.hpp>
#include <augur/codec/impl/json_scanner.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_floats.hpp>

#include <charconv>
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

matrix read_with_simdjson(simdjson::ondemand::parser& parser, simdjson::padded_string const& text)
{
    matrix out;
    auto document = parser.iterate(text);
    for (auto item : document["data"]) {
        auto& row = out.emplace_back();
        row.reserve(dimensions);
        for (double const value : item["embedding"].get_array())
            row.push_back(static_cast<float>(value));
    }
    return out;
}

matrix read_numbers(std::string_view text)
{
    matrix out;
    codec::json::detail::scanner s(text);
    std::string_view key, array;
    bool ok = s.begin_object();
    while (s.next_member(key)) {
        if (key != "data") {
            ok = ok && s.skip_value();
            continue;
        }
        for (s.begin_array(); s.next_element();) {
            for (s.begin_object(); s.next_member(key);) {
                if (key != "embedding") {
                    ok = ok && s.skip_value();
                    continue;
                }
                auto& row = out.emplace_back();
                row.reserve(dimensions);
                ok = ok && s.read_flat_array(array) && codec::json::read_floats(array, row);
            }
        }
    }
    if (!ok || !s.finish())
        std::abort();
    return out;
}

matrix read_base64(codec::json::reader& reader, std::string_view text)
{
    matrix out;
    auto const document = reader.read(text);
    for (auto const item : document->root().at("data")->elements())
        out.push_back(codec::base64_decode_floats(*item.at("embedding")->as_string()).value());
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
    codec::json::reader reader;
    if (read_with_simdjson(parser, padded) != values || read_numbers(numbers) != values ||
        read_base64(reader, base64) != values) {
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
    program.add_measured("augur/base64", "ns_per_float", per_float([&] { return read_base64(reader, base64); }))
        .floor(floor)
        .at_most(0.10);
    program.add_measured("augur/numbers", "ns_per_float", per_float([&] { return read_numbers(numbers); }))
        .floor(floor)
        .at_most(1.0);
    return program.run();
}
