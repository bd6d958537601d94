#include "support/stream_decoder.hpp"

#include "eventstream_support.hpp"

#include <augur/codec/crc32.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using namespace test_support;
using namespace eventstream_support;
namespace es = augur::codec::eventstream;

namespace {

es::uuid const some_id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// One header of each of the ten types.
std::vector<es::header> const all_types{
    {"t", true},
    {"f", false},
    {"i8", std::int8_t{-49}},
    {"i16", std::int16_t{-2}},
    {"i32", std::int32_t{40'972}},
    {"i64", std::numeric_limits<std::int64_t>::min()},
    {"raw", es::bytes{"\0\xFF"sv}},
    {"text", "application/json"sv},
    {"time", es::timestamp(std::chrono::milliseconds(-8'675'309))},
    {"id", some_id},
};

std::string encode(std::vector<es::header> const& headers, std::string_view payload)
{
    std::string out;
    REQUIRE(es::encode_to(out, headers, payload));
    return out;
}

std::string big_endian(std::size_t value)
{
    std::string out;
    for (unsigned shift : {24u, 16u, 8u, 0u})
        out.push_back(static_cast<char>(value >> shift & 255));
    return out;
}

/// A frame whose checksums fit whatever else is wrong with it.
std::string seal(std::size_t total, std::size_t headers_size, std::string_view rest)
{
    auto out = big_endian(total) + big_endian(headers_size);
    out += big_endian(augur::codec::crc32(out));
    out += rest;
    return out + big_endian(augur::codec::crc32(out));
}

std::string with_headers(std::string_view headers)
{
    return seal(headers.size() + 16, headers.size(), headers);
}

std::string decode(std::string_view bytes, std::size_t limit = es::max_frame_size)
{
    return decode_whole(es::decoder(limit), bytes, show);
}

} // namespace

TEST_CASE("eventstream: the frame of the protocol's own example, both ways")
{
    // aws-sdk-go-v2, payload_one_str_header: bytes that others wrote.
    auto const published =
        from_hex("0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a73"
                 "6f6e7b27666f6f273a27626172277d8d9c08b1");
    CHECK(encode({{"content-type", "application/json"sv}}, "{'foo':'bar'}") == published);
    CHECK(decode(published) == "[content-type=string:application/json]{'foo':'bar'}\n");
    CHECK(decode(from_hex("000000100000000005c248eb7d98c8ff")) == "[]\n");
}

TEST_CASE("eventstream: all ten types come back as they were written, wherever the frame is cut")
{
    auto const bytes = encode(all_types, "payload") + encode({}, "") + encode(all_types, "");
    es::decoder decoder;
    decoder.feed(bytes);
    auto const first = decoder.next().value().value();
    std::vector<es::header> const read(first.headers.begin(), first.headers.end());
    CHECK(read == all_types);
    CHECK(first.payload == "payload");
    CHECK(where_cuts_matter(es::decoder(), bytes, show) == "");
}

TEST_CASE("eventstream: a header is found by its name, a string only when it is one")
{
    auto const bytes = encode(all_types, "");
    es::decoder decoder;
    decoder.feed(bytes);
    auto const headers = decoder.next().value()->headers;
    CHECK(headers.find("i8") == es::header_value(std::int8_t{-49}));
    CHECK(headers.find_string("text") == "application/json");
    CHECK_FALSE(headers.find_string("raw"));
    CHECK_FALSE(headers.find("none"));
    CHECK_FALSE(es::headers().find("t"));
}

TEST_CASE("eventstream: nothing of a frame is believed before its checksums fit")
{
    auto const good = encode({{"a", "b"sv}}, "payload");
    CHECK(decode(good + good) == "[a=string:b]payload\n[a=string:b]payload\n");
    for (std::size_t at = 0; at < good.size(); ++at) {
        CAPTURE(at);
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x20);
        CHECK(decode(good + bad) == "[a=string:b]payload\nerror: frame_error");
        // A length that is wrong is known after twelve bytes, although a whole frame would be longer.
        if (at < 12)
            CHECK(decode(bad.substr(0, 12)) == "error: frame_error");
    }
}

TEST_CASE("eventstream: sizes that the protocol does not allow are refused from the first twelve bytes")
{
    auto const prelude = [](std::size_t total, std::size_t headers) { return seal(total, headers, "").substr(0, 12); };
    for (auto const& [total, headers] :
         std::initializer_list<std::pair<std::size_t, std::size_t>>{{0, 0},
                                                                    {15, 0},
                                                                    {16, 1},
                                                                    {20, 8},
                                                                    {100, 85},
                                                                    {es::max_frame_size + 1, 0},
                                                                    {0xFFFFFFFF, 0},
                                                                    {es::max_frame_size, es::max_headers_size + 1},
                                                                    {0xFFFFFFFF, 0xFFFFFFFF}}) {
        CAPTURE(total);
        CAPTURE(headers);
        CHECK(decode(prelude(total, headers)) == "error: frame_error");
        CHECK(where_cuts_matter(es::decoder(), prelude(total, headers), show) == "");
    }
    for (auto const& [total, headers] : std::initializer_list<std::pair<std::size_t, std::size_t>>{
             {16, 0}, {17, 1}, {100, 84}, {es::max_frame_size, es::max_headers_size}})
        CHECK(decode(prelude(total, headers)) != "error: frame_error");
    CHECK(decode(encode({}, "1234"), 20) == "[]1234\n");
    CHECK(decode(encode({}, "12345"), 20) == "error: event_limit");
}

TEST_CASE("eventstream: headers that do not fit together are refused although every checksum fits")
{
    CHECK(decode(with_headers("\1a\0"sv)) == "[a=bool:true]\n");
    for (std::string_view const bad : {"\0\0"sv,
                                       "\1"sv,
                                       "\1a"sv,
                                       "\2a\0"sv,
                                       "\xFFname"sv,           // names
                                       "\1a\x0A"sv,
                                       "\1a\xFF\0\0\0\0"sv,                             // types
                                       "\1a\2"sv,
                                       "\1a\3\0"sv,
                                       "\1a\4\0\0\0"sv,
                                       "\1a\5\0\0\0\0\0\0\0"sv,
                                       "\1a\x08\0\0\0\0\0\0\0"sv, // too short
                                       "\1a\x09"
                                       "123456789012345"sv,
                                       "\1a\6"sv,
                                       "\1a\7\0"sv,
                                       "\1a\7\0\2x"sv,
                                       "\1a\6\xFF\xFFx"sv,
                                       "\1a\0\1a\0"sv,
                                       "\1a\0\1b\0\1a\1"sv,                          // a name twice
                                       "\1a\0\0"sv,
                                       "\1a\0\1"sv}) {                                  // something behind the last
        CAPTURE(bad.size());
        CHECK(decode(with_headers(bad)) == "error: frame_error");
    }
    // Names that fall into one class of the duplicate check, and differ.
    CHECK(decode(with_headers("\2ab\0\2cb\0\2bb\0"sv)) == "[ab=bool:true cb=bool:true bb=bool:true]\n");
}

TEST_CASE("eventstream: a stream that ends inside a frame is truncated, one that ends between two is not")
{
    auto const one = encode({{"a", true}}, "xyz");
    CHECK(decode("") == "");
    for (std::size_t size = 1; size < one.size(); ++size) {
        CAPTURE(size);
        CHECK(decode(one + one.substr(0, size)) == "[a=bool:true]xyz\nerror: truncated");
    }
}

TEST_CASE("eventstream: a frame inside one chunk is a view of it")
{
    auto const bytes = encode({{"a", "b"sv}}, "payload");
    es::decoder decoder;
    decoder.feed(bytes);
    auto const frame = decoder.next().value().value();
    CHECK(frame.payload.data() == bytes.data() + bytes.find("payload"));
    CHECK(frame.headers.find_string("a")->data() == bytes.data() + 12 + 5);
}

TEST_CASE("eventstream: what the protocol cannot carry is not written")
{
    std::string const long_name(256, 'n');
    std::string const long_text(es::max_value_size + 1, 'v');
    std::string out = "before";
    for (std::vector<es::header> const& bad :
         std::initializer_list<std::vector<es::header>>{{{"", true}},
                                                        {{long_name, true}},
                                                        {{"a", true}, {"v", std::string_view(long_text)}},
                                                        {{"v", es::bytes{long_text}}},
                                                        {{"a", true}, {"a", false}}}) {
        auto const refused = es::encode_to(out, bad, "payload");
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == augur::errc::invalid_argument);
        CHECK(out == "before");
    }
    std::string const huge(es::max_frame_size - 15, 'p');
    CHECK_FALSE(es::encode_to(out, {}, huge));
    CHECK(out == "before");
    out.clear();
    CHECK(es::encode_to(out, {}, std::string_view(huge).substr(1)));
    CHECK(out.size() == es::max_frame_size);
    CHECK(decode(out).size() == es::max_frame_size - 16 + 3);
}

TEST_CASE("eventstream: a signed event is a frame around a frame, its date header is signed alone")
{
    // aws-c-auth tests/test_event_signing.c, the first event: the signature is given, the frames are ours.
    auto const date = es::timestamp(std::chrono::milliseconds(348'474'601'000));
    std::string signed_date;
    REQUIRE(es::encode_headers_to(signed_date, std::vector<es::header>{{":date", date}}));
    CHECK(signed_date == from_hex("053a64617465080000005122b46e28"));
    auto const signature = from_hex("7aabf85b765e6a4d0d500b6e968657b14726fa3e1eb7e839302728ffd77629a5");
    CHECK(
        encode({{":date", date}, {":chunk-signature", es::bytes{signature}}}, "A") ==
        from_hex("00000054000000434764a648053a64617465080000005122b46e28103a6368756e6b2d7369676e61747572650600207aabf8"
                 "5b765e6a4d0d500b6e968657b14726fa3e1eb7e839302728ffd77629a54119ea5a22"));
}
