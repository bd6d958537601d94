#include <augur/core/url.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using namespace std::string_literals;

namespace {

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("url: hostile endpoints are refused with a sentence that repeats no password")
{
    // Wherever a password stands in these it is "hunter2"; a signature is "s3cr3t".
    std::string const rows[] = {
        // user information, also where another parser would see some
        "https://hunter2@host/",
        "https://user:hunter2@host/",
        "https://user:hunter2@host",
        "https://:hunter2@host/",
        "https://user:hunter2@",
        "https://user@host:hunter2/",
        "https://user:hunter2@host:99999/",
        "https://user:hunter2%40host/",
        "https://user%3Ahunter2@host/",
        "https://hunter2%40host/",
        "https://hunter2\xEF\xBC\xA0host/",
        "https://hunter2\xEF\xB9\xABhost/",
        "https://user:hun/ter@x hunter2@host/",
        "https://user:hunter2#@host/",
        "https://user:hunter2?@host/",
        "https://user:hunter2/@host\\",
        "https://user:hunter2\\@host/",
        "https://user:hunter2\xEF\xBC\xA0host/", // a full-width "at"
        "https://good.example:hunter2@evil/#",
        "https://user:hunter2",
        "https://us-east-1.x@evil/#",
        "https://x@evil/#",
        "https://runtime.sagemaker.x@evil/#.amazonaws.com/",
        "https://a@b@c/",
        "https://@/",
        // other schemes, and the scheme in another spelling
        "ftp://user:hunter2@host/",
        "HTTPS://user:hunter2@host/",
        "Https://host/",
        "user:hunter2@host",
        "user:hunter2",
        "mailto:user:hunter2",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//host/",
        "host/path",
        "host",
        "",
        "https:/host/",
        "https:host",
        "https//host",
        "https:\\\\host\\",
        " https://host/",
        "https ://host/",
        // fragments
        "https://host/#",
        "https://host/path#fragment",
        "https://host#fragment",
        "https://host?sig=s3cr3t#x",
        // a query with a character that must be encoded
        "https://host/?sig=s3cr3t x",
        // backslash
        "https://host\\evil/",
        "https://host/\\evil",
        "https://host/a\\..\\b",
        "https://good.example\\.evil.example/",
        // dot segments, plain and encoded
        "https://host/..",
        "https://host/.",
        "https://host/../etc",
        "https://host/a/../b",
        "https://host/a/./b",
        "https://host/a/..",
        "https://host/%2e%2e/b",
        "https://host/%2E%2e/b",
        "https://host/.%2e/b",
        "https://host/%2e",
        "https://host/a/%2e%2E",
        "https://host/a/%2e%2e%2fb",
        "https://host/a/..%2Fb",
        "https://host/a%2f..%2fb",
        "https://host/a/..%5cb",
        // control characters and blanks anywhere
        "https://host\r\nEvil: 1/",
        "https://host/\r\nEvil: 1",
        "https://host/a\r\n",
        "https://host/a\n",
        "https://host/\t",
        "https://host/a b",
        "https://ho st/",
        "https://host /",
        "https://host\n",
        "https://us-east-1\n.example.com/",
        "https://host\x7f/",
        "https://host\0.evil.example/"s,
        "https://host/\0"s,
        "https://host/?\n",
        // non-ASCII: digits, letters, dots
        "https://host:\xEF\xBC\x98\xEF\xBC\x90/",
        "https://\xD9\xA1\xD9\xA2\xD9\xA7.0.0.1/",
        "https://h\xC3\xB6st/",
        "https://host\xE3\x80\x82"
        "evil/",
        "https://host/\xC3\xB6",
        "https://host/?\xFF",
        // ports
        "https://host:/",
        "https://host:0/",
        "https://host:65536/",
        "https://host:99999999999999999999/",
        "https://host:-1/",
        "https://host:+443/",
        "https://host: 443/",
        "https://host:443 /",
        "https://host:0443/",
        "https://host:00/",
        "https://host:4a3/",
        "https://host:0x1bb/",
        "https://host:443:443/",
        "https://host:443hunter2/",
        // hosts
        "https://",
        "https:///path",
        "https://?query",
        "https://:443/",
        "https://./",
        "https://host./",
        "https://a..b/",
        "https://.host/",
        "https://-host/",
        "https://host-/",
        "https://ho%73t/",
        "https://*.example.com/",
        "https://{region}.example.com/",
        "https://1.2.3/",
        "https://1.2.3.4.5/",
        "https://256.0.0.1/",
        "https://127.0.0.01/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        // IPv6
        "https://::1/",
        "https://[::1/",
        "https://::1]/",
        "https://[]/",
        "https://[::1]x/",
        "https://[::1]x:443/",
        "https://[::1]:/",
        "https://[::1]:0/",
        "https://[::1]:99999/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[127.0.0.1]/",
        "https://[host]/",
        "https://[1:2:3]/",
        "https://[::1]]/",
        "https://[[::1]]/",
        "https://[v1.x]/",
        "https://x[::1]/",
        // broken percent-encoding and characters that must be encoded
        "https://host/%",
        "https://host/%4",
        "https://host/%zz",
        "https://host/a\"b",
        "https://host/<script>",
        "https://host/{x}",
        "https://host/a|b",
        "https://host/a^b",
        "https://host/a`b",
        "https://host/[x]",
    };
    MESSAGE(std::size(rows) << " hostile endpoints");
    CHECK(std::size(rows) >= 60);
    for (auto const& text : rows) {
        CAPTURE(text);
        auto const u = url::parse(text);
        REQUIRE_FALSE(u.has_value());
        auto const& e = u.error();
        CHECK(e == errc::invalid_argument);
        CHECK(e.outcome() == outcome::not_sent);
        CHECK(e.phase() == phase::prepare);
        CHECK_FALSE(e.message().empty());
        CHECK(e.message().size() < 400);
        auto const sentence = e.to_string();
        CHECK_FALSE(contains(sentence, "hunter2"));
        CHECK_FALSE(contains(sentence, "s3cr3t"));
        for (char const c : sentence)
            CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
    }
}
