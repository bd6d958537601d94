#pragma once

#include <augur/call/core.hpp>
#include <augur/call/impl/time_out_text.ipp>
#include <augur/codec/http_date.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

inline result<void> in_its_process(core const& shared)
{
    if (shared.process == process_id())
        return {};
    return make_error(errc::forked, phase::prepare, outcome::not_sent,
                      "the process forked after this client was made; make a new client in the child");
}

/// One run of the loop, so that its steps can share what they know.
class loop
{
public:
    loop(core& shared, plan& what, call_options const& options, bool streams = false)
        : core_(&shared),
          plan_(&what),
          options_(&options),
          limits_(limits_of(shared, options)),
          rule_(options.replay().value_or(shared.config.replay)),
          max_attempts_(options.max_attempts().value_or(shared.retry.settings().max_attempts)),
          streams_(streams),
          head_(shared.heads.take())
    {
    }
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;
    ~loop()
    {
        core_->quota.returned(unspent_);
        core_->heads.put(std::move(head_));
        core_->heads.put(std::move(plan_->request().head));
    }

    /// Of a stream: until the head of its response is there; `take_content` has the rest. May run again after
    /// `recover`.
    net::task<result<void>> run(net::operation& op, answer& into);
    /// After a failure: waits until it is time for the next attempt. An error: there is none.
    AUGUR_COLD net::task<result<void>> recover(net::operation& op, error failure, http_response const* seen,
                                               net::exchange_report const& report);
    /// What is known so far; a successful run puts it into its answer.
    augur::meta const& meta() const noexcept { return meta_; }

    phase_limits const& limits() const noexcept { return limits_; }
    /// Whether a stream may be sent again after its head came and before its first event did.
    bool may_repeat_streams() const noexcept { return rule_ == augur::replay::replay_unknown; }
    /// Of a stream: something of its answer came to whoever reads it. Until then it may fail at every attempt, and
    /// gives nothing back.
    void delivered() noexcept { core_->quota.succeeded(last_cost_); }
    std::unique_ptr<net::body_stream> take_content() noexcept { return std::move(content_); }
    net::exchange_report const& stream_report() const noexcept { return stream_report_; }
    void add_body_time(std::chrono::nanoseconds t) noexcept { meta_.time[static_cast<std::size_t>(phase::body)] += t; }

private:
    result<void> prove();
    AUGUR_COLD net::task<result<void>> fetch_and_prove(net::operation& op);
    net::task<result<http_response>> open_one(net::operation& op, net::exchange& x);
    result<void> add_headers();
    void add_up(net::exchange_report const& report);
    policy::skew_facts skew_of(http_response const& response, net::exchange_report const& report) const;
    policy::retry_decision decide(error const& failure, net::exchange_report const& report);
    AUGUR_COLD bool repeat_with_other_proof(error const& failure, http_response const* response,
                                            net::exchange_report const& report);

    net::operation* op_ = nullptr; ///< of the run
    core* core_;
    plan* plan_;
    call_options const* options_;
    phase_limits limits_;
    augur::replay rule_;
    int max_attempts_;
    bool streams_;
    bool started_ = false;
    bool committed_ = false; ///< the head of a streamed success came
    std::unique_ptr<net::body_stream> content_;
    net::exchange_report stream_report_;

    request_head head_;
    augur::meta meta_;
    policy::attempt_facts facts_;
    uuid_text call_id_{};
    std::uint64_t signed_with_ = 0;                ///< the generation of the credentials of this attempt
    wall_time signed_at_{};
    std::chrono::nanoseconds signed_correction_{}; ///< and what was added to the clock for it
    int last_cost_ = 0;
    int unspent_ = 0; ///< what the next attempt took from the quota, until it is made
    bool fresh_connection_ = false;
    bool clock_corrected_ = false;
    bool credentials_refreshed_ = false;
    bool refresh_before_send_ = false;
};

inline result<void> loop::add_headers()
{
    auto& head = plan_->request().head;
    if (auto added = head.add("user-agent", core_->user_agent); !added)
        return added;
    auto const own = head.size();
    for (auto const& [name, value] : options_->headers()) {
        for (std::size_t i = 0; i < own; ++i)
            if (equal_ignoring_case(name, head.at(i).name))
                return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                                  "header \"" + sanitise(name, 64) + "\" is set by the client already");
        // What frames, routes or proves a request is not the caller's to replace.
        for (auto const reserved :
             {"host", "content-length", "transfer-encoding", "connection", "authorization", "expect", "keep-alive",
              "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade"})
            if (equal_ignoring_case(name, reserved))
                return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                                  "header \"" + sanitise(name, 64) + "\" cannot be set by a call");
        if (auto added = head.add(name, value); !added)
            return added;
    }
    return {};
}

/// Copies the head, signs it and numbers the attempt; or says `errc::credentials_needed`.
inline result<void> loop::prove()
{
    if (std::exchange(refresh_before_send_, false))
        return error(make_error_code(errc::credentials_needed));
    head_ = plan_->request().head;
    signed_correction_ = core_->clock_correction;
    signed_at_ = core_->timers->clock().wall_now();
    auto const now = signed_at_ + std::chrono::duration_cast<wall_time::duration>(signed_correction_);
    signed_with_ = core_->auth->generation();
    auto proved = core_->auth->sign(head_, plan_->request().payload, now);
    if (proved && plan_->decorate() != nullptr) // last, so that the signed part of like requests is alike
        proved = plan_->decorate()(head_, {call_id_.data(), call_id_.size()}, facts_.attempt, max_attempts_);
    return proved;
}

inline net::task<result<void>> loop::fetch_and_prove(net::operation& op)
{
    auto const started = op.now();
    auto const until = op.until(limits_.auth);
    auto refreshed = co_await core_->auth->refresh(op, until);
    meta_.time[static_cast<std::size_t>(phase::auth)] += op.now() - started;
    if (!refreshed)
        co_return refreshed;
    auto proved = prove();
    if (!proved && proved.error() == errc::credentials_needed)
        co_return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent,
                             "the credentials are not usable even after they were fetched anew");
    co_return proved;
}

inline void loop::add_up(net::exchange_report const& report)
{
    for (std::size_t i = 0; i < phase_count; ++i)
        meta_.time[i] += report.time[i];
    meta_.connection_reused = report.connection_reused;
    facts_.connection_reused = report.connection_reused;
    facts_.response_started = report.response_started;
}

inline policy::skew_facts loop::skew_of(http_response const& response, net::exchange_report const& report) const
{
    policy::skew_facts out;
    out.sent = report.sent_at;
    out.received = report.received_at;
    out.server_date = codec::parse_http_date(response.fields["date"], report.received_at);
    out.from_cache = response.fields.find("age").has_value();
    out.correction = signed_correction_;
    out.already_corrected = clock_corrected_;
    return out;
}

/// A refusal of the proof, not of the request: once with a corrected clock, once with new credentials.
/// What was learned is kept even if this call cannot be repeated: the next one must not be refused for it, too.
inline bool loop::repeat_with_other_proof(error const& failure, http_response const* response,
                                          net::exchange_report const& report)
{
    if (response == nullptr)
        return false;
    bool const may_repeat = op_->now() < op_->deadline() && facts_.attempt < max_attempts_;
    if (auto const correction = policy::skew_decision(failure, skew_of(*response, report))) {
        core_->clock_correction = *correction;
        clock_corrected_ = true;
        return may_repeat;
    }
    policy::auth_facts facts;
    facts.refreshable = core_->auth->is_refreshable();
    facts.already_refreshed = credentials_refreshed_;
    facts.newer_available = core_->auth->generation() != signed_with_;
    auto const action = policy::auth_decision(failure, facts);
    if (action == policy::auth_action::surface)
        return false;
    credentials_refreshed_ = true;
    if (action == policy::auth_action::refresh_and_send) {
        core_->auth->challenged(signed_with_, response->fields);
        core_->auth->invalidate(signed_with_);
        refresh_before_send_ = may_repeat;
    }
    return may_repeat;
}

inline policy::retry_decision loop::decide(error const& failure, net::exchange_report const&)
{
    auto policy = core_->retry;
    policy.max_attempts(max_attempts_);
    auto asked = failure;
    if (committed_ && may_repeat_streams())
        asked.with(outcome::unknown); // nothing of the answer was delivered, and doing it twice costs nothing
    auto const decision =
        policy.after(asked, rule_, facts_, op_->deadline() - op_->now(), core_->random->unit(), core_->quota);
    if (!decision.is_stop()) {
        last_cost_ = decision.cost() > 0 ? decision.cost() : last_cost_;
        unspent_ = decision.cost();
        fresh_connection_ = decision.fresh_connection();
        facts_.stale_retries += decision.is_stale_retry() ? 1 : 0;
    }
    return decision;
}

/// Opens the response, and reads the whole of a refusal.
inline net::task<result<http_response>> loop::open_one(net::operation& op, net::exchange& x)
{
    auto opened = co_await core_->transport->open(op, x);
    if (!opened)
        co_return opened.error();
    http_response out;
    out.status = opened->status;
    out.fields = std::move(opened->fields);
    if (out.status >= 200 && out.status < 300) {
        content_ = std::move(opened->content);
        co_return std::move(out);
    }
    constexpr std::size_t enough = 64 * 1024; // for any explanation
    auto const until = op.until(limits_.idle);
    while (out.content.size() <= enough) {
        auto const left = until - op.now();
        auto piece = co_await opened->content->read(op, left);
        if (!piece) {
            auto failure = piece.error();
            bool const ours = failure == errc::cancelled || failure == errc::client_closed ||
                              failure == errc::deadline_exceeded;
            if (ours)
                co_return failure.with_http_status(out.status);
            break; // a refusal is a refusal, even if its explanation broke off
        }
        if (piece->empty())
            break;
        out.content.append(*piece);
    }
    auto const coding = out.fields["content-encoding"];
    if (!coding.empty() && !equal_ignoring_case(coding, "identity"))
        out.content.clear();
    co_return std::move(out);
}

inline net::task<result<void>> loop::recover(net::operation& op, error failure, http_response const* seen,
                                             net::exchange_report const& report)
{
    op_ = &op;
    int const status = failure.http_status();
    auto const tell = [&](policy::retry_decision const& decision) {
        attempt_end const ended{facts_.attempt, status, &failure, report, &decision};
        for (auto const& o : core_->config.observers)
            o->on_attempt_end(ended);
    };
    if (repeat_with_other_proof(failure, seen, report)) {
        ++facts_.auth_repeats;
        tell(policy::retry_decision::wait(std::chrono::nanoseconds(0), 0, false, false));
        ++facts_.attempt;
        co_return result<void>();
    }
    auto const decision = decide(failure, report);
    tell(decision);
    if (decision.is_stop())
        co_return failure;
    if (decision.delay() > std::chrono::nanoseconds(0)) {
        auto const started = op.now();
        auto const at = op.until(decision.delay());
        auto const woken = co_await net::sleep_until(op, at);
        meta_.time[static_cast<std::size_t>(phase::backoff)] += op.now() - started;
        if (woken == net::wake::stopped || op.now() >= op.deadline()) {
            auto stopped = op.interrupted(phase::backoff, failure.outcome(), errc::deadline_exceeded);
            stopped = with_activity(std::move(stopped), plan_->to());
            co_return stopped.with_attempts(facts_.attempt).with_http_status(status);
        }
    }
    meta_.replayed = meta_.replayed || decision.replayed();
    ++facts_.attempt;
    co_return result<void>();
}

inline net::task<result<void>> loop::run(net::operation& op, answer& into)
{
    op_ = &op;
    auto& observers = core_->config.observers;
    if (!std::exchange(started_, true)) {
        if (auto added = add_headers(); !added)
            co_return added.error();
        if (plan_->decorate() != nullptr)
            call_id_ = make_uuid_text(*core_->random);
    }
    for (;;) {
        if (auto here = in_its_process(*core_); !here) { // it may have forked while the call waited
            auto failure = here.error();
            co_return failure.with_attempts(facts_.attempt - 1);
        }
        auto ready = prove();
        if (!ready && ready.error() == errc::credentials_needed)
            ready = co_await fetch_and_prove(op);
        if (!ready) {
            auto failure = ready.error();
            if (failure.phase() == phase::prepare)
                failure.at(phase::auth);
            failure = with_activity(std::move(failure), plan_->to());
            co_return failure.with_attempts(facts_.attempt - 1);
        }
        // Time may have passed, and a warm connection would take the request before it looks at the clock.
        if (op.stopped() != net::stop_reason::none || op.look_at_clock() >= op.deadline()) {
            auto failure = op.interrupted(phase::auth, outcome::not_sent, errc::deadline_exceeded);
            failure = with_activity(std::move(failure), plan_->to());
            co_return failure.with_attempts(facts_.attempt - 1);
        }
        unspent_ = 0;
        attempt_start const starting{head_.method(), head_.target(), plan_->to(), facts_.attempt};
        for (auto const& o : observers)
            o->on_attempt_start(starting);
        net::exchange x(plan_->to(), head_, plan_->request().payload, limits_);
        x.on_fresh_connection(std::exchange(fresh_connection_, false));
        x.reuse(core_->fields.take());
        x.report.sent_at = signed_at_;
        net::task<result<http_response>> sending;
        if (streams_)
            sending = open_one(op, x);
        else
            sending = core_->transport->send(op, x);
        co_await sending.finished();
        auto& response = sending.value();
        if (x.report.received_at == wall_time()) // a transport that does not say
            x.report.received_at = core_->timers->clock().wall_now();
        add_up(x.report);
        meta_.attempts = facts_.attempt;
        bool const answered = response.has_value();
        int const status = answered ? response->status : 0;
        committed_ = false;
        if (answered && status >= 200 && status < 300) {
            into.response = std::move(*response);
            into.received_at = x.report.received_at;
            if (streams_) { // the attempt goes on
                committed_ = true;
                stream_report_ = x.report;
                into.meta = meta_;
                co_return result<void>();
            }
            core_->quota.succeeded(last_cost_);
            attempt_end const ended{facts_.attempt, status, nullptr, x.report, nullptr};
            for (auto const& o : observers)
                o->on_attempt_end(ended);
            merge_meta(into.meta, meta_);
            co_return result<void>();
        }
        auto failure = answered ? plan_->parse_error()(*response, x.report.received_at)
                                : with_activity(response.error(), plan_->to());
        if (answered)
            failure.with_http_status(status);
        failure.with_attempts(facts_.attempt);
        http_response const* const seen = answered ? &*response : nullptr;
        auto next = co_await recover(op, std::move(failure), seen, x.report);
        if (!next)
            co_return next.error();
    }
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::call
