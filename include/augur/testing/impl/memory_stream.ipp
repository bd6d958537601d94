#pragma once

#include <augur/testing/memory_stream.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace augur::inline AUGUR_ABI::testing {

AUGUR_INLINE memory_stream::memory_stream(boost::asio::any_io_executor executor, stream_script script,
                                          std::shared_ptr<log> to)
    : executor_(std::move(executor)), script_(std::move(script)), log_(std::move(to))
{
}

AUGUR_INLINE memory_stream::~memory_stream()
{
    close();
}

AUGUR_INLINE bool memory_stream::fails_now() noexcept
{
    return log_->closed || log_->calls++ == script_.fail_call;
}

AUGUR_INLINE bool memory_stream::blocks_now() noexcept
{
    if (!script_.block_every_other)
        return false;
    blocked_ = !blocked_;
    return blocked_;
}

AUGUR_INLINE net::io_result memory_stream::try_read(char* to, std::size_t size) noexcept
{
    if (fails_now())
        return {net::io_status::failed, 0, boost::asio::error::connection_reset};
    if (log_->written.size() < script_.answer_after || blocks_now())
        return {net::io_status::want_read, 0, {}};
    auto const end = std::min(script_.cut, script_.input.size());
    if (at_ >= end) {
        if (script_.hold_at_cut)
            return {net::io_status::want_read, 0, {}};
        if (script_.reset_at_cut && script_.cut <= script_.input.size())
            return {net::io_status::failed, 0, boost::asio::error::connection_reset};
        // A peer that said everything keeps the connection open; one that was cut ends it.
        if (script_.cut > script_.input.size())
            return {net::io_status::want_read, 0, {}};
        return {net::io_status::end, 0, {}};
    }
    if (at_ == script_.split && !std::exchange(has_split_, true))
        return {net::io_status::want_read, 0, {}};
    auto const to_split = at_ < script_.split ? script_.split - at_ : size;
    auto const n = std::min({size, script_.slice, end - at_, to_split});
    std::memcpy(to, script_.input.data() + at_, n);
    at_ += n;
    return {net::io_status::ok, n, {}};
}

AUGUR_INLINE net::io_result memory_stream::try_write(char const* from, std::size_t size) noexcept
{
    if (fails_now())
        return {net::io_status::failed, 0, boost::asio::error::broken_pipe};
    if (blocks_now())
        return {net::io_status::want_write, 0, {}};
    auto const n = std::min({size, script_.write_slice, script_.stop_reading_after - log_->written.size()});
    if (n == 0 && size > 0)
        return {net::io_status::want_write, 0, {}};
    log_->written.append(from, n);
    return {net::io_status::ok, n, {}};
}

AUGUR_INLINE void memory_stream::start_wait(net::direction what, net::wake_token token)
{
    ++log_->waits;
    auto const end = std::min(script_.cut, script_.input.size());
    bool const nothing_more = at_ >= end && (script_.hold_at_cut || script_.cut > script_.input.size());
    bool const readable = !nothing_more && log_->written.size() >= script_.answer_after;
    bool const writable = log_->written.size() < script_.stop_reading_after;
    bool const stuck = what == net::direction::read    ? !readable
                       : what == net::direction::write ? !writable
                                                       : !writable && !readable;
    if (stuck)
        waiting_.emplace(std::move(token)); // until it is cancelled
    else
        boost::asio::post(executor_, std::move(token));
}

AUGUR_INLINE void memory_stream::cancel() noexcept
{
    if (!waiting_)
        return;
    auto token = std::move(*waiting_);
    waiting_.reset();
    boost::asio::post(executor_,
                      [token = std::move(token)]() mutable { token(boost::asio::error::operation_aborted); });
}

AUGUR_INLINE void memory_stream::close() noexcept
{
    log_->closed = true;
    cancel();
}

AUGUR_INLINE memory_dialer::memory_dialer(boost::asio::any_io_executor executor, std::vector<stream_script> scripts)
    : executor_(std::move(executor)), scripts_(std::move(scripts))
{
    if (scripts_.empty())
        throw std::invalid_argument("augur: memory_dialer: no script");
}

AUGUR_INLINE net::task<result<std::unique_ptr<net::stream>>>
memory_dialer::dial(net::operation&, std::string, std::uint16_t, phase_limits, net::exchange_report&)
{
    auto const& script = scripts_[std::min(logs_.size(), scripts_.size() - 1)];
    logs_.push_back(std::make_shared<memory_stream::log>());
    std::unique_ptr<net::stream> out = std::make_unique<memory_stream>(executor_, script, logs_.back());
    co_return std::move(out);
}

} // namespace augur::inline AUGUR_ABI::testing
