// How each service's client is made and called.
#include "faults/allocation.hpp"
#include "faults/bench.hpp"
#include "faults/sabotage.hpp"

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/entra/bearer.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/core/log.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace faults {

namespace asio = boost::asio;

namespace {

/// Wants everything and keeps everything.
class keeping_log final : public log_sink
{
public:
    explicit keeping_log(std::shared_ptr<std::string> to) noexcept : to_(std::move(to)) {}
    bool wants(log_level) const noexcept override { return true; }
    void write(log_level, std::string_view sentence) noexcept override
    {
        allocation::pause const ours;
        to_->append(sentence).append("\n");
    }

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

std::string text_of(sagemaker::invoke_endpoint_response& r)
{
    return std::move(r.body);
}
std::string text_of(azure_ml::score_response& r)
{
    return std::move(r.body);
}
std::string text_of(inference_response& r)
{
    auto const cell = r.at<double>(0);
    return cell && *cell == 1.0 ? "[1]" : "";
}
std::string text_of(chat_response const& r)
{
    return r.text();
}
std::string text_of(azure_openai::response const& r)
{
    return r.text();
}
std::string text_of(embedding_response const& r)
{
    return r.embeddings.size() == 1 && r.embeddings[0].values == std::vector<float>{1} ? "[1]" : "";
}
std::string text_of(chat_event const& e)
{
    return std::string(e.text().value_or(""));
}
std::string text_of(openai_wire::response_event const& e)
{
    return e.kind == openai_wire::event_kind::output_text_delta ? e.delta : std::string();
}
std::string text_of(sagemaker::payload_part const& p)
{
    return std::string(p.bytes);
}
std::string text_of(std::string_view line)
{
    return std::string(line);
}
std::string text_of(codec::sse::event const& e)
{
    return std::string(e.data);
}

sagemaker::chat_config form_of(service s)
{
    sagemaker::chat_config out;
    if (s == service::sagemaker_openai || s == service::sagemaker_openai_stream)
        out.form = sagemaker::chat_form::openai;
    else if (s == service::sagemaker_inputs)
        out.form = sagemaker::chat_form::inputs;
    return out;
}

template <class Handler>
auto bound(binding const& to, Handler handler)
{
    return asio::bind_cancellation_slot(to.slot, asio::bind_executor(to.executor, std::move(handler)));
}

template <class Stream>
class text_of_stream final : public text_stream
{
public:
    explicit text_of_stream(Stream inner) : inner_(std::move(inner)) {}
    void read(binding const& to, std::function<void(result<std::optional<std::string>>)> handler) override
    {
        using item = typename Stream::item;
        inner_.async_next(bound(to, [handler = std::move(handler)](item got) {
            if (!got)
                handler(got.error());
            else if (!*got)
                handler(std::optional<std::string>());
            else
                handler(std::optional<std::string>(text_of(**got)));
        }));
    }
    augur::meta const& meta() const noexcept override { return inner_.meta(); }

private:
    Stream inner_;
};

ended end_of(error const& failure)
{
    ended out;
    out.failure = failure;
    out.attempts = failure.attempts();
    return out;
}

} // namespace

std::string bench::state::base() const
{
    return std::string(over == wire::tls ? "https" : "http") + "://service.test:" + std::to_string(port);
}

void bench::state::make_clients(clients& out, asio::any_io_executor executor)
{
    if (out.aws || out.azure || out.openai)
        return;
    std::shared_ptr<net::resolver> const lookups = resolver ? resolver : names;
    net::https_config https;
    https.tls = settings.tls;
    https.pool = settings.pool;
    https.proxy = settings.proxy;
    https.sizes = settings.sizes;
    https.resolver = settings.dialer ? nullptr : lookups;
    https.dialer = sabotaged(settings.dialer ? settings.dialer : net::tcp_dialer(executor, lookups));
    if (!out.transport) // of another client
        out.transport = std::make_shared<net::https_transport>(executor, https);
    call::client_config client;
    client.transport = sabotaged(out.transport, heard);
    client.limits = limits;
    client.timers = time;
    client.random = std::make_shared<no_jitter>();
    client.log = std::make_shared<keeping_log>(heard);
    if (entra_source)
        client.auth = auth::entra::bearer(entra_source, auth::entra::token_request("https://ml.azure.com/.default"));
    if (to == service::azure_ml) {
        azure_ml::endpoint_config config;
        if (!entra_source && !fetched && !azure_auth)
            config.key = secret("canary-azure-key");
        config.allow_plain_http = true;
        if (fetched)
            client.auth = std::make_shared<rotating_key>(fetched);
        if (azure_auth)
            client.auth = azure_auth;
        config.client = std::move(client);
        out.azure.emplace(executor, base() + "/score", std::move(config));
    }
    else if (is_openai(to)) {
        azure_openai::client_config config;
        if (!entra_source)
            config.key = secret("canary-azure-key");
        config.deployment = "canary";
        config.service = azure_openai::service::azure;
        config.allow_plain_http = true;
        config.client = std::move(client);
        out.openai.emplace(executor, base(), std::move(config));
    }
    else {
        sagemaker::runtime_config config;
        config.region = "us-east-1";
        config.endpoint_url = base();
        config.allow_plain_http = true;
        config.credentials =
            auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret-key"), secret("canary-session-token"));
        if (fetched)
            config.credentials = std::make_shared<rotating_source>(fetched);
        if (aws_source)
            config.credentials = aws_source;
        config.credentials = sabotaged(std::move(config.credentials));
        config.client = std::move(client);
        out.aws.emplace(executor, std::move(config));
    }
}

void bench::state::begin(asio::cancellation_slot slot, std::function<void(ended)> then)
{
    make_clients(now_used, io->get_executor());
    begin(now_used, binding{slot, io->get_executor()}, std::move(then));
}

void bench::state::begin(clients& of, binding where, std::function<void(ended)> then)
{
    if (is_stream(to)) {
        auto r = std::make_shared<reading>();
        r->then = std::move(then);
        r->bound = where;
        r->started = now();
        if (where.slot == signal.slot())
            judged = r;
        return begin_stream(of, std::move(r));
    }
    std::string content = "\"canary-body ";
    content.resize(std::max(content.size(), request_size), 'x');
    content += '"';
    body payload; // before the peak is measured
    if (to == service::sagemaker || to == service::azure_ml)
        payload = body(std::move(content));
    auto finish = [this, started = now(), then = std::move(then)](auto r) {
        allocation::pause const ours;
        ended out;
        if (r) {
            out.content = text_of(*r);
            out.meta = std::move(r->meta);
            out.attempts = out.meta.attempts;
        }
        else
            out = end_of(r.error());
        out.took = now() - started;
        then(std::move(out));
    };
    watch_memory();
    if (to == service::openai_chat) {
        chat_request request;
        request.user(std::move(content));
        of.openai->async_chat(std::move(request), options, bound(where, std::move(finish)));
        return;
    }
    if (to == service::sagemaker_messages || to == service::sagemaker_openai) {
        chat_request request;
        request.user(std::move(content));
        sagemaker::chat_endpoint llama(*of.aws, "canary", form_of(to));
        llama.async_chat(std::move(request), options, bound(where, std::move(finish)));
        return;
    }
    if (to == service::openai_create) {
        azure_openai::responses_client responses(*of.openai);
        azure_openai::response_request request("canary", std::move(content));
        responses.async_create(std::move(request), options, bound(where, std::move(finish)));
        return;
    }
    if (to == service::openai_embeddings) {
        of.openai->async_embed(embedding_request(std::move(content)), options, bound(where, std::move(finish)));
        return;
    }
    if (decodes) {
        inference_request request(rows{{1.0, 2.0}});
        if (to == service::azure_ml) {
            of.azure->async_infer(std::move(request), options, bound(where, std::move(finish)));
            return;
        }
        sagemaker::endpoint named(*of.aws, "canary");
        named.async_infer(std::move(request), options, bound(where, std::move(finish)));
        return;
    }
    if (to == service::sagemaker) {
        sagemaker::invoke_endpoint_request request("canary", std::move(payload));
        request.custom_attributes("canary-attributes");
        of.aws->async_invoke_endpoint(std::move(request), options, bound(where, std::move(finish)));
        return;
    }
    azure_ml::score_request request(std::move(payload));
    request.header("x-own", "canary-header");
    of.azure->async_score(std::move(request), options, bound(where, std::move(finish)));
}

void bench::state::begin_stream(clients& of, std::shared_ptr<reading> r)
{
    watch_memory();
    auto const opened = [this, r]<class Stream>(result<Stream> got) {
        if (!got) {
            auto out = end_of(got.error());
            out.took = now() - r->started;
            return r->then(std::move(out));
        }
        r->stream = std::make_unique<text_of_stream<Stream>>(sabotaged(std::move(*got)));
        read_on(r);
    };
    if (is_chat_stream(to)) {
        chat_request request;
        request.user("canary-body");
        if (to == service::openai_stream) {
            of.openai->async_stream(std::move(request), options, bound(r->bound, opened));
            return;
        }
        if (to == service::openai_response_chat) {
            azure_openai::responses_client responses(*of.openai);
            responses.async_stream(std::move(request), options, bound(r->bound, opened));
            return;
        }
        sagemaker::chat_endpoint llama(*of.aws, "canary", form_of(to));
        llama.async_stream(std::move(request), options, bound(r->bound, opened));
        return;
    }
    if (to == service::openai_response_stream) {
        azure_openai::responses_client responses(*of.openai);
        azure_openai::response_request request("canary", "canary-body");
        responses.async_stream_response(std::move(request), options, bound(r->bound, opened));
        return;
    }
    sagemaker::invoke_endpoint_request request("canary", body("\"canary-body\""));
    request.custom_attributes("canary-attributes");
    if (to == service::sagemaker_parts)
        of.aws->async_open_stream<sagemaker::part_stream>(std::move(request), options, bound(r->bound, opened));
    else if (to == service::sagemaker_lines)
        of.aws->async_open_stream<sagemaker::line_stream>(std::move(request), options, bound(r->bound, opened));
    else
        of.aws->async_open_stream<sagemaker::sse_stream>(std::move(request), options, bound(r->bound, opened));
}

void bench::state::read_on(std::shared_ptr<reading> r)
{
    if (r->is_asking || !r->stream)
        return;
    r->is_asking = true;
    r->stream->read(r->bound, [this, r](result<std::optional<std::string>> item) {
        r->is_asking = false;
        if (item && *item) {
            r->text += **item;
            if (!r->is_paused)
                read_on(r);
            return;
        }
        ended out;
        if (item) {
            out.meta = r->stream->meta();
            out.attempts = out.meta.attempts;
        }
        else
            out = end_of(item.error());
        out.took = now() - r->started;
        out.content = r->text;
        r->stream.reset();
        r->then(std::move(out));
    });
}

std::string const& bench::text_so_far() const noexcept
{
    return state_->judged->text;
}

void bench::pause_reading()
{
    state_->judged->is_paused = true;
}

void bench::resume_reading()
{
    state_->judged->is_paused = false;
    state_->read_on(state_->judged);
}

void bench::leave_stream()
{
    state_->judged->stream.reset();
}

void bench::drop_client()
{
    state_->now_used = clients();
}

void bench::drop_context()
{
    auto& own = *state_;
    own.judged.reset();
    own.now_used = clients();
    own.io = std::make_unique<asio::io_context>(1);
}

void bench::call_on_threads(std::size_t calls)
{
    auto& own = *state_;
    own.counted_before = own.counter();
    std::vector<ended> ends;
    std::size_t elsewhere = 0;
    {
        std::mutex lock;
        asio::thread_pool pool(4);
        auto const home = asio::make_strand(pool.get_executor());
        auto const handlers = asio::make_strand(pool.get_executor());
        clients shared;
        own.make_clients(shared, home);
        // A stream lives where its client lives; the handler of a call may be bound to anything.
        auto const place = is_stream(own.to) ? home : handlers;
        std::atomic<std::size_t> left = calls;
        for (std::size_t i = 0; i < calls; ++i)
            asio::post(pool, [&] {
                own.begin(shared, binding{{}, place}, [&](ended e) {
                    std::lock_guard const locked(lock);
                    elsewhere += place.running_in_this_thread() ? 0 : 1;
                    ends.push_back(std::move(e));
                    if (--left == 0)
                        asio::post(home, [&shared] { shared = clients(); });
                });
            });
        pool.join();
    }
    for (auto& e : ends) {
        own.hear(e);
        own.calls.push_back(std::move(e));
    }
    check(own.calls.size() == calls, "every call ends once");
    check(elsewhere == 0, "each handler runs where it is bound to");
}

} // namespace faults
