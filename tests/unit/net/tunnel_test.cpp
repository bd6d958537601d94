// What the exchange with a proxy leaves behind in memory. In the program that watches what goes back: core's.
#include "exchange_support.hpp"
#include "unit/core/watched_memory.hpp"

#include <augur/net/proxy.hpp>

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view password = "an open sesame, and longer than any small buffer";
constexpr std::string_view proof = "dXNlcjphbiBvcGVuIHNlc2FtZSwgYW5kIGxvbmdlciB0aGFuIGFueSBzbWFsbCBidWZmZXI=";
constexpr auto proxy_url = "http://user:an%20open%20sesame%2C%20and%20longer%20than%20any%20small%20buffer"
                           "@proxy.test:3128";

} // namespace

TEST_CASE("tunnel: the search can fail: a plain string leaves its text behind")
{
    CHECK(test::spilled_by(proof, [] { std::string const plain(proof); }) == 1);
}

TEST_CASE("tunnel: reading a proxy's URL leaves neither the password behind nor what is made of it")
{
    auto const read = [] {
        CHECK(net::parse_proxy(proxy_url)->authorization.reveal().ends_with(proof));
        CHECK(net::parse_proxy(std::string(proxy_url) + "/path").has_error());
    };
    CHECK(test::spilled_by(password, read) == 0);
    CHECK(test::spilled_by(proof, read) == 0);
}

TEST_CASE("tunnel: however the exchange with the proxy ends, no memory that goes back holds the password")
{
    struct row
    {
        std::string name;
        testing::stream_script script;
        errc code;
    };
    std::vector<row> rows{
        {"the write fails", says(""), errc::proxy_failed},
        {"the proxy reads a part and no more", says(""), errc::proxy_timeout},
        {"the proxy says nothing", says(""), errc::proxy_timeout},
        {"the proxy hangs up", says_and_closes("HTTP/1.1 200"), errc::proxy_failed},
        {"the proxy refuses", says("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n"), errc::proxy_failed},
    };
    rows[0].script.fail_call = 0;
    rows[1].script.stop_reading_after = 10;
    for (auto const& r : rows)
        // Lengths between which a text that grows would move.
        for (std::size_t const host_size : {1U, 20U, 40U, 60U}) {
            CAPTURE(r.name);
            CAPTURE(host_size);
            auto const ask = [&] {
                net::https_config config;
                config.proxy.url = proxy_url;
                bench b({r.script}, std::move(config));
                b.to.host = std::string(host_size, 'h');
                b.to.port = 443;
                b.to.is_https = true;
                auto const sent = b.send();
                auto& written = b.dialer->logs().at(0)->written; // the test's own
                cleanse(written.data(), written.size());
                REQUIRE(sent.response);
                REQUIRE(sent.response->has_error());
                CHECK(sent.response->error() == r.code);
                CHECK(sent.response->error().phase() == phase::proxy);
            };
            CHECK(test::spilled_by(proof, ask) == 0);
        }
}

TEST_CASE("tunnel: a context that goes away in the middle of the exchange leaves no password behind")
{
    auto script = says("");
    script.block_every_other = true; // the first write has to wait
    auto const head = request_head::make("POST", "/path", "example.test").value();
    body const payload("hello");
    auto to = plain_origin();
    to.is_https = true;
    auto const ask = [&] {
        net::https_config config;
        config.proxy.url = proxy_url;
        net::exchange x(to, head, payload, phase_limits());
        bool called = false;
        {
            bench b({script}, std::move(config));
            auto call = [&](net::operation& op) { return b.transport->send(op, x); };
            net::start<http_response>(b.arena, b.time, b.context.get_executor(), 1min, call,
                                      [&called](result<http_response>) { called = true; });
            while (b.dialer->logs().empty() || b.dialer->logs().at(0)->waits == 0)
                REQUIRE(b.context.poll_one() == 1);
        }
        CHECK_FALSE(called);
    };
    CHECK(test::spilled_by(proof, ask) == 0);
}
