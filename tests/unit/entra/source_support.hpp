#pragma once

// One machine with variables, files, tools and somebody to talk to.

#include "support.hpp"

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/tool_sources.hpp>
#include <augur/core/error_details.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace entra_test {

using token_result = result<access_token>;

inline constexpr char const* good_token = R"({"token_type":"Bearer","expires_in":3599,"access_token":"tok"})";

struct bench
{
    folder here;
    call::environment e;
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    std::shared_ptr<testing::manual_time> time; ///< of the last `fetch`

    source_options options() const
    {
        source_options out(e);
        return out.transport(transport).random(seeded_random(1));
    }
    app_identity app() const { return app_identity(tenant_a, "client-1"); }
    void expect(reply r) { transport->expect("POST", "", std::move(r)); }
    std::vector<testing::seen_request> const& seen() const { return transport->seen(); }

    /// A program of that name in the only folder of PATH.
    void tool(std::string const& name, std::string const& script)
    {
        std::filesystem::create_directories(here.path("bin"));
        auto const file = here.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        e.path = here.path("bin");
    }

    token_result fetch(std::shared_ptr<token_source> source, token_request what = token_request(ml_scope),
                       std::chrono::nanoseconds total = std::chrono::minutes(1))
    {
        driver d;
        time = d.time;
        return d.run<access_token>(
            [source, what](net::operation& op) { return source->fetch(op, op.deadline(), what); }, total);
    }
};

/// One fetch in real time: for programs that really run.
inline token_result fetch_for_real(std::shared_ptr<token_source> source, token_request what = token_request(ml_scope),
                                   std::chrono::nanoseconds total = std::chrono::minutes(1))
{
    boost::asio::io_context context{1};
    net::arena_handle const arena;
    std::optional<token_result> out;
    net::start<access_token>(
        arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(), total,
        [source, what](net::operation& op) { return source->fetch(op, op.deadline(), what); },
        net::completion<access_token>([&out](token_result r) { out.emplace(std::move(r)); }));
    context.run();
    REQUIRE(out.has_value());
    return std::move(*out);
}

/// A refusal of the token endpoint, its words around a secret that must not be told.
inline reply refused(int aadsts, int status = 400, std::string name = "invalid_client")
{
    auto const n = std::to_string(aadsts);
    return reply::with(status, {{"content-type", "application/json"}},
                       R"({"error":")" + name + R"(","error_description":"AADSTS)" + n + R"(: No. Trace ID: t",)" +
                           R"("error_codes":[)" + n + R"(],"correlation_id":"corr-1"})");
}

/// What must come of it.
struct ending
{
    std::optional<error_code> code;  ///< nothing: a token
    std::vector<std::string> words = {}; ///< in the error
    bool next = false;               ///< a chain asks the next source
};

inline void check_ending(token_result const& got, ending const& wanted)
{
    if (!wanted.code) {
        REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
        CHECK(got->text.reveal() == "tok");
        CHECK(got->expires.has_value());
        CHECK_FALSE(got->source.empty());
        return;
    }
    REQUIRE_FALSE(got.has_value());
    auto const& e = got.error();
    CHECK_MESSAGE(e == *wanted.code, e.to_string());
    CHECK(e.phase() == phase::auth);
    CHECK(e.outcome() == outcome::not_sent);
    for (auto const& word : wanted.words)
        CHECK_MESSAGE(contains(e.to_string() + std::string(e.attribute("correlation_id")), word), e.to_string());
    CHECK_FALSE(contains(e.to_string(), "CANARY"));
    for (auto const& [name, value] : e.details().attributes)
        CHECK_FALSE(contains(value, "CANARY"));
    bool const moves_on = e == augur::errc::credentials_unavailable && e.http_status() == 0;
    CHECK(moves_on == wanted.next);
}

} // namespace entra_test
