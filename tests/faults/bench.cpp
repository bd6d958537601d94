#include "faults/bench.hpp"
#include "faults/allocation.hpp"
#include "faults/sabotage.hpp"

#include <augur/auth/aws/credentials.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/log.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/errc.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>

#include <chrono>
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

/// Wants everything and keeps everything.
class keeping_log final : public log_sink
{
public:
    explicit keeping_log(std::shared_ptr<std::string> to) noexcept : to_(std::move(to)) {}
    bool wants(log_level) const noexcept override { return true; }
    void write(log_level, std::string_view sentence) noexcept override { to_->append(sentence).append("\n"); }

private:
    std::shared_ptr<std::string> to_;
};

/// No jitter: a delay between attempts is as short as it may be.
class no_jitter final : public random_source
{
public:
    std::uint64_t bits() noexcept override { return 0; }
};

/// AWS credentials that are others after each fetch.
class rotating_source final : public auth::aws::credential_source
{
public:
    explicit rotating_source(std::shared_ptr<int> fetched) noexcept : fetched_(std::move(fetched)) {}
    net::task<result<auth::aws::credentials>> fetch(net::operation&, steady_time) override
    {
        auth::aws::credentials out;
        out.access_key_id = "AKIDEXAMPLE" + std::to_string(++*fetched_);
        out.secret_access_key = secret("canary-secret-key");
        out.session_token = secret("canary-session-token");
        co_return out;
    }
    std::string name() const override { return "a test"; }

private:
    std::shared_ptr<int> fetched_;
};

/// A bearer key that is another after each fetch.
class rotating_key final : public call::authenticator
{
public:
    explicit rotating_key(std::shared_ptr<int> fetched) noexcept : fetched_(std::move(fetched)) {}
    result<void> sign(request_head& head, body const&, wall_time) override
    {
        if (!usable_)
            return error(make_error_code(errc::credentials_needed), phase::auth);
        return head.add("authorization", "Bearer canary-azure-key-" + std::to_string(*fetched_));
    }
    net::task<result<void>> refresh(net::operation&, steady_time) override
    {
        ++*fetched_;
        usable_ = true;
        co_return result<void>();
    }
    void invalidate(std::uint64_t generation) noexcept override
    {
        usable_ = usable_ && generation != this->generation();
    }
    bool is_refreshable() const noexcept override { return true; }
    std::uint64_t generation() const noexcept override { return static_cast<std::uint64_t>(*fetched_); }

private:
    std::shared_ptr<int> fetched_;
    bool usable_ = false;
};

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
    out.code_[0] = out.code_[1] = make_error_code(code);
    out.phase_ = where;
    out.outcome_ = what;
    return out;
}

ending ending::broken(error_code code, augur::phase where)
{
    ending out;
    out.code_[0] = out.code_[1] = code;
    out.phase_ = where;
    out.outcome_ = augur::outcome::partial;
    out.status_ = 200;
    return out;
}

ending ending::refused(int status, sagemaker::errc one, azure_ml::errc other, augur::outcome what)
{
    ending out;
    out.code_[0] = make_error_code(one);
    out.code_[1] = make_error_code(other);
    out.phase_ = augur::phase::decode;
    out.outcome_ = what;
    out.status_ = status;
    out.kept_ = 1;
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

bench::~bench() = default;

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

std::string const& bench::ok()
{
    static std::string const text = answer(200, "", "[1]");
    return text;
}

void bench::use_port(std::uint16_t port)
{
    state_->port = port;
}

void bench::use_memory(std::vector<testing::stream_script> scripts)
{
    auto const dialer = std::make_shared<testing::memory_dialer>(state_->io.get_executor(), std::move(scripts));
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

void bench::decode_answers()
{
    state_->decodes = true;
}

void bench::state::make_client()
{
    if (transport)
        return;
    auto executor = asio::any_io_executor(io.get_executor());
    net::https_config https;
    https.tls = settings.tls;
    https.pool = settings.pool;
    https.proxy = settings.proxy;
    https.sizes = settings.sizes;
    https.dialer = sabotaged(settings.dialer ? settings.dialer : net::tcp_dialer(executor, names));
    transport = std::make_shared<net::https_transport>(executor, https);
    call::client_config client;
    client.transport = sabotaged(transport, heard);
    client.limits = limits;
    client.timers = time;
    client.random = std::make_shared<no_jitter>();
    client.log = std::make_shared<keeping_log>(heard);
    auto const base = std::string(over == wire::tls ? "https" : "http") + "://service.test:" + std::to_string(port);
    if (to != service::azure_ml) {
        sagemaker::runtime_config config;
        config.region = "us-east-1";
        config.endpoint_url = base;
        config.allow_plain_http = true;
        config.credentials =
            auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret-key"), secret("canary-session-token"));
        if (fetched)
            config.credentials = std::make_shared<rotating_source>(fetched);
        config.client = std::move(client);
        aws.emplace(executor, std::move(config));
    }
    else {
        azure_ml::endpoint_config config;
        config.key = secret("canary-azure-key");
        config.allow_plain_http = true;
        if (fetched)
            client.auth = std::make_shared<rotating_key>(fetched);
        config.client = std::move(client);
        azure.emplace(executor, base + "/score", std::move(config));
    }
}

void bench::state::begin(asio::cancellation_slot slot, std::function<void(ended)> then)
{
    make_client();
    std::string content = "\"canary-body ";
    content.resize(std::max(content.size(), request_size), 'x');
    content += '"';
    body payload(std::move(content));
    auto const started = now();
    allocation::start_peak();
    auto const finish = [this, started, then = std::move(then)](auto r) {
        ended out;
        out.took = now() - started;
        if (r) {
            if constexpr (requires { r->body; })
                out.content = std::move(r->body);
            else if (auto const cell = r->template at<double>(0); cell && *cell == 1.0)
                out.content = "[1]";
            out.meta = std::move(r->meta);
            out.attempts = out.meta.attempts;
        }
        else {
            out.failure = r.error();
            out.attempts = r.error().attempts();
            *heard += all_words(r.error());
        }
        then(std::move(out));
    };
    if (decodes) {
        inference_request request(rows{{1.0, 2.0}});
        if (to == service::azure_ml) {
            azure->async_infer(std::move(request), options, asio::bind_cancellation_slot(slot, finish));
            return;
        }
        sagemaker::endpoint named(*aws, "canary");
        named.async_infer(std::move(request), options, asio::bind_cancellation_slot(slot, finish));
        return;
    }
    if (to != service::azure_ml) {
        sagemaker::invoke_endpoint_request request("canary", std::move(payload));
        request.custom_attributes("canary-attributes");
        aws->async_invoke_endpoint(std::move(request), options, asio::bind_cancellation_slot(slot, finish));
        return;
    }
    azure_ml::score_request request(std::move(payload));
    request.header("x-own", "canary-header");
    azure->async_score(std::move(request), options, asio::bind_cancellation_slot(slot, finish));
}

void bench::state::begin_stream(asio::cancellation_slot slot, std::function<void(ended)> then)
{
    make_client();
    reader = stream_reader();
    reader.then = std::move(then);
    reader.slot = slot;
    reader.started = now();
    allocation::start_peak();
    sagemaker::chat_endpoint llama(*aws, "canary");
    chat_request request;
    request.user("canary-body");
    llama.async_stream(std::move(request), options, asio::bind_cancellation_slot(slot, [this](result<chat_stream> r) {
                           if (r) {
                               reader.stream.emplace(sabotaged(std::move(*r)));
                               return read_on();
                           }
                           ended out;
                           out.took = now() - reader.started;
                           out.failure = r.error();
                           out.attempts = r.error().attempts();
                           *heard += all_words(r.error());
                           reader.then(std::move(out));
                       }));
}

void bench::state::read_on()
{
    if (reader.is_paused || reader.is_asking || !reader.stream)
        return;
    reader.is_asking = true;
    reader.stream->async_next(asio::bind_cancellation_slot(reader.slot, [this](result<std::optional<chat_event>> item) {
        reader.is_asking = false;
        if (item && *item) {
            reader.text += (*item)->text().value_or("");
            return read_on();
        }
        ended out;
        out.took = now() - reader.started;
        out.content = reader.text;
        if (item) {
            out.meta = reader.stream->meta();
            out.attempts = out.meta.attempts;
        }
        else {
            out.failure = item.error();
            out.attempts = item.error().attempts();
            *heard += all_words(item.error());
        }
        reader.stream.reset();
        reader.then(std::move(out));
    }));
}

std::string const& bench::text_so_far() const noexcept
{
    return state_->reader.text;
}

void bench::pause_reading()
{
    state_->reader.is_paused = true;
}

void bench::resume_reading()
{
    state_->reader.is_paused = false;
    state_->read_on();
}

void bench::leave_stream()
{
    state_->reader.stream.reset();
}

steady_time bench::state::now() const
{
    return time ? time->now() : std::chrono::steady_clock::now();
}

bool bench::state::run_until(std::function<bool()> const& met)
{
    auto const end = std::chrono::steady_clock::now() + patience();
    while (!met()) {
        io.restart();
        if (io.poll() > 0)
            continue;
        if (std::chrono::steady_clock::now() > end)
            return false;
        io.restart();
        io.run_one_for(1ms); // on a server's thread something may be about to happen
    }
    return true;
}

ended bench::state::call_once()
{
    std::optional<ended> out;
    begin({}, [&out](ended e) { out = std::move(e); });
    if (!run_until([&out] { return out.has_value(); }))
        throw std::runtime_error("a call does not end");
    return std::move(*out);
}

void bench::warm_up()
{
    auto const warm = state_->call_once();
    if (warm.failure)
        throw std::runtime_error("the warm-up failed: " + warm.failure->to_string());
}

void bench::start()
{
    auto& own = *state_;
    if (own.calls.empty())
        own.counted_before = own.counter();
    own.is_pending = true;
    auto then = [&own](ended e) {
        own.peak = std::max(own.peak, allocation::peak());
        own.is_pending = false;
        own.calls.push_back(std::move(e));
    };
    if (own.to == service::sagemaker_chat)
        own.begin_stream(own.signal.slot(), std::move(then));
    else
        own.begin(own.signal.slot(), std::move(then));
}

bool bench::run_until(std::function<bool()> met)
{
    auto& own = *state_;
    bool held = false;
    own.run_until([&] { return (held = met()) || !own.is_pending; });
    return held;
}

void bench::settle()
{
    do
        state_->io.restart();
    while (state_->io.poll() > 0);
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
    state_->begin(slot, [then = std::move(then)](ended e) {
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
    auto const now = state_->transport->statistics();
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
