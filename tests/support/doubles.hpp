#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/call/core.hpp>
#include <augur/net/start.hpp>
#include <augur/sagemaker/wire.hpp>
#include <augur/testing/manual_time.hpp>
#include <augur/testing/transports.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Doubles for what surrounds the call loop, and a bench to run it on. All of them wait on the
/// operation's own timers, so the manual clock drives them.
namespace test {

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Always the same jitter: `unit()` is one half.
class half_random final : public random_source
{
public:
    std::uint64_t bits() noexcept override { return std::uint64_t(1) << 63; }
};

/// Credentials that have to be fetched, slowly, and may be refused.
class fetching_auth final : public call::authenticator
{
public:
    std::chrono::nanoseconds fetch_takes{};
    bool refreshable = true;
    bool never_usable = false; ///< `sign` goes on asking for credentials
    std::optional<error> fetch_fails;
    std::function<void()> on_sign;    ///< may throw
    std::function<void()> on_refresh; ///< may throw

    int fetched = 0;
    std::vector<std::uint64_t> invalidated;
    std::vector<wall_time> signed_at;
    std::string signed_for; ///< the Host of the last request
    std::vector<bool> hash_was_known; ///< the body's SHA-256 was remembered when it came to be signed

    /// Somebody else's call fetched a new set meanwhile.
    void replace() noexcept { ++generation_; }

    result<void> sign(request_head& head, body const& payload, wall_time now) override
    {
        if (on_sign)
            on_sign();
        if (!valid_ || never_usable)
            return error(make_error_code(errc::credentials_needed), phase::auth);
        signed_at.push_back(now);
        signed_for = head.authority();
        hash_was_known.push_back(payload.remembered_sha256() != nullptr);
        payload.remember_sha256({});
        return head.add("authorization", "canary-proof-" + std::to_string(generation_));
    }

    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        if (on_refresh)
            on_refresh();
        ++fetched;
        auto const done = op.now() + fetch_takes;
        auto const at = std::min(until, done);
        auto const woken = co_await net::sleep_until(op, at);
        if (woken == net::wake::stopped || op.now() < done)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (fetch_fails)
            co_return *fetch_fails;
        valid_ = true;
        ++generation_;
        co_return result<void>();
    }

    void invalidate(std::uint64_t generation) noexcept override
    {
        invalidated.push_back(generation);
        if (generation == generation_)
            valid_ = false;
    }
    bool is_refreshable() const noexcept override { return refreshable; }
    std::uint64_t generation() const noexcept override { return generation_; }

private:
    std::uint64_t generation_ = 0;
    bool valid_ = false;
};

/// Credentials of AWS that change with every fetch: AKIDEXAMPLE1, AKIDEXAMPLE2, ...
class changing_source final : public auth::aws::credential_source
{
public:
    int fetched = 0;

    net::task<result<auth::aws::credentials>> fetch(net::operation&, steady_time) override
    {
        ++fetched;
        auth::aws::credentials out;
        out.access_key_id = "AKIDEXAMPLE" + std::to_string(fetched);
        out.secret_access_key = secret("canary-secret-key");
        out.session_token = secret("canary-session-token-" + std::to_string(fetched));
        co_return out;
    }
    std::string name() const override { return "a test"; }
};

/// Runs `what` before each request, then lets another transport answer.
class hooked_transport final : public net::transport
{
public:
    hooked_transport(std::shared_ptr<net::transport> inner, std::function<void(net::exchange&)> what)
        : inner_(std::move(inner)), what_(std::move(what))
    {
    }
    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override
    {
        what_(x);
        co_return co_await inner_->open(op, x);
    }

private:
    std::shared_ptr<net::transport> inner_;
    std::function<void(net::exchange&)> what_;
};

/// The fault that the tests have to catch: repeats by itself what may have been executed.
class repeating_transport final : public net::transport
{
public:
    explicit repeating_transport(std::shared_ptr<net::transport> inner) noexcept : inner_(std::move(inner)) {}
    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override
    {
        auto out = co_await inner_->open(op, x);
        if (!out && out.error().outcome() == outcome::unknown)
            out = co_await inner_->open(op, x);
        co_return std::move(out);
    }

private:
    std::shared_ptr<net::transport> inner_;
};

/// Answers 200 at once and then stops in the middle of the body.
class stalling_transport final : public net::transport
{
    class stalled_body final : public net::body_stream
    {
    public:
        net::task<result<std::string_view>> read(net::operation& op, phase_limits::duration idle) override
        {
            if (std::exchange(first_, false))
                co_return std::string_view("half an ans");
            auto const until = op.until(idle);
            co_await net::sleep_until(op, until);
            co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
        }

    private:
        bool first_ = true;
    };

public:
    int sends = 0;
    net::task<result<net::opened_response>> open(net::operation&, net::exchange& x) override
    {
        ++sends;
        x.report.response_started = true;
        net::opened_response out;
        out.status = 200;
        out.content = std::make_unique<stalled_body>();
        co_return std::move(out);
    }
};

/// What one attempt, or one call, looked like to an observer.
class recording_observer final : public call::observer
{
public:
    struct end
    {
        int attempt;
        int status;
        std::optional<error> failure;
        bool repeats;
        policy::stop_reason reason;
        std::chrono::nanoseconds delay;
        int cost;
    };
    std::vector<int> starts;
    std::vector<end> ends;
    int calls = 0;
    std::optional<augur::meta> last_meta;
    std::optional<error> last_failure;
    std::string text; ///< everything that could be printed

    void on_attempt_start(call::attempt_start const& s) noexcept override
    {
        starts.push_back(s.attempt);
        text.append(s.method).append(" ").append(s.target).append(" ").append(s.to.host).append("\n");
    }
    void on_attempt_end(call::attempt_end const& e) noexcept override
    {
        end out{e.attempt, e.http_status, std::nullopt, false, policy::stop_reason::final_answer, {}, 0};
        if (e.failure != nullptr) {
            out.failure = *e.failure;
            text.append(e.failure->to_string()).append("\n");
        }
        if (e.decision != nullptr) {
            out.repeats = !e.decision->is_stop();
            out.reason = e.decision->reason();
            out.delay = e.decision->delay();
            out.cost = e.decision->cost();
        }
        ends.push_back(std::move(out));
    }
    void on_call_end(call::call_end const& e) noexcept override
    {
        ++calls;
        last_meta = e.meta;
        last_failure.reset();
        if (e.failure != nullptr) {
            last_failure = *e.failure;
            text.append(e.failure->to_string()).append("\n");
        }
    }
};

/// Where a call's result arrives, and how often.
template <class T>
struct inbox
{
    int completions = 0;
    std::optional<result<T>> value;

    void put(result<T> r)
    {
        ++completions;
        value.emplace(std::move(r));
    }
    error failure() const { return value->error(); }
};

/// Runs what is ready; time stands still.
inline void run_ready(asio::io_context& io)
{
    io.restart();
    io.poll();
}

/// Runs until `done()`, moving the clock when nothing is ready. False: it can never be done.
template <class Done>
bool run_until(asio::io_context& io, testing::manual_time& time, Done done)
{
    while (!done()) {
        io.restart();
        if (io.poll() == 0 && !done() && !time.advance_to_next())
            return false;
    }
    return true;
}

/// Holds what a call needs while it runs, as the clients do.
class loop_call
{
public:
    loop_call(std::shared_ptr<call::core> shared, call::plan what, call_options options)
        : core_(std::move(shared)), plan_(std::move(what)), options_(std::move(options))
    {
    }
    net::task<result<call::answer>> operator()(net::operation& op)
    {
        call::answer out;
        auto answered = co_await call::perform(op, *core_, plan_, options_, out);
        if (!answered)
            co_return answered.error();
        co_return std::move(out);
    }

private:
    std::shared_ptr<call::core> core_;
    call::plan plan_;
    call_options options_;
};

/// The call loop alone, with a scripted transport and the manual clock. Fill `config` before the first call.
class call_bench
{
public:
    using answers = inbox<call::answer>;

    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    call::client_config config;
    call::parse_error_function parse_error = &sagemaker::wire::parse_error;

    call_bench()
    {
        config.transport = transport;
        config.timers = time;
        config.random = std::make_shared<half_random>();
        config.auth = call::no_authentication();
    }

    std::shared_ptr<call::core> const& core()
    {
        if (!core_)
            core_ = std::make_shared<call::core>(io.get_executor(), config);
        return core_;
    }
    int quota() { return core()->quota.available(); }
    std::chrono::nanoseconds slept() const noexcept { return time->elapsed(); }
    std::size_t sends() const noexcept { return transport->seen().size(); }

    call::plan plan() const
    {
        http_request request{request_head::make("POST", "/score", "service.test").value(), body("[1]")};
        net::origin to;
        to.host = "service.test";
        to.port = 443;
        to.is_https = true;
        return call::plan(std::move(to), std::move(request), parse_error);
    }

    std::shared_ptr<answers> start(call_options options = {}, asio::cancellation_slot slot = {})
    {
        auto to = std::make_shared<answers>();
        auto const& shared = core();
        auto const total = call::limits_of(*shared, options).total;
        loop_call body(shared, plan(), std::move(options));
        net::start<call::answer>(
            shared->arena, shared->timers, io.get_executor(), total, std::move(body),
            asio::bind_cancellation_slot(slot, [to](result<call::answer> r) { to->put(std::move(r)); }));
        return to;
    }

    /// One call from start to end.
    result<call::answer> run(call_options options = {})
    {
        auto const to = start(std::move(options));
        if (!run_until(io, *time, [&] { return to->completions > 0; }))
            return make_error(errc::internal, phase::prepare, outcome::unknown, "the call can never end");
        return std::move(*to->value);
    }

private:
    std::shared_ptr<call::core> core_;
};

inline error lost(errc code = errc::connection_lost, phase where = phase::first_byte, outcome what = outcome::unknown)
{
    return make_error(code, where, what, "by the script");
}

inline testing::reply aws_error(int status, std::string type, testing::reply::field_list fields = {},
                                std::string message = "no")
{
    fields.emplace_back("x-amzn-errortype", type);
    fields.emplace_back("content-type", "application/json");
    return testing::reply::with(status, std::move(fields), "{\"message\":\"" + message + "\"}");
}

} // namespace test
