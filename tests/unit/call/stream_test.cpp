// A stream of events by scripts: what the service sends and when goes in; events, errors and time come out.

#include "stream_support.hpp"

#include <augur/core/error_details.hpp>
#include <augur/sagemaker/errc.hpp>

#include <boost/asio/co_spawn.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

TEST_CASE("stream: events come whole and in order wherever the body was cut")
{
    auto const body = chat_answer();
    for (std::size_t size = 1; size <= body.size() + 1; ++size) {
        CAPTURE(size);
        stream_bench bench;
        bench.transport->expect(reply::with(200, {{"x-request-id", "r1"}}, body).in_pieces_of(size));
        auto stream = bench.open();
        REQUIRE(stream.has_value());
        CHECK(bench.read_all(*stream) == "Blue|, says |\xc3\xbc.|-|.");
        CHECK(bench.next(*stream).value() == std::nullopt); // and again
        CHECK(stream->text() == "Blue, says \xc3\xbc.");
        CHECK(stream->response().finished() == finish::stop);
        CHECK(stream->meta().request_id == "r1");
        CHECK(stream->meta().attempts == 1);
        CHECK(bench.slept() == 0ns);
        CHECK(bench.is_clean());
    }
}

TEST_CASE("stream: cut anywhere before the last event it is an error that keeps the text so far")
{
    auto const body = chat_answer();
    auto const last = body.find(chat_finish()) + chat_finish().size();
    for (bool const is_clean_end : {true, false}) {
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
            CAPTURE(cut);
            CAPTURE(is_clean_end);
            stream_bench bench;
            auto what = reply::with(200, {{"x-request-id", "r1"}}, is_clean_end ? body.substr(0, cut) : body);
            if (!is_clean_end)
                what.cut_after(cut);
            bench.transport->expect(what);
            auto stream = bench.open();
            REQUIRE(stream.has_value());
            auto const seen = bench.read_all(*stream);
            // Every answer has its reason to end: then the end that HTTP tells is enough, and a broken one is not.
            if (is_clean_end && cut >= last) {
                CHECK(seen == "Blue|, says |\xc3\xbc.|-|.");
                continue;
            }
            CHECK(seen.ends_with("truncated"));
            auto const again = bench.next(*stream);
            REQUIRE_FALSE(again.has_value());
            CHECK(again.error() == errc::truncated);
            CHECK(again.error().outcome() == outcome::partial);
            CHECK(again.error().http_status() == 200);
            CHECK(again.error().attempts() == 1);
            CHECK(again.error().request_id() == "r1");
            std::string text;
            for (auto const* piece : {"Blue", ", says ", "\xc3\xbc."})
                if (seen.find(piece) != seen.npos)
                    text += piece;
            CHECK(stream->text() == text);
            CHECK(bench.sends() == 1);
            CHECK(bench.is_clean());
        }
    }
}

TEST_CASE("stream: an event that is here already is delivered without suspending")
{
    stream_bench bench;
    bench.transport->expect(reply::with(200, {}, chat_answer()));
    auto stream = bench.open();
    REQUIRE(stream.has_value());
    int steps = 0;
    std::vector<int> seen;
    auto const reader = [](chat_stream& from, int& now, std::vector<int>& to) -> asio::awaitable<void> {
        while (auto event = (co_await from.next()).value())
            to.push_back(now);
        to.push_back(now);
    };
    asio::co_spawn(bench.io, reader(*stream, steps, seen), [](std::exception_ptr e) { CHECK_FALSE(e); });
    bench.io.restart();
    while (bench.io.poll_one() > 0)
        ++steps;
    // One wait for the body, one for its end.
    REQUIRE(seen.size() == 5);
    CHECK(seen[0] == seen[3]);
    CHECK(seen[4] > seen[3]);
}

TEST_CASE("stream: keep-alives do not count as progress")
{
    std::string pings;
    for (int i = 0; i < 100; ++i)
        pings += i % 2 == 0 ? ": ping\n\n" : "event: ping\n\n"; // an event without data is none
    std::size_t const ping = 9;

    SUBCASE("before the first event")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {}, pings).in_pieces_of(ping).each_after(1s));
        call_options options;
        options.first_event(4s).idle(1500ms);
        auto stream = bench.open(options);
        REQUIRE(stream.has_value());
        auto const item = bench.next(*stream);
        REQUIRE_FALSE(item.has_value());
        CHECK(item.error() == errc::first_event_timeout);
        CHECK(item.error() == condition::timeout);
        CHECK(item.error().phase() == phase::body);
        CHECK(item.error().outcome() == outcome::partial);
        CHECK(item.error().message().ends_with("did not come within 4000 ms; allow more with `first_event`"));
        CHECK(bench.slept() == 4s);
        CHECK(bench.is_clean());
    }
    SUBCASE("after it")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {}, chat_piece("Blue") + pings).in_pieces_of(ping).each_after(10ms));
        call_options options;
        options.first_event(4s).idle(150ms);
        auto stream = bench.open(options);
        REQUIRE(stream.has_value());
        REQUIRE(bench.next(*stream).has_value());
        auto const before = bench.slept();
        auto const item = bench.next(*stream);
        REQUIRE_FALSE(item.has_value());
        CHECK(item.error() == errc::idle_timeout);
        CHECK(item.error().message() == "nothing further came within 150 ms; keep-alives and events without content do "
                                        "not count; what came before is kept; allow more with `idle`");
        CHECK(item.error().outcome() == outcome::partial);
        CHECK(bench.slept() - before == 150ms);
        CHECK(stream->text() == "Blue");
        CHECK(bench.is_clean());
    }
}

TEST_CASE("stream: events that add nothing do not count as progress, and what adds something does")
{
    std::string const nothing = "data: {\"choices\":[]}\n\n";
    std::string pings;
    for (int i = 0; i < 100; ++i)
        pings += nothing;
    stream_bench bench;
    // Blue, 1 s of pings, more, pings without end.
    auto const body = chat_piece("Blue") + pings.substr(0, 10 * nothing.size()) + chat_piece("r") + pings;
    bench.transport->expect(reply::with(200, {}, body).in_pieces_of(nothing.size()).each_after(100ms));
    call_options options;
    options.first_event(10s).idle(2500ms);
    auto stream = bench.open(options);
    REQUIRE(stream.has_value());
    auto last_content = bench.slept();
    for (;;) {
        auto const item = bench.next(*stream);
        if (!item) {
            CHECK(item.error() == errc::idle_timeout);
            CHECK(bench.slept() - last_content == 2500ms);
            break;
        }
        REQUIRE(item->has_value());
        if ((*item)->text())
            last_content = bench.slept();
        CHECK(bench.slept() - last_content < 2500ms);
    }
    CHECK(stream->text() == "Bluer");
    CHECK(bench.is_clean());
}

TEST_CASE("stream: a slow service is no problem while each event keeps to its limit")
{
    stream_bench bench;
    auto const body = chat_answer();
    bench.transport->expect(reply::with(200, {}, body).in_pieces_of(10).each_after(100ms));
    call_options options;
    options.deadline(1h).first_event(5s).idle(2s);
    auto stream = bench.open(options);
    REQUIRE(stream.has_value());
    CHECK(bench.read_all(*stream) == "Blue|, says |\xc3\xbc.|-|.");
    CHECK(bench.slept() >= 5s);
    CHECK(stream->meta().time_in(phase::body) == bench.slept());
}

TEST_CASE("stream: the deadline counts from the start of the call, over all that is read")
{
    stream_bench bench;
    bench.transport->expect(reply::with(200, {}, chat_answer()).after(3s).in_pieces_of(40).each_after(1s));
    auto stream = bench.open(deadline(10s));
    REQUIRE(stream.has_value());
    auto const seen = bench.read_all(*stream);
    CHECK(seen.ends_with("|deadline_exceeded"));
    CHECK(bench.slept() == 10s);
    CHECK(bench.next(*stream).error().outcome() == outcome::partial);
    CHECK(bench.slept() == 10s);
}

TEST_CASE("stream: a reader that pauses is not stalled")
{
    stream_bench bench;
    bench.transport->expect(reply::with(200, {}, chat_answer()).in_pieces_of(200).each_after(1s));
    call_options options;
    options.deadline(2h).first_event(3s).idle(3s);
    auto stream = bench.open(options);
    REQUIRE(stream.has_value());
    std::string text;
    for (;;) {
        bench.time->advance(10min);
        CHECK(bench.time->armed() == 0); // nothing of ours ticks meanwhile
        auto item = bench.next(*stream);
        REQUIRE(item.has_value());
        if (!*item)
            break;
        text += (*item)->text().value_or("");
    }
    CHECK(text == "Blue, says \xc3\xbc.");
}

TEST_CASE("stream: silence ends at its limit")
{
    stream_bench bench;
    bench.transport->expect(reply::with(200, {}, chat_answer()).silent_after(0));
    bench.transport->expect(reply::with(200, {}, chat_answer()).silent_after(9 + chat_piece("Blue").size()));
    call_options options;
    options.first_event(4s).idle(1500ms);
    auto none = bench.open(options);
    CHECK(bench.read_all(*none) == "first_event_timeout");
    CHECK(bench.slept() == 4s);
    auto some = bench.open(options);
    CHECK(bench.read_all(*some) == "Blue|idle_timeout");
    CHECK(bench.slept() == 5500ms);
}

TEST_CASE("stream: what fails before the head is here is repeated as in any call")
{
    stream_bench bench;
    bench.transport->expect(reply::with(503, {}, "busy"));
    bench.transport->expect(reply::with(429, {{"retry-after", "2"}}, "slow down").in_pieces_of(1));
    bench.transport->expect(reply::with(200, {}, chat_answer()));
    auto stream = bench.open();
    REQUIRE(stream.has_value());
    CHECK(bench.slept() == 25ms + 2s);
    CHECK(stream->meta().attempts == 3);
    CHECK(bench.read_all(*stream).ends_with("|."));
    CHECK(bench.quota() == 500 - 14 - 5 + 5);
    CHECK(bench.transport->ok());
}

TEST_CASE("stream: a refusal is read and understood, whether or not its body is whole")
{
    for (auto const cut : {std::size_t{12}, std::size_t{1000}}) {
        stream_bench bench;
        bench.transport->expect(
            reply::with(424, {{"x-amzn-errortype", "ModelError"}}, R"({"Message":"boom","OriginalStatusCode":500})")
                .cut_after(cut));
        auto const stream = bench.open();
        REQUIRE_FALSE(stream.has_value());
        CHECK(stream.error() == sagemaker::errc::model_error);
        CHECK(stream.error().http_status() == 424);
        CHECK(stream.error().service_message() == (cut == 1000 ? "boom" : "{\"Message\":\""));
        CHECK(bench.is_clean());
    }
}

TEST_CASE("stream: a refusal without end is not read for ever")
{
    stream_bench bench;
    call_options options;
    options.max_attempts(1).idle(5s);
    bench.transport->expect(reply::with(503, {}, std::string(10'000'000, 'x')).in_pieces_of(1000));
    CHECK(bench.open(options).error() == sagemaker::errc::service_unavailable);
    CHECK(bench.slept() == 0ns);
    bench.transport->expect(reply::with(503, {}, std::string(10'000, 'x')).in_pieces_of(1).each_after(1s));
    CHECK(bench.open(options).error() == sagemaker::errc::service_unavailable);
    CHECK(bench.slept() == 5s);
}

TEST_CASE("stream: after a 200 nothing is repeated")
{
    for (auto const rule : {replay::standard, replay::at_most_once}) {
        for (auto const cut : {std::size_t{0}, std::size_t{250}}) {
            stream_bench bench;
            bench.transport->expect(reply::with(200, {}, chat_answer()).cut_after(cut));
            call_options options;
            options.replay(rule);
            auto stream = bench.open(options);
            REQUIRE(stream.has_value());
            CHECK(bench.read_all(*stream).ends_with("truncated"));
            CHECK(bench.sends() == 1);
            CHECK(bench.slept() == 0ns);
        }
    }
}

TEST_CASE("stream: replay_unknown repeats until the first event was delivered, and no longer")
{
    call_options options;
    options.replay(replay::replay_unknown).first_event(4s);
    SUBCASE("before")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {{"x-request-id", "r1"}}, ": hi\n\n").cut_after(6));
        bench.transport->expect(reply::with(200, {{"x-request-id", "r2"}}, ": hi\n\n"));
        bench.transport->expect(reply::with(200, {{"x-request-id", "r3"}}, chat_answer()));
        auto stream = bench.open(options);
        REQUIRE(stream.has_value());
        CHECK(bench.read_all(*stream) == "Blue|, says |\xc3\xbc.|-|.");
        CHECK(stream->meta().attempts == 3);
        CHECK(stream->meta().replayed);
        CHECK(stream->meta().request_id == "r3");
        CHECK(bench.sends() == 3);
        CHECK(bench.transport->seen()[2].content == "[1]");
        CHECK(bench.slept() == 25ms + 50ms);
        CHECK(bench.is_clean());
    }
    SUBCASE("with the bytes that were borrowed, though their owner may have gone by then")
    {
        stream_bench bench;
        std::string bytes = "borrowed";
        bench.payload = body::borrowed(bytes);
        bench.transport->expect(reply::with(200, {}, ""));
        bench.transport->expect(reply::with(200, {}, chat_answer()));
        auto stream = bench.open(options);
        REQUIRE(stream.has_value());
        bytes.assign(bytes.size(), '-');
        CHECK(bench.read_all(*stream).ends_with("."));
        CHECK(bench.transport->seen()[1].content == "borrowed");
    }
    SUBCASE("until the attempts are used")
    {
        stream_bench bench;
        for (int i = 0; i < 3; ++i)
            bench.transport->expect(reply::with(200, {}, chat_answer()).silent_after(3));
        auto stream = bench.open(options);
        CHECK(bench.read_all(*stream) == "first_event_timeout");
        CHECK(bench.next(*stream).error().attempts() == 3);
        CHECK(bench.next(*stream).error().outcome() == outcome::partial);
        CHECK(bench.sends() == 3);
    }
    SUBCASE("and a second attempt that is refused says so")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {}, ""));
        bench.transport->expect(aws_error(400, "ValidationError"));
        auto stream = bench.open(options);
        auto const item = bench.next(*stream);
        REQUIRE_FALSE(item.has_value());
        CHECK(item.error() == sagemaker::errc::validation_error);
        CHECK(item.error().outcome() == outcome::unknown); // the first may have acted
        CHECK(item.error().attempts() == 2);
        CHECK(stream->meta().attempts == 2);
        CHECK(stream->meta().replayed);
    }
    SUBCASE("and what fails later does not carry the name of an attempt before it")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {{"x-request-id", "r1"}}, ""));
        for (int i = 0; i < 2; ++i)
            bench.transport->expect(reply::with(503, {}, ""));
        auto stream = bench.open(options);
        auto const item = bench.next(*stream);
        REQUIRE_FALSE(item.has_value());
        CHECK(item.error().http_status() == 503);
        CHECK(item.error().attempts() == 3);
        CHECK(item.error().request_id().empty());
        CHECK(stream->meta().request_id.empty());
    }
    SUBCASE("and a call without an event gives nothing back to the quota")
    {
        stream_bench bench;
        auto const before = bench.core()->quota.available();
        for (int i = 0; i < 3; ++i)
            bench.transport->expect(reply::with(200, {}, ""));
        auto stream = bench.open(options);
        CHECK(bench.read_all(*stream) == "truncated");
        CHECK(bench.sends() == 3);
        CHECK(bench.core()->quota.available() == before - 2 * policy::retry_settings().other_cost);
        for (auto const& content : {std::string(), chat_answer()})
            bench.transport->expect(reply::with(200, {}, content));
        stream = bench.open(options);
        CHECK(bench.next(*stream).value().has_value()); // and one with an event what it took, once
        auto const after = bench.core()->quota.available();
        CHECK(after == before - 2 * policy::retry_settings().other_cost);
        CHECK(bench.read_all(*stream).ends_with("."));
        CHECK(bench.core()->quota.available() == after);
    }
    SUBCASE("after")
    {
        stream_bench bench;
        bench.transport->expect(reply::with(200, {}, chat_answer()).cut_after(250));
        auto stream = bench.open(options);
        CHECK(bench.read_all(*stream) == "Blue|truncated");
        CHECK(bench.sends() == 1);
    }
}

TEST_CASE("stream: observers see one end of the attempt and one of the call, when the stream ends")
{
    auto const watch = std::make_shared<recording_observer>();
    stream_bench bench;
    bench.config.observers.push_back(watch);
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(200, {}, chat_answer()));
    bench.transport->expect(reply::with(200, {}, chat_answer()).cut_after(250));
    bench.transport->expect(reply::with(200, {}, chat_answer()));
    {
        auto whole = bench.open();
        CHECK(watch->ends.size() == 1);
        CHECK(watch->calls == 0);
        bench.read_all(*whole);
        CHECK(watch->ends.size() == 2);
        CHECK(watch->ends.back().status == 200);
        CHECK_FALSE(watch->ends.back().failure);
        CHECK(watch->calls == 1);
        CHECK_FALSE(watch->last_failure);
        CHECK(watch->last_meta->attempts == 2);
    }
    {
        auto cut = bench.open();
        bench.read_all(*cut);
        CHECK(watch->ends.size() == 3);
        REQUIRE(watch->ends.back().failure);
        CHECK(*watch->ends.back().failure == errc::truncated);
        CHECK(watch->calls == 2);
        CHECK(*watch->last_failure == errc::truncated);
    }
    {
        auto left = bench.open();
        CHECK(bench.next(*left).has_value());
        CHECK(watch->calls == 2);
    }
    CHECK(watch->ends.size() == 4);
    CHECK(watch->calls == 3);
    CHECK(*watch->last_failure == errc::cancelled);
}
