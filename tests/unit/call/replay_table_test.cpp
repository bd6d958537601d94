// May a request be sent again? The whole table at the level of the loop: what is counted is what the
// transport got.

#include "support/doubles.hpp"

#include <augur/azure_ml/wire.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#endif

using namespace test;
using testing::reply;

namespace {

constexpr char const* faulty_double = "AUGUR_TEST_DOUBLE";

/// The bench of this file: its transport can be made to misbehave from outside.
void arm(call_bench& bench)
{
    if (auto const* what = std::getenv(faulty_double); what != nullptr && std::string_view(what) == "repeats-unknown")
        bench.config.transport = std::make_shared<repeating_transport>(bench.transport);
}

/// What is expected under one rule.
struct ends
{
    int sends;         ///< of two that the script could answer
    outcome what;      ///< of the error, when there was one send
    bool flagged = false; ///< `meta::replayed`
};

constexpr outcome none = outcome::complete; // of a success

struct situation
{
    char const* name;
    std::function<reply()> first;
    ends standard, at_most_once, replay_unknown;
    call::parse_error_function reader = &sagemaker::wire::parse_error;
};

reply azure_424(std::string inner)
{
    return reply::with(424, {{"ms-azureml-model-error-statuscode", std::move(inner)}});
}

ends stops(outcome what)
{
    return {1, what, false};
}
ends repeats()
{
    return {2, none, false};
}
ends flagged()
{
    return {2, none, true};
}

std::vector<situation> const& situations()
{
    auto const all = [](char const* name, std::function<reply()> first, ends e) {
        return situation{name, std::move(first), e, e, e};
    };
    auto const failing = [](errc code, phase where, outcome what) {
        return [=] { return reply::fail(lost(code, where, what)); };
    };
    auto const status = [](int code) { return [=] { return reply::with(code); }; };
    auto const named = [](int code, char const* type) { return [=] { return aws_error(code, type); }; };
    auto const azure = [](situation s) { return s.reader = &azure_ml::wire::parse_error, s; };
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    static std::vector<situation> const rows{
        // Not sent: safe.
        all("connect failed", failing(errc::connect_failed, phase::connect, outcome::not_sent), repeats()),
        all("connect timeout", failing(errc::connect_timeout, phase::connect, outcome::not_sent), repeats()),
        all("name server busy", failing(errc::resolve_unavailable, phase::resolve, outcome::not_sent), repeats()),
        all("lookup timeout", failing(errc::resolve_timeout, phase::resolve, outcome::not_sent), repeats()),
        all("handshake timeout", failing(errc::tls_timeout, phase::tls, outcome::not_sent), repeats()),
        all("no such name", failing(errc::resolve_failed, phase::resolve, outcome::not_sent), stops(outcome::not_sent)),
        all("wrong certificate", failing(errc::tls_verify_failed, phase::tls, outcome::not_sent),
            stops(outcome::not_sent)),
        all("no free connection", failing(errc::pool_timeout, phase::pool_wait, outcome::not_sent),
            stops(outcome::not_sent)),
        // A pooled connection that had died.
        {"reused connection, closed before a byte", [] { return reply::fail(lost()).on_reused_connection(); },
         flagged(), stops(unknown), flagged()},
        {"reused connection, broken while writing",
         [] { return reply::fail(lost(errc::write_failed, phase::write)).on_reused_connection(); }, flagged(),
         stops(unknown), flagged()},
        {"reused connection, silent", [] { return reply::fail(lost(errc::response_timeout)).on_reused_connection(); },
         stops(unknown), stops(unknown), flagged()},
        // A new connection: whatever was sent may have been read.
        {"new connection, closed after the request", [] { return reply::fail(lost()); }, stops(unknown), stops(unknown),
         flagged()},
        {"new connection, broken while writing", failing(errc::write_failed, phase::write, unknown), stops(unknown),
         stops(unknown), flagged()},
        {"no answer in time", [] { return reply::never(); }, stops(unknown), stops(unknown), flagged()},
        // The service says that it did not act.
        all("429", status(429), repeats()),
        all("503", status(503), repeats()),
        all("529", status(529), repeats()),
        all("ThrottlingException with 400", named(400, "ThrottlingException"), repeats()),
        all("ModelNotReadyException", named(429, "ModelNotReadyException"), repeats()),
        all("400", named(400, "ValidationError"), stops(refused)),
        all("404", status(404), stops(refused)),
        all("409", status(409), stops(refused)),
        all("413", status(413), stops(refused)),
        // A gateway or server failed: ambiguous.
        {"500", status(500), flagged(), stops(unknown), flagged()},
        {"502", status(502), flagged(), stops(unknown), flagged()},
        {"504", status(504), flagged(), stops(unknown), flagged()},
        all("530", status(530), stops(unknown)),
        // The model ran.
        all("ModelError", named(424, "ModelError"), stops(outcome::complete)),
        // The answer was on its way: committed.
        all(
            "200, then the body is cut", [] { return reply::with(200, {}, "half").cut_after(2); },
            stops(outcome::partial)),
        // Azure ML.
        azure({"Azure 408: the model ran out of time", status(408), stops(unknown), stops(unknown), flagged()}),
        azure(all(
            "Azure 424 around 429", [] { return azure_424("429"); }, repeats())),
        azure(all(
            "Azure 424 around 503", [] { return azure_424("503"); }, repeats())),
        azure(all(
            "Azure 424 around 500", [] { return azure_424("500"); }, stops(outcome::complete))),
        azure(all("Azure 429", status(429), repeats())),
    };
    return rows;
}

} // namespace

TEST_CASE("replay table: each situation under each rule")
{
    for (auto const& s : situations()) {
        struct column
        {
            replay rule;
            char const* name;
            ends expected;
        };
        for (auto const& c : {column{replay::standard, "standard", s.standard},
                              column{replay::at_most_once, "at_most_once", s.at_most_once},
                              column{replay::replay_unknown, "replay_unknown", s.replay_unknown}}) {
            for (bool const by_client : {true, false}) {
                CAPTURE(s.name);
                CAPTURE(c.name);
                CAPTURE(by_client);
                call_bench bench;
                arm(bench);
                bench.parse_error = s.reader;
                bench.transport->expect(s.first());
                bench.transport->expect(reply::with(200, {}, "[1]"));
                call_options options;
                if (by_client)
                    bench.config.replay = c.rule;
                else
                    options.replay(c.rule);
                auto const answer = bench.run(options);
                CHECK(bench.sends() == static_cast<std::size_t>(c.expected.sends));
                if (c.expected.sends == 2) {
                    REQUIRE(answer.has_value());
                    CHECK(answer->meta.attempts == 2);
                    CHECK(answer->meta.replayed == c.expected.flagged);
                }
                else {
                    REQUIRE_FALSE(answer.has_value());
                    CHECK(answer.error().outcome() == c.expected.what);
                    CHECK(answer.error().attempts() == 1);
                    CHECK(bench.quota() == 500);
                }
            }
        }
    }
}

TEST_CASE("replay table: a request whose outcome is unknown is sent once")
{
    call_bench bench;
    arm(bench);
    bench.transport->expect(reply::fail(lost()));
    bench.transport->expect(reply::with(200));
    auto const answer = bench.run();
    CHECK(bench.sends() == 1);
    CHECK_FALSE(answer.has_value());
}

TEST_CASE("replay table: a stale connection is replaced at once, once, for nothing, and by a new one")
{
    call_bench bench;
    bench.transport->expect(reply::fail(lost()).on_reused_connection());
    bench.transport->expect(reply::with(200));
    auto const answer = bench.run();
    REQUIRE(answer.has_value());
    CHECK(answer->meta.replayed);
    CHECK_FALSE(answer->meta.connection_reused);
    CHECK(bench.slept() == 0ns);
    CHECK(bench.quota() == 500);
    CHECK_FALSE(bench.transport->seen().at(0).on_fresh_connection);
    CHECK(bench.transport->seen().at(1).on_fresh_connection);

    call_bench twice; // a second one is not an accident of the pool
    twice.transport->expect(reply::fail(lost()).on_reused_connection());
    twice.transport->expect(reply::fail(lost()).on_reused_connection());
    auto const failed = twice.run();
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().attempts() == 2);
    CHECK(failed.error().outcome() == outcome::unknown);
    CHECK(twice.transport->ok());

    call_bench later; // the wish for a new connection is for one attempt
    later.transport->expect(reply::fail(lost()).on_reused_connection());
    later.transport->expect(reply::with(503));
    later.transport->expect(reply::with(200));
    CHECK(later.run().has_value());
    CHECK_FALSE(later.transport->seen().at(2).on_fresh_connection);
    CHECK(later.slept() == 25ms); // the first back-off
}

TEST_CASE("replay table: 500 is repeated at the price of the quota, and not beyond it")
{
    call_bench bench;
    for (int i = 0; i < 3; ++i)
        bench.transport->expect(reply::with(500));
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().attempts() == 3);
    CHECK(answer.error().outcome() == outcome::unknown);
    CHECK(bench.quota() == 500 - 28);

    call_bench empty;
    while (empty.core()->quota.try_take(14)) {
    }
    empty.transport->expect(reply::with(500));
    CHECK(empty.run().error().attempts() == 1);
    CHECK(empty.transport->ok());
}

TEST_CASE("replay table: an answer that is cut is never joined with another one")
{
    for (auto const rule : {replay::standard, replay::replay_unknown}) {
        call_bench bench;
        bench.config.replay = rule;
        bench.transport->expect(reply::with(200, {}, "[1,2,3]").in_pieces_of(2).cut_after(5));
        auto const answer = bench.run();
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::truncated);
        CHECK(answer.error().outcome() == outcome::partial);
        CHECK(answer.error().http_status() == 200);
    }
}

#if !defined(_WIN32)

namespace {

struct finished
{
    int code = -1;
    std::string output;
};

/// Runs one test case of this very program.
finished run_myself(std::string const& test_case, std::string const& environment)
{
    std::array<char, 4096> path{};
    auto const size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (size <= 0)
        return {};
    auto const command = environment + " '" + std::string(path.data(), static_cast<std::size_t>(size)) +
                         "' --no-colors --test-case='" + test_case + "' 2>&1";
    finished out;
    auto* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
        return out;
    for (std::array<char, 4096> piece{}; auto const n = std::fread(piece.data(), 1, piece.size(), pipe);)
        out.output.append(piece.data(), n);
    auto const status = ::pclose(pipe);
    out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

} // namespace

TEST_CASE("test doubles: one that repeats an unknown outcome turns the tests of the replay table red")
{
    for (std::string const name : {"replay table: a request whose outcome is unknown is sent once",
                                   "replay table: each situation under each rule"}) {
        CAPTURE(name);
        auto const good = run_myself(name, std::string(faulty_double) + "=");
        CAPTURE(good.output);
        CHECK(good.code == 0);
        CHECK(good.output.find("1 passed") != std::string::npos);

        auto const bad = run_myself(name, std::string(faulty_double) + "=repeats-unknown");
        CAPTURE(bad.output);
        CHECK(bad.code == 1); // a failed test, not a crash
        CHECK(bad.output.find("1 failed") != std::string::npos);
        CHECK(bad.output.find("bench.sends() ==") != std::string::npos);
    }
}

#endif
