#include "faults/bench.hpp"
#include "faults/allocation.hpp"
#include "faults/sabotage.hpp"
#include "faults/streams.hpp"

#include <augur/core/error_details.hpp>

#include <chrono>
#include <map>
#include <stdexcept>

namespace faults {

namespace asio = boost::asio;

namespace {

struct certificates
{
    testing::certificate_authority authority;
    testing::fault_tls service;

    certificates()
    {
        auto const identity = authority.issue({"service.test"});
        service.certificate_pem = identity.chain_pem();
        service.key_pem = identity.key_pem;
    }
};

certificates const& made_once()
{
    static certificates const all;
    return all;
}

std::size_t count_heads(testing::memory_dialer const& dialer)
{
    std::size_t out = 0;
    for (auto const& log : dialer.logs())
        for (auto at = log->written.find("\r\n\r\n"); at != std::string::npos;
             at = log->written.find("\r\n\r\n", at + 1))
            ++out;
    return out;
}

/// Everything that can be read from an error.
std::string all_words(error const& e)
{
    auto out = e.to_string() + "\n" + exception(e).what() + "\n";
    auto const& d = e.details();
    out += d.message + "\n" + d.service_message + "\n" + d.provider_code + "\n" + d.request_id + "\n";
    for (auto const& [name, value] : d.attributes)
        out += name + ": " + value + "\n";
    return out;
}

} // namespace

ending ending::answered()
{
    ending out;
    out.kept_ = 1;
    return out;
}

ending ending::failed(errc code, augur::phase where, augur::outcome what)
{
    ending out;
    out.code_[0] = out.code_[1] = out.code_[2] = make_error_code(code);
    out.phase_ = where;
    out.outcome_ = what;
    return out;
}

ending ending::broken(error_code code, augur::phase where)
{
    ending out;
    out.code_[0] = out.code_[1] = out.code_[2] = code;
    out.phase_ = where;
    out.outcome_ = augur::outcome::partial;
    out.status_ = 200;
    return out;
}

ending ending::unproved(error_code code, int status)
{
    ending out;
    out.code_[0] = out.code_[1] = out.code_[2] = code;
    out.phase_ = augur::phase::auth;
    out.outcome_ = augur::outcome::not_sent;
    out.status_ = status;
    out.attempts_ = 0;
    return out;
}

ending ending::refused(int status, error_code code, augur::outcome what)
{
    ending out;
    out.code_[0] = out.code_[1] = out.code_[2] = code;
    out.phase_ = augur::phase::decode;
    out.outcome_ = what;
    out.status_ = status;
    out.kept_ = 1;
    return out;
}

ending ending::refused(int status, sagemaker::errc one, azure_ml::errc other, augur::outcome what)
{
    auto out = refused(status, make_error_code(one), what);
    out.code_[1] = make_error_code(other);
    return out;
}

ending ending::starved()
{
    auto out = failed(errc::resource_exhausted, augur::phase::prepare, augur::outcome::unknown);
    out.starved_ = true;
    out.kept_ = 1;
    return out;
}

ending ending::unheard()
{
    ending out;
    out.unheard_ = true;
    return out;
}

bench::bench(wire w, service s, bool on_manual_clock) : state_(std::make_unique<state>())
{
    auto& own = *state_;
    own.over = w;
    own.to = s;
    own.server = w == wire::tls ? std::make_unique<testing::fault_server>(good_tls())
                                : std::make_unique<testing::fault_server>();
    own.server->always(connection_script().serve(ok()));
    own.names->answer({"127.0.0.1"});
    if (on_manual_clock)
        own.time = std::make_shared<testing::manual_time>();
    own.port = own.server->port();
    own.settings.tls.ca_pem = authority().pem();
    own.counter = [this] { return server().requests(); };
}

bench::~bench()
{
    // What is pending writes into the state once more.
    state_->judged.reset();
    state_->now_used = clients();
    if (state_->time)
        state_->time->drop_all(); // a fetch that waits belongs to no client
    state_->io.reset();
}

wire bench::over() const noexcept
{
    return state_->over;
}

service bench::to() const noexcept
{
    return state_->to;
}

testing::fault_server& bench::server()
{
    return *state_->server;
}

testing::scripted_resolver& bench::names()
{
    if (std::exchange(state_->names_are_default, false))
        *state_->names = testing::scripted_resolver();
    return *state_->names;
}

testing::manual_time& bench::time()
{
    if (!state_->time)
        throw std::logic_error("this row is not on the manual clock");
    return *state_->time;
}

network& bench::settings()
{
    return state_->settings;
}

phase_limits& bench::limits()
{
    return state_->limits;
}

call_options& bench::options()
{
    return state_->options;
}

testing::fault_tls const& bench::good_tls()
{
    return made_once().service;
}

testing::certificate_authority const& bench::authority()
{
    return made_once().authority;
}

std::string bench::answer(int status, std::string fields, std::string content)
{
    return "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-type: application/json\r\n" + fields +
           "content-length: " + std::to_string(content.size()) + "\r\n\r\n" + content;
}

std::string const& bench::ok() const
{
    static auto const all = [] {
        std::map<service, std::string> out;
        out[service::sagemaker] = out[service::azure_ml] = answer(200, "", "[1]");
        for (auto const s : all_whole_answers())
            out.emplace(s, answer(200, "", whole_answer(s, "[1]")));
        for (auto const s : all_streams())
            out.emplace(s, dialect(s).short_response());
        return out;
    }();
    return all.at(to());
}

void bench::use_port(std::uint16_t port)
{
    state_->port = port;
}

void bench::use_memory(std::vector<testing::stream_script> scripts)
{
    auto const dialer = std::make_shared<testing::memory_dialer>(state_->io->get_executor(), std::move(scripts));
    state_->settings.dialer = dialer;
    state_->counter = [dialer] { return count_heads(*dialer); };
}

void bench::request_size(std::size_t bytes)
{
    state_->request_size = bytes;
}

void bench::count(std::function<std::size_t()> counter)
{
    state_->counter = std::move(counter);
}

void bench::memory_cap(std::size_t bytes)
{
    state_->memory_cap = bytes;
}

void bench::rotate_credentials()
{
    state_->fetched = std::make_shared<int>(0);
}

int bench::fetched_credentials() const
{
    return *state_->fetched;
}

void bench::use(std::shared_ptr<auth::aws::credential_source> source)
{
    state_->aws_source = std::move(source);
}

void bench::use(std::shared_ptr<auth::entra::token_source> source)
{
    state_->entra_source = std::move(source);
}

void bench::use(std::shared_ptr<call::authenticator> auth)
{
    state_->azure_auth = std::move(auth);
}

void bench::use(std::shared_ptr<net::resolver> names)
{
    state_->resolver = std::move(names);
}

void bench::keep(std::shared_ptr<void> what)
{
    state_->kept.push_back(std::move(what));
}

void bench::decode_answers()
{
    state_->decodes = true;
}

steady_time bench::state::now() const
{
    return time ? time->now() : std::chrono::steady_clock::now();
}

bool bench::state::run_until(std::function<bool()> const& met)
{
    auto const end = std::chrono::steady_clock::now() + patience();
    while (!met()) {
        io->restart();
        if (io->poll() > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return false;
        io->restart();
        io->run_one_for(1ms); // on a server's thread something may be about to happen
    }
    return true;
}

ended bench::state::call_once()
{
    std::optional<ended> out;
    begin({}, [&out](ended e) { out = std::move(e); });
    if (!run_until([&out] { return out.has_value(); }))
        throw std::runtime_error("a call does not end");
    hear(*out);
    return std::move(*out);
}

void bench::warm_up()
{
    auto const warm = state_->call_once();
    if (warm.failure)
        throw std::runtime_error("the warm-up failed: " + warm.failure->to_string());
}

void bench::warm_up_at(std::uint16_t port)
{
    auto& own = *state_;
    own.make_clients(own.now_used, own.io->get_executor());
    clients other;
    other.transport = own.now_used.transport;
    auto const ours = std::exchange(own.port, port);
    own.make_clients(other, own.io->get_executor());
    own.port = ours;
    std::optional<ended> end;
    own.begin(other, binding{{}, own.io->get_executor()}, [&end](ended e) { end = std::move(e); });
    if (!own.run_until([&end] { return end.has_value(); }) || end->failure)
        throw std::runtime_error("the warm-up of another port failed");
}

void bench::state::hear(ended const& e)
{
    if (e.failure)
        *heard += all_words(*e.failure);
}

/// The handler of a judged call, which notices that it is destroyed without being called.
std::function<void(ended)> bench::end_of_call(state& own)
{
    class watch
    {
    public:
        explicit watch(state& s) noexcept : own_(&s) {}
        watch(watch const&) = delete;
        watch& operator=(watch const&) = delete;
        ~watch()
        {
            ended nobody;
            nobody.is_unheard = true;
            if (own_ != nullptr)
                over(std::move(nobody));
        }
        void over(ended e)
        {
            allocation::pause const mine; // what the client destroys while it is short of memory tells us
            auto& own = *std::exchange(own_, nullptr);
            own.peak = std::max(own.peak, allocation::peak());
            own.is_pending = false;
            own.hear(e);
            own.calls.push_back(std::move(e));
        }

    private:
        state* own_;
    };
    return [w = std::make_shared<watch>(own)](ended e) { w->over(std::move(e)); };
}

void bench::start()
{
    auto& own = *state_;
    if (own.calls.empty())
        own.counted_before = own.counter();
    own.is_pending = true;
    own.begin(own.signal.slot(), end_of_call(own));
}

ended const& bench::call_in_real_time(std::chrono::nanoseconds limit)
{
    auto const& end = call();
    check(end.took >= limit && end.took < limit + 250ms, "the limit ends the call within 250 ms");
    return end;
}

void bench::state::watch_memory() noexcept
{
    allocation::start_peak();
    if (auto const n = std::exchange(refused_allocation, 0))
        goes_on_refusing ? allocation::fail_from(n) : allocation::fail_at(n);
}

bool bench::call_short_of_memory(std::size_t n, bool lasting)
{
    auto& own = *state_;
    own.make_clients(own.now_used, own.io->get_executor());
    if (own.calls.empty())
        own.counted_before = own.counter();
    auto const ended_before = own.calls.size();
    own.is_pending = true;
    own.refused_allocation = n;
    own.goes_on_refusing = lasting;
    std::size_t thrown = 0;
    asio::post(*own.io, [&own, then = end_of_call(own)]() mutable { own.begin(own.signal.slot(), std::move(then)); });
    auto const step = [&own, &thrown](auto const& met) {
        try {
            return own.run_until(met);
        }
        catch (std::bad_alloc const&) {
            ++thrown;
            return false;
        }
    };
    for (int i = 0; i < 100 && own.is_pending; ++i)
        step([&own] { return !own.is_pending; });
    bool const refused = allocation::has_failed();
    allocation::fail_at(0);
    settle();
    check(own.calls.size() == ended_before + 1, "the call ends once");
    check(thrown == (own.calls.back().is_unheard ? 1 : 0),
          "either its handler is called, or an exception says why not");
    return refused;
}

ended const& bench::last() const noexcept
{
    return state_->calls.back();
}

bool bench::run_until(std::function<bool()> met)
{
    auto& own = *state_;
    bool held = false;
    if (!own.run_until([&] { return (held = met()) || !own.is_pending; }))
        throw std::runtime_error("what the cell waits for does not happen, and the call does not end");
    return held;
}

void bench::settle()
{
    do
        state_->io->restart();
    while (state_->io->poll() > 0);
}

void bench::tell_of_fork(asio::execution_context::fork_event event)
{
    state_->io->notify_fork(event);
}

bool bench::is_over() const noexcept
{
    return !state_->is_pending;
}

void bench::passes(std::chrono::nanoseconds limit)
{
    settle();
    time().advance(limit - 1ns);
    settle();
    check(!is_over(), "the call is not over before its limit");
    time().advance(1ns);
    settle();
    if (!is_over()) {
        time().advance(1ms);
        settle();
    }
    check(is_over(), "the call is over a millisecond after its limit");
    if (!is_over())
        throw std::runtime_error("the limit does not end the call");
}

void bench::cancel()
{
    state_->signal.emit(asio::cancellation_type::terminal);
}

ended const& bench::finish()
{
    if (!state_->run_until([this] { return is_over(); }))
        throw std::runtime_error("the call does not end");
    return state_->calls.back();
}

ended const& bench::call()
{
    start();
    return finish();
}

void bench::start_other(std::function<void(ended const&)> then, asio::cancellation_slot slot)
{
    state_->begin(slot, [own = state_.get(), then = std::move(then)](ended e) {
        own->hear(e);
        if (then)
            then(e);
    });
}

void bench::run_until_other(std::function<bool()> met)
{
    if (!state_->run_until(met))
        throw std::runtime_error("what the cell waits for does not happen");
}

std::size_t bench::lookups() const
{
    return state_->names->lookups().size();
}

pool_state bench::pool() const
{
    auto const now = state_->now_used.transport->statistics();
    pool_state out;
    out.idle = now.idle;
    out.busy = now.busy;
    out.waiting = now.waiting;
    out.opened = now.opened;
    out.reused = now.reused;
    out.tls_resumed = now.tls_resumed;
    return out;
}

void bench::check(bool holds, std::string_view claim)
{
    if (!holds)
        state_->broken_claims.emplace_back(claim);
}

} // namespace faults
