#include <augur/net/proxy.hpp>

#include <doctest/doctest.h>

#include <string_view>

using namespace augur;

TEST_CASE("proxy: NO_PROXY names hosts in all the forms that are in use, and nothing else")
{
    struct row
    {
        std::string_view list;
        std::string_view host;
        std::uint16_t port;
        bool bypassed;
    };
    row const rows[] = {
        // nothing, everything
        {"", "example.com", 443, false},
        {",, ,", "example.com", 443, false},
        {"*", "example.com", 443, true},
        {"*", "10.0.0.1", 443, true},
        {"other.org, *", "example.com", 443, true},
        // domains
        {"example.com", "example.com", 443, true},
        {"example.com", "api.example.com", 443, true},
        {".example.com", "api.example.com", 443, true},
        {".example.com", "example.com", 443, true},
        {"*.example.com", "api.example.com", 443, true},
        {"*.example.com", "a.b.example.com", 443, true},
        {"EXAMPLE.com", "api.example.com", 443, true},
        {"example.com.", "example.com", 443, true},
        {"example.com", "example.com.", 443, true},
        {"example.com", "notexample.com", 443, false},
        {"example.com", "example.com.evil.org", 443, false},
        {"example.com", "com", 443, false},
        {"api.example.com", "example.com", 443, false},
        {"com", "example.com", 443, true},
        {".", "example.com", 443, false},
        {"*.", "example.com", 443, false},
        {"a*.example.com", "api.example.com", 443, false},
        // lists
        {"a.org,example.com", "example.com", 443, true},
        {"a.org example.com", "example.com", 443, true},
        {"a.org ,\texample.com\n", "example.com", 443, true},
        {"a.org,b.org", "example.com", 443, false},
        // ports
        {"example.com:443", "example.com", 443, true},
        {"example.com:443", "api.example.com", 443, true},
        {"example.com:443", "example.com", 8443, false},
        {".example.com:8443", "api.example.com", 8443, true},
        {"*:8443", "example.com", 8443, true},
        {"*:8443", "example.com", 443, false},
        {"example.com:", "example.com", 443, false},
        {"example.com:443x", "example.com", 443, false},
        {"example.com:99999999999", "example.com", 443, false},
        {"example.com:443:443", "example.com", 443, false},
        // addresses
        {"10.0.0.1", "10.0.0.1", 443, true},
        {"10.0.0.1", "10.0.0.2", 443, false},
        {"10.0.0.1:443", "10.0.0.1", 443, true},
        {"10.0.0.1:80", "10.0.0.1", 443, false},
        {".1", "10.0.0.1", 443, false},
        {"0.0.1", "10.0.0.1", 443, false},
        {"10.0.0.1", "10.0.0.1.example.com", 443, false},
        {"10.0.0.1", "::ffff:10.0.0.1", 443, true},
        {"::ffff:10.0.0.1", "10.0.0.1", 443, true},
        {"2001:db8::1", "2001:db8::1", 443, true},
        {"2001:DB8:0::1", "2001:db8::1", 443, true},
        {"[2001:db8::1]", "2001:db8::1", 443, true},
        {"[2001:db8::1]:443", "2001:db8::1", 443, true},
        {"[2001:db8::1]:80", "2001:db8::1", 443, false},
        {"2001:db8::1", "2001:db8::2", 443, false},
        // ranges
        {"10.0.0.0/8", "10.1.2.3", 443, true},
        {"10.0.0.0/8", "11.1.2.3", 443, false},
        {"10.0.0.0/8:443", "10.1.2.3", 443, true},
        {"10.0.0.0/8:80", "10.1.2.3", 443, false},
        {"192.168.1.128/25", "192.168.1.127", 443, false},
        {"192.168.1.128/25", "192.168.1.128", 443, true},
        {"10.0.0.1/32", "10.0.0.1", 443, true},
        {"0.0.0.0/0", "8.8.8.8", 443, true},
        {"0.0.0.0/0", "2001:db8::1", 443, false},
        {"2001:db8::/32", "2001:db8:ffff::1", 443, true},
        {"2001:db8::/32", "2001:db9::1", 443, false},
        {"[2001:db8::/32]:443", "2001:db8::9", 443, true},
        {"::/0", "2001:db8::1", 443, true},
        {"10.0.0.0/33", "10.0.0.0", 443, false},
        {"10.0.0.0/", "10.0.0.0", 443, false},
        {"10.0.0.0/-1", "10.0.0.0", 443, false},
        {"10.0.0.0/8", "name.example", 443, false},
        // never through a proxy
        {"", "localhost", 443, true},
        {"", "LOCALHOST", 443, true},
        {"", "a.localhost", 443, true},
        {"", "localhost.", 443, true},
        {"", "notlocalhost", 443, false},
        {"", "localhost.example.com", 443, false},
        {"", "127.0.0.1", 443, true},
        {"", "127.255.255.254", 443, true},
        {"", "::1", 443, true},
        {"", "::ffff:127.0.0.1", 443, true},
        {"", "169.254.169.254", 80, true},  // EC2, Azure
        {"", "169.254.170.2", 80, true},    // ECS
        {"", "169.254.170.23", 80, true},   // EKS
        {"", "fd00:ec2::254", 80, true},    // EC2
        {"", "fd00:ec2::23", 80, true},     // EKS
        {"", "fd00:ec3::23", 80, false},
        {"", "169.253.169.254", 80, false},
    };
    int count = 0;
    for (auto const& r : rows) {
        CAPTURE(r.list);
        CAPTURE(r.host);
        CAPTURE(r.port);
        CHECK(net::bypasses_proxy(r.list, r.host, r.port) == r.bypassed);
        ++count;
    }
    CHECK(count >= 40);
}

TEST_CASE("proxy: the URL says where, and who we are there; a password is never in an error")
{
    struct row
    {
        std::string_view url;
        std::string_view host;
        std::uint16_t port;
        std::string_view authorization;
    };
    row const good[] = {
        {"http://proxy.example:3128", "proxy.example", 3128, ""},
        {"http://proxy.example:3128/", "proxy.example", 3128, ""},
        {"proxy.example:3128", "proxy.example", 3128, ""},
        {"http://proxy.example", "proxy.example", 80, ""},
        {"http://10.0.0.1:8080", "10.0.0.1", 8080, ""},
        {"http://[2001:db8::1]:8080", "2001:db8::1", 8080, ""},
        {"http://Aladdin:open%20sesame@proxy.example:3128", "proxy.example", 3128,
         "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, // RFC 7617 section 2
        {"http://user@proxy.example:3128", "proxy.example", 3128, "Basic dXNlcjo="},
        {"http://user:p%40ss%3A%2F@proxy.example:3128", "proxy.example", 3128, "Basic dXNlcjpwQHNzOi8="},
        {"http://user:p@ss@proxy.example:3128", "proxy.example", 3128, "Basic dXNlcjpwQHNz"},
    };
    for (auto const& r : good) {
        CAPTURE(r.url);
        auto const parsed = net::parse_proxy(r.url);
        REQUIRE(parsed.has_value());
        CHECK(parsed->host == r.host);
        CHECK(parsed->port == r.port);
        CHECK(parsed->authorization.reveal() == r.authorization);
    }
    std::string_view const bad[] = {
        "https://user:canary@proxy.example:3128", // TLS to the proxy itself is not supported
        "socks5://user:canary@proxy.example:1080",    "http://user:canary@",
        "http://user:canary@proxy.example:3128/path", "http://user:canary@proxy.example:3128?query",
        "http://user:canary@proxy.example:99999",     "http://user:canary%zz@proxy.example:3128",
        "http://user:canary@proxy example:3128",      "http://user:canary@proxy.example\r\n:3128",
    };
    for (auto const url : bad) {
        CAPTURE(url);
        auto const parsed = net::parse_proxy(url);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error() == errc::invalid_argument);
        CHECK(parsed.error().phase() == phase::proxy);
        CHECK(parsed.error().to_string().find("canary") == std::string::npos);
    }
}
