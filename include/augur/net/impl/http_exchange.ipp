#pragma once

#include <augur/net/impl/https_state.ipp>
#include <augur/net/impl/io_support.ipp>
#include <augur/net/impl/response_parser.ipp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

/// One request and its response on one connection.
class http_exchange final : public body_stream
{
public:
    explicit http_exchange(std::shared_ptr<https_state> owner)
        : owner_(std::move(owner)),
          parser_(std::in_place, owner_->config.sizes),
          size_(std::max(buffer_size, owner_->config.sizes.response_head + 1024))
    {
    }
    ~http_exchange() override { owner_->give_buffer(std::move(buffer_), size_); }

    /// Connects or takes a connection, sends the request, ends when the final response head is there.
    task<result<void>> begin(operation& op, exchange& x);
    /// Puts into `to`, which is empty at the first call, what is here of the body. nullopt: `read_all` must wait for
    /// the rest.
    std::optional<result<void>> read_present(operation& op, exchange& x, std::string& to);
    /// Reads the rest of the body into `to`, after `read_present`.
    task<result<void>> read_all(operation& op, exchange& x, std::string& to);
    task<result<std::string_view>> read(operation& op, phase_limits::duration idle) override;
    void reject() noexcept override { ends_by(close_cause::exchange_failed); }

    /// What is counted when the connection goes before the response has ended.
    void ends_by(close_cause cause) noexcept
    {
        if (connection_)
            connection_->ends_by = cause;
    }
    void ends_by(error const& failure) noexcept
    {
        bool const is_left = failure == errc::cancelled || failure == errc::client_closed;
        ends_by(is_left ? close_cause::left : close_cause::exchange_failed);
    }

    int status() const noexcept { return parser_->status(); }
    headers& fields() noexcept { return parser_->fields(); }
    /// The body is in a coding that nobody asked for.
    bool is_coded() const noexcept { return is_coded_; }

private:
    bool write_at_once(exchange& x);
    task<result<void>> write(operation& op, exchange& x);
    task<result<void>> write_bytes(operation& op, exchange& x, std::string_view bytes);
    io_result push(std::string_view& bytes);
    result<void> listen_early(exchange& x);
    task<result<void>> read_head(operation& op, exchange& x, steady_time until);
    io_result take();
    void need_buffer();
    void spare_buffer() noexcept;
    AUGUR_COLD error read_failure(error_code const& code, phase where, outcome what) const;
    static direction wanted(io_result const& moved) noexcept;
    AUGUR_COLD void forget_neighbours(exchange const& x) noexcept;
    AUGUR_COLD result<void> pass_interim();
    AUGUR_COLD error fail(error e);
    result<void> parse(phase where, outcome what);
    AUGUR_COLD error too_large() const;
    AUGUR_COLD result<void> end_of_input(phase where, outcome what);
    void finish(operation& op);

    std::shared_ptr<https_state> owner_;
    std::optional<response_parser> parser_;
    std::size_t size_;
    detail::https_state::buffer buffer_; ///< null while next to nothing is in it: waiting costs no memory
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::array<char, 32> rest_; ///< what stands in the place of `buffer_` then: an unfinished chunk header
    std::size_t rest_size_ = 0;
    origin_slot* slot_ = nullptr;
    pool::permit permit_; // before the connection: the next waiter may come when the connection is gone
    std::unique_ptr<connection> connection_;
    std::string chunk_;
    bool holds_request_ = false; ///< what is being written stands in `buffer_`
    io_result pushed_; ///< what the last try to write came to
    std::string_view unsent_; ///< of a request that stands in `buffer_`
    bool sent_any_ = false;
    bool sent_all_ = false;
    bool answered_early_ = false;
    bool deaf_ = false; ///< nothing more can be heard while writing
    bool is_coded_ = false;
    std::size_t head_size_ = 0;
    steady_time head_at_{}; ///< when the head of the response was there
    int interim_ = 0;
    std::optional<error> failed_;
};

inline task<result<void>> http_exchange::begin(operation& op, exchange& x)
{
    auto& report = x.report;
    slot_ = &owner_->connections.slot(x.to());
    parser_->use(x.take_memory());
    auto const started = op.seen();
    permit_ = owner_->connections.try_enter(*slot_);
    if (!permit_) {
        auto const limit = x.limits().pool_wait;
        auto entered = co_await owner_->connections.enter(op, *slot_, limit);
        add_time(report, phase::pool_wait, op.seen() - started);
        if (!entered)
            co_return entered.error();
        permit_ = std::move(*entered);
    }
    if (slot_->is_doubtful && slot_->wants_lookup(op.now()))
        co_await owner_->look_again(op, x, *slot_);
    if (!x.wants_fresh_connection())
        connection_ = owner_->connections.take_idle(*slot_, op.seen());
    report.connection_reused = connection_ != nullptr;
    if (!connection_) {
        auto made = co_await owner_->connect(op, x, *slot_);
        if (!made)
            co_return made.error();
        connection_ = std::move(*made);
        op.look_at_clock();
    }
    report.connection_id = connection_->id;
    ++connection_->exchanges;
    ends_by(close_cause::exchange_failed); // until its response is somebody's to leave
    auto const began = op.seen();
    if (began != started || report.sent_at == wall_time())
        report.sent_at = op.timers().clock().wall_now();
    auto written = result<void>();
    if (!write_at_once(x))
        written = co_await write(op, x);
    auto const sent = op.look_at_clock();
    add_time(report, phase::write, sent - began);
    if (!written && !(sent_any_ && written.error() == errc::write_failed)) {
        forget_neighbours(x);
        co_return written;
    }
    // A server may answer and close before it has read everything; its answer counts more than our
    // broken pipe.
    auto const until = op.until(x.limits().first_byte, sent);
    auto head = co_await read_head(op, x, until);
    add_time(report, phase::first_byte, op.seen() - sent);
    head_at_ = op.seen();
    // Not another look at the wall clock: it would only add what may have been corrected meanwhile.
    report.received_at = report.sent_at + std::chrono::duration_cast<wall_time::duration>(head_at_ - began);
    if (!head) {
        forget_neighbours(x);
        if (!written && !report.response_started && head.error() != errc::tls_failed)
            co_return written;
        co_return head;
    }
    if (parser_->status() >= 500)
        slot_->is_doubtful = true;
    auto const coding = parser_->fields()["content-encoding"];
    is_coded_ = !coding.empty() && !equal_ignoring_case(coding, "identity") && !x.head().find("accept-encoding");
    if (is_coded_ && parser_->status() < 300) // a refusal is understood without its body
        co_return make_error(errc::unsupported_encoding, phase::first_byte, outcome::complete,
                             "the response is coded as \"" + sanitise(coding, 64) + "\", which nobody asked for")
            .with_http_status(parser_->status());
    co_return head;
}

/// Gives the connection what it takes of `bytes` and removes that from them.
inline io_result http_exchange::push(std::string_view& bytes)
{
    auto const* const tls = connection_->tls;
    auto const before = tls != nullptr ? tls->lower_written() : 0;
    auto const moved = connection_->io->try_write(bytes.data(), bytes.size());
    if (moved.status == io_status::ok || (tls != nullptr && tls->lower_written() != before))
        sent_any_ = true;
    if (moved.status == io_status::ok)
        bytes.remove_prefix(moved.size);
    return moved;
}

/// After a first `push`, whose outcome is `pushed_`.
inline task<result<void>> http_exchange::write_bytes(operation& op, exchange& x, std::string_view bytes)
{
    auto until = op.until(x.limits().write, op.seen());
    bool progress = false;
    for (;;) {
        if (pushed_.status == io_status::ok) {
            if (bytes.empty())
                co_return result<void>();
            progress = true;
            pushed_ = push(bytes);
            continue;
        }
        if (std::exchange(progress, false))
            until = op.until(x.limits().write);
        auto const sent = sent_any_ ? outcome::unknown : outcome::not_sent;
        if (pushed_.status != io_status::want_read && pushed_.status != io_status::want_write)
            co_return from_socket(pushed_.code, errc::write_failed, phase::write, sent,
                                  "the connection broke while the request was sent");
        // A server may answer before it has read everything (413, 429): listen while writing waits. The
        // buffer is free for that only when it does not hold the request.
        bool const may_listen = !deaf_ && !holds_request_;
        auto what = pushed_.status == io_status::want_read ? direction::read : direction::write;
        if (may_listen)
            what = direction::either;
        auto const woken = co_await ready(op, *connection_->io, what, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::write, sent, errc::write_timeout);
        if (may_listen && sent_any_) {
            auto heard = listen_early(x);
            if (!heard || answered_early_)
                co_return heard;
        }
        pushed_ = push(bytes);
    }
}

/// Reads what is there without waiting. Interim responses are passed over, a final one ends the upload.
inline result<void> http_exchange::listen_early(exchange& x)
{
    auto const early = take();
    if (early.status == io_status::end || early.status == io_status::failed)
        deaf_ = true; // nothing more will be heard; the next write or its limit ends this
    if (early.status != io_status::ok)
        return {};
    x.report.response_started = true;
    for (;;) {
        if (auto parsed = parse(phase::write, outcome::unknown); !parsed)
            return parsed;
        if (!parser_->is_header_done())
            return {};
        if (!parser_->is_interim() || parser_->status() == 101) {
            answered_early_ = true;
            return {};
        }
        if (auto passed = pass_interim(); !passed)
            return passed;
    }
}

/// What ends the head of a request.
struct head_end
{
    explicit head_end(exchange const& x) noexcept
    {
        auto const& method = x.head().method();
        char* end = text.data();
        if (x.payload().size() != 0 || (method != "GET" && method != "HEAD")) {
            end = std::copy_n("content-length: ", 16, end);
            end = std::to_chars(end, text.data() + text.size() - 4, x.payload().size()).ptr;
            end = std::copy_n("\r\n", 2, end);
        }
        end = std::copy_n("\r\n", 2, end);
        size = static_cast<std::size_t>(end - text.data());
    }
    std::string_view view() const noexcept { return {text.data(), size}; }

    std::array<char, 48> text;
    std::size_t size;
};

/// One write, one TLS record, one packet: what almost every request is. True: all of it was taken. False: `write` has
/// to go on, with the `unsent_` rest or, if there is none, from the beginning.
inline bool http_exchange::write_at_once(exchange& x)
{
    auto const head = x.head().text();
    auto const content = x.payload().bytes();
    head_end const end(x);
    if (head.size() + end.size + content.size() > size_)
        return false;
    need_buffer();
    char* to = buffer_.get();
    for (auto const part : {head, end.view(), content})
        to = std::copy_n(part.data(), part.size(), to);
    unsent_ = std::string_view(buffer_.get(), static_cast<std::size_t>(to - buffer_.get()));
    pushed_ = push(unsent_);
    sent_all_ = unsent_.empty();
    holds_request_ = !sent_all_;
    return sent_all_;
}

inline task<result<void>> http_exchange::write(operation& op, exchange& x)
{
    if (holds_request_) {
        auto written = co_await write_bytes(op, x, unsent_);
        holds_request_ = false;
        if (!written)
            co_return written;
    }
    else {
        std::string start(x.head().text());
        start.append(head_end(x).view());
        for (auto part : {std::string_view(start), x.payload().bytes()}) {
            if (part.empty())
                continue;
            pushed_ = push(part);
            auto written = co_await write_bytes(op, x, part);
            if (!written || answered_early_)
                co_return written;
        }
    }
    sent_all_ = true;
    co_return result<void>();
}

inline void http_exchange::need_buffer()
{
    if (buffer_)
        return;
    buffer_ = owner_->take_buffer(size_);
    begin_ = 0;
    end_ = std::exchange(rest_size_, 0);
    std::copy_n(rest_.data(), end_, buffer_.get());
}

/// To be called before a wait. The next to be woken then works on memory that is still in the cache.
inline void http_exchange::spare_buffer() noexcept
{
    auto const left = end_ - begin_;
    if (!buffer_ || holds_request_ || left > rest_.size())
        return;
    std::copy_n(buffer_.get() + begin_, left, rest_.data());
    rest_size_ = left;
    begin_ = end_ = 0;
    owner_->give_buffer(std::move(buffer_), size_);
}

/// Reads what is there, without waiting.
///
/// The loops below call this and only await readiness: a coroutine awaited once per read would, without
/// tail calls (g++ below -O2), grow the stack with every read that does not have to wait.
inline io_result http_exchange::take()
{
    need_buffer();
    if (begin_ == end_)
        begin_ = end_ = 0;
    if (end_ == size_ && begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == size_) // Beast puts no limit on chunk headers and trailers; this is it
        return {io_status::failed, 0, make_error_code(errc::protocol_error)};
    auto const moved = connection_->io->try_read(buffer_.get() + end_, size_ - end_);
    if (moved.status == io_status::ok)
        end_ += moved.size;
    return moved;
}

inline error http_exchange::read_failure(error_code const& code, phase where, outcome what) const
{
    if (code == errc::protocol_error)
        return make_error(errc::protocol_error, where, what,
                          "a chunk header or trailer is over " + std::to_string(size_) + " bytes");
    if (where == phase::first_byte && connection_->tls != nullptr && !connection_->tls->certificate_refusal().empty())
        return tls_error(errc::tls_failed,
                         "the server does not accept our certificate: " + connection_->tls->certificate_refusal());
    if (code == errc::truncated || is_loss(code))
        return make_error(what == outcome::partial ? errc::truncated : errc::connection_lost, where, what,
                          code == errc::truncated
                              ? std::string("the connection was closed before the response was whole")
                              : "the connection broke while the response was read: " + code.message());
    return make_error(what == outcome::partial ? errc::truncated : errc::connection_lost, where, what,
                      "the connection failed while the response was read: " + code.message() + " " + openssl_reason());
}

inline direction http_exchange::wanted(io_result const& moved) noexcept
{
    return moved.status == io_status::want_write ? direction::write : direction::read;
}

inline void http_exchange::forget_neighbours(exchange const& x) noexcept
{
    // What killed a connection that was kept has most likely killed those kept beside it.
    if (x.report.connection_reused && !x.report.response_started)
        owner_->connections.distrust_neighbours(*slot_, *connection_);
}

inline result<void> http_exchange::pass_interim()
{
    if (++interim_ > owner_->config.sizes.interim_responses)
        return make_error(errc::protocol_error, phase::first_byte, outcome::unknown,
                          "the server sends interim responses without end");
    auto memory = std::move(parser_->fields());
    parser_.emplace(owner_->config.sizes);
    parser_->use(std::move(memory));
    head_size_ = 0;
    return {};
}

inline result<void> http_exchange::parse(phase where, outcome what)
{
    while (begin_ < end_ && !parser_->is_done() && !parser_->starves_on(end_ - begin_)) {
        boost::beast::error_code code;
        bool const was_head = !parser_->is_header_done();
        auto const used = parser_->put(boost::asio::buffer(buffer_.get() + begin_, end_ - begin_), code);
        begin_ += used;
        head_size_ += was_head ? used : 0;
        if (was_head && !code && head_size_ > owner_->config.sizes.response_head) // Beast's limit is not exact
            code = boost::beast::http::error::header_limit;
        if (code == boost::beast::http::error::need_more)
            return {};
        if (code) {
            if (!parser_->complaint().empty())
                return make_error(parser_->complaint_code(), where, what, parser_->complaint());
            if (code == boost::beast::http::error::header_limit)
                return make_error(errc::header_limit, where, what,
                                  "the response head is over " + std::to_string(owner_->config.sizes.response_head) +
                                      " bytes");
            return make_error(errc::protocol_error, where, what,
                              "the response is not valid HTTP/1.1: " + code.message());
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
        return make_error(errc::connection_lost, where, what,
                          "the server closed the connection without a whole answer");
    return make_error(errc::truncated, where, what, "the server closed the connection in the middle of its answer");
}

inline task<result<void>> http_exchange::read_head(operation& op, exchange& x, steady_time until)
{
    // Nobody answers at once: do not even ask whether something is there.
    bool wait_first = sent_all_ && begin_ == end_ && !connection_->io->holds_input();
    bool just_woken = false;
    for (;;) {
        if (!parser_->is_header_done()) // it may be, when the answer came during the upload
            if (auto parsed = parse(phase::first_byte, outcome::unknown); !parsed)
                co_return parsed;
        if (parser_->is_header_done()) {
            if (!parser_->is_interim())
                co_return result<void>();
            if (parser_->status() == 101)
                co_return make_error(errc::protocol_error, phase::first_byte, outcome::unknown,
                                     "the server switched to a protocol nobody asked for");
            if (auto passed = pass_interim(); !passed)
                co_return passed;
            if (begin_ < end_)
                continue;
        }
        auto const moved = std::exchange(wait_first, false) ? io_result{io_status::want_read, 0, {}} : take();
        if (moved.status == io_status::ok) {
            x.report.response_started = true;
            bool const looked = std::exchange(just_woken, false);
            if (!looked && op.look_at_clock() >= until) // the limit is absolute: a head may not drip for ever
                co_return op.interrupted(phase::first_byte, outcome::unknown, errc::response_timeout);
            continue;
        }
        if (moved.status == io_status::end)
            co_return end_of_input(phase::first_byte, outcome::unknown);
        if (moved.status == io_status::failed)
            co_return read_failure(moved.code, phase::first_byte, outcome::unknown);
        auto const what = wanted(moved);
        spare_buffer();
        auto const woken = co_await ready(op, *connection_->io, what, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::first_byte, outcome::unknown, errc::response_timeout);
        just_woken = true;
    }
}

inline void http_exchange::finish(operation& op)
{
    // Only an exchange that ended cleanly leaves a connection worth keeping.
    bool const clean = sent_all_ && parser_->keep_alive() && begin_ == end_;
    if (clean)
        owner_->connections.put_idle(*slot_, std::move(connection_), op.seen(),
                                     parse_keep_alive(parser_->fields()["keep-alive"]));
    else
        close(std::move(connection_), close_cause::not_reusable);
    permit_ = pool::permit();
}

inline error http_exchange::too_large() const
{
    return make_error(errc::body_limit, phase::body, outcome::partial,
                      "the response body is over " + std::to_string(owner_->config.sizes.response_body) + " bytes");
}

inline std::optional<result<void>> http_exchange::read_present(operation& op, exchange& x, std::string& to)
{
    if (to.empty()) {
        if (parser_->promises_too_much())
            return result<void>(too_large());
        to.reserve(parser_->expected());
        parser_->set_sink(&to);
    }
    while (begin_ < end_ && !parser_->is_done()) {
        auto const before = end_ - begin_;
        auto parsed = parse(phase::body, outcome::partial);
        if (!parsed)
            return parsed;
        if (end_ - begin_ == before)
            break;
    }
    if (!parser_->is_done())
        return std::nullopt;
    finish(op);
    add_time(x.report, phase::body, op.seen() - head_at_);
    return result<void>();
}

inline task<result<void>> http_exchange::read_all(operation& op, exchange& x, std::string& to)
{
    for (;;) {
        auto const moved = take();
        if (moved.status == io_status::ok && op.look_at_clock() >= op.deadline())
            co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
        if (moved.status == io_status::ok) {
            if (auto ended = read_present(op, x, to))
                co_return std::move(*ended);
            continue;
        }
        if (moved.status == io_status::end) {
            auto ended = end_of_input(phase::body, outcome::partial);
            close(std::move(connection_), ended ? close_cause::not_reusable : close_cause::exchange_failed);
            co_return ended;
        }
        if (moved.status == io_status::failed)
            co_return read_failure(moved.code, phase::body, outcome::partial);
        auto const until = op.until(x.limits().idle);
        auto const what = wanted(moved);
        spare_buffer();
        auto const woken = co_await ready(op, *connection_->io, what, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
    }
}

inline task<result<std::string_view>> http_exchange::read(operation& op, phase_limits::duration idle)
{
    chunk_.clear();
    if (failed_) // a stream that was cut stays cut
        co_return *failed_;
    if (parser_->promises_too_much())
        co_return fail(too_large());
    parser_->set_sink(&chunk_);
    std::optional<steady_time> until; // from the first wait: what frames the body is no progress
    for (;;) {
        if (!connection_)
            co_return std::string_view();
        while (begin_ < end_ && !parser_->is_done() && chunk_.empty()) {
            auto const before = end_ - begin_;
            auto parsed = parse(phase::body, outcome::partial);
            if (!parsed)
                co_return fail(parsed.error());
            if (end_ - begin_ == before)
                break;
        }
        if (parser_->is_done())
            finish(op);
        if (!chunk_.empty() || !connection_) {
            spare_buffer(); // the reader may pause
            co_return std::string_view(chunk_);
        }
        auto const moved = take();
        if (moved.status == io_status::ok && op.now() < until.value_or(op.deadline()))
            continue;
        if (moved.status == io_status::ok)
            co_return fail(op.interrupted(phase::body, outcome::partial, errc::idle_timeout));
        if (moved.status == io_status::failed)
            co_return fail(read_failure(moved.code, phase::body, outcome::partial));
        if (moved.status == io_status::end) {
            if (auto ended = end_of_input(phase::body, outcome::partial); !ended)
                co_return fail(ended.error());
            close(std::move(connection_), close_cause::not_reusable);
            continue;
        }
        if (!until)
            until = op.until(idle);
        auto const what = wanted(moved);
        spare_buffer();
        auto const woken = co_await ready(op, *connection_->io, what, *until);
        if (woken != wake::done)
            co_return fail(op.interrupted(phase::body, outcome::partial, errc::idle_timeout));
    }
}

inline error http_exchange::fail(error e)
{
    ends_by(e);
    connection_.reset();
    failed_ = e;
    return e;
}

} // namespace augur::inline AUGUR_ABI::net::detail
