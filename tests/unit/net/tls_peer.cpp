#include "tls_peer.hpp"

#include "support/doubles.hpp"

#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace augur::tests {

namespace {

void need(bool ok, char const* what)
{
    if (!ok)
        throw std::runtime_error(std::string("a TLS server for a test: ") + what);
}

struct free_bio
{
    void operator()(BIO* b) const noexcept { BIO_free_all(b); }
};
using bio_ptr = std::unique_ptr<BIO, free_bio>;

bio_ptr reading(std::string const& pem)
{
    return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// Each certificate of the text goes to `take`, which owns it.
template <class Take>
void for_each_certificate(std::string const& pem, Take take)
{
    auto const source = reading(pem);
    while (X509* const one = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr))
        take(one);
    ERR_clear_error();
}

void use_identity(SSL_CTX* context, testing::identity const& who)
{
    bool first = true;
    for_each_certificate(who.chain_pem(), [&](X509* one) {
        if (std::exchange(first, false)) {
            need(SSL_CTX_use_certificate(context, one) == 1, "certificate");
            X509_free(one);
        }
        else {
            need(SSL_CTX_add_extra_chain_cert(context, one) == 1, "chain");
        }
    });
    auto const source = reading(who.key_pem);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr);
    need(key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1, "key");
    EVP_PKEY_free(key);
}

int on_client_hello(SSL* ssl, int*, void*)
{
    auto& log = *static_cast<peer_log*>(SSL_get_app_data(ssl));
    unsigned char const* suites = nullptr;
    auto const size = SSL_client_hello_get0_ciphers(ssl, &suites);
    for (std::size_t i = 0; i + 1 < size; i += 2) {
        char text[8];
        std::snprintf(text, sizeof text, "%02x%02x ", suites[i], suites[i + 1]);
        log.hello_suites += text;
    }
    int* present = nullptr;
    std::size_t count = 0;
    if (SSL_client_hello_get1_extensions_present(ssl, &present, &count) == 1) {
        log.hello_extensions.assign(present, present + count);
        OPENSSL_free(present);
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

int on_name(SSL* ssl, int* alert, void* server)
{
    auto const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    auto& log = *static_cast<peer_log*>(SSL_get_app_data(ssl));
    log.name = name == nullptr ? "" : name;
    auto const& required = static_cast<peer_server const*>(server)->setup().required_name;
    if (required.empty() || required == log.name)
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

} // namespace

peer_server::peer_server(peer_setup setup) : setup_(std::move(setup))
{
    if (!setup_.raw_answer.empty())
        return;
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = context_.get();
    need(context != nullptr, "context");
    SSL_CTX_set_security_level(context, 0); // what is refused is refused by the client
    SSL_CTX_set_min_proto_version(context, setup_.lowest);
    SSL_CTX_set_max_proto_version(context, setup_.highest);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_client_hello_cb(context, &on_client_hello, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context, &on_name);
    SSL_CTX_set_tlsext_servername_arg(context, this);
    unsigned char const id[] = "test";
    SSL_CTX_set_session_id_context(context, id, sizeof id);
    if (!setup_.ciphers.empty())
        need(SSL_CTX_set_cipher_list(context, setup_.ciphers.c_str()) == 1, "ciphers");
    if (!setup_.groups.empty())
        need(SSL_CTX_set1_groups_list(context, setup_.groups.c_str()) == 1, "groups");
    SSL_CTX_set_dh_auto(context, setup_.small_dh ? 2 : 1); // 2: 80 bits of security, whatever the certificate has
    if (!setup_.who.key_pem.empty())
        use_identity(context, setup_.who);
    if (!setup_.trusted_clients.empty()) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        for_each_certificate(setup_.trusted_clients, [&](X509* one) {
            need(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one) == 1, "client authority");
            X509_free(one);
        });
    }
}

tls_peer::tls_peer(boost::asio::any_io_executor executor, std::shared_ptr<peer_server> server,
                   std::shared_ptr<peer_log> log)
    : executor_(std::move(executor)),
      server_(std::move(server)),
      log_(std::move(log)),
      ssl_(server_->context() == nullptr ? nullptr : SSL_new(server_->context())),
      in_(ssl_ == nullptr ? nullptr : BIO_new(BIO_s_mem())),
      out_(ssl_ == nullptr ? nullptr : BIO_new(BIO_s_mem()))
{
    if (ssl_ == nullptr)
        return;
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_accept_state(ssl_);
    SSL_set_app_data(ssl_, log_.get());
}

tls_peer::~tls_peer()
{
    take_in();
    SSL_free(ssl_);
}

void tls_peer::flush()
{
    char block[4096];
    for (int n = 0; (n = BIO_read(out_, block, sizeof block)) > 0;)
        to_client_.append(block, static_cast<std::size_t>(n));
}

void tls_peer::say(std::string_view text)
{
    flush();
    auto const begin = to_client_.size();
    SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    flush();
    if (std::exchange(spoil_, false) && to_client_.size() > begin)
        to_client_.back() = static_cast<char>(to_client_.back() ^ 0x01); // the record's last byte is its tag's
}

void tls_peer::say_part(std::string_view text, std::size_t size)
{
    flush();
    auto const begin = to_client_.size();
    say(text);
    to_client_.resize(std::min(to_client_.size(), begin + size));
}

void tls_peer::say_raw(std::string_view bytes)
{
    flush();
    to_client_ += bytes;
}

void tls_peer::update_keys(bool ask_back)
{
    SSL_key_update(ssl_, ask_back ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl_);
    flush();
}

void tls_peer::send_ticket()
{
    SSL_new_session_ticket(ssl_);
    SSL_do_handshake(ssl_);
    flush();
}

void tls_peer::close_notify()
{
    SSL_shutdown(ssl_);
    flush();
}

bool tls_peer::has_whole_request() const
{
    auto const text = std::string_view(log_->request).substr(request_begin_);
    auto const head_end = text.find("\r\n\r\n");
    auto const length_at = text.find("content-length: ");
    if (head_end == text.npos || length_at == text.npos)
        return false;
    std::size_t length = 0;
    std::from_chars(text.data() + length_at + 16, text.data() + text.size(), length);
    return text.size() >= head_end + 4 + length;
}

void tls_peer::advance()
{
    if (!log_->shaken) {
        int const done = SSL_accept(ssl_);
        if (done != 1) {
            if (SSL_get_error(ssl_, done) != SSL_ERROR_WANT_READ && log_->failure.empty()) {
                auto const* const reason = ERR_reason_error_string(ERR_peek_last_error());
                log_->failure = reason == nullptr ? "unknown" : reason;
                ended_ = true;
            }
            flush();
            return;
        }
        log_->shaken = true;
        log_->resumed = SSL_session_reused(ssl_) == 1;
    }
    char block[4096];
    for (int n = 0; (n = SSL_read(ssl_, block, sizeof block)) > 0;)
        log_->request.append(block, static_cast<std::size_t>(n));
    if ((SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0)
        log_->saw_close_notify = true;
    while (has_whole_request()) {
        request_begin_ = log_->request.size();
        ++requests_;
        if (server_->setup().answer)
            server_->setup().answer(*this);
        else
            say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
    flush();
}

/// What the client wrote is read when the client waits or leaves, not while it is inside OpenSSL: both
/// sides are on one thread, and OpenSSL has one queue of errors per thread.
void tls_peer::take_in()
{
    if (from_client_.empty())
        return;
    BIO_write(in_, from_client_.data(), static_cast<int>(from_client_.size()));
    from_client_.clear();
    ERR_clear_error();
    advance();
    ERR_clear_error();
}

net::io_result tls_peer::try_write(char const* from, std::size_t size) noexcept
{
    if (reset_ || (ended_ && ssl_ == nullptr))
        return {net::io_status::failed, 0, boost::asio::error::broken_pipe};
    log_->raw.append(from, size);
    auto const& setup = server_->setup();
    if (ssl_ == nullptr) {
        to_client_ = setup.raw_answer;
        ended_ = true;
        return {net::io_status::ok, size, {}};
    }
    if (setup.stop_after == 0)
        return {net::io_status::ok, size, {}};
    from_client_.append(from, size);
    return {net::io_status::ok, size, {}};
}

net::io_result tls_peer::try_read(char* to, std::size_t size) noexcept
{
    auto const& setup = server_->setup();
    auto const end = std::min(to_client_.size(), setup.stop_after);
    if (at_ < end) {
        auto const n = std::min(size, end - at_);
        std::memcpy(to, to_client_.data() + at_, n);
        at_ += n;
        return {net::io_status::ok, n, {}};
    }
    bool const stopped = at_ >= setup.stop_after;
    if (reset_ || (stopped && setup.stop == stop_with::reset))
        return {net::io_status::failed, 0, boost::asio::error::connection_reset};
    if ((stopped && setup.stop == stop_with::end) || (!stopped && ended_))
        return {net::io_status::end, 0, {}};
    return {net::io_status::want_read, 0, {}};
}

bool tls_peer::is_readable() const noexcept
{
    auto const& setup = server_->setup();
    if (at_ >= setup.stop_after)
        return setup.stop != stop_with::silence || reset_;
    return at_ < to_client_.size() || ended_ || reset_;
}

void tls_peer::start_wait(net::direction what, net::wake_token token)
{
    take_in();
    if (what == net::direction::read && !is_readable())
        waiting_.emplace(std::move(token)); // the server acts only when written to: until it is cancelled
    else
        boost::asio::post(executor_, std::move(token));
}

void tls_peer::close() noexcept
{
    take_in();
    cancel();
}

void tls_peer::cancel() noexcept
{
    if (!waiting_)
        return;
    auto token = std::move(*waiting_);
    waiting_.reset();
    boost::asio::post(executor_,
                      [token = std::move(token)]() mutable { token(boost::asio::error::operation_aborted); });
}

net::task<result<std::unique_ptr<net::stream>>> peer_dialer::dial(net::operation&, std::string, std::uint16_t,
                                                                  phase_limits, net::exchange_report&)
{
    auto const& server = servers_[std::min(logs_.size(), servers_.size() - 1)];
    logs_.push_back(std::make_shared<peer_log>());
    std::unique_ptr<net::stream> out = std::make_unique<tls_peer>(executor_, server, logs_.back());
    co_return std::move(out);
}

tls_bench::tls_bench(std::vector<std::shared_ptr<peer_server>> servers, net::tls_config trust)
    : dialer(std::make_shared<peer_dialer>(context.get_executor(), std::move(servers)))
{
    net::https_config https;
    https.tls = std::move(trust);
    https.dialer = dialer;
    transport = std::make_shared<net::https_transport>(context.get_executor(), std::move(https));
    call::client_config config;
    config.transport = transport;
    config.timers = time;
    config.random = seeded_random(1);
    config.auth = call::no_authentication();
    core_ = std::make_shared<call::core>(context.get_executor(), std::move(config));
}

tls_bench::tls_bench(peer_setup server, net::tls_config trust)
    : tls_bench({std::make_shared<peer_server>(std::move(server))}, std::move(trust))
{
}

result<call::answer> tls_bench::send(std::string const& host, call_options options)
{
    net::origin to;
    to.host = host;
    http_request request{request_head::make("POST", "/path", "service.test").value(), body("hello")};
    auto const refused = [](http_response const&, wall_time) {
        return make_error(errc::internal, phase::decode, outcome::complete, "not 2xx");
    };
    auto const total = call::limits_of(*core_, options).total;
    test::loop_call body(core_, call::plan(to, std::move(request), refused), options);
    auto const out = std::make_shared<std::optional<result<call::answer>>>();
    net::start<call::answer>(core_->arena, core_->timers, context.get_executor(), total, std::move(body),
                             [out](result<call::answer> r) { *out = std::move(r); });
    while (!*out) {
        context.restart();
        if (context.poll() == 0 && !*out && !time->advance_to_next())
            throw std::logic_error("the call can never end");
    }
    return std::move(**out);
}

std::size_t tls_bench::request_bytes() const
{
    std::size_t out = 0;
    for (auto const& log : dialer->logs())
        out += log->request.size();
    return out;
}

testing::certificate_authority const& authority()
{
    static testing::certificate_authority const one;
    return one;
}

net::tls_config trusting()
{
    net::tls_config out;
    out.ca_pem = authority().pem();
    return out;
}

peer_setup good_server(std::vector<std::string> names)
{
    peer_setup out;
    out.who = authority().issue(std::move(names));
    return out;
}

} // namespace augur::tests
