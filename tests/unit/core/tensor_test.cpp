#include <augur/core/tensor.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

using namespace augur;

namespace {

/// IEEE 754-2019, 3.4, written down as arithmetic.
double value_of(std::uint16_t bits, int exponent_bits, int fraction_bits)
{
    int const bias = (1 << (exponent_bits - 1)) - 1;
    int const exponent = (bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    int const fraction = bits & ((1 << fraction_bits) - 1);
    double const sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
    if (exponent == (1 << exponent_bits) - 1)
        return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                             : sign * std::numeric_limits<double>::infinity();
    if (exponent == 0)
        return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
    return sign * std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

template <class Half>
void check_all_patterns(int exponent_bits, int fraction_bits)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i <= 0xFFFF; ++i) {
        auto const bits = static_cast<std::uint16_t>(i);
        auto const expected = value_of(bits, exponent_bits, fraction_bits);
        auto const actual = static_cast<float>(Half::from_bits(bits));
        bool const same = std::isnan(expected) ? std::isnan(actual)
                                               : actual == expected && std::signbit(actual) == std::signbit(expected);
        wrong += !same || Half(actual).bits() != bits; // and back, NaN with its payload
    }
    CHECK(wrong == 0);
}

/// Between two neighbours: just below the middle goes down, just above goes up, the middle to the even one.
template <class Half>
void check_rounding(unsigned last_finite, double overflow)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < last_finite; ++i) {
        auto const low = static_cast<std::uint16_t>(i);
        auto const high = static_cast<std::uint16_t>(i + 1);
        double const a = static_cast<float>(Half::from_bits(low));
        double const b = static_cast<float>(Half::from_bits(high));
        auto const middle = static_cast<float>((a + b) / 2); // exact: one more bit
        auto const even = (low & 1U) == 0 ? low : high;
        wrong += Half(middle).bits() != even;
        wrong += Half(std::nextafter(middle, -1.0F)).bits() != low;
        wrong += Half(std::nextafter(middle, std::numeric_limits<float>::infinity())).bits() != high;
        wrong += Half(-middle).bits() != (even | 0x8000U);
    }
    CHECK(wrong == 0);
    auto const limit = static_cast<float>(overflow);
    CHECK(std::isinf(static_cast<float>(Half(limit))));
    CHECK_FALSE(std::isinf(static_cast<float>(Half(std::nextafter(limit, 0.0F)))));
}

} // namespace

TEST_CASE("float16: all 65,536 patterns are exact in both directions")
{
    check_all_patterns<float16>(5, 10);
}

TEST_CASE("bfloat16: all 65,536 patterns are exact in both directions")
{
    check_all_patterns<bfloat16>(8, 7);
}

TEST_CASE("float16: rounds to nearest, ties to even, between every two neighbours")
{
    check_rounding<float16>(0x7BFF, 65520.0);
}

TEST_CASE("bfloat16: rounds to nearest, ties to even, between every two neighbours")
{
    // The middle above the largest finite pattern 0x7F7F.
    check_rounding<bfloat16>(0x7F7F, static_cast<double>(std::bit_cast<float>(0x7F7F'8000U)));
}

#ifdef __FLT16_MAX__
TEST_CASE("float16: the compiler's own type agrees on floats of every kind")
{
    unsigned wrong = 0;
    for (std::uint64_t i = 0; i <= 0xFFFF'FFFFU; i += 4'093) { // prime: walks through every exponent
        auto const f = std::bit_cast<float>(static_cast<std::uint32_t>(i));
        if (!std::isnan(f))
            wrong += std::bit_cast<std::uint16_t>(static_cast<_Float16>(f)) != float16(f).bits();
    }
    CHECK(wrong == 0);
}
#endif

TEST_CASE("tensor: a row of features has the shape {1, n}")
{
    auto const t = tensor::row({1.0F, 2.0F, 3.0F});
    CHECK(t.type() == element_type::f32);
    REQUIRE(t.rank() == 2);
    CHECK(t.shape()[0] == 1);
    CHECK(t.shape()[1] == 3);
    CHECK(t.row_size() == 3);
    CHECK(t.as<float>().value()[2] == 3.0F);
    CHECK(tensor::row(std::vector<double>{1, 2}).type() == element_type::f64);
    CHECK(tensor::row(std::vector<std::string>{"a"}).type() == element_type::string);
}

TEST_CASE("tensor: values are taken over, and copies share them")
{
    std::vector<float> values(1000, 1.5F);
    auto const* const data = values.data();
    tensor const t(std::move(values), {10, 100});
    tensor const copy = t;
    CHECK(t.as<float>().value().data() == data);
    CHECK(copy.as<float>().value().data() == data);
    CHECK(t == copy);
}

TEST_CASE("tensor: a shape that does not hold the values is a programmer's mistake")
{
    std::vector<float> const six(6);
    CHECK_NOTHROW(tensor(six, {2, 3}));
    CHECK_NOTHROW(tensor(std::vector<float>(1), {}));
    CHECK_NOTHROW(tensor(std::vector<float>(), {0, 3}));
    CHECK_THROWS_AS(tensor(six, {2, 4}), std::invalid_argument);
    CHECK_THROWS_AS(tensor(six, {-2, -3}), std::invalid_argument);
    CHECK_THROWS_AS(tensor(six, {}), std::invalid_argument);
    constexpr auto huge = std::int64_t{1} << 62;
    CHECK_THROWS_AS(tensor(std::vector<float>(), {huge, huge, 0}), std::invalid_argument);
    CHECK_THROWS_AS(tensor(std::vector<float>(), {huge, 4}), std::invalid_argument); // 2^64 would wrap to 0
}

TEST_CASE("tensor: bytes from outside are an error value when they do not fit")
{
    CHECK(tensor::from_bytes(element_type::f32, {2}, "1234567").error() == errc::invalid_argument);
    CHECK(tensor::from_bytes(element_type::f32, {3}, "12345678").has_error());
    CHECK(tensor::from_bytes(element_type::string, {1}, "a").has_error());
    CHECK(tensor::from_bytes(element_type::f32, {-1}, "1234").has_error());
    CHECK(tensor::from_bytes(element_type::u8, {3}, "abc").value().as<std::uint8_t>().value()[2] == 'c');
    using namespace std::string_view_literals;
    auto const truth = tensor::from_bytes(element_type::boolean, {3}, "\0\1\7"sv).value();
    CHECK(truth.bytes() == "\0\1\1"sv);
    CHECK(truth.as<bool>().value()[2]);
}

TEST_CASE("tensor: the wrong element type is an error that names both")
{
    auto const t = tensor::row({1.0F}).named("scores");
    auto const wrong = t.as<double>();
    REQUIRE(wrong.has_error());
    CHECK(wrong.error() == errc::decode_error);
    CHECK(wrong.error().message() == "the tensor \"scores\" holds f32, wanted f64");
}

TEST_CASE("tensor: every element type reports its size, its bytes and its numbers")
{
    auto const check = [](auto sample, element_type type, std::size_t size) {
        using element = decltype(sample);
        CAPTURE(to_string(type));
        tensor const t(std::vector<element>{element(1), element(0)}, {2});
        CHECK(t.type() == type);
        CHECK(element_size(type) == size);
        CHECK(t.bytes().size() == 2 * size);
        auto const again = tensor::from_bytes(type, {2}, t.bytes()).value();
        CHECK(again == t);
        if (type != element_type::boolean)
            CHECK(t.number(0).value() == 1.0);
        else
            CHECK(t.number(0).has_error());
        CHECK(t.number(2).has_error());
    };
    check(float16(0), element_type::f16, 2);
    check(bfloat16(0), element_type::bf16, 2);
    check(0.0F, element_type::f32, 4);
    check(0.0, element_type::f64, 8);
    check(std::int8_t{}, element_type::i8, 1);
    check(std::int16_t{}, element_type::i16, 2);
    check(std::int32_t{}, element_type::i32, 4);
    check(std::int64_t{}, element_type::i64, 8);
    check(std::uint8_t{}, element_type::u8, 1);
    check(std::uint16_t{}, element_type::u16, 2);
    check(std::uint32_t{}, element_type::u32, 4);
    check(std::uint64_t{}, element_type::u64, 8);
    check(false, element_type::boolean, 1);
    tensor const text(std::vector<std::string>{"a", "bc"}, {2});
    CHECK(text.bytes().empty());
    CHECK(text.as<std::string>().value()[1] == "bc");
    CHECK(text.number(0).has_error());
    tensor const big(std::vector<std::uint64_t>{~std::uint64_t{0}}, {1});
    CHECK(big.number(0).error().message() == "element 0 is 18446744073709551615, which no double equals");
}

TEST_CASE("tensor: an empty one is safe to ask")
{
    tensor const t;
    CHECK(t.size() == 0);
    CHECK(t.bytes().empty());
    CHECK(t.as<float>().value().empty());
    CHECK(t.number(0).has_error());
    CHECK(t == tensor(std::vector<float>(), {0}));
}

TEST_CASE("tensor: what was moved from is the empty one")
{
    auto const sample = [] { return tensor(std::vector<std::int64_t>{1, 2, 3, 4}, {2, 2}).named("x"); };
    auto a = sample();
    auto const b(std::move(a));
    CHECK(a == tensor()); // NOLINT(bugprone-use-after-move)
    CHECK(a.as<float>().value().empty());
    CHECK(a.number(0).has_error());
    CHECK(a.row_size() == 1);
    CHECK(b == sample());
    auto c = tensor(std::vector<float>{1.0F}, {});
    a = sample();
    c = std::move(a);
    CHECK(a == tensor());
    CHECK(a.rank() == 1); // a scalar has one element
    CHECK(c == sample());
    auto& same = c;
    c = std::move(same);
    CHECK(c == sample());
}
