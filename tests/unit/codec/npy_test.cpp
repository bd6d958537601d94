#include <augur/codec/scoring.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <random>

using namespace augur;
using namespace augur::codec::scoring;

namespace {

std::string from_hex(std::string_view hex)
{
    auto const digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return out;
}

/// Written by NumPy 2.4.6 (numpy.lib.format.write_array), as hex.
struct golden
{
    std::string_view name;
    element_type type;
    std::vector<tensor::dimension> shape;
    std::vector<double> values;
    std::string_view file;
};

// clang-format off
std::vector<golden> const files = {
    {"<f2", element_type::f16, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273c6632272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a003e00c00034ff7b"},
    {">f2", element_type::f16, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273e6632272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a3e00c00034007bff"},
    {"<f4", element_type::f32, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0000c03f000000c00000803e00e07f47"},
    {">f4", element_type::f32, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273e6634272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a3fc00000c00000003e800000477fe000"},
    {"<f8", element_type::f64, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a000000000000f83f00000000000000c0"
     "000000000000d03f0000000000fcef40"},
    {">f8", element_type::f64, {2, 2}, {1.5, -2.0, 0.25, 65504.0},
     "934e554d5059010076007b276465736372273a20273e6638272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a3ff8000000000000c000000000000000"
     "3fd000000000000040effc0000000000"},
    {"<i1", element_type::i8, {2, 2}, {1.0, -2.0, 0.0, 127.0},
     "934e554d5059010076007b276465736372273a20277c6931272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a01fe007f"},
    {"<i2", element_type::i16, {2, 2}, {1.0, -2.0, 0.0, 32767.0},
     "934e554d5059010076007b276465736372273a20273c6932272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0100feff0000ff7f"},
    {">i2", element_type::i16, {2, 2}, {1.0, -2.0, 0.0, 32767.0},
     "934e554d5059010076007b276465736372273a20273e6932272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0001fffe00007fff"},
    {"<i4", element_type::i32, {2, 2}, {1.0, -2.0, 0.0, 2147483647.0},
     "934e554d5059010076007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a01000000feffffff00000000ffffff7f"},
    {">i4", element_type::i32, {2, 2}, {1.0, -2.0, 0.0, 2147483647.0},
     "934e554d5059010076007b276465736372273a20273e6934272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a00000001fffffffe000000007fffffff"},
    {"<i8", element_type::i64, {2, 2}, {1.0, -2.0, 0.0, 4.611686018427388e+18},
     "934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0100000000000000feffffffffffffff"
     "00000000000000000000000000000040"},
    {">i8", element_type::i64, {2, 2}, {1.0, -2.0, 0.0, 4.611686018427388e+18},
     "934e554d5059010076007b276465736372273a20273e6938272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0000000000000001fffffffffffffffe"
     "00000000000000004000000000000000"},
    {"<u1", element_type::u8, {2, 2}, {1.0, 2.0, 0.0, 128.0},
     "934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a01020080"},
    {"<u2", element_type::u16, {2, 2}, {1.0, 2.0, 0.0, 32768.0},
     "934e554d5059010076007b276465736372273a20273c7532272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0100020000000080"},
    {">u2", element_type::u16, {2, 2}, {1.0, 2.0, 0.0, 32768.0},
     "934e554d5059010076007b276465736372273a20273e7532272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0001000200008000"},
    {"<u4", element_type::u32, {2, 2}, {1.0, 2.0, 0.0, 2147483648.0},
     "934e554d5059010076007b276465736372273a20273c7534272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a01000000020000000000000000000080"},
    {">u4", element_type::u32, {2, 2}, {1.0, 2.0, 0.0, 2147483648.0},
     "934e554d5059010076007b276465736372273a20273e7534272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a00000001000000020000000080000000"},
    {"<u8", element_type::u64, {2, 2}, {1.0, 2.0, 0.0, 9.223372036854776e+18},
     "934e554d5059010076007b276465736372273a20273c7538272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a01000000000000000200000000000000"
     "00000000000000000000000000000080"},
    {">u8", element_type::u64, {2, 2}, {1.0, 2.0, 0.0, 9.223372036854776e+18},
     "934e554d5059010076007b276465736372273a20273e7538272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a00000000000000010000000000000002"
     "00000000000000008000000000000000"},
    {"bool", element_type::boolean, {3}, {},
     "934e554d5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028332c292c207d2020202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a010001"},
    {"fortran order", element_type::i32, {2, 3}, {0.0, 1.0, 2.0, 3.0, 4.0, 5.0},
     "934e554d5059010076007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572273a2054727565"
     "2c20277368617065273a2028322c2033292c207d20202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a00000000030000000100000004000000"
     "0200000005000000"},
    {"fortran order, three dimensions, big-endian", element_type::i16, {2, 3, 4}, {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0},
     "934e554d5059010076007b276465736372273a20273e6932272c2027666f727472616e5f6f72646572273a2054727565"
     "2c20277368617065273a2028322c20332c2034292c207d20202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0000000c00040010000800140001000d"
     "00050011000900150002000e00060012000a00160003000f00070013000b0017"},
    {"scalar", element_type::f64, {}, {7.5},
     "934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028292c207d20202020202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0000000000001e40"},
    {"empty", element_type::f32, {0, 3}, {},
     "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73"
     "652c20277368617065273a2028302c2033292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a"},
    {"version 2", element_type::f64, {1, 2}, {1.0, 2.0},
     "934e554d50590200740000007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a204661"
     "6c73652c20277368617065273a2028312c2032292c207d20202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a000000000000f03f0000000000000040"},
    {"version 3", element_type::f64, {1}, {3.0},
     "934e554d50590300740000007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a204661"
     "6c73652c20277368617065273a2028312c292c207d202020202020202020202020202020202020202020202020202020"
     "202020202020202020202020202020202020202020202020202020202020200a0000000000000840"},
};
// clang-format on

/// A version 1.0 file with any header and data.
std::string file_of(std::string_view header, std::string_view data = {})
{
    std::string out("\x93NUMPY\x01\x00", 8);
    out += static_cast<char>(static_cast<unsigned char>(header.size() & 255U));
    out += static_cast<char>(static_cast<unsigned char>(header.size() >> 8));
    return out.append(header).append(data);
}

std::string failure(std::string_view bytes)
{
    auto const read = read_npy(bytes);
    if (read)
        return "(accepted)";
    CHECK(read.error() == errc::decode_error);
    CHECK(read.error().outcome() == outcome::complete);
    return std::string(read.error().message());
}

} // namespace

TEST_CASE("npy: files that NumPy wrote are read, every type in both byte orders")
{
    for (auto const& f : files) {
        CAPTURE(f.name);
        auto const read = read_npy(from_hex(f.file));
        REQUIRE_MESSAGE(read.has_value(), read.error().message());
        CHECK(read->type() == f.type);
        CHECK(std::vector(read->shape().begin(), read->shape().end()) == f.shape);
        if (f.type == element_type::boolean) {
            auto const truth = read->as<bool>().value();
            CHECK(std::vector<bool>(truth.begin(), truth.end()) == std::vector<bool>{true, false, true});
            continue;
        }
        REQUIRE(read->size() == f.values.size());
        for (std::size_t i = 0; i < f.values.size(); ++i)
            CHECK(read->number(i).value() == f.values[i]);
    }
}

TEST_CASE("npy: little-endian files in C order are written with the bytes that NumPy writes")
{
    unsigned compared = 0;
    for (auto const& f : files) {
        bool const same_form = f.name.starts_with('<') || f.name == "bool" || f.name == "scalar" || f.name == "empty";
        if (!same_form)
            continue;
        CAPTURE(f.name);
        auto const bytes = from_hex(f.file);
        CHECK(write_npy(read_npy(bytes).value()).value() == bytes);
        ++compared;
    }
    CHECK(compared == 14);
}

TEST_CASE("npy: text arrays become strings")
{
    auto const unicode = read_npy(
        from_hex("934e554d5059010076007b276465736372273a20273c5536272c2027666f727472616e5f6f72646572273a2046616c73"
                 "652c20277368617065273a2028342c292c207d2020202020202020202020202020202020202020202020202020202020"
                 "202020202020202020202020202020202020202020202020202020202020200a7300000065000000740000006f000000"
                 "7300000061000000e9000000000000000000000000000000000000000000000000000000000000000000000000000000"
                 "000000000000000000f601000000000000000000000000000000000000000000"));
    REQUIRE(unicode.has_value());
    auto const words = unicode->as<std::string>().value();
    CHECK(std::vector(words.begin(), words.end()) == std::vector<std::string>{"setosa", "é", "", "😀"});

    auto const big = read_npy(
        from_hex("934e554d5059010076007b276465736372273a20273e5532272c2027666f727472616e5f6f72646572273a2046616c73"
                 "652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020202020202020"
                 "202020202020202020202020202020202020202020202020202020202020200a00000061000000620000006300000000"));
    REQUIRE(big.has_value());
    CHECK((*big->as<std::string>())[0] == "ab");
    CHECK((*big->as<std::string>())[1] == "c");

    auto const bytes = read_npy(
        from_hex("934e554d5059010076007b276465736372273a20277c5333272c2027666f727472616e5f6f72646572273a2046616c73"
                 "652c20277368617065273a2028332c292c207d2020202020202020202020202020202020202020202020202020202020"
                 "202020202020202020202020202020202020202020202020202020202020200a616200630064000000"));
    REQUIRE(bytes.has_value());
    CHECK((*bytes->as<std::string>())[0] == "ab");
    CHECK((*bytes->as<std::string>())[1] == std::string("c\0d", 3));
    CHECK((*bytes->as<std::string>())[2].empty());
}

TEST_CASE("npy: the header is a literal of one small grammar, never evaluated")
{
    struct row
    {
        std::string_view header;
        std::string_view expected; // a part of the message, or empty when it must be read
    };
    row const rows[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", ""},
        {"{\"shape\":(2,),\"descr\":\"|u1\",\"fortran_order\":False}", ""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L)}  \n", ""}, // Python 2
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (1, 2,)}", ""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2)}", "\"shape\" is unknown, repeated or malformed"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': [2]}", "\"shape\""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1+1,)}", "\"shape\""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (,)}", "\"shape\""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}", "\"shape\""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}", "\"shape\""},
        {"{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}", "\"fortran_order\""},
        {"{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", "\"descr\""},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}", "\"x\""},
        {"{'descr': '|u1', 'fortran_order': False}", "lacks descr, fortran_order or shape"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,)", "does not end"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} x", "more text after"},
        {"{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}", "\"descr\""},
        {"{'descr': '|u1", "\"descr\""},
        {"{'desc\\x72': '|u1', 'fortran_order': False, 'shape': (2,)}", "no valid key"},
        {"", "not a dict"},
        {"{", "no valid key"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", "pickled Python, which is never read"},
        {"{'descr': '|O8', 'fortran_order': False, 'shape': (2,)}", "pickled Python, which is never read"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", "records are not supported"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}", "is not supported"},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}", "is not supported"},
        {"{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,)}", "is not supported"},
        {"{'descr': '=f8', 'fortran_order': False, 'shape': (2,)}", "byte order"},
        {"{'descr': '|f8', 'fortran_order': False, 'shape': (2,)}", "byte order"},
        {"{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,)}", "is not supported"},
        {"{'descr': '|V2', 'fortran_order': False, 'shape': (2,)}", "is not supported"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.header);
        auto const message = failure(file_of(r.header, "ab"));
        CAPTURE(message);
        if (r.expected.empty())
            CHECK(message == "(accepted)");
        else
            CHECK(message.find(r.expected) != message.npos);
    }
}

TEST_CASE("npy: the data must have exactly the bytes that the shape promises")
{
    auto const header = [](std::string const& shape) {
        return "{'descr': '<i4', 'fortran_order': False, 'shape': " + shape + "}";
    };
    CHECK(failure(file_of(header("(1,)"), "1234")) == "(accepted)");
    CHECK(failure(file_of(header("(1,)"), "12345")) != "(accepted)");
    CHECK(failure(file_of(header("(1,)"), "123")) != "(accepted)");
    CHECK(failure(file_of(header("(2,)"), "1234")) != "(accepted)");
    CHECK(failure(file_of(header("(0, 5)"), "")) == "(accepted)");
    CHECK(failure(file_of(header("(0, 5)"), "1234")) != "(accepted)");
    CHECK(failure(file_of(header("(4294967296, 4294967296)"), "")) == "npy: the shape is too large"); // 2^64 wraps to 0
    CHECK(failure(file_of(header("(4294967296, 4294967296, 0)"), "")) != "(accepted)");
    std::string deep = "(";
    for (int i = 0; i < 65; ++i)
        deep += "1, ";
    CHECK(failure(file_of(header(deep + ")"), "1234")) != "(accepted)");
}

TEST_CASE("npy: a file cut off anywhere is refused")
{
    auto const whole = from_hex(files.front().file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(failure(std::string_view(whole).substr(0, size)) != "(accepted)");
    }
    auto version = whole;
    version[6] = 4;
    CHECK(failure(version) == "npy: version 4 is not known");
    auto long_header = std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12);
    CHECK(failure(long_header) == "npy: the header has 4294967295 bytes");
}

TEST_CASE("npy: bad text is refused")
{
    std::string_view const header = "{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}";
    using namespace std::string_view_literals;
    CHECK(failure(file_of(header, "\x00\xD8\x00\x00"sv)) == "npy: element 0 is not valid Unicode");
    CHECK(failure(file_of(header, "\x00\x00\x11\x00"sv)) == "npy: element 0 is not valid Unicode");
    CHECK(failure(file_of(header, "\xFF\xFF\x10\x00"sv)) == "(accepted)");
    CHECK(failure(file_of("{'descr': '|S1', 'fortran_order': False, 'shape': (1,)}", "\xFF")) ==
          "npy: element 0 is not valid UTF-8");
}

TEST_CASE("npy: random tensors of every numeric type survive the round trip")
{
    std::mt19937_64 random(7);
    constexpr element_type types[] = {element_type::f16, element_type::f32, element_type::f64, element_type::i8,
                                      element_type::i16, element_type::i32, element_type::i64, element_type::u8,
                                      element_type::u16, element_type::u32, element_type::u64, element_type::boolean};
    for (int round = 0; round < 300; ++round) {
        auto const type = types[random() % std::size(types)];
        std::vector<tensor::dimension> shape(random() % 5);
        std::size_t count = 1;
        for (auto& d : shape) {
            d = static_cast<tensor::dimension>(random() % 5);
            count *= static_cast<std::size_t>(d);
        }
        std::string bytes(count * element_size(type), '\0');
        for (char& c : bytes)
            c = static_cast<char>(static_cast<unsigned char>(random() & 255U));
        auto const t = tensor::from_bytes(type, shape, bytes).value();
        auto const file = write_npy(t).value();
        CHECK((file.size() - t.bytes().size()) % 64 == 0);
        CHECK(read_npy(file).value() == t);
    }
}

TEST_CASE("npy: what NumPy has no type for is refused before sending")
{
    auto const bf16 = write_npy(tensor(std::vector<bfloat16>(2), {2}));
    CHECK(bf16.error() == errc::unsupported);
    CHECK(bf16.error().message() == "the format npy cannot carry tensors of bf16");
    CHECK(write_npy(tensor(std::vector<std::string>{"a"}, {1})).error() == errc::unsupported);
    CHECK(write_npy(tensor(std::vector<float>(1), std::vector<tensor::dimension>(65, 1))).error() == errc::unsupported);
}

TEST_CASE("npy: rows travel as a two-dimensional array of doubles")
{
    rows const r{{5.1, 3.5}, {rows::missing, 0.2}};
    auto const body = encode(r, {.format = format::npy}).value();
    CHECK(body.content_type == "application/x-npy");
    CHECK(decode_rows(body.content_type, body.body).value() == r);
    auto const answer = decode("application/x-npy", body.body).value();
    REQUIRE(std::get_if<std::vector<tensor>>(&answer) != nullptr);
    CHECK(std::get<std::vector<tensor>>(answer).front().shape()[1] == 2);
}
