#pragma once

#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/impl/pool.ipp>
#include <augur/net/impl/response_parser.ipp>
#include <augur/net/proxy.hpp>

#include <charconv>
#include <cstring>

namespace augur::inline AUGUR_ABI::net {

namespace detail {

/// Adds the time since its making to one phase.
class stopwatch
{
public:
    stopwatch(operation& op, exchange_report& report, phase p) noexcept
        : op_(&op), to_(&report.time[static_cast<std::size_t>(p)]), start_(op.now())
    {
    }
    stopwatch(stopwatch const&) = delete;
    stopwatch& operator=(stopwatch const&) = delete;
    ~stopwatch() { *to_ += op_->now() - start_; }

private:
    operation* op_;
    std::chrono::nanoseconds* to_;
    steady_time start_;
};

/// Whether a failed read or write means that the other side went away.
inline bool is_loss(error_code const& code) noexcept
{
    namespace e = boost::asio::error;
    return code == e::connection_reset || code == e::broken_pipe || code == e::connection_aborted || code == e::not_connected ||
           code == e::timed_out || code == errc::truncated;
}

inline error from_socket(error_code const& code, errc otherwise, phase where, outcome what, std::string message)
{
    namespace e = boost::asio::error;
    bool const exhausted = code == e::no_descriptors || code == boost::system::errc::too_many_files_open_in_system ||
                           code == e::no_buffer_space || code == e::no_memory || code == boost::system::errc::address_not_available;
    return make_error(exhausted ? errc::resource_exhausted : otherwise, where, what, std::move(message) + ": " + code.message());
}

inline error proxy_error(std::string why)
{
    return make_error(errc::proxy_failed, phase::proxy, outcome::not_sent, std::move(why));
}

inline constexpr std::size_t buffer_size = 32 * 1024;

/// What the transport, its exchanges and its streams share.
struct https_state
{
    https_state(boost::asio::any_io_executor e, https_config c)
        : executor(std::move(e)), config(std::move(c)), connections(executor, config.pool),
          names(config.resolver ? config.resolver : system_resolver(executor))
    {
    }

    using buffer = std::unique_ptr<char[]>;

    buffer take_buffer(std::size_t size)
    {
        if (size == buffer_size && !buffers.empty()) {
            auto out = std::move(buffers.back());
            buffers.pop_back();
            return out;
        }
        return buffer(new char[size]);
    }
    void give_buffer(buffer b, std::size_t size)
    {
        if (b && size == buffer_size && buffers.size() < 64)
            buffers.push_back(std::move(b));
    }

    result<std::shared_ptr<tls_context>> tls()
    {
        if (!context) {
            auto made = tls_context::make(config.tls);
            if (!made)
                return made.error();
            context = std::move(*made);
        }
        return context;
    }

    task<result<std::unique_ptr<tcp_stream>>> reach(operation& op, exchange& x, std::string host, std::uint16_t port);
    task<result<std::unique_ptr<stream>>> tunnel(operation& op, exchange& x, std::unique_ptr<stream> lower, proxy_target via);
    task<result<std::unique_ptr<connection>>> connect(operation& op, exchange& x, origin_slot& slot);

    boost::asio::any_io_executor executor;
    https_config config;
    pool connections;
    std::shared_ptr<net::resolver> names;
    std::shared_ptr<tls_context> context;
    std::vector<buffer> buffers;
};

/// One request and its response on one connection.
class http_exchange final : public body_stream
{
public:
    explicit http_exchange(std::shared_ptr<https_state> owner)
        : owner_(std::move(owner)), parser_(std::in_place, owner_->config.sizes), size_(std::max(buffer_size, owner_->config.sizes.response_head + 1024)),
          buffer_(owner_->take_buffer(size_))
    {
    }
    ~http_exchange() override { owner_->give_buffer(std::move(buffer_), size_); }

    /// Connects or takes a connection, sends the request, ends when the final response head is there.
    task<result<void>> begin(operation& op, exchange& x);
    /// Reads the rest of the body into `to`.
    task<result<void>> read_all(operation& op, exchange& x, std::string& to);
    task<result<std::string_view>> read(operation& op, phase_limits::duration idle) override;

    int status() const noexcept { return parser_->status(); }
    headers& fields() noexcept { return parser_->fields(); }

private:
    task<result<void>> write(operation& op, exchange& x);
    task<result<void>> write_bytes(operation& op, exchange& x, std::string_view bytes);
    task<result<void>> read_head(operation& op, exchange& x, steady_time until);
    /// Reads once. False: the peer ended its side.
    task<result<bool>> fill(operation& op, phase where, outcome what, errc on_time_out, steady_time until);
    result<void> parse(phase where, outcome what);
    result<void> end_of_input(phase where, outcome what);
    void finish(operation& op);

    std::string_view buffered() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }

    std::shared_ptr<https_state> owner_;
    std::optional<response_parser> parser_;
    std::size_t size_;
    detail::https_state::buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    origin_slot* slot_ = nullptr;
    pool::permit permit_; // before the connection: the next waiter may come when the connection is gone
    std::unique_ptr<connection> connection_;
    std::string chunk_;
    bool sent_any_ = false;
    bool sent_all_ = false;
};

inline task<result<void>> http_exchange::begin(operation& op, exchange& x)
{
    auto& report = x.report;
    slot_ = &owner_->connections.slot(x.to());
    {
        stopwatch const watch(op, report, phase::pool_wait);
        auto const limit = x.limits().pool_wait;
        auto entered = co_await owner_->connections.enter(op, *slot_, limit);
        if (!entered)
            co_return entered.error();
        permit_ = std::move(*entered);
    }
    if (!x.wants_fresh_connection())
        connection_ = owner_->connections.take_idle(*slot_, op.now());
    report.connection_reused = connection_ != nullptr;
    if (!connection_) {
        auto made = co_await owner_->connect(op, x, *slot_);
        if (!made)
            co_return made.error();
        connection_ = std::move(*made);
    }
    report.connection_id = connection_->id;
    ++connection_->exchanges;
    report.sent_at = op.timers().clock().wall_now();
    auto written = result<void>();
    {
        stopwatch const watch(op, report, phase::write);
        written = co_await write(op, x);
    }
    if (!written && !(sent_any_ && written.error() == errc::write_failed))
        co_return written;
    // A server may answer and close before it has read everything; its answer counts more than our
    // broken pipe.
    stopwatch const watch(op, report, phase::first_byte);
    auto const until = op.until(x.limits().first_byte);
    auto head = co_await read_head(op, x, until);
    report.received_at = op.timers().clock().wall_now();
    if (!head && !written && !report.response_started)
        co_return written;
    co_return head;
}

inline task<result<void>> http_exchange::write_bytes(operation& op, exchange& x, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const before = connection_->tls != nullptr ? connection_->tls->lower_written() : 0;
        auto const moved = connection_->io->try_write(bytes.data(), bytes.size());
        if (moved.status == io_status::ok || (connection_->tls != nullptr && connection_->tls->lower_written() != before))
            sent_any_ = true;
        if (moved.status == io_status::ok) {
            bytes.remove_prefix(moved.size);
            continue;
        }
        auto const sent = sent_any_ ? outcome::unknown : outcome::not_sent;
        if (moved.status == io_status::want_read || moved.status == io_status::want_write) {
            auto const what = moved.status == io_status::want_read ? direction::read : direction::write;
            auto const until = op.until(x.limits().write);
            auto const woken = co_await ready(op, *connection_->io, what, until);
            if (woken != wake::done)
                co_return op.interrupted(phase::write, sent, errc::write_timeout);
            continue;
        }
        co_return from_socket(moved.code, errc::write_failed, phase::write, sent, "the connection broke while the request was sent");
    }
    co_return result<void>();
}

inline task<result<void>> http_exchange::write(operation& op, exchange& x)
{
    auto const head = x.head().text();
    auto const content = x.payload().bytes();
    std::string length;
    bool const has_length = !content.empty() || (x.head().method() != "GET" && x.head().method() != "HEAD");
    if (has_length)
        length = "content-length: " + std::to_string(content.size()) + "\r\n";
    length += "\r\n";
    if (head.size() + length.size() + content.size() <= size_) {
        // One write, one TLS record, one packet.
        char* to = buffer_.get();
        for (auto const part : {head, std::string_view(length), content}) {
            std::memcpy(to, part.data(), part.size());
            to += part.size();
        }
        auto const all = std::string_view(buffer_.get(), static_cast<std::size_t>(to - buffer_.get()));
        auto written = co_await write_bytes(op, x, all);
        if (!written)
            co_return written;
    }
    else {
        std::string start;
        start.reserve(head.size() + length.size());
        start.append(head).append(length);
        auto written = co_await write_bytes(op, x, start);
        if (!written)
            co_return written;
        written = co_await write_bytes(op, x, content);
        if (!written)
            co_return written;
    }
    sent_all_ = true;
    co_return result<void>();
}

inline task<result<bool>> http_exchange::fill(operation& op, phase where, outcome what, errc on_time_out, steady_time until)
{
    if (begin_ == end_)
        begin_ = end_ = 0;
    if (end_ == size_ && begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    for (;;) {
        auto const moved = connection_->io->try_read(buffer_.get() + end_, size_ - end_);
        switch (moved.status) {
        case io_status::ok:
            end_ += moved.size;
            co_return true;
        case io_status::end: co_return false;
        case io_status::failed: {
            if (moved.code == errc::truncated || is_loss(moved.code)) {
                auto const code = what == outcome::partial ? errc::truncated : errc::connection_lost;
                co_return make_error(code, where, what, "the connection broke while the response was read: " + moved.code.message());
            }
            co_return make_error(errc::connection_lost, where, what,
                                 "the connection failed while the response was read: " + moved.code.message() + " " + openssl_reason());
        }
        default: break;
        }
        auto const direction_wanted = moved.status == io_status::want_write ? direction::write : direction::read;
        auto const woken = co_await ready(op, *connection_->io, direction_wanted, until);
        if (woken != wake::done)
            co_return op.interrupted(where, what, on_time_out);
    }
}

inline result<void> http_exchange::parse(phase where, outcome what)
{
    while (begin_ < end_ && !parser_->is_done()) {
        boost::beast::error_code code;
        auto const used = parser_->put(boost::asio::buffer(buffer_.get() + begin_, end_ - begin_), code);
        begin_ += used;
        if (code == boost::beast::http::error::need_more)
            return {};
        if (code) {
            if (!parser_->complaint().empty())
                return make_error(parser_->complaint_code(), where, what, parser_->complaint());
            if (code == boost::beast::http::error::header_limit)
                return make_error(errc::header_limit, where, what,
                                  "the response head is over " + std::to_string(owner_->config.sizes.response_head) + " bytes");
            return make_error(errc::protocol_error, where, what, "the response is not valid HTTP/1.1: " + code.message());
        }
        if (parser_->is_header_done())
            break; // the caller looks at the head first
        if (used == 0)
            break;
    }
    return {};
}

inline result<void> http_exchange::end_of_input(phase where, outcome what)
{
    boost::beast::error_code code;
    if (parser_->is_header_done() && parser_->need_eof())
        parser_->put_eof(code);
    else
        code = boost::beast::http::error::partial_message;
    if (!code && parser_->is_done())
        return {};
    if (!parser_->is_header_done())
        return make_error(errc::connection_lost, where, what, "the server closed the connection without a whole answer");
    return make_error(errc::truncated, where, what, "the server closed the connection in the middle of its answer");
}

inline task<result<void>> http_exchange::read_head(operation& op, exchange& x, steady_time until)
{
    begin_ = end_ = 0;
    for (int interim = 0;;) {
        auto parsed = parse(phase::first_byte, outcome::unknown);
        if (!parsed)
            co_return parsed;
        if (parser_->is_header_done()) {
            if (!parser_->is_interim())
                co_return result<void>();
            if (parser_->status() == 101)
                co_return make_error(errc::protocol_error, phase::first_byte, outcome::unknown,
                                     "the server switched to a protocol nobody asked for");
            if (++interim > owner_->config.sizes.interim_responses)
                co_return make_error(errc::protocol_error, phase::first_byte, outcome::unknown,
                                     "the server sends interim responses without end");
            parser_.emplace(owner_->config.sizes);
            if (begin_ < end_)
                continue;
        }
        auto more = co_await fill(op, phase::first_byte, outcome::unknown, errc::response_timeout, until);
        if (!more)
            co_return more.error();
        if (!*more)
            co_return end_of_input(phase::first_byte, outcome::unknown);
        x.report.response_started = true;
    }
}

inline void http_exchange::finish(operation& op)
{
    // Only an exchange that ended cleanly leaves a connection worth keeping.
    bool const clean = sent_all_ && parser_->keep_alive() && begin_ == end_;
    if (!clean) {
        connection_.reset();
        permit_ = pool::permit();
        return;
    }
    std::optional<std::chrono::seconds> keep;
    auto const promise = parser_->fields()["keep-alive"];
    if (auto const at = promise.find("timeout="); at != promise.npos) {
        unsigned seconds = 0;
        auto const digits = promise.substr(at + 8);
        if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec == std::errc())
            keep = std::chrono::seconds(seconds);
    }
    owner_->connections.put_idle(*slot_, std::move(connection_), op.now(), keep);
    permit_ = pool::permit();
}

inline task<result<void>> http_exchange::read_all(operation& op, exchange& x, std::string& to)
{
    stopwatch const watch(op, x.report, phase::body);
    parser_->set_sink(&to);
    for (;;) {
        while (begin_ < end_ && !parser_->is_done()) {
            auto const before = end_ - begin_;
            auto parsed = parse(phase::body, outcome::partial);
            if (!parsed)
                co_return parsed;
            if (end_ - begin_ == before)
                break;
        }
        if (parser_->is_done()) {
            finish(op);
            co_return result<void>();
        }
        auto const until = op.until(x.limits().idle);
        auto more = co_await fill(op, phase::body, outcome::partial, errc::idle_timeout, until);
        if (!more)
            co_return more.error();
        if (!*more) {
            auto ended = end_of_input(phase::body, outcome::partial);
            connection_.reset();
            co_return ended;
        }
    }
}

inline task<result<std::string_view>> http_exchange::read(operation& op, phase_limits::duration idle)
{
    chunk_.clear();
    parser_->set_sink(&chunk_);
    for (;;) {
        if (!connection_)
            co_return std::string_view();
        while (begin_ < end_ && !parser_->is_done() && chunk_.empty()) {
            auto const before = end_ - begin_;
            auto parsed = parse(phase::body, outcome::partial);
            if (!parsed)
                co_return parsed.error();
            if (end_ - begin_ == before)
                break;
        }
        if (parser_->is_done())
            finish(op);
        if (!chunk_.empty() || !connection_)
            co_return std::string_view(chunk_);
        auto const until = op.until(idle);
        auto more = co_await fill(op, phase::body, outcome::partial, errc::idle_timeout, until);
        if (!more) {
            connection_.reset();
            co_return more.error();
        }
        if (!*more) {
            auto ended = end_of_input(phase::body, outcome::partial);
            connection_.reset();
            if (!ended)
                co_return ended.error();
        }
    }
}

} // namespace detail

AUGUR_INLINE task<result<std::unique_ptr<detail::tcp_stream>>> detail::https_state::reach(operation& op, exchange& x,
                                                                                          std::string host, std::uint16_t port)
{
    std::vector<address> found;
    {
        detail::stopwatch const watch(op, x.report, phase::resolve);
        if (auto const literal = parse_address(host)) {
            found.push_back(*literal);
        }
        else {
            auto const until = op.until(x.limits().resolve);
            auto resolved = co_await names->resolve(op, host, until);
            if (!resolved)
                co_return resolved.error();
            found = std::move(*resolved);
        }
    }
    detail::stopwatch const watch(op, x.report, phase::connect);
    auto const until = op.until(x.limits().connect);
    std::string tried;
    error last = make_error(errc::connect_failed, phase::connect, outcome::not_sent, host + " has no address");
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto const to = detail::to_asio(found[i], port);
        auto io = std::make_unique<detail::tcp_stream>(executor);
        error_code code;
        io->socket().open(to.protocol(), code);
        if (!code)
            io->socket().non_blocking(true, code);
        if (!code)
            io->socket().set_option(boost::asio::ip::tcp::no_delay(true), code);
        if (code)
            co_return detail::from_socket(code, errc::connect_failed, phase::connect, outcome::not_sent, "cannot open a socket");
        // Every address gets its share of the time that is left, the last one all of it.
        auto const share = op.now() + (until - op.now()) / static_cast<int>(found.size() - i);
        detail::connecting attempt(op, *io, to, share);
        auto const woken = co_await attempt;
        if (woken == wake::done && !attempt.code())
            co_return std::move(io);
        if (woken == wake::stopped || op.now() >= op.deadline())
            co_return op.interrupted(phase::connect, outcome::not_sent, errc::connect_timeout);
        tried += (tried.empty() ? "" : ", ") + to_string(found[i]);
        auto const where = "cannot connect to " + host + " port " + std::to_string(port) + " (tried " + tried + ")";
        if (woken == wake::timed_out)
            last = make_error(errc::connect_timeout, phase::connect, outcome::not_sent, where + ": no answer in time");
        else
            last = detail::from_socket(attempt.code(), errc::connect_failed, phase::connect, outcome::not_sent, where);
    }
    co_return last;
}

AUGUR_INLINE task<result<std::unique_ptr<stream>>> detail::https_state::tunnel(operation& op, exchange& x,
                                                                               std::unique_ptr<stream> lower, proxy_target via)
{
    detail::stopwatch const watch(op, x.report, phase::proxy);
    auto const until = op.until(x.limits().proxy);
    auto const host = x.to().host.find(':') == std::string::npos ? x.to().host : "[" + x.to().host + "]";
    auto const target = host + ":" + std::to_string(x.to().port);
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n";
    if (!via.authorization.empty())
        request.append("proxy-authorization: ").append(via.authorization.reveal()).append("\r\n");
    request += "\r\n";
    for (std::string_view rest = request; !rest.empty();) {
        auto const moved = lower->try_write(rest.data(), rest.size());
        if (moved.status == io_status::ok) {
            rest.remove_prefix(moved.size);
            continue;
        }
        if (moved.status != io_status::want_write)
            co_return detail::proxy_error("the proxy closed the connection");
        auto const woken = co_await ready(op, *lower, direction::write, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::proxy, outcome::not_sent, errc::proxy_timeout);
    }
    cleanse(request.data(), request.size());
    detail::response_parser parser(config.sizes);
    parser.skip(true); // what follows the head of a 200 is the tunnel
    std::string head;
    for (;;) {
        // Byte by byte: not one byte of the tunnel may be taken with the head.
        char byte = 0;
        auto const moved = lower->try_read(&byte, 1);
        if (moved.status == io_status::want_read) {
            auto const woken = co_await ready(op, *lower, direction::read, until);
            if (woken != wake::done)
                co_return op.interrupted(phase::proxy, outcome::not_sent, errc::proxy_timeout);
            continue;
        }
        if (moved.status != io_status::ok)
            co_return detail::proxy_error("the proxy closed the connection without an answer");
        head += byte;
        if (head.size() > config.sizes.response_head)
            co_return detail::proxy_error("the proxy's answer is too large");
        if (head.ends_with("\r\n\r\n"))
            break;
    }
    boost::beast::error_code code;
    parser.put(boost::asio::buffer(head), code);
    if (code || !parser.is_header_done())
        co_return detail::proxy_error("the proxy's answer is not valid HTTP");
    if (parser.status() == 407)
        co_return detail::proxy_error("the proxy asks for a user and password (407): put them into the proxy URL")
            .with_http_status(407);
    if (parser.status() < 200 || parser.status() > 299)
        co_return detail::proxy_error("the proxy refused the tunnel to " + target + " with status " + std::to_string(parser.status()))
            .with_http_status(parser.status());
    co_return std::move(lower);
}

AUGUR_INLINE task<result<std::unique_ptr<detail::connection>>> detail::https_state::connect(operation& op, exchange& x,
                                                                                            detail::origin_slot& slot)
{
    auto const& to = x.to();
    proxy_target via;
    if (to.is_https && !config.proxy.url.empty() && !bypasses_proxy(config.proxy.no_proxy, to.host, to.port)) {
        auto parsed = parse_proxy(config.proxy.url);
        if (!parsed)
            co_return parsed.error();
        via = std::move(*parsed);
    }
    bool const proxied = via.port != 0;
    auto host = proxied ? via.host : to.host;
    auto const port = proxied ? via.port : to.port;
    auto reached = co_await reach(op, x, std::move(host), port);
    if (!reached) {
        auto failure = reached.error();
        if (proxied && failure != errc::cancelled)
            failure.with_message("the proxy: " + std::string(failure.message()));
        co_return failure;
    }
    auto out = std::make_unique<detail::connection>();
    out->io = std::move(*reached);
    if (proxied) {
        auto through = co_await tunnel(op, x, std::move(out->io), std::move(via));
        if (!through)
            co_return through.error();
        out->io = std::move(*through);
    }
    if (to.is_https) {
        auto context_made = tls();
        if (!context_made)
            co_return context_made.error();
        auto secured = std::make_unique<detail::tls_stream>(std::move(*context_made), std::move(out->io), slot.sessions);
        detail::stopwatch const watch(op, x.report, phase::tls);
        auto const until = op.until(x.limits().tls);
        auto shaken = co_await secured->handshake(op, to.host, until);
        if (!shaken)
            co_return shaken.error();
        connections.resumed += secured->was_resumed() ? 1 : 0;
        out->tls = secured.get();
        out->io = std::move(secured);
    }
    out->id = ++connections.opened;
    out->opened_at = op.now();
    co_return std::move(out);
}

AUGUR_INLINE https_transport::https_transport(boost::asio::any_io_executor executor, https_config config)
    : impl_(std::make_shared<detail::https_state>(std::move(executor), std::move(config)))
{
}

AUGUR_INLINE https_transport::~https_transport() = default;

AUGUR_INLINE pool_statistics https_transport::statistics() const noexcept
{
    return impl_->connections.statistics();
}

AUGUR_INLINE task<result<http_response>> https_transport::send(operation& op, exchange& x)
{
    detail::http_exchange one(impl_);
    auto begun = co_await one.begin(op, x);
    if (!begun)
        co_return begun.error();
    http_response out;
    out.status = one.status();
    auto read = co_await one.read_all(op, x, out.content);
    if (!read) {
        auto failure = read.error();
        failure.with_http_status(out.status);
        co_return failure;
    }
    out.fields = std::move(one.fields());
    co_return std::move(out);
}

AUGUR_INLINE task<result<opened_response>> https_transport::open(operation& op, exchange& x)
{
    auto one = std::make_unique<detail::http_exchange>(impl_);
    auto begun = co_await one->begin(op, x);
    if (!begun)
        co_return begun.error();
    opened_response out;
    out.status = one->status();
    out.fields = one->fields();
    out.content = std::move(one);
    co_return std::move(out);
}

} // namespace augur::inline AUGUR_ABI::net
