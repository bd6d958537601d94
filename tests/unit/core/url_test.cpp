#include <augur/core/url.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace std::string_literals;

namespace {

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

// RFC 9112 3.2.1 origin-form = absolute-path [ "?" query ], RFC 3986 appendix A:
//   pchar = unreserved / pct-encoded / sub-delims / ":" / "@";  query = *( pchar / "/" / "?" )
bool may_stand_in_target(int byte)
{
    static std::string const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static std::string const sub_delims = "!$&'()*+,;=";
    if (byte <= 0 || byte >= 0x80)
        return false;
    auto const c = static_cast<char>(byte);
    return unreserved.find(c) != std::string::npos || sub_delims.find(c) != std::string::npos || c == ':' || c == '@' ||
           c == '/' || c == '?';
}

} // namespace

TEST_CASE("target: of all 256 bytes exactly those of RFC 3986 may stand in path and query")
{
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const c(1, static_cast<char>(b));
        bool const expected = may_stand_in_target(b);
        CHECK(is_request_target("/" + c) == expected);
        CHECK(is_request_target("/a" + c + "b") == expected);
        CHECK(is_request_target("/a?" + c) == expected);
        CHECK(is_request_target("/a?b=" + c + "&d") == expected);
        CHECK(is_request_target(c) == (b == '/'));
        // After a percent sign: two hexadecimal digits and nothing else.
        bool const hex = std::string("0123456789abcdefABCDEF").find(c) != std::string::npos && b != 0;
        CHECK(is_request_target("/%4" + c) == hex);
        CHECK(is_request_target("/%" + c + "4") == hex);
    }
    for (std::string_view const bad : {"", "*", "a", "a/b", "http://host/", "/%", "/%4", "/a%", "/a?%4", "?a", "/%%41"})
        CHECK_FALSE(is_request_target(bad));
    CHECK(is_request_target("/"));
    CHECK(is_request_target("//"));
    CHECK(is_request_target("/?"));
    CHECK(is_request_target("/%00%0a%ff"));
}

TEST_CASE("host label: exactly lower-case letters, digits and inner dashes, 1 to 63")
{
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const c(1, static_cast<char>(b));
        bool const alnum = (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
        CHECK(is_host_label(c) == alnum);
        CHECK(is_host_label(c + "a") == alnum);
        CHECK(is_host_label("a" + c) == alnum);
        CHECK(is_host_label("a" + c + "a") == (alnum || b == '-'));
    }
    CHECK_FALSE(is_host_label(""));
    CHECK(is_host_label(std::string(63, 'a')));
    CHECK_FALSE(is_host_label(std::string(64, 'a')));
    CHECK(is_host_label("us-east-1"));
    for (std::string_view const bad : {"us-east-1\n", "us-east-1 ", "us-east-1.", "x@attacker.com:443/#", "us-east-1/",
                                       "us.east", "US-EAST-1", "-", "--", "us-east-1\r\nx", "us-east-1?", "us-east-1#",
                                       "us-e\xC3\xA4st-1", "us-east-\xEF\xBC\x91", "%75s-east-1"})
        CHECK_FALSE(is_host_label(bad));
    CHECK_FALSE(is_host_label("us-east-1\0"s));
    CHECK_FALSE(is_host_label("us-east-1\0.evil"s));
}

TEST_CASE("host: of all 256 bytes exactly those of a name may stand inside one")
{
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const c(1, static_cast<char>(b));
        bool const alnum = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
        // "a." + c + "b" is two labels; a dash may not start a label, a dot may not start a name.
        CHECK(is_host("a" + c + "a.com") == (alnum || b == '-' || b == '_' || b == '.'));
        CHECK(is_host(c + "a.com") == (alnum || b == '_'));
        CHECK(is_host("a.com" + c) == (alnum || b == '_'));
    }
}

TEST_CASE("host: names, addresses, and what only looks like one")
{
    for (std::string_view const good : {"localhost",
                                        "a",
                                        "a-b.c-d.example.com",
                                        "runtime.sagemaker.us-east-1.amazonaws.com",
                                        "xn--bcher-kva.example",
                                        "1a.example",
                                        "1.example",
                                        "127.0.0.1",
                                        "0.0.0.0",
                                        "255.255.255.255",
                                        "::",
                                        "::1",
                                        "1::",
                                        "fe80::1",
                                        "1:2:3:4:5:6:7:8",
                                        "1::3:4:5:6:7:8",
                                        "::2:3:4:5:6:7:8",
                                        "1:2:3:4:5:6:7::",
                                        "::ffff:1.2.3.4",
                                        "64:ff9b::1.2.3.4",
                                        "1:2:3:4:5:6:1.2.3.4",
                                        "FD00:EC2::254",
                                        "0x.example.com",
                                        "host_name.local"})
        CHECK_MESSAGE(is_host(good), std::string(good));
    for (std::string_view const bad : {"",
                                       ".",
                                       "..",
                                       "a..b",
                                       ".a",
                                       "a.",
                                       "-a",
                                       "a-",
                                       "a.-b",
                                       "a b",
                                       "a/b",
                                       "a:b",
                                       "a@b",
                                       "1.2.3",
                                       "1.2.3.4.5",
                                       "256.1.1.1",
                                       "1.2.3.04",
                                       "01.2.3.4",
                                       "1.2.3.",
                                       ".1.2.3.4",
                                       "1.2.3.4.",
                                       "2130706433",
                                       "0x7f000001",
                                       "0x7f.1",
                                       "127.0x1",
                                       "0x",
                                       "a.0x7f",
                                       ":",
                                       ":::",
                                       "1",
                                       "1:2",
                                       "1:2:3:4:5:6:7",
                                       "1:2:3:4:5:6:7:8:9",
                                       "1::2::3",
                                       "12345::",
                                       "g::",
                                       ":1",
                                       "1:",
                                       "1:2:3:4:5:6:7:8::",
                                       "1:2:3:4::5:6:7:8",
                                       "fe80::1%eth0",
                                       "fe80::1%25eth0",
                                       "::1.2.3",
                                       "::1.2.3.256",
                                       "1.2.3.4::",
                                       "::1.2.3.4:5",
                                       "[::1]",
                                       "1:2:3:4:5:6:7:1.2.3.4",
                                       "\xC3\xA9.example",
                                       "\xEF\xBC\x91.example"})
        CHECK_MESSAGE(!is_host(bad), std::string(bad));
    auto const label = std::string(63, 'a');
    CHECK(is_host(label + ".com"));
    CHECK_FALSE(is_host(label + "a.com"));
    auto const long_name = label + "." + label + "." + label + "." + std::string(61, 'b');
    CHECK(long_name.size() == 253);
    CHECK(is_host(long_name));
    CHECK_FALSE(is_host(long_name + "b"));
    CHECK_FALSE(is_host(std::string(1'000'000, 'a')));
    CHECK_FALSE(is_host(std::string(1'000'000, ':')));
}

TEST_CASE("url: a good one is kept exactly")
{
    struct row
    {
        char const* text;
        bool https;
        char const* host;
        unsigned port;
        char const* path;
        char const* query;
        char const* authority;
        char const* origin;
        char const* again; ///< null: the same as `text`
    };
    row const rows[] = {
        {"https://example.com", true, "example.com", 443, "/", "", "example.com", "https://example.com:443",
         "https://example.com/"},
        {"https://example.com/", true, "example.com", 443, "/", "", "example.com", "https://example.com:443", nullptr},
        {"https://EXAMPLE.com/Path", true, "example.com", 443, "/Path", "", "example.com", "https://example.com:443",
         "https://example.com/Path"},
        {"http://127.0.0.1:8080/score", false, "127.0.0.1", 8080, "/score", "", "127.0.0.1:8080",
         "http://127.0.0.1:8080", nullptr},
        {"http://localhost/", false, "localhost", 80, "/", "", "localhost", "http://localhost:80", nullptr},
        {"https://localhost:80/", true, "localhost", 80, "/", "", "localhost:80", "https://localhost:80", nullptr},
        {"http://localhost:443/", false, "localhost", 443, "/", "", "localhost:443", "http://localhost:443", nullptr},
        {"https://h:443/", true, "h", 443, "/", "", "h", "https://h:443", "https://h/"},
        {"https://h:65535/a/b/", true, "h", 65535, "/a/b/", "", "h:65535", "https://h:65535", nullptr},
        {"https://h:1/", true, "h", 1, "/", "", "h:1", "https://h:1", nullptr},
        {"https://[::1]:8443/x?y=z", true, "::1", 8443, "/x", "y=z", "[::1]:8443", "https://[::1]:8443", nullptr},
        {"https://[FD00:EC2::23]/", true, "fd00:ec2::23", 443, "/", "", "[fd00:ec2::23]", "https://[fd00:ec2::23]:443",
         "https://[fd00:ec2::23]/"},
        {"https://h/a%2Fb//c?x=%20&y=?/:@", true, "h", 443, "/a%2Fb//c", "x=%20&y=?/:@", "h", "https://h:443", nullptr},
        {"https://h?x=1", true, "h", 443, "/", "x=1", "h", "https://h:443", "https://h/?x=1"},
        {"https://h/...", true, "h", 443, "/...", "", "h", "https://h:443", nullptr},
        {"https://h/.well-known/a..b/..c/d..", true, "h", 443, "/.well-known/a..b/..c/d..", "", "h", "https://h:443",
         nullptr},
        {"https://h/a@b", true, "h", 443, "/a@b", "", "h", "https://h:443", nullptr}, // no user: it stands in the path
        {"https://h/?at=a@b", true, "h", 443, "/", "at=a@b", "h", "https://h:443", nullptr},
        {"https://h/?p=../..", true, "h", 443, "/", "p=../..", "h", "https://h:443", nullptr},
        {"https://risk.westeurope.inference.ml.azure.com/score", true, "risk.westeurope.inference.ml.azure.com", 443,
         "/score", "", "risk.westeurope.inference.ml.azure.com", "https://risk.westeurope.inference.ml.azure.com:443",
         nullptr},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const u = url::parse(r.text);
        REQUIRE(u.has_value());
        CHECK(u->is_https() == r.https);
        CHECK(u->host() == r.host);
        CHECK(u->port() == r.port);
        CHECK(u->path() == r.path);
        CHECK(u->query() == r.query);
        CHECK(u->authority() == r.authority);
        CHECK(u->origin() == r.origin);
        CHECK(u->to_string() == (r.again != nullptr ? r.again : r.text));
        auto const again = url::parse(u->to_string());
        REQUIRE(again.has_value());
        CHECK(again->to_string() == u->to_string());
        CHECK(again->origin() == u->origin());
    }
}

TEST_CASE("url: the sentence says what is wrong")
{
    struct row
    {
        char const* text;
        char const* words;
    };
    row const rows[] = {
        {"ftp://host/", "https://"},
        {"https://u:p@host/", "user information"},
        {"https://host:0/", "port"},
        {"https://host:/", "port"},
        {"https://host/#x", "fragment"},
        {"https://host/a/../b", "dot segments"},
        {"https://host/a b", "percent-encoded"},
        {"https://ho st/", "host"},
        {"https://[::1/", "bracket"},
        {"https://[1.2.3.4]/", "IPv6"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const u = url::parse(r.text);
        REQUIRE_FALSE(u.has_value());
        CHECK(contains(u.error().message(), r.words));
    }
    // What is harmless is repeated, so that the reader finds it.
    CHECK(contains(url::parse("https://no such host/").error().message(), "https://no such host/"));
}

TEST_CASE("url: a huge or random text is refused in time and without a crash")
{
    CHECK_FALSE(url::parse(std::string(1'000'000, 'a')).has_value());
    CHECK_FALSE(url::parse("https://" + std::string(1'000'000, 'a')).has_value());
    CHECK_FALSE(url::parse("https://[" + std::string(1'000'000, ':')).has_value());
    CHECK_FALSE(url::parse("https://h:" + std::string(1'000'000, '1')).has_value());
    CHECK(url::parse("https://h/" + std::string(1'000'000, 'a')).has_value());
    std::uint32_t state = 12345;
    auto const next = [&state] { return state = state * 1664525U + 1013904223U, state >> 16; };
    std::string const alphabet = "https://:@[]%2e./\\?#a1 \r\n\0\xC3"s;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = i % 2 == 0 ? "https://" : "";
        for (auto n = next() % 24; n > 0; --n)
            text += alphabet[next() % alphabet.size()];
        auto const u = url::parse(text);
        if (!u)
            continue;
        // What is accepted means the same when it is read again.
        auto const again = url::parse(u->to_string());
        REQUIRE_MESSAGE(again.has_value(), text);
        CHECK(again->origin() == u->origin());
        CHECK(again->path() == u->path());
        CHECK(is_host(u->host()));
        CHECK(is_request_target(u->path()));
    }
}

TEST_CASE("url: this machine is known by its names and addresses")
{
    for (std::string_view const here :
         {"http://localhost/", "http://LOCALHOST:8080/", "http://127.0.0.1/", "http://127.255.0.9/", "http://[::1]/"})
        CHECK(url::parse(here)->is_loopback());
    for (std::string_view const elsewhere :
         {"http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://127.example.com/",
          "http://128.0.0.1/", "http://0.0.0.0/", "http://[::2]/", "http://[::]/", "http://169.254.169.254/",
          "http://xlocalhost/", "http://10.0.0.1/"})
        CHECK_FALSE(url::parse(elsewhere)->is_loopback());
}
