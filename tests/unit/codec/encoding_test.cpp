#include <augur/codec/base64.hpp>
#include <augur/codec/hex.hpp>
#include <augur/codec/percent.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace augur::codec;
using namespace std::string_view_literals;

namespace {

/// 40 bytes over the whole range.
std::string sample(std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<char>((i * 7 + 3) % 256));
    return bytes;
}

constexpr std::pair<std::string_view, std::string_view> rfc4648[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

} // namespace

TEST_CASE("base64: the examples of RFC 4648 section 10, both ways")
{
    for (auto const& [bytes, text] : rfc4648) {
        CAPTURE(text);
        CHECK(base64_encode(bytes) == text);
        CHECK(base64_decode(text).value() == bytes);
        auto const unpadded = text.substr(0, std::min(text.find('='), text.size()));
        CHECK(base64_encode(bytes, base64_alphabet::url) == unpadded);
        CHECK(base64_decode(unpadded, base64_alphabet::url).value() == bytes);
        CHECK(base64_decode(text, base64_alphabet::url).value() == bytes);
    }
}

TEST_CASE("base64: the two alphabets differ in two characters")
{
    // Python: base64.b64encode and base64.urlsafe_b64encode of bytes((i*7+3)%256 for i in range(40))
    CHECK(base64_encode(sample(40)) == "AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4/wYNFA==");
    CHECK(base64_encode(sample(40), base64_alphabet::url) == "AwoRGB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4_wYNFA");
    CHECK(base64_decode("/+8=").has_value());
    CHECK_FALSE(base64_decode("_-8=").has_value());
    CHECK(base64_decode("_-8", base64_alphabet::url).has_value());
    CHECK_FALSE(base64_decode("/+8", base64_alphabet::url).has_value());
}

TEST_CASE("base64: every length survives a round trip and has the stated size")
{
    for (auto const alphabet : {base64_alphabet::standard, base64_alphabet::url}) {
        for (std::size_t size = 0; size < 300; ++size) {
            auto const bytes = sample(size);
            auto const text = base64_encode(bytes, alphabet);
            CHECK(text.size() == base64_size(size, alphabet));
            CHECK(base64_decode(text, alphabet).value() == bytes);
            std::string buffer(text.size() + 1, '!');
            CHECK(base64_encode_to(bytes, buffer.data(), alphabet) == text.size());
            CHECK(buffer == text + '!');
        }
    }
}

TEST_CASE("base64: what is not exactly one text of one value is refused")
{
    for (std::string_view const bad :
         {"Zg", "Zg=", "Zg===", "Z", "Z===", "====", "=", "Zm9v=", "Zm9vYg=A", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n",
          " Zm9v", "Zm9*", "Z=g=", "Zm=v", "Zm9v====", "\xff\xff\xff\xff"}) {
        CAPTURE(bad);
        auto const decoded = base64_decode(bad);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error() == augur::errc::decode_error);
        CHECK(decoded.error().message().starts_with("base64: "));
    }
    for (std::string_view const bad : {"Zg=", "Zm8==", "Z", "Zh", "Zm9", "Zg==="})
        CHECK_FALSE(base64_decode(bad, base64_alphabet::url).has_value());
    CHECK(base64_decode("Zm9v!AAA").error().message().find("offset 4") != std::string_view::npos);
    CHECK_FALSE(base64_decode("Zm9\0"sv).has_value());
}

TEST_CASE("base64: each of the 256 characters is in the alphabet or refused")
{
    int accepted = 0;
    for (int c = 0; c < 256; ++c) {
        std::string text = "AAAA";
        text[1] = static_cast<char>(c);
        accepted += base64_decode(text).has_value();
    }
    CHECK(accepted == 64);
}

TEST_CASE("base64: a foreign character is found at every place of a long text, whatever it is")
{
    // Long enough for every kernel, whose last characters another loop takes.
    std::string const good(108, 'Q');
    REQUIRE(base64_decode(good).has_value());
    int accepted = 0;
    int misplaced = 0;
    for (int c = 0; c < 256; ++c)
        for (std::size_t at = 0; at < good.size(); ++at) {
            auto text = good;
            text[at] = static_cast<char>(c);
            auto const decoded = base64_decode(text);
            if (decoded)
                ++accepted;
            else if (c != '=' || at + 1 != good.size())
                misplaced += !decoded.error().message().ends_with(" offset " + std::to_string(at));
        }
    CHECK(accepted == 64 * 108 + 1); // one sign of padding at the end leaves no bit of Q over
    CHECK(misplaced == 0);
}

TEST_CASE("base64: every character means the same to the wide kernel and to the loop")
{
    std::string text;
    for (std::size_t i = 0; i < 512; ++i)
        text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(i * 37 + i / 64) % 64];
    auto other = text; // the other alphabet has no kernel
    for (char& c : other)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    for (std::size_t size = 0; size <= 512; size += 4)
        CHECK(base64_decode(text.substr(0, size)).value() ==
              base64_decode(other.substr(0, size), base64_alphabet::url).value());
}

TEST_CASE("base64 floats: an embedding's bytes are little-endian floats")
{
    CHECK(base64_decode_floats("AAAAPwAAoL8AAEBAlb/WMw==").value() == std::vector<float>{0.5f, -1.25f, 3.0f, 1e-7f});
    CHECK(base64_decode_floats("").value().empty());
    // Python: base64.b64encode(struct.pack("<3f", inf, -0.0, 1.4e-45))
    auto const edge = base64_decode_floats("AACAfwAAAIABAAAA").value();
    CHECK(edge ==
          std::vector<float>{std::numeric_limits<float>::infinity(), -0.0f, std::numeric_limits<float>::denorm_min()});
    CHECK(std::signbit(edge[1]));
    for (std::size_t count = 1; count < 40; ++count) {
        std::vector<float> floats;
        std::string bytes;
        for (std::size_t i = 0; i < count; ++i) {
            floats.push_back(static_cast<float>(i) * 0.37f - 3.0f);
            auto const bits = std::bit_cast<std::uint32_t>(floats.back());
            for (unsigned shift = 0; shift < 32; shift += 8)
                bytes.push_back(static_cast<char>(bits >> shift & 255));
        }
        CHECK(base64_decode_floats(base64_encode(bytes)).value() == floats);
    }
}

TEST_CASE("base64 floats: what is no whole number of floats, or no base64, is refused")
{
    for (std::string_view const bad : {"AA==", "AAA=", "AAAA", "AAAAAA=", "AAAAAA",
                                       "AAAAAB==", "AAAA AA==", "AAAAPwA=", "AAAAPw==AAAAPw==", "====", "AAAAP-=="}) {
        CAPTURE(bad);
        auto const floats = base64_decode_floats(bad);
        REQUIRE_FALSE(floats.has_value());
        CHECK(floats.error() == augur::errc::decode_error);
    }
}

TEST_CASE("hex: lower case out, both cases in, nothing else")
{
    CHECK(hex_encode("") == "");
    CHECK(hex_encode("\x00\x01\x7f\x80\xab\xff"sv) == "00017f80abff");
    CHECK(hex_decode("00017F80aBfF").value() == "\x00\x01\x7f\x80\xab\xff"sv);
    for (int i = 0; i < 256; ++i) {
        char const byte = static_cast<char>(i);
        CHECK(hex_decode(hex_encode({&byte, 1})).value() == std::string(1, byte));
    }
    for (std::string_view const bad : {"0", "000", "0g", "g0", " 0", "0x", "-1", "\xff\xff"}) {
        CAPTURE(bad);
        REQUIRE_FALSE(hex_decode(bad).has_value());
        CHECK(hex_decode(bad).error() == augur::errc::decode_error);
    }
    CHECK(hex_decode("0011zz").error().message().find("offset 4") != std::string_view::npos);
    char buffer[4] = {};
    CHECK(hex_encode_to("\x5a", buffer) == 2);
    CHECK(std::string_view(buffer) == "5a");
}

TEST_CASE("percent encoding: exactly the unreserved set of RFC 3986 stays")
{
    std::string_view const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int i = 0; i < 256; ++i) {
        std::string const byte(1, static_cast<char>(i));
        bool const kept = unreserved.find(byte[0]) != std::string_view::npos;
        CAPTURE(i);
        CHECK((percent_encode(byte) == byte) == kept);
        CHECK((percent_encode(byte, percent_keep::slash) == byte) == (kept || i == '/'));
        CHECK(percent_decode(percent_encode(byte)).value() == byte);
    }
    CHECK(percent_encode("a b/\xc3\xa9?+%") == "a%20b%2F%C3%A9%3F%2B%25");
    CHECK(percent_encode("a b/c", percent_keep::slash) == "a%20b/c");
    std::string out = "/x/";
    percent_encode_to(out, ":");
    CHECK(out == "/x/%3A");
}

TEST_CASE("percent encoding: an escape cut short or of other characters is refused, a plus is a plus")
{
    CHECK(percent_decode("a+b%2bc%2B%00").value() == "a+b+c+\0"sv);
    for (std::string_view const bad : {"%", "%4", "a%", "a%4", "%zz", "%4z", "%z4", "%%41", "% 1", "%-1"}) {
        CAPTURE(bad);
        REQUIRE_FALSE(percent_decode(bad).has_value());
        CHECK(percent_decode(bad).error() == augur::errc::decode_error);
    }
    CHECK(percent_decode("abc%zz").error().message().find("offset 3") != std::string_view::npos);
}
