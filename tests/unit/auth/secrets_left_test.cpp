// What sources of credentials leave behind in memory that goes back: nothing of a token, nor of a command's words.
#include "source_support.hpp"

#include "unit/core/watched_memory.hpp"

#include <augur/auth/aws/bearer_token.hpp>
#include <augur/auth/aws/credential_cache.hpp>
#include <augur/auth/impl/process.ipp>
#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace auth_test;
using namespace std::chrono_literals;
namespace aws = augur::auth::aws;

namespace {

constexpr char const* proof = "a-proof-that-is-long-enough-to-stand-on-the-heap-and-to-be-known-again";

aws::credentials keys()
{
    aws::credentials out;
    out.access_key_id = "AKIDEXAMPLE";
    out.secret_access_key = secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    out.session_token = secret("session");
    return out;
}

} // namespace

TEST_CASE("secrets left: the form for STS does not leave the web identity's token behind")
{
    secret const token(proof + std::string(4000, 'x')); // as long as some are
    CHECK(test::spilled_by(proof, [&] {
              aws::wire::role_request what;
              what.role_arn = "arn:aws:iam::123456789012:role/r";
              what.session_name = "me";
              what.web_identity_token = token;
              CHECK(aws::wire::role_form(what).reveal().find(proof) != std::string_view::npos);
          }) == 0);
}

TEST_CASE("secrets left: making a bearer token leaves no copy of it")
{
    wall_time const now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    auto const from = keys();
    auto const made = aws::make_bearer_token(from, "us-east-1", "sagemaker", 1h, now);
    REQUIRE(made.has_value());
    auto const text = made->text.reveal().substr(std::string_view("sagemaker-api-key-").size());
    CHECK(test::spilled_by(text, [&] {
              CHECK(aws::make_bearer_token(from, "us-east-1", "sagemaker", 1h, now)->text == made->text);
          }) == 0);

    auto const source = aws::static_credentials(from.access_key_id, from.secret_access_key, from.session_token);
    std::vector<request_head> heads; // which hold it, and go when nobody looks any more
    heads.reserve(2);
    CHECK(test::spilled_by(text, [&] {
              driver d;
              auto const cache = std::make_shared<aws::credential_cache>(source);
              auto const auth = aws::made_bearer(cache, "us-east-1", "sagemaker");
              auto& head = heads.emplace_back(request_head::make("POST", "/", "service.test").value());
              REQUIRE(d.run<void>([&](net::operation& op) { return auth->refresh(op, op.deadline()); }).has_value());
              REQUIRE(auth->sign(head, body(), now).has_value());
              CHECK(head.find("authorization")->ends_with(text));
          }) == 0);
}

#if !defined(_WIN32)
TEST_CASE("secrets left: a command that is kept as a secret is one while it runs, too")
{
    std::string const line = "/bin/sh -c 'exit 3' \"" + std::string(proof) + "\" and-another-" + proof;
    secret const command(line);
    CHECK(test::spilled_by(proof, [&] {
              check_error(fetch_for_real(aws::process_credentials(command, aws::source_options())),
                          errc::credentials_unavailable, {"status 3"});
          }) == 0);
    secret const open(line + "\"");
    CHECK(test::spilled_by(proof, [&] {
              check_error(fetch_for_real(aws::process_credentials(open, aws::source_options())), errc::invalid_argument,
                          {"quote"});
          }) == 0);
}

TEST_CASE("secrets left: what a program printed is overwritten however its run ends")
{
    folder const here;
    auto const file = here.write("proof", proof);
    for (std::string const ending : {"exit 0", "exec sleep 60"})
        for (std::string const to : {"", " >&2"}) {
            CAPTURE(ending);
            CAPTURE(to);
            auto const script = "cat " + file + to + "; " + ending;
            net::arena_handle const arena;
            auto const start = [&script, &arena](boost::asio::io_context& context, std::optional<bool>& ended,
                                                 std::chrono::nanoseconds limit) {
                net::start<auth::detail::program_end>(
                    arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(),
                    limit,
                    [&script](net::operation& op) {
                        auth::detail::program what;
                        what.label = "x";
                        what.words = {"/bin/sh", "-c", script};
                        what.keep_errors = true;
                        return auth::detail::run_program(op, std::move(what));
                    },
                    net::completion<auth::detail::program_end>(
                        [&ended](result<auth::detail::program_end> r) { ended = r.has_value(); }));
            };
            CHECK(test::spilled_by(proof, [&] {
                      boost::asio::io_context context{1};
                      std::optional<bool> good;
                      start(context, good, ending == "exit 0" ? 1min : 300ms);
                      context.run();
                      CHECK(good == (ending == "exit 0"));
                  }) == 0);
            CHECK(test::spilled_by(proof, [&] { // a context that goes away in the middle
                      std::optional<bool> good;
                      {
                          boost::asio::io_context context{1};
                          start(context, good, 1min);
                          auto const then = std::chrono::steady_clock::now() + 300ms;
                          while (!good && std::chrono::steady_clock::now() < then)
                              context.run_one_for(20ms);
                      }
                      CHECK(good.has_value() == (ending == "exit 0"));
                  }) == 0);
        }
}
#endif
