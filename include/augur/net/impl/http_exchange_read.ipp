#pragma once

#include <augur/net/impl/http_exchange.ipp>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

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

/// Whether it is others' turn: a body that comes faster than it is read would keep the thread until its end, and a
/// stream of nothing but comments until its limit.
inline bool http_exchange::is_greedy() noexcept
{
    constexpr unsigned enough = 64; // about a megabyte
    if (++reads_ < enough)
        return false;
    reads_ = 0;
    return true;
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

inline result<void> http_exchange::pass_interim()
{
    if (++interim_ > owner_->config.sizes.interim_responses)
        return make_error(errc::protocol_error, phase::first_byte, outcome::unknown,
                          "the server sends interim responses without end");
    auto memory = std::move(parser_->fields());
    bool const is_head = parser_->skip();
    parser_.emplace(owner_->config.sizes);
    parser_->use(std::move(memory));
    parser_->has_no_body(is_head);
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
        if (moved.status == io_status::failed) {
            // Of a record that came in part or was damaged nothing is handed out, and yet the server has answered. On a
            // fresh connection it may be a ticket.
            bool const heard = connection_->tls != nullptr && connection_->tls->lower_read() != heard_before_;
            if (heard && x.report.connection_reused)
                x.report.response_started = true;
            co_return read_failure(moved.code, phase::first_byte, outcome::unknown);
        }
        auto const what = wanted(moved);
        spare_buffer();
        auto const woken = co_await ready(op, *connection_->io, what, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::first_byte, outcome::unknown, errc::response_timeout);
        just_woken = true;
    }
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
            if (is_greedy()) {
                auto const woken = co_await next_turn(op);
                if (woken != wake::done)
                    co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
            }
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
        reads_ = 0;
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
        if (moved.status == io_status::ok && op.now() < until.value_or(op.deadline())) {
            if (is_greedy()) {
                auto const woken = co_await next_turn(op);
                if (woken != wake::done)
                    co_return fail(op.interrupted(phase::body, outcome::partial, errc::idle_timeout));
            }
            continue;
        }
        if (moved.status == io_status::ok)
            co_return fail(op.interrupted(phase::body, outcome::partial, errc::idle_timeout));
        if (moved.status == io_status::failed)
            co_return fail(read_failure(moved.code, phase::body, outcome::partial));
        if (moved.status == io_status::end) {
            if (auto ended = end_of_input(phase::body, outcome::partial); !ended)
                co_return fail(ended.error());
            close(std::move(connection_), close_cause::not_reusable);
            permit_ = pool::permit();
            continue;
        }
        if (!until)
            until = op.until(idle);
        auto const what = wanted(moved);
        spare_buffer();
        reads_ = 0;
        auto const woken = co_await ready(op, *connection_->io, what, *until);
        if (woken != wake::done)
            co_return fail(op.interrupted(phase::body, outcome::partial, errc::idle_timeout));
    }
}

} // namespace augur::inline AUGUR_ABI::net::detail
