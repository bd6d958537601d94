#pragma once

#include <augur/testing/transports.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::testing {

namespace detail {

inline seen_request see(net::exchange const& x)
{
    seen_request out;
    out.to = x.to();
    out.method = x.head().method();
    out.target = x.head().target();
    for (std::size_t i = 0; i < x.head().size(); ++i)
        out.fields.emplace_back(x.head().at(i).name, x.head().at(i).value);
    out.content = x.payload().bytes();
    out.on_fresh_connection = x.wants_fresh_connection();
    return out;
}

/// A body that is already here, given in pieces.
class ready_body final : public net::body_stream
{
public:
    static constexpr auto never = static_cast<std::size_t>(-1);

    explicit ready_body(std::string content, std::size_t piece = never, std::size_t cut = never,
                        std::size_t silent = never, std::chrono::nanoseconds pause = {}) noexcept
        : content_(std::move(content)), piece_(piece), cut_(cut), silent_(silent), pause_(pause)
    {
    }

    net::task<result<std::string_view>> read(net::operation& op, phase_limits::duration idle) override
    {
        bool const silent = at_ >= silent_;
        if (silent || pause_ > std::chrono::nanoseconds(0)) {
            auto const limit = op.until(idle);
            auto const next = silent ? limit : std::min(limit, op.now() + pause_);
            auto const woken = co_await net::sleep_until(op, next);
            if (woken == net::wake::stopped || op.now() >= limit)
                co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
        }
        if (at_ >= cut_)
            co_return make_error(errc::truncated, phase::body, outcome::partial, "cut by the test");
        auto const size = std::min({piece_, content_.size() - at_, cut_ - at_, silent_ - at_});
        piece_now_ = content_.substr(at_, size); // a view of an earlier piece must not stay good
        at_ += size;
        co_return std::string_view(piece_now_);
    }

private:
    std::string content_;
    std::string piece_now_;
    std::size_t piece_;
    std::size_t cut_;
    std::size_t silent_;
    std::chrono::nanoseconds pause_;
    std::size_t at_ = 0;
};

inline result<net::opened_response> open_ready(int status,
                                               std::vector<std::pair<std::string, std::string>> const& fields,
                                               std::unique_ptr<net::body_stream> content)
{
    net::opened_response out;
    out.status = status;
    for (auto const& [name, value] : fields)
        if (auto added = out.fields.add(name, value); !added)
            return added.error();
    out.content = std::move(content);
    return out;
}

inline net::task<result<net::opened_response>> wait_for_nothing(net::operation& op, net::exchange& x)
{
    auto const started = op.now();
    auto const until = op.until(x.limits().first_byte);
    co_await net::sleep_until(op, until);
    x.report.time[static_cast<std::size_t>(phase::first_byte)] += op.now() - started;
    co_return op.interrupted(phase::first_byte, outcome::unknown, errc::response_timeout);
}

} // namespace detail

AUGUR_INLINE std::string_view seen_request::field(std::string_view name) const noexcept
{
    for (auto const& [key, value] : fields)
        if (equal_ignoring_case(key, name))
            return value;
    return {};
}

AUGUR_INLINE reply reply::with(int status, field_list fields, std::string content)
{
    reply out;
    out.status_ = status;
    out.fields_ = std::move(fields);
    out.content_ = std::move(content);
    return out;
}

AUGUR_INLINE reply reply::fail(error e)
{
    reply out;
    out.failure_ = std::move(e);
    return out;
}

AUGUR_INLINE reply reply::never()
{
    reply out;
    out.never_ = true;
    return out;
}

AUGUR_INLINE void replay_transport::expect(std::string method, std::string target, reply what)
{
    script_.push_back({std::move(method), std::move(target), std::move(what)});
}

AUGUR_INLINE error replay_transport::complain(std::string why)
{
    problems_.push_back(why);
    return make_error(errc::internal, phase::write, outcome::not_sent, std::move(why));
}

AUGUR_INLINE net::task<result<net::opened_response>> replay_transport::open(net::operation& op, net::exchange& x)
{
    seen_.push_back(detail::see(x));
    auto const& got = seen_.back(); // until something else is sent
    if (script_.empty())
        co_return complain("nobody expected " + got.method + " " + got.target);
    auto expected = std::move(script_.front());
    script_.pop_front();
    if ((!expected.method.empty() && expected.method != got.method) ||
        (!expected.target.empty() && expected.target != got.target))
        co_return complain("expected " + expected.method + " " + expected.target + ", got " + got.method + " " +
                           got.target);
    auto& what = expected.what;
    x.report.sent_at = op.timers().clock().wall_now();
    x.report.connection_reused = what.reused_;
    if (what.never_ || what.delay_ > x.limits().first_byte)
        co_return co_await detail::wait_for_nothing(op, x);
    if (what.delay_ > std::chrono::nanoseconds(0)) {
        auto const started = op.now();
        auto const at = op.until(what.delay_);
        auto const woken = co_await net::sleep_until(op, at);
        x.report.time[static_cast<std::size_t>(phase::first_byte)] += op.now() - started;
        if (woken == net::wake::stopped || op.now() >= op.deadline())
            co_return op.interrupted(phase::first_byte, outcome::unknown, errc::response_timeout);
    }
    x.report.received_at = op.timers().clock().wall_now();
    if (what.failure_)
        co_return *what.failure_;
    auto content = std::make_unique<detail::ready_body>(std::move(what.content_), what.piece_, what.cut_, what.silent_,
                                                        what.pause_);
    auto opened = detail::open_ready(what.status_, what.fields_, std::move(content));
    if (!opened) // a mistake in the script, which must not pass for a failure that was meant
        co_return complain("the answer to " + std::string(x.head().method()) + " " + std::string(x.head().target()) +
                           " cannot be made: " + std::string(opened.error().message()));
    x.report.response_started = true;
    co_return opened;
}

AUGUR_INLINE net::task<result<net::opened_response>> capture_transport::open(net::operation&, net::exchange& x)
{
    seen_.push_back(detail::see(x));
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t i = 0; i < response_.fields.size(); ++i)
        fields.emplace_back(response_.fields.at(i).name, response_.fields.at(i).value);
    co_return detail::open_ready(response_.status, fields, std::make_unique<detail::ready_body>(response_.content));
}

AUGUR_INLINE net::task<result<net::opened_response>> never_transport::open(net::operation& op, net::exchange& x)
{
    co_return co_await detail::wait_for_nothing(op, x);
}

} // namespace augur::inline AUGUR_ABI::testing
