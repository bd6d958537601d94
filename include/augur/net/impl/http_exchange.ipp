#pragma once

#include <augur/net/impl/https_state.ipp>
#include <augur/net/impl/io_support.ipp>
#include <augur/net/impl/response_parser.ipp>
#include <augur/net/next_turn.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

/// One request and its response on one connection. Its halves are in `http_exchange_write.ipp` and
/// `http_exchange_read.ipp`.
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
    bool is_greedy() noexcept;
    void need_buffer();
    void spare_buffer() noexcept;
    AUGUR_COLD error read_failure(error_code const& code, phase where, outcome what) const;
    static direction wanted(io_result const& moved) noexcept;
    AUGUR_COLD void forget_neighbours(exchange const& x, error const& why) noexcept;
    static bool is_over(operation const& op) noexcept;
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
    std::uint64_t heard_before_ = 0; ///< of the TLS below, when the request began to be sent
    std::size_t head_size_ = 0;
    steady_time head_at_{}; ///< when the head of the response was there
    int interim_ = 0;
    unsigned reads_ = 0; ///< of the body, without a pause in between
    std::optional<error> failed_;
};

inline task<result<void>> http_exchange::begin(operation& op, exchange& x)
{
    auto& report = x.report;
    slot_ = &owner_->connections.slot(x.to());
    parser_->use(x.take_memory());
    parser_->has_no_body(x.head().method() == "HEAD");
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
    if (slot_->suspects.is_any() && slot_->wants_lookup(op.now())) {
        co_await owner_->look_again(op, x, *slot_);
        if (is_over(op)) // a warm connection would take the request all the same
            co_return op.interrupted(phase::resolve, outcome::not_sent, errc::deadline_exceeded);
    }
    if (!x.wants_fresh_connection())
        connection_ = owner_->connections.take_idle(*slot_, op.seen());
    report.connection_reused = connection_ != nullptr;
    if (!connection_) {
        auto made = co_await owner_->connect(op, x, *slot_);
        if (!made)
            co_return made.error();
        connection_ = std::move(*made);
        op.look_at_clock();
        if (is_over(op))
            co_return op.interrupted(phase::connect, outcome::not_sent, errc::deadline_exceeded);
    }
    report.connection_id = connection_->id;
    ++connection_->exchanges;
    ends_by(close_cause::exchange_failed); // until its response is somebody's to leave
    auto const began = op.seen();
    if (began != started || report.sent_at == wall_time())
        report.sent_at = op.timers().clock().wall_now();
    heard_before_ = connection_->tls != nullptr ? connection_->tls->lower_read() : 0;
    auto written = result<void>();
    if (!write_at_once(x))
        written = co_await write(op, x);
    auto const sent = op.look_at_clock();
    add_time(report, phase::write, sent - began);
    if (!written && !(sent_any_ && written.error() == errc::write_failed)) {
        forget_neighbours(x, written.error());
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
        forget_neighbours(x, head.error());
        if (!written && !report.response_started && head.error() != errc::tls_failed)
            co_return written;
        co_return head;
    }
    if (parser_->status() >= 500)
        slot_->suspects.add(connection_->peer);
    auto const coding = parser_->fields()["content-encoding"];
    is_coded_ = !coding.empty() && !equal_ignoring_case(coding, "identity") && !x.head().find("accept-encoding");
    if (is_coded_ && parser_->status() < 300) // a refusal is understood without its body
        co_return make_error(errc::unsupported_encoding, phase::first_byte, outcome::complete,
                             "the response is coded as \"" + sanitise(coding, 64) + "\", which nobody asked for")
            .with_http_status(parser_->status());
    co_return head;
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

inline void http_exchange::forget_neighbours(exchange const& x, error const& why) noexcept
{
    // What killed a connection that was kept has most likely killed those kept beside it. A caller who has enough of
    // waiting says nothing about them.
    bool const is_ours = why == errc::cancelled || why == errc::client_closed || why == errc::deadline_exceeded;
    if (x.report.connection_reused && !x.report.response_started && !is_ours)
        owner_->connections.distrust_neighbours(*slot_, *connection_);
}

/// Whether nobody waits for the answer any more. Also when no wait was needed, or none noticed.
inline bool http_exchange::is_over(operation const& op) noexcept
{
    return op.stopped() != stop_reason::none || op.seen() >= op.deadline();
}

inline void http_exchange::finish(operation& op)
{
    // Only an exchange that ended cleanly leaves a connection worth keeping.
    bool const clean = sent_all_ && parser_->keep_alive() && parser_->ends_for_certain() && begin_ == end_;
    if (clean)
        owner_->connections.put_idle(*slot_, std::move(connection_), op.seen(), promise_in(parser_->fields()));
    else
        close(std::move(connection_), close_cause::not_reusable);
    permit_ = pool::permit();
}

inline error http_exchange::fail(error e)
{
    ends_by(e);
    connection_.reset();
    permit_ = pool::permit();
    failed_ = e;
    return e;
}

} // namespace augur::inline AUGUR_ABI::net::detail
