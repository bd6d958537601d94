#include "exchange_support.hpp"

#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include <functional>

using namespace augur;
using namespace augur::tests;
using namespace std::chrono_literals;

namespace {

std::string const plain = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nworld";
std::string const chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2;x=\"y\"\r\nld\r\n0\r\nTrailer: v\r\n\r\n";
std::string const to_the_end = "HTTP/1.0 200 OK\r\n\r\nworld";

} // namespace

TEST_CASE("exchange: the request on the wire is the head, the length, a blank line and the body")
{
    bench b({says(plain)});
    auto const sent = b.send("hello");
    REQUIRE(sent.response);
    REQUIRE(sent.response->has_value());
    CHECK((*sent.response)->status == 200);
    CHECK((*sent.response)->content == "world");
    CHECK((*sent.response)->fields["content-type"] == "text/plain");
    CHECK(b.dialer->logs().at(0)->written ==
          "POST /path HTTP/1.1\r\nhost: example.test\r\ncontent-length: 5\r\n\r\nhello");
    CHECK(sent.took == 0ns);
}

TEST_CASE("exchange: a body larger than the buffer goes out whole")
{
    std::string const large(100'000, 'x');
    auto script = says(plain);
    script.write_slice = 7'000;
    script.block_every_other = true;
    script.answer_after = 100'000;
    bench b({script});
    auto const sent = b.send(large);
    REQUIRE(sent.response->has_value());
    CHECK(b.dialer->logs().at(0)->written.ends_with("content-length: 100000\r\n\r\n" + large));
}

TEST_CASE("exchange: a GET without a body has no length, an empty POST says zero")
{
    bench get({says(plain)});
    CHECK(get.send("", "GET").response->has_value());
    CHECK(get.dialer->logs().at(0)->written.find("content-length") == std::string::npos);
    bench post({says(plain)});
    CHECK(post.send("").response->has_value());
    CHECK(post.dialer->logs().at(0)->written.find("content-length: 0\r\n") != std::string::npos);
}

TEST_CASE("exchange: a failure at the n-th call ends the exchange once, with an honest outcome")
{
    for (std::size_t n = 0; n < 12; ++n) {
        CAPTURE(n);
        auto script = says(plain);
        script.slice = 20;
        script.write_slice = 30;
        script.block_every_other = true;
        script.fail_call = n;
        bench b({script});
        auto const sent = b.send();
        REQUIRE(sent.response);
        auto const& written = b.dialer->logs().at(0)->written;
        if (sent.response->has_value()) // the answer came although the request broke off: it counts
            CHECK_FALSE(written.ends_with("hello"));
        else
            CHECK((sent.response->error().outcome() == outcome::not_sent) == written.empty());
        CHECK(b.transport->statistics().idle == 0);
        CHECK(b.transport->statistics().busy == 0);
    }
}

TEST_CASE("exchange: each wait has its own limit and its own error, exact on the clock")
{
    phase_limits limits;
    limits.first_byte = 3s;
    limits.idle = 2s;
    auto silent = says("");
    bench no_answer({silent});
    auto const first = no_answer.send("hello", "POST", limits);
    CHECK(first.response->error() == errc::response_timeout);
    CHECK(first.response->error().phase() == phase::first_byte);
    CHECK(first.response->error().outcome() == outcome::unknown);
    CHECK(first.took == 3s);

    auto stalled = says(plain);
    stalled.cut = plain.size() - 2;
    stalled.hold_at_cut = true;
    bench no_rest({stalled});
    auto const second = no_rest.send("hello", "POST", limits);
    CHECK(second.response->error() == errc::idle_timeout);
    CHECK(second.response->error().phase() == phase::body);
    CHECK(second.response->error().outcome() == outcome::partial);
    CHECK(second.took == 2s);

    limits.total = 1s;
    bench late({silent});
    auto const third = late.send("hello", "POST", limits);
    CHECK(third.response->error() == errc::deadline_exceeded);
    CHECK(third.took == 1s);
}

TEST_CASE("exchange: only a clean end gives the connection back")
{
    struct row
    {
        std::string answer;
        bool reusable;
    };
    row const rows[] = {
        {plain, true},
        {chunked, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", true},
        {"HTTP/1.1 304 Not Modified\r\n\r\n", true},
        {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", true},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nworld", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nworld", false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nworld", true},
        {plain + "x", false},
        {plain + plain, false},
        {"HTTP/1.1 204 No Content\r\n\r\nworld", false},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", true},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false}, // its body may come later
        {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n",
         false},
        {"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nkeep-alive: max=9, timeout=1\r\nContent-Length: 5\r\n\r\nworld",
         false},
        {"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 5\r\n\r\nworld", false},
        {"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\nContent-Length: 5\r\n\r\nworld", true},
    };
    for (auto const& r : rows) {
        CAPTURE(r.answer);
        bench b({says(r.answer)});
        auto const sent = b.send();
        REQUIRE(sent.response);
        REQUIRE(sent.response->has_value());
        CHECK(b.transport->statistics().idle == (r.reusable ? 1 : 0));
        CHECK(b.transport->statistics().busy == 0);
    }
}

TEST_CASE("exchange: a trailer does not become a header")
{
    auto const with = [](std::string trailer) {
        return "HTTP/1.1 200 OK\r\nDate: Thu, 26 Nov 2026 10:00:00 GMT\r\nTransfer-Encoding: "
               "chunked\r\n\r\n5\r\nworld\r\n0\r\n" +
               trailer + "\r\n";
    };
    bench b({says(with("Retry-After: 7\r\nKeep-Alive: timeout=1\r\n"))});
    auto const sent = b.send();
    REQUIRE(sent.response->has_value());
    CHECK((*sent.response)->content == "world");
    CHECK((*sent.response)->fields.size() == 2);
    CHECK_FALSE((*sent.response)->fields.find("retry-after"));
    CHECK(b.transport->statistics().idle == 1);

    std::string many;
    for (int i = 0; i < 300; ++i)
        many += "X-Part: 1\r\n";
    CHECK(bench({says(with(many))}).send().response->has_value());
    auto const bad = bench({says(with(std::string("X-Part: 1\0002\r\n", 13)))}).send();
    CHECK(bad.response->error() == errc::protocol_error);
    CHECK(bad.response->error().outcome() == outcome::partial);
}

TEST_CASE("exchange: the answer to a HEAD has no body, whatever it says of one")
{
    for (std::string const interim : {"", "HTTP/1.1 103 Early Hints\r\n\r\n"})
        for (std::string const framing :
             {"Content-Length: 5", "Content-Length: 99999999999", "Transfer-Encoding: chunked", "X-Other: 1"}) {
            CAPTURE(framing);
            bench b({says(interim + "HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n")});
            auto const sent = b.send("", "HEAD");
            REQUIRE(sent.response);
            REQUIRE_MESSAGE(sent.response->has_value(), sent.response->error());
            CHECK((*sent.response)->content.empty());
            CHECK(sent.took == 0ns);
            CHECK(b.transport->statistics().idle == 1);
        }
}

namespace {

/// Reads a body to its end, whatever that is, and sends again while the ended body is still somebody's.
net::task<result<http_response>> read_and_send(net::operation& op, std::shared_ptr<net::https_transport> through,
                                               request_head const& head, phase_limits limits)
{
    net::origin to;
    to.host = "example.test";
    to.port = 80;
    to.is_https = false;
    body const payload("x");
    net::exchange first(to, head, payload, limits);
    auto opened = co_await through->open(op, first);
    if (!opened)
        co_return opened.error();
    for (;;) {
        auto const piece = co_await opened->content->read(op, limits.idle);
        if (!piece || piece->empty())
            break;
    }
    net::exchange second(to, head, payload, limits);
    second.on_fresh_connection(true);
    auto answer = co_await through->send(op, second);
    co_return std::move(answer);
}

} // namespace

TEST_CASE("exchange: a body that ended holds no place in the pool, even if its connection is gone")
{
    auto broken = says(plain);
    broken.cut = plain.size() - 2;
    for (auto const& script : {says(plain), says_and_closes(to_the_end), broken}) {
        CAPTURE(script.input);
        CAPTURE(script.cut);
        net::https_config config;
        config.pool.max_connections = 1;
        bench b({script, says(plain)}, config);
        std::optional<result<http_response>> end;
        auto const head = request_head::make("POST", "/path", "example.test").value();
        phase_limits const limits;
        auto call = [&](net::operation& op) { return read_and_send(op, b.transport, head, limits); };
        net::start<http_response>(b.arena, b.time, b.context.get_executor(), limits.total, call,
                                  [&end](result<http_response> r) { end = std::move(r); });
        b.context.poll();
        REQUIRE(end); // it did not wait for a turn
        CHECK(end->has_value());
    }
}

TEST_CASE("exchange: interim responses are skipped, up to a limit")
{
    std::string eight;
    for (int i = 0; i < 8; ++i)
        eight += "HTTP/1.1 102 Processing\r\n\r\n";
    CHECK(bench({says(eight + plain)}).send().response->has_value());
    auto const flood = bench({says(eight + "HTTP/1.1 102 Processing\r\n\r\n" + plain)}).send();
    CHECK(flood.response->error() == errc::protocol_error);
}

TEST_CASE("exchange: limits on size are exact")
{
    net::https_config config;
    config.sizes.response_body = 5;
    CHECK(bench({says(plain)}, config).send().response->has_value());
    CHECK(bench({says(chunked)}, config).send().response->has_value());
    config.sizes.response_body = 4;
    CHECK(bench({says(plain)}, config).send().response->error() == errc::body_limit);
    CHECK(bench({says(chunked)}, config).send().response->error() == errc::body_limit);
    CHECK(bench({says_and_closes(to_the_end)}, config).send().response->error() == errc::body_limit);

    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 1000; ++i)
        many += "X-" + std::to_string(i) + ": y\r\n";
    CHECK(bench({says(many + "\r\n")}).send().response->error() == errc::header_limit);
    std::string const long_value = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'y') + "\r\n\r\n";
    CHECK(bench({says(long_value)}).send().response->error() == errc::header_limit);
}

TEST_CASE("exchange: a connection that went bad while idle is not used again")
{
    // The first peer closes after its answer: the close is seen before the second request is risked.
    auto closing = says_and_closes(plain);
    bench b({closing, says(plain)});
    CHECK(b.send().response->has_value());
    CHECK(b.transport->statistics().idle == 1);
    auto const second = b.send();
    CHECK(second.response->has_value());
    CHECK_FALSE(second.report.connection_reused);
    CHECK(b.dialer->logs().size() == 2);
    CHECK(b.dialer->logs().at(0)->written.find("POST", 1) == std::string::npos);
}

TEST_CASE("exchange: an idle connection is dropped after its time, and a fresh one is made on demand")
{
    net::https_config config;
    config.pool.idle_timeout = 10s;
    bench b({says(plain)}, config);
    CHECK(b.send().response->has_value());
    b.time->advance(10s);
    CHECK_FALSE(b.send().report.connection_reused);
    CHECK(b.dialer->logs().size() == 2);
}

TEST_CASE("exchange: waiters get connections in order; one that stops waiting never gets one")
{
    net::https_config config;
    config.pool.max_connections = 1;
    phase_limits limits;
    limits.pool_wait = 1s;
    limits.first_byte = 5s;
    bench b({says("")}, config); // the only connection never answers
    std::vector<std::string> order;
    auto head = request_head::make("POST", "/path", "example.test").value();
    body const payload("x");
    auto const send = [&](std::string name) {
        auto call = [&b, &head, &payload, limits](net::operation& op) -> net::task<result<int>> {
            net::origin to;
            to.host = "example.test";
            to.port = 80;
            to.is_https = false;
            net::exchange x(to, head, payload, limits);
            auto r = co_await b.transport->send(op, x);
            co_return r.error();
        };
        net::start<int>(b.arena, b.time, b.context.get_executor(), 1min, call, [&order, name](result<int> r) {
            order.push_back(name + " " + std::string(to_string(static_cast<errc>(r.error().code().value()))));
        });
    };
    send("first");
    send("second");
    send("third");
    while (order.size() < 3) {
        b.context.restart();
        if (b.context.poll() == 0 && !b.time->advance_to_next())
            break;
    }
    CHECK(order == std::vector<std::string>{"second pool_timeout", "third pool_timeout", "first response_timeout"});
    CHECK(b.transport->statistics().busy == 0);
    CHECK(b.transport->statistics().waiting == 0);
    CHECK(b.arena->live_blocks() == 0);
}

TEST_CASE("exchange: an answer that comes before the request was read ends the upload and counts")
{
    std::string const refusal = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
    auto script = says(refusal);
    script.stop_reading_after = 50'000;
    bench b({script});
    auto const sent = b.send(std::string(6'000'000, 'x'));
    REQUIRE(sent.response);
    REQUIRE_MESSAGE(sent.response->has_value(), sent.response->error());
    CHECK((*sent.response)->status == 413);
    CHECK((*sent.response)->content == "big");
    CHECK(b.dialer->logs().at(0)->written.size() == 50'000);
    CHECK(b.transport->statistics().idle == 0); // half a request was left on that connection
}

TEST_CASE("exchange: a server that neither reads nor answers is left when writing makes no progress")
{
    auto script = says("");
    script.stop_reading_after = 50'000;
    script.hold_at_cut = true;
    bench b({script});
    phase_limits limits;
    limits.write = 4s;
    auto const sent = b.send(std::string(6'000'000, 'x'), "POST", limits);
    REQUIRE(sent.response);
    CHECK(sent.response->error() == errc::write_timeout);
    CHECK(sent.response->error().phase() == phase::write);
    CHECK(sent.response->error().outcome() == outcome::unknown);
    CHECK(sent.took == 4s);
}

TEST_CASE("exchange: a body in a coding that nobody asked for is not handed out")
{
    std::string const zipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nworld";
    bench b({says(zipped)});
    auto const sent = b.send();
    CHECK(sent.response->error() == errc::unsupported_encoding);
    CHECK(sent.response->error().outcome() == outcome::complete);
    CHECK(bench({says("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nworld")})
              .send()
              .response->has_value());
}

TEST_CASE("exchange: a chunk header or a trailer without end is refused, not waited for")
{
    std::string const long_extension = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=" +
                                       std::string(40'000, 'a') + "\r\nworld\r\n0\r\n\r\n";
    std::string const long_trailer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\nX: " +
                                     std::string(40'000, 'a') + "\r\n\r\n";
    for (auto const& text : {long_extension, long_trailer}) {
        bench b({says(text)});
        auto const sent = b.send();
        REQUIRE(sent.response);
        REQUIRE(sent.response->has_error());
        CHECK((sent.response->error() == errc::protocol_error || sent.response->error() == errc::header_limit));
        CHECK(sent.response->error().outcome() == outcome::partial);
        CHECK(b.transport->statistics().idle == 0);
    }
}

TEST_CASE("exchange: a refusal whose explanation breaks off is still a refusal")
{
    std::string const refusal = "HTTP/1.1 429 Slow Down\r\nRetry-After: 2\r\nContent-Length: 100\r\n\r\npartly";
    for (bool const reset : {false, true}) {
        auto script = says_and_closes(refusal);
        script.reset_at_cut = reset;
        bench b({script});
        auto const sent = b.send();
        REQUIRE(sent.response->has_value());
        CHECK((*sent.response)->status == 429);
        CHECK((*sent.response)->fields["retry-after"] == "2");
        CHECK((*sent.response)->content == "partly");
        CHECK(b.transport->statistics().idle == 0);
    }
    auto const coded =
        bench({says("HTTP/1.1 503 Busy\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08")}).send();
    REQUIRE(coded.response->has_value());
    CHECK((*coded.response)->status == 503);
    CHECK((*coded.response)->content.empty());
}

TEST_CASE("exchange: a server that closes its side during the upload and reads no more is left at the write limit")
{
    auto script = says_and_closes("");
    script.stop_reading_after = 50'000;
    bench b({script});
    phase_limits limits;
    limits.write = 4s;
    auto const sent = b.send(std::string(6'000'000, 'x'), "POST", limits);
    REQUIRE(sent.response);
    CHECK(sent.response->error() == errc::write_timeout);
    CHECK(sent.took == 4s);
}

TEST_CASE("exchange: a large body in tiny pieces that are always ready needs no more stack than a small one")
{
    std::string const body(400'000, 'x');
    auto script = says("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    script.slice = 1;
    bench b({script});
    auto const sent = b.send();
    REQUIRE(sent.response->has_value());
    CHECK((*sent.response)->content == body);
}

TEST_CASE("exchange: a body that is always there does not keep the thread")
{
    std::string const large(300'000, 'x');
    auto script = says("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + large);
    script.slice = 1000;
    for (bool const in_pieces : {false, true}) {
        CAPTURE(in_pieces);
        bench b({script});
        b.streams = in_pieces;
        // What others do: once a turn, as long as the call lasts.
        int turns = 0;
        bool is_over = false;
        std::function<void()> const other = [&] {
            ++turns;
            if (!is_over && turns < 1000)
                boost::asio::post(b.context, other);
        };
        boost::asio::post(b.context, other);
        auto const sent = b.send("hello", "POST", {}, false, [&is_over] { is_over = true; });
        REQUIRE(sent.response->has_value());
        CHECK((*sent.response)->content == large);
        CHECK(turns >= 4); // 300 reads
        CHECK(turns < 1000);
    }
}
