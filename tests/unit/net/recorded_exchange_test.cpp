// Recorded exchanges, cut by FIN and by RST at every byte, split at every byte, and fed byte by byte.

#include "exchange_support.hpp"

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::tests;

namespace {

enum class framing
{
    exact,          ///< its end can be told from its bytes
    to_end_of_file, ///< its end is the end of the connection
};

/// What a server once said, and where its parts begin.
struct recorded
{
    std::string head; ///< interim responses and the final head
    std::string rest; ///< the body with its framing
    int status;
    std::string content;
    framing how = framing::exact;

    std::string text() const { return head + rest; }
};

std::vector<recorded> const& recordings()
{
    static std::vector<recorded> const all{
        {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n", "world", 200, "world"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-checksum\r\n\r\n",
         "3;name=\"v;al\"\r\nwor\r\n02;x\r\nld\r\n0;last\r\nX-Checksum: 7\r\nX-Other: y\r\n\r\n", 200, "world"},
        {"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n", "world", 200, "world", framing::to_end_of_file},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
         "world", 200, "world"},
        {"HTTP/1.1 204 No Content\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n", "", 204, ""},
        {"HTTP/1.1 429 Too Many Requests\r\nx-amzn-ErrorType: ThrottlingException\r\nRetry-After: 2\r\n"
         "Content-Length: 21\r\n\r\n",
         "{\"message\":\"slow it\"}", 429, "{\"message\":\"slow it\"}"},
    };
    return all;
}

/// What must come of a response of which `cut` bytes arrived.
struct expectation
{
    bool is_response;
    std::string content;
    errc code{};
    augur::outcome outcome{};
};

expectation expected(recorded const& r, std::size_t cut, bool reset, bool streams)
{
    if (cut < r.head.size())
        return {false, {}, errc::connection_lost, outcome::unknown};
    bool const ended_well = r.how == framing::to_end_of_file ? !reset : cut == r.text().size();
    if (ended_well && r.how == framing::to_end_of_file)
        return {true, r.content.substr(0, cut - r.head.size()), {}, {}};
    if (ended_well)
        return {true, r.content, {}, {}};
    if (r.status >= 300 && !streams) // a refusal whose explanation broke off
        return {true, r.content.substr(0, cut - r.head.size()), {}, {}};
    return {false, {}, errc::truncated, outcome::partial};
}

void check(recorded const& r, bench::outcome_of_send const& sent, expectation const& wanted, std::size_t arrived)
{
    REQUIRE(sent.response);
    CHECK(sent.report.response_started == (arrived > 0));
    if (wanted.is_response) {
        REQUIRE(sent.response->has_value());
        CHECK((*sent.response)->status == r.status);
        CHECK((*sent.response)->content == wanted.content);
        return;
    }
    REQUIRE(sent.response->has_error());
    auto const e = sent.response->error();
    CHECK(e == wanted.code);
    CHECK(e.outcome() == wanted.outcome);
    CHECK(e.http_status() == (arrived < r.head.size() ? 0 : r.status));
}

} // namespace

TEST_CASE("recorded: cut at every byte, by FIN and by RST, a response is never more than what arrived")
{
    std::size_t cuts = 0;
    for (auto const& r : recordings())
        for (std::size_t cut = 0; cut <= r.text().size(); ++cut) {
            CAPTURE(r.head);
            CAPTURE(cut);
            for (bool const reset : {false, true})
                for (bool const streams : {false, true})
                    for (bool const bytewise : {false, true}) {
                        CAPTURE(reset);
                        CAPTURE(streams);
                        CAPTURE(bytewise);
                        auto script = says(r.text());
                        script.cut = cut;
                        script.reset_at_cut = reset;
                        script.block_every_other = bytewise;
                        if (bytewise)
                            script.slice = 1;
                        bench b({script, says("")});
                        b.streams = streams;
                        auto const sent = b.send();
                        check(r, sent, expected(r, cut, reset, streams), cut);
                        auto const pool = b.transport->statistics();
                        bool const whole = cut == r.text().size() && r.how == framing::exact;
                        CHECK(pool.idle == (whole ? 1 : 0)); // its end was not seen yet
                        CHECK(pool.busy == 0);
                        CHECK(b.dialer->logs().at(0)->closed != whole);
                        CHECK(b.arena->live_blocks() == 0);
                    }
            cuts += 2;
        }
    MESSAGE(recordings().size() << " exchanges, FIN or RST at " << cuts << " places, each in 4 ways");
    CHECK(cuts > 600);
}

TEST_CASE("recorded: every split in two, and byte by byte, gives the same response")
{
    std::size_t splits = 0;
    for (auto const& r : recordings())
        for (std::size_t split = 0; split <= r.text().size(); ++split)
            for (bool const streams : {false, true}) {
                CAPTURE(r.head);
                CAPTURE(split);
                CAPTURE(streams);
                auto script = r.how == framing::exact ? says(r.text()) : says_and_closes(r.text());
                if (split == 0) {
                    script.slice = 1;
                    script.block_every_other = true;
                }
                script.split = split;
                bench b({script});
                b.streams = streams;
                auto const sent = b.send();
                check(r, sent, {true, r.content, {}, {}}, r.text().size());
                CHECK(b.transport->statistics().idle == (r.how == framing::exact ? 1 : 0));
                ++splits;
            }
    MESSAGE(splits << " splits");
}
