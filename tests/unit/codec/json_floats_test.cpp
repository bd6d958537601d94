#include <augur/codec/json_floats.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using augur::codec::json::read_floats;

namespace {

std::vector<float> read(std::string_view text)
{
    std::vector<float> out;
    read_floats(text, out).value();
    return out;
}

std::string fault(std::string_view text)
{
    std::vector<float> out;
    auto const done = read_floats(text, out);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error() == augur::errc::decode_error);
    return std::string(done.error().message());
}

/// The standard library's answer.
float nearest(std::string_view text)
{
    float value = 0;
    REQUIRE(std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{});
    return value;
}

} // namespace

TEST_CASE("json floats: an array, with white space anywhere between")
{
    CHECK(read("[]").empty());
    CHECK(read(" [ ] \n").empty());
    CHECK(read("[1,-2.5,3e2,4.0E-1,0,0.1e+1]") == std::vector<float>{1, -2.5f, 300, 0.4f, 0, 1});
    CHECK(read("\t[ 1 ,\r\n2\n] ") == std::vector<float>{1, 2});
    CHECK(std::signbit(read("[-0.0]")[0]));
    std::vector<float> out{7};
    CHECK(read_floats("[8]", out).has_value());
    CHECK(out == std::vector<float>{7, 8}); // appends
}

TEST_CASE("json floats: what is no array of numbers is refused, and where is said")
{
    for (std::string_view const bad :
         {"",      " ",     "1",          "{}",     "null",    "[",     "[1",      "[1,",     "[1,]",   "[,1]", "[1 2]",
          "[1]]",  "[1],",  "[1]x",       "[01]",   "[-]",     "[+1]",  "[.5]",    "[1.]",    "[1.e1]", "[1e]", "[1e+]",
          "[--1]", "[NaN]", "[Infinity]", "[null]", "[\"1\"]", "[[1]]", "[1.5.2]", "[1e1.5]", "[0x1]"}) {
        CAPTURE(bad);
        CHECK(fault(bad).starts_with("$["));
    }
    CHECK(fault("[1,2,x]") == "$[2]: wanted number");
    CHECK(fault("[1,1e39]") == "$[1]: the number is too large for a float");
    CHECK(fault("[-1e999999999999]") == "$[0]: the number is too large for a float");
}

TEST_CASE("json floats: each is the nearest float, at the ends of the range and next to every tie")
{
    // Ties and what lies next to them: rounding twice goes wrong here.
    for (std::string_view const text : {"16777217",
                                        "16777217.0000000001",
                                        "16777216.9999999999",
                                        "1.00000005960464477539062",
                                        "1.0000000596046447754",
                                        "1.00000005960464477539063",
                                        "1.00000017881393432617",
                                        "0.500000029802322387695",
                                        "8388609.5",
                                        "8388608.5",
                                        "8388608.50000000001",
                                        "9007199791611905",
                                        "9007199791611904",
                                        "9007199791611906",
                                        "3.4028234663852886e38",
                                        "3.4028235e38",
                                        "1.1754943508222875e-38",
                                        "1.1754942e-38",
                                        "1e-45",
                                        "1.4e-45",
                                        "7.1e-46",
                                        "123456789012345678",
                                        "12345678901234567890",
                                        "123456789012345678901234567890",
                                        "0.000000000000000000000000123456789",
                                        "0.1234567890123456789012345678901",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "18446744073709551615e-20"}) {
        CAPTURE(text);
        CHECK(read("[" + std::string(text) + "]")[0] == nearest(text));
        CHECK(read("[-" + std::string(text) + "]")[0] == -nearest(text));
    }
    CHECK(read("[7.0e-46]")[0] == 0); // below half of the least float
    CHECK(read("[1e-999]")[0] == 0);
    CHECK(read("[0e999]")[0] == 0);
    CHECK(read("[0.0000000000000000000000000000000]")[0] == 0);
}

TEST_CASE("json floats: as services write them, in nine and in seventeen digits, every bit comes back")
{
    std::uint32_t state = 12345;
    std::string text = "[";
    std::vector<float> expected;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1664525u + 1013904223u;
        auto const value = static_cast<float>(static_cast<std::int32_t>(state)) / 4e10f;
        char digits[32];
        // The shortest text of the float, and that of the double of the same value.
        auto const end = i % 2 == 0 ? std::to_chars(digits, digits + 32, value).ptr
                                    : std::to_chars(digits, digits + 32, static_cast<double>(value)).ptr;
        (text += i == 0 ? "" : ",").append(digits, end);
        expected.push_back(value);
    }
    CHECK(read(text + "]") == expected);
}
