#pragma once

#include <augur/call/core.hpp>
#include <augur/call/impl/log_observer.ipp>
#include <augur/codec/http_date.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

inline std::string user_agent_of(std::string const& application_id)
{
    std::string out = "augur/" AUGUR_VERSION;
    if (!application_id.empty()) {
        out += " app/";
        for (char const c : application_id)
            out += is_token(std::string_view(&c, 1)) || c == '/' ? c : '-';
    }
    return out;
}

} // namespace detail

AUGUR_INLINE core::core(boost::asio::any_io_executor e, client_config c)
    : executor(std::move(e)),
      config(std::move(c)),
      timers(config.timers ? config.timers : net::make_timer_service(executor, augur::system_clock())),
      random(config.random ? config.random : system_random()),
      transport(config.transport),
      auth(config.auth),
      user_agent(detail::user_agent_of(config.application_id))
{
    if (config.log)
        config.observers.push_back(std::make_shared<detail::log_observer>(config.log));
    if (config.max_attempts)
        retry.max_attempts(*config.max_attempts);
}

AUGUR_INLINE void ensure_transport(core& shared, environment const& e, std::string const& ca_file)
{
    if (shared.transport)
        return;
    net::https_config https;
    https.tls = shared.config.tls;
    if (https.tls.ca_file.empty() && https.tls.ca_directory.empty() && https.tls.ca_pem.empty()) {
        https.tls.ca_file = ca_file;
        if (ca_file == e.ssl_cert_file) // AWS_CA_BUNDLE stands in place of both
            https.tls.ca_directory = e.ssl_cert_dir;
    }
    https.pool = shared.config.pool;
    https.sizes = shared.config.sizes;
    https.resolver = shared.config.resolver;
    https.proxy = shared.config.proxy.value_or(net::proxy_config{e.https_proxy, e.no_proxy});
    shared.transport = std::make_shared<net::https_transport>(shared.executor, std::move(https));
}

AUGUR_INLINE std::shared_ptr<net::origin const> origin_of(url const& base)
{
    auto const out = std::make_shared<net::origin>();
    out->host = base.host();
    out->port = base.port();
    out->is_https = base.is_https();
    return out;
}

AUGUR_INLINE void merge_meta(augur::meta& into, augur::meta from)
{
    from.request_id = std::move(into.request_id);
    from.variant = std::move(into.variant);
    from.deployment = std::move(into.deployment);
    from.rate_limits = std::move(into.rate_limits);
    into = std::move(from);
}

AUGUR_INLINE phase_limits limits_of(core const& shared, call_options const& options) noexcept
{
    return options.limits(shared.config.limits);
}

namespace detail {

/// One run of the loop, so that its steps can share what they know.
class loop
{
public:
    loop(net::operation& op, core& shared, plan& what, call_options const& options)
        : op_(&op),
          core_(&shared),
          plan_(&what),
          options_(&options),
          limits_(limits_of(shared, options)),
          rule_(options.replay().value_or(shared.config.replay)),
          max_attempts_(options.max_attempts().value_or(shared.retry.settings().max_attempts)),
          head_(shared.heads.take())
    {
    }
    loop(loop const&) = delete;
    loop& operator=(loop const&) = delete;
    ~loop()
    {
        core_->heads.put(std::move(head_));
        core_->heads.put(std::move(plan_->request().head));
    }

    net::task<result<answer>> run(net::operation& op);
    /// What is known so far; moved into the answer of a successful run.
    augur::meta const& meta() const noexcept { return meta_; }

private:
    net::task<result<void>> prepare_head(net::operation& op);
    result<void> add_headers();
    void add_up(net::exchange_report const& report);
    policy::skew_facts skew_of(http_response const& response, net::exchange_report const& report) const;
    policy::retry_decision decide(error const& failure, net::exchange_report const& report);
    bool repeat_with_other_proof(error const& failure, http_response const* response,
                                 net::exchange_report const& report);

    net::operation* op_;
    core* core_;
    plan* plan_;
    call_options const* options_;
    phase_limits limits_;
    augur::replay rule_;
    int max_attempts_;

    request_head head_;
    augur::meta meta_;
    policy::attempt_facts facts_;
    uuid_text call_id_{};
    std::uint64_t signed_with_ = 0;                ///< the generation of the credentials of this attempt
    wall_time signed_at_{};
    std::chrono::nanoseconds signed_correction_{}; ///< and what was added to the clock for it
    int last_cost_ = 0;
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

/// Copies the head, numbers the attempt and signs it, with new credentials if need be.
inline net::task<result<void>> loop::prepare_head(net::operation& op)
{
    for (bool may_refresh = true;; may_refresh = false) {
        head_ = plan_->request().head;
        auto proved = result<void>(error(make_error_code(errc::credentials_needed)));
        if (!std::exchange(refresh_before_send_, false)) {
            signed_correction_ = core_->clock_correction;
            signed_at_ = core_->timers->clock().wall_now();
            auto const now = signed_at_ + std::chrono::duration_cast<wall_time::duration>(signed_correction_);
            signed_with_ = core_->auth->generation();
            proved = core_->auth->sign(head_, plan_->request().payload, now);
        }
        if (proved && plan_->decorate() != nullptr) // last, so that the signed part of like requests is alike
            proved = plan_->decorate()(head_, {call_id_.data(), call_id_.size()}, facts_.attempt, max_attempts_);
        if (proved || proved.error() != errc::credentials_needed)
            co_return proved;
        if (!may_refresh)
            co_return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent,
                                 "the credentials are not usable even after they were fetched anew");
        auto const started = op.now();
        auto const until = op.until(limits_.auth);
        auto refreshed = co_await core_->auth->refresh(op, until);
        meta_.time[static_cast<std::size_t>(phase::auth)] += op.now() - started;
        if (!refreshed)
            co_return refreshed;
    }
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
inline bool loop::repeat_with_other_proof(error const& failure, http_response const* response,
                                          net::exchange_report const& report)
{
    if (response == nullptr || op_->now() >= op_->deadline() || facts_.attempt >= max_attempts_)
        return false;
    if (auto const correction = policy::skew_decision(failure, skew_of(*response, report))) {
        core_->clock_correction = *correction;
        clock_corrected_ = true;
        return true;
    }
    policy::auth_facts facts;
    facts.refreshable = core_->auth->is_refreshable();
    facts.already_refreshed = credentials_refreshed_;
    facts.newer_available = core_->auth->generation() != signed_with_;
    switch (policy::auth_decision(failure, facts)) {
    case policy::auth_action::surface: return false;
    case policy::auth_action::resend: credentials_refreshed_ = true; return true;
    case policy::auth_action::refresh_and_send:
        core_->auth->invalidate(signed_with_);
        credentials_refreshed_ = true;
        refresh_before_send_ = true;
        return true;
    }
    return false;
}

inline policy::retry_decision loop::decide(error const& failure, net::exchange_report const&)
{
    auto policy = core_->retry;
    policy.max_attempts(max_attempts_);
    auto const decision =
        policy.after(failure, rule_, facts_, op_->deadline() - op_->now(), core_->random->unit(), core_->quota);
    if (!decision.is_stop()) {
        meta_.replayed = meta_.replayed || decision.replayed();
        last_cost_ = decision.cost() > 0 ? decision.cost() : last_cost_;
        fresh_connection_ = decision.fresh_connection();
        facts_.stale_retries += decision.is_stale_retry() ? 1 : 0;
    }
    return decision;
}

inline net::task<result<answer>> loop::run(net::operation& op)
{
    auto& observers = core_->config.observers;
    if (auto added = add_headers(); !added)
        co_return added.error();
    if (plan_->decorate() != nullptr)
        call_id_ = make_uuid_text(*core_->random);
    for (;; ++facts_.attempt) {
        auto ready = co_await prepare_head(op);
        if (!ready) {
            auto failure = ready.error();
            if (failure.phase() == phase::prepare)
                failure.at(phase::auth);
            co_return failure.with_attempts(facts_.attempt - 1);
        }
        // Time may have passed, and a warm connection would take the request before it looks at the clock.
        if (op.stopped() != net::stop_reason::none || op.look_at_clock() >= op.deadline()) {
            auto failure = op.interrupted(phase::auth, outcome::not_sent, errc::deadline_exceeded);
            co_return failure.with_attempts(facts_.attempt - 1);
        }
        attempt_start const starting{head_.method(), head_.target(), plan_->to(), facts_.attempt};
        for (auto const& o : observers)
            o->on_attempt_start(starting);
        net::exchange x(plan_->to(), head_, plan_->request().payload, limits_);
        x.on_fresh_connection(std::exchange(fresh_connection_, false));
        x.reuse(core_->fields.take());
        x.report.sent_at = signed_at_;
        auto response = co_await core_->transport->send(op, x);
        if (x.report.received_at == wall_time()) // a transport that does not say
            x.report.received_at = core_->timers->clock().wall_now();
        add_up(x.report);
        meta_.attempts = facts_.attempt;
        bool const answered = response.has_value();
        int const status = answered ? response->status : 0;
        if (answered && status >= 200 && status < 300) {
            core_->quota.succeeded(last_cost_);
            attempt_end const ended{facts_.attempt, status, nullptr, x.report, nullptr};
            for (auto const& o : observers)
                o->on_attempt_end(ended);
            answer out;
            out.response = std::move(*response);
            out.meta = std::move(meta_);
            out.received_at = x.report.received_at;
            co_return std::move(out);
        }
        auto failure = answered ? plan_->parse_error()(*response, x.report.received_at) : response.error();
        if (answered)
            failure.with_http_status(status);
        failure.with_attempts(facts_.attempt);
        http_response const* const seen = answered ? &*response : nullptr;
        if (repeat_with_other_proof(failure, seen, x.report)) {
            ++facts_.auth_repeats;
            auto const at_once = policy::retry_decision::wait(std::chrono::nanoseconds(0), 0, false, false);
            attempt_end const ended{facts_.attempt, status, &failure, x.report, &at_once};
            for (auto const& o : observers)
                o->on_attempt_end(ended);
            continue;
        }
        auto const decision = decide(failure, x.report);
        attempt_end const ended{facts_.attempt, status, &failure, x.report, &decision};
        for (auto const& o : observers)
            o->on_attempt_end(ended);
        if (decision.is_stop())
            co_return failure;
        if (decision.delay() > std::chrono::nanoseconds(0)) {
            auto const started = op.now();
            auto const at = op.until(decision.delay());
            auto const woken = co_await net::sleep_until(op, at);
            meta_.time[static_cast<std::size_t>(phase::backoff)] += op.now() - started;
            if (woken == net::wake::stopped || op.now() >= op.deadline()) {
                auto stopped = op.interrupted(phase::backoff, failure.outcome(), errc::deadline_exceeded);
                co_return stopped.with_attempts(facts_.attempt).with_http_status(status);
            }
        }
    }
}

inline result<void> in_its_process(core const& shared)
{
    if (shared.process == process_id())
        return {};
    return make_error(errc::forked, phase::prepare, outcome::not_sent,
                      "the process forked after this client was made; make a new client in the child");
}

inline void tell_end(core const& shared, augur::meta const& known, error const* failure)
{
    call_end const ended{known, failure};
    for (auto const& o : shared.config.observers)
        o->on_call_end(ended);
}

} // namespace detail

AUGUR_INLINE net::task<result<answer>> perform(net::operation& op, core& shared, plan what, call_options options)
{
    if (auto here = detail::in_its_process(shared); !here)
        co_return here.error();
    detail::loop one(op, shared, what, options);
    try {
        auto out = co_await one.run(op);
        if (out) {
            detail::tell_end(shared, out->meta, nullptr);
            co_return std::move(out);
        }
        auto failure = out.error();
        // The last attempt did nothing, but one before it may have.
        if (one.meta().replayed && (failure.outcome() == outcome::not_sent || failure.outcome() == outcome::refused))
            failure.with(outcome::unknown);
        detail::tell_end(shared, one.meta(), &failure);
        co_return failure;
    }
    catch (...) { // becomes an error at the boundary
        error const failure(make_error_code(errc::internal), phase::prepare, outcome::unknown);
        detail::tell_end(shared, one.meta(), &failure);
        throw;
    }
}

} // namespace augur::inline AUGUR_ABI::call
