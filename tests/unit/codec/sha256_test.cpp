#include <augur/codec/hex.hpp>
#include <augur/codec/sha256.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace augur::codec;

namespace {

/// Lengths around the 64-byte block and its padding. Values by Python: hashlib.sha256(b"a" * n).
std::vector<std::pair<std::size_t, std::string_view>> const digests = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
    {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
    {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
    {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
    {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
    {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
    {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},
    {1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"},
};

/// hmac.new(b"k" * n, b"message", "sha256")
std::vector<std::pair<std::size_t, std::string_view>> const macs = {
    {0, "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4"},
    {1, "9831a5afefa770d5fe6c985f6c343796ca3d27651d69e24864f1f9948debfacf"},
    {63, "e27efa30bcbfbc25b4d936ffd8553392f398eb2edada1dac2423a961af0c305b"},
    {64, "890f3a16e0ca0aaa3bf180f70fa8e3970b3fd6505e98fde157988dcc19d1685c"},
    {65, "0c256505306af48015530c139bb7add5ad7a6a9291cd511278a067e765816fbd"},
    {200, "3badf82b9f5273bc369d6a02e72487c74a31bff445000fec40fe0cee65c08bf2"},
};

} // namespace

TEST_CASE("sha256: digests around the block size")
{
    for (auto const& [size, expected] : digests) {
        CAPTURE(size);
        std::string const text(size, 'a');
        CHECK(hex_encode(view(sha256(text))) == expected);
        CHECK(view(sha256_hex(text)) == expected);
    }
    // FIPS 180-4, example of one block.
    CHECK(view(sha256_hex("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("sha256: pieces do not matter, a copy goes its own way, and finish starts again")
{
    std::string const text(200, 'a');
    auto const whole = sha256(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CAPTURE(cut);
        sha256_hasher hasher;
        hasher.update(std::string_view(text).substr(0, cut));
        sha256_hasher copy = hasher;
        CHECK(hasher.update(std::string_view(text).substr(cut)).finish() == whole);
        copy.update("other");
        CHECK(copy.finish() == sha256(text.substr(0, cut) + "other"));
        CHECK(hasher.update("abc").finish() == sha256("abc"));
        copy.update("xyz");
        hasher = copy;
        CHECK(hasher.finish() == sha256("xyz"));
        CHECK(copy.finish() == sha256("xyz"));
    }
    sha256_hasher bytewise;
    for (char const& c : text)
        bytewise.update({&c, 1}).update({});
    CHECK(bytewise.finish() == whole);
}

TEST_CASE("hmac: keys shorter, as long as and longer than a block; a kept key signs again and again")
{
    for (auto const& [size, expected] : macs) {
        CAPTURE(size);
        std::string const text(size, 'k');
        CHECK(hex_encode(view(hmac_sha256(text, "message"))) == expected);
        hmac_sha256_key const key(text);
        hmac_sha256_key const copy = key;
        CHECK(key.sign("another") != key.sign("message"));
        CHECK(hex_encode(view(key.sign("message"))) == expected);
        CHECK(hex_encode(view(copy.sign("message"))) == expected);
    }
    // RFC 4231, test case 2.
    CHECK(hex_encode(view(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("constant-time comparison: equal texts only")
{
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time("abc", "abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "ab"));
    CHECK_FALSE(equal_in_constant_time("", "a"));
}
