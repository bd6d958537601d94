// Requests of others, proved by any authenticator: what is fetched when, and what a wait may come to.
#include "support.hpp"

#include <augur/auth/key.hpp>
#include <augur/auth/request_signer.hpp>
#include <augur/call/authenticator.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <doctest/doctest.h>

#include <optional>

using namespace augur;
using namespace std::chrono_literals;

namespace {

/// Gives numbered words, each until it is refused. Before the first, and after each refusal, it has none, and
/// leaves a field behind that must not go out.
class words final : public call::authenticator
{
public:
    result<void> sign(request_head& head, body const& payload, wall_time) override
    {
        if (!valid) {
            CHECK(head.add("left-behind", "1"));
            return make_error(errc::credentials_needed, phase::auth, outcome::not_sent, "none yet");
        }
        auto const number = renewed_meanwhile ? given++ : given;
        return head.add("authorization", "word" + std::to_string(number) + " " + std::to_string(payload.size()));
    }
    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        auto const woken = co_await net::sleep_until(op, std::min(until, op.now() + 1s));
        if (woken == net::wake::stopped || op.now() >= until)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (failure)
            co_return *failure;
        ++given;
        valid = true;
        co_return result<void>();
    }
    void challenged(std::uint64_t generation, headers const& fields) override
    {
        if (generation == given)
            challenge = fields["www-authenticate"];
    }
    void invalidate(std::uint64_t generation) noexcept override { valid = valid && generation != given; }
    bool is_refreshable() const noexcept override { return true; }
    std::uint64_t generation() const noexcept override { return given; }

    std::uint64_t given = 0;
    bool valid = false;
    bool renewed_meanwhile = false; ///< on another thread, as soon as something is signed
    std::string challenge;
    std::optional<error> failure;
};

struct bench
{
    boost::asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<words> who = std::make_shared<words>();
    auth::request_signer signer{io.get_executor(), who, time};
    std::optional<result<request_head>> answer;

    void start(std::chrono::nanoseconds limit = 30s, boost::asio::cancellation_signal* stop = nullptr)
    {
        answer.reset();
        auto head = request_head::make("PUT", "/bucket/key", "s3.test").value();
        auto const take = [this](result<request_head> r) { answer = std::move(r); };
        if (stop != nullptr)
            signer.async_sign(std::move(head), body("four"), limit,
                              boost::asio::bind_cancellation_slot(stop->slot(), take));
        else
            signer.async_sign(std::move(head), body("four"), limit, take);
        settle();
    }
    void settle()
    {
        io.restart();
        io.poll();
    }
    void pass(std::chrono::nanoseconds d)
    {
        time->advance(d);
        settle();
    }
    std::string proof() const { return std::string(answer.value().value().find("authorization").value_or("none")); }
};

} // namespace

TEST_CASE("request signer: the first request fetches, the next ones do not")
{
    bench b;
    CHECK(b.who->given == 0);
    b.start();
    CHECK_FALSE(b.answer.has_value());
    b.pass(1s);
    REQUIRE(b.answer.has_value());
    CHECK(b.proof() == "word1 4");
    CHECK(b.answer->value().method() == "PUT");
    CHECK(b.answer->value().target() == "/bucket/key");
    CHECK_FALSE(b.answer->value().find("left-behind").has_value());
    b.start();
    CHECK(b.proof() == "word1 4");
    CHECK(b.who->given == 1);
}

TEST_CASE("request signer: a refusal is about the last request's proof, and the next is proved anew")
{
    bench b;
    b.start();
    b.pass(1s);
    headers fields;
    REQUIRE(fields.add("www-authenticate", "Bearer error=insufficient_claims"));
    b.signer.refused(fields);
    CHECK(b.who->challenge == "Bearer error=insufficient_claims");
    b.start();
    b.pass(1s);
    CHECK(b.proof() == "word2 4");
}

TEST_CASE("request signer: a refusal is not about what came while the request was signed")
{
    bench b;
    b.start();
    b.pass(1s);
    b.who->renewed_meanwhile = true;
    b.start();
    CHECK(b.proof() == "word1 4");
    b.who->renewed_meanwhile = false;
    b.signer.refused();
    CHECK(b.who->valid);
    b.start();
    CHECK(b.proof() == "word2 4");
}

TEST_CASE("request signer: a fetch has a limit, and its failure is told")
{
    bench b;
    b.start(500ms);
    b.pass(500ms - 1ns);
    CHECK_FALSE(b.answer.has_value());
    b.pass(1ns);
    REQUIRE(b.answer.has_value());
    CHECK(b.answer->error().phase() == phase::auth);
    CHECK(b.answer->error().outcome() == outcome::not_sent);
    CHECK(b.answer->error() == errc::deadline_exceeded);

    b.who->failure = make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, "nobody is here");
    b.start();
    b.pass(1s);
    CHECK(b.answer.value().error() == errc::credentials_unavailable);
    CHECK(b.answer->error().message() == "nobody is here");
}

TEST_CASE("request signer: each type of cancellation ends the wait once")
{
    for (auto const type : {boost::asio::cancellation_type::terminal, boost::asio::cancellation_type::partial,
                            boost::asio::cancellation_type::total}) {
        bench b;
        boost::asio::cancellation_signal stop;
        b.start(30s, &stop);
        stop.emit(type);
        b.settle();
        REQUIRE(b.answer.has_value());
        CHECK(b.answer->error() == errc::cancelled);
        CHECK(b.answer->error().phase() == phase::auth);
    }
}

TEST_CASE("request signer: a key needs no fetch")
{
    bench b;
    b.signer = auth::request_signer(b.io.get_executor(), auth::bearer(secret("a-key")), b.time);
    b.start();
    CHECK(b.proof() == "Bearer a-key");
}
