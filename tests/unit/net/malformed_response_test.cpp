// What a server may say and what it may not, byte for byte. Each row is a whole exchange over a stream in
// memory; the table says how it ends, what is known of the request, and whether the connection is kept.
#include "exchange_support.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <iterator>

using namespace augur;
using namespace augur::tests;
using namespace std::string_literals;

namespace {

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const tail = "\r\n\r\nworld";
std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
std::string const good = ok + "Content-Length: 5" + tail;

struct refused
{
    std::string name;
    std::string text;
    errc code = errc::protocol_error;
    outcome what = outcome::unknown; ///< the head was not understood; in a body: partial
    std::optional<errc> byte_by_byte = {}; ///< another code, because the end of a line is waited for
};

std::vector<refused> status_lines()
{
    return {
        {"a status of 099", "HTTP/1.1 099 Low" + tail},
        {"a status of 000", "HTTP/1.1 000 Zero" + tail},
        {"a status of 600", "HTTP/1.1 600 High" + tail},
        {"a status of 999", "HTTP/1.1 999 High" + tail},
        {"four digits", "HTTP/1.1 1000 Long" + tail},
        {"two digits", "HTTP/1.1 20 Short" + tail},
        {"a letter among the digits", "HTTP/1.1 2x0 Letter" + tail},
        {"a sign", "HTTP/1.1 -20 Sign" + tail},
        {"two blanks before the status", "HTTP/1.1  200 OK" + tail},
        {"no status", "HTTP/1.1 \r\nContent-Length: 5" + tail},
        {"no reason and no blank for it", "HTTP/1.1 200\r\nContent-Length: 5" + tail},
        {"HTTP/2", "HTTP/2.0 200 OK" + tail},
        {"HTTP/0.9", "HTTP/0.9 200 OK" + tail},
        {"HTTP/1.2", "HTTP/1.2 200 OK" + tail},
        {"a version without a dot", "HTTP/11 200 OK" + tail},
        {"a version of three numbers", "HTTP/1.1.1 200 OK" + tail},
        {"the protocol in lower case", "http/1.1 200 OK" + tail},
        {"another protocol", "ICY 200 OK" + tail},
        {"a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        {"frames of HTTP/2", "\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\xff\xff"s, errc::protocol_error, outcome::unknown,
         errc::connection_lost},
        {"a blank in front", " HTTP/1.1 200 OK" + tail},
        {"an empty line in front", "\r\nHTTP/1.1 200 OK" + tail},
        {"tabs for blanks", "HTTP/1.1\t200\tOK" + tail},
        {"a body without a head", "<html>502</html>\r\n\r\n"},
        {"NUL in the reason", "HTTP/1.1 200 O\0K"s + tail},
        {"lines that end with LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\nworld", errc::protocol_error,
         outcome::unknown, errc::connection_lost},
        {"a status line that ends with CR", "HTTP/1.1 200 OK\rContent-Length: 5" + tail},
        {"a request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"TLS", "\x15\x03\x03\0\x02\x02\x28"s, errc::connection_lost},
        {"another protocol after 101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" + good},
        {"nothing", "", errc::connection_lost},
        {"the end in the status line", "HTTP/1.1 200", errc::connection_lost},
        {"the end in the head", ok + "Content-Le", errc::connection_lost},
        {"the end after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", errc::connection_lost},
    };
}

std::vector<refused> framing()
{
    auto const partial = outcome::partial;
    return {
        {"a length with a plus", ok + "Content-Length: +5" + tail},
        {"a negative length", ok + "Content-Length: -1" + tail},
        {"an empty length", ok + "Content-Length: " + tail},
        {"a length with a letter", ok + "Content-Length: 5x" + tail},
        {"a hexadecimal length", ok + "Content-Length: 0x5" + tail},
        {"a length with a point", ok + "Content-Length: 5.0" + tail},
        {"two lengths in one, apart", ok + "Content-Length: 5 5" + tail},
        {"two equal lengths in one", ok + "Content-Length: 5, 5" + tail},
        {"two lengths in one", ok + "Content-Length: 5, 6" + tail},
        {"2^64", ok + "Content-Length: 18446744073709551616" + tail},
        {"26 digits", ok + "Content-Length: 99999999999999999999999999" + tail},
        {"2^64 - 1", ok + "Content-Length: 18446744073709551615" + tail, errc::body_limit, partial},
        {"a length over the limit", ok + "Content-Length: 67108865" + tail, errc::body_limit, partial},
        {"two different lengths", ok + "Content-Length: 5\r\nContent-Length: 6" + tail},
        {"two equal lengths", ok + "Content-Length: 5\r\nContent-Length: 5" + tail},
        {"a length and chunks", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked" + tail},
        {"chunks and a length", ok + "Transfer-Encoding: chunked\r\nContent-Length: 5" + tail},
        {"an unknown coding", ok + "Transfer-Encoding: xchunked" + tail},
        {"gzip as transfer coding", ok + "Transfer-Encoding: gzip" + tail},
        {"chunked, then gzip", ok + "Transfer-Encoding: chunked, gzip" + tail},
        {"gzip, then chunked", ok + "Transfer-Encoding: gzip, chunked" + tail},
        {"chunked twice", ok + "Transfer-Encoding: chunked, chunked" + tail},
        {"chunked twice, in two fields", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + tail},
        {"identity", ok + "Transfer-Encoding: identity" + tail},
        {"an empty coding", ok + "Transfer-Encoding: " + tail},
        {"a quoted coding", ok + "Transfer-Encoding: \"chunked\"" + tail},
        {"a coding with a parameter", ok + "Transfer-Encoding: chunked;q=1" + tail},
        {"a coding after a vertical tab", ok +
                                              "Transfer-Encoding: \x0b"
                                              "chunked" +
                                              tail},
        {"a chunk header that ends with LF", chunked + "5\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk size with 0x", chunked + "0x5\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a blank before a chunk size", chunked + " 5\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a negative chunk size", chunked + "-5\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk size of -2", chunked + "-2\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk size with a plus", chunked + "+5\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"an empty chunk size", chunked + "\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk size that is no number", chunked + "g\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk size with an underscore", chunked + "0_5\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk of 2^64", chunked + "10000000000000000\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"a chunk of 2^64 - 1", chunked + "FFFFFFFFFFFFFFFF\r\nworld", errc::truncated, partial},
        {"bytes after a chunk", chunked + "5\r\nworldXX0\r\n\r\n", errc::protocol_error, partial},
        {"no line end after a chunk", chunked + "5\r\nworld0\r\n\r\n", errc::protocol_error, partial},
        {"LF after a chunk", chunked + "5\r\nworld\n0\r\n\r\n", errc::protocol_error, partial},
        {"a quoted LF in a chunk extension", chunked + "5;ext=\"a\nb\"\r\nworld\r\n0\r\n\r\n", errc::protocol_error,
         partial},
        {"LF in a chunk extension", chunked + "5;a\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"CR in a chunk extension", chunked + "5;a\rb\r\nworld\r\n0\r\n\r\n", errc::protocol_error, partial},
        {"NUL in a chunk extension", chunked + "5;a\0b\r\nworld\r\n0\r\n\r\n"s, errc::protocol_error, partial},
        {"an open quote in a chunk extension", chunked + "5;a=\"b\r\nworld\r\n0\r\n\r\n", errc::truncated, partial},
        {"a trailer without a colon", chunked + "5\r\nworld\r\n0\r\nTrailer\r\n\r\n", errc::protocol_error, partial},
        {"a length among the trailers", chunked + "5\r\nworld\r\n0\r\nContent-Length: 9\r\n\r\n", errc::protocol_error,
         partial},
        {"a coding among the trailers", chunked + "5\r\nworld\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
         errc::protocol_error, partial},
        {"the end in a chunk header", chunked + "5", errc::truncated, partial},
        {"the end in a chunk", chunked + "5\r\nwo", errc::truncated, partial},
        {"the end before the last chunk", chunked + "5\r\nworld\r\n", errc::truncated, partial},
        {"the end in the trailers", chunked + "5\r\nworld\r\n0\r\n", errc::truncated, partial},
        {"the end in a body with a length", ok + "Content-Length: 6" + tail, errc::truncated, partial},
    };
}

std::vector<refused> fields()
{
    return {
        {"a blank in a name", ok + "Bad Name: x" + tail},
        {"a blank before the colon", ok + "Name : x" + tail},
        {"a tab before the colon", ok + "Name\t: x" + tail},
        {"an empty name", ok + ": x" + tail},
        {"no colon", ok + "NoColon" + tail},
        {"NUL in a value", ok + "X: a\0b"s + tail},
        {"CR in a value", ok + "X: a\rb" + tail},
        {"LF in a value", ok + "X: a\nb" + tail},
        {"LF and another field", ok + "X: a\n Y: b" + tail},
        {"DEL in a value", ok +
                               "X: a\x7f"
                               "b" +
                               tail},
        {"a control character in a value", ok +
                                               "X: a\x01"
                                               "b" +
                                               tail},
        {"an escape sequence in a value", ok + "X: \x1b[2J" + tail},
        {"a byte over 127 in a name", ok + "X\x80: a" + tail},
        {"a quote in a name", ok + "\"X\": a" + tail},
        {"a folded line before any field", "HTTP/1.1 200 OK\r\n folded: x" + tail},
        {"a thousand fields",
         [] {
             auto text = ok;
             for (int i = 0; i < 1000; ++i)
                 text += "X: y\r\n";
             return text + "\r\n";
         }(),
         errc::header_limit},
        {"a value of 20,000 bytes", ok + "X: " + std::string(20'000, 'y') + "\r\n\r\n", errc::header_limit},
        {"a name of 20,000 bytes", ok + std::string(20'000, 'y') + ": x\r\n\r\n", errc::header_limit},
        {"a reason of 20,000 bytes", "HTTP/1.1 200 " + std::string(20'000, 'y') + "\r\n\r\n", errc::header_limit},
        {"a line without end", std::string(200'000, 'y'), errc::protocol_error, outcome::unknown, errc::header_limit},
        {"a coding nobody asked for", ok + "Content-Encoding: gzip\r\nContent-Length: 5" + tail,
         errc::unsupported_encoding, outcome::complete},
        {"two codings nobody asked for", ok + "Content-Encoding: br, gzip\r\nContent-Length: 5" + tail,
         errc::unsupported_encoding, outcome::complete},
    };
}

int refuse_all(std::vector<refused> const& rows)
{
    for (auto const& r : rows)
        for (std::size_t const slice : {std::size_t(-1), std::size_t(1)}) { // in one piece, and byte by byte
            CAPTURE(r.name);
            CAPTURE(slice);
            auto script = says_and_closes(r.text);
            script.slice = slice;
            bench b({script});
            auto const sent = b.send();
            REQUIRE(sent.response);
            REQUIRE(sent.response->has_error());
            auto const& e = sent.response->error();
            CHECK_MESSAGE(e == (slice == 1 ? r.byte_by_byte.value_or(r.code) : r.code), e);
            CHECK_MESSAGE(e.outcome() == r.what, e);
            CHECK(e.phase() == (r.what == outcome::partial ? phase::body : phase::first_byte));
            CHECK(e.message().size() < 400);
            CHECK(b.transport->statistics().idle == 0);
            CHECK(b.dialer->logs().at(0)->closed);
        }
    return static_cast<int>(rows.size());
}

} // namespace

TEST_CASE("response: malformed status lines, framing and fields are refused, and nothing of them is kept")
{
    auto const count = refuse_all(status_lines()) + refuse_all(framing()) + refuse_all(fields());
    MESSAGE(count << " malformed responses");
    CHECK(count >= 100);
}

TEST_CASE("response: what is odd but clear is understood, and the connection kept only if its end is certain")
{
    struct row
    {
        std::string name;
        std::string text;
        bool kept;
        std::string content = "world";
        int status = 200;
    };
    row const rows[] = {
        {"an empty reason", "HTTP/1.1 200 \r\nContent-Length: 5" + tail, true},
        {"a reason in another alphabet", "HTTP/1.1 200 \xC3\x96K\r\nContent-Length: 5" + tail, true},
        {"names in lower case", ok + "content-length: 5" + tail, true},
        {"blanks and tabs around a value", ok + "Content-Length: \t 5 \t" + tail, true},
        {"no blank before a value", ok + "Content-Length:5" + tail, true},
        {"leading zeros in a length", ok + "Content-Length: 0005" + tail, true},
        {"an empty value", ok + "X:\r\nContent-Length: 5" + tail, true},
        {"bytes over 127 in a value", ok + "X: \xC3\xB6\xFF\r\nContent-Length: 5" + tail, true},
        {"a folded line: RFC 9112 5.2 makes it one line", ok + "X: a\r\n b\r\nContent-Length: 5" + tail, true},
        {"the coding in capitals", ok + "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nworld\r\n0\r\n\r\n", true},
        {"chunk sizes in both cases", chunked + "00a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", true,
         "01234567890123456789"},
        {"chunk extensions", chunked + "3;a\r\nwor\r\n2;b=c;d=\"e f\"\r\nld\r\n0;last\r\n\r\n", true},
        {"trailers", chunked + "5\r\nworld\r\n0\r\nX: y\r\nZ: \r\n\r\n", true},
        {"an empty chunked body", chunked + "0\r\n\r\n", true, ""},
        {"an empty body", ok + "Content-Length: 0\r\n\r\n", true, ""},
        {"no body by status 204", "HTTP/1.1 204 No Content\r\n\r\n", true, "", 204},
        {"no body by status 304", "HTTP/1.1 304 Not Modified\r\n\r\n", true, "", 304},
        {"a length with status 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true, "", 304},
        {"a body with status 204", "HTTP/1.1 204 No Content\r\n\r\nworld", false, "", 204},
        {"a body with status 304", "HTTP/1.1 304 Not Modified\r\n\r\nworld", false, "", 304},
        {"a status nobody knows", "HTTP/1.1 299 Odd\r\nContent-Length: 5" + tail, true, "world", 299},
        {"interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + good, true},
        {"an interim answer nobody knows", "HTTP/1.1 199 Odd\r\n\r\n" + good, true},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5" + tail, false},
        {"HTTP/1.0 that stays", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5" + tail, true},
        {"a connection that closes", ok + "Connection: close\r\nContent-Length: 5" + tail, false},
        {"one that closes, among others", ok + "Connection: x, Close, keep-alive\r\nContent-Length: 5" + tail, false},
        {"a byte after the body", good + "x", false},
        {"another answer after the body", good + good, false},
        {"an empty line after the body", good + "\r\n", false},
        {"bytes after the last chunk", chunked + "5\r\nworld\r\n0\r\n\r\nx", false},
        {"identity as content coding", ok + "Content-Encoding: identity\r\nContent-Length: 5" + tail, true},
    };
    for (auto const& r : rows)
        for (std::size_t const slice : {std::size_t(-1), std::size_t(1)}) {
            CAPTURE(r.name);
            auto script = says(r.text);
            script.slice = slice;
            bench b({script, says(good)});
            auto const sent = b.send();
            REQUIRE(sent.response);
            REQUIRE_MESSAGE(sent.response->has_value(), sent.response->error());
            CHECK((*sent.response)->status == r.status);
            CHECK((*sent.response)->content == r.content);
            auto const second = b.send(); // what lies behind the answer is never taken for the next one
            if (r.kept) {
                CHECK(second.report.connection_reused);
                continue;
            }
            REQUIRE(second.response->has_value());
            CHECK((*second.response)->content == "world");
            CHECK_FALSE(second.report.connection_reused);
            CHECK(b.dialer->logs().size() == 2);
        }
    MESSAGE(std::size(rows) << " odd responses");
    CHECK(std::size(rows) >= 30);
}

TEST_CASE("response: every limit on size holds at its edge and not beyond")
{
    net::https_config config;
    config.sizes.response_head = 1000;
    config.sizes.response_body = 100;
    config.sizes.interim_responses = 3;
    auto const with_head_of = [](std::size_t size) {
        std::string const rest = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n";
        return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + std::string(size - rest.size(), 'y') + "\r\n\r\n";
    };
    auto const with_body_of = [](std::size_t size) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'y');
    };
    auto const with_chunks_of = [](std::size_t size) {
        std::string out = chunked;
        for (std::size_t i = 0; i < size; ++i)
            out += "1\r\ny\r\n";
        return out + "0\r\n\r\n";
    };
    auto const to_the_end = [](std::size_t size) { return "HTTP/1.0 200 OK\r\n\r\n" + std::string(size, 'y'); };
    auto const with_interims = [](std::size_t n) {
        std::string out;
        for (std::size_t i = 0; i < n; ++i)
            out += "HTTP/1.1 102 Processing\r\n\r\n";
        return out + good;
    };
    struct row
    {
        std::string name;
        std::function<std::string(std::size_t)> say;
        std::size_t most;
        errc beyond;
    };
    row const rows[] = {
        {"head", with_head_of, 1000, errc::header_limit},
        {"body with a length", with_body_of, 100, errc::body_limit},
        {"body in chunks", with_chunks_of, 100, errc::body_limit},
        {"body to the end", to_the_end, 100, errc::body_limit},
        {"interim answers", with_interims, 3, errc::protocol_error},
    };
    for (auto const& r : rows)
        for (int const by : {-1, 0, 1})
            for (std::size_t const slice : {std::size_t(-1), std::size_t(1)}) {
                CAPTURE(r.name);
                CAPTURE(by);
                auto script = says_and_closes(r.say(r.most + static_cast<std::size_t>(by)));
                script.slice = slice;
                auto const sent = bench({script}, config).send();
                REQUIRE(sent.response);
                if (by <= 0)
                    CHECK_MESSAGE(sent.response->has_value(), sent.response->error());
                else
                    CHECK_MESSAGE(sent.response->error() == r.beyond, sent.response->error());
            }
}
