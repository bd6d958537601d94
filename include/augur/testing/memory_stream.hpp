#pragma once

#include <augur/net/dialer.hpp>
#include <augur/net/stream.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::testing {

/// What an in-memory peer says and when it breaks.
struct stream_script
{
    std::string input; ///< what the peer sends
    std::size_t answer_after = 1; ///< bytes written to the peer before its input becomes available
    std::size_t slice = static_cast<std::size_t>(-1); ///< bytes per read at most
    std::size_t split = static_cast<std::size_t>(-1); ///< a read ends at this byte of the input, and would block once
    std::size_t write_slice = static_cast<std::size_t>(-1); ///< bytes per write at most
    std::size_t cut = static_cast<std::size_t>(-1);   ///< the input ends after so many bytes
    std::size_t stop_reading_after = static_cast<std::size_t>(-1); ///< the peer takes so many bytes and no more
    bool reset_at_cut = false;  ///< with an error, not in good order
    bool hold_at_cut = false;   ///< nothing ever comes after the cut
    std::size_t fail_call = static_cast<std::size_t>(-1); ///< the n-th try_read or try_write fails (0: the first)
    bool block_every_other = false; ///< each success is followed by one would-block
};

/// A byte stream without a network: it can cut at every offset, slice, hold, and fail at the n-th call.
class AUGUR_DECL memory_stream final : public net::stream
{
public:
    /// What happened, for the test; outlives the stream.
    struct log
    {
        std::string written;
        std::size_t calls = 0;
        std::size_t waits = 0;
        bool closed = false;
    };

    memory_stream(boost::asio::any_io_executor executor, stream_script script, std::shared_ptr<log> to);
    ~memory_stream() override;

    net::io_result try_read(char* to, std::size_t size) noexcept override;
    net::io_result try_write(char const* from, std::size_t size) noexcept override;
    void start_wait(net::direction what, net::wake_token token) override;
    void cancel() noexcept override;
    void close() noexcept override;

private:
    bool fails_now() noexcept;
    bool blocks_now() noexcept;

    boost::asio::any_io_executor executor_;
    stream_script script_;
    std::shared_ptr<log> log_;
    std::size_t at_ = 0;
    bool blocked_ = false;
    bool has_split_ = false;
    std::optional<net::wake_token> waiting_;
};

/// Gives each dial the next script; the last one serves all later dials. std::invalid_argument without any.
class AUGUR_DECL memory_dialer final : public net::dialer
{
public:
    memory_dialer(boost::asio::any_io_executor executor, std::vector<stream_script> scripts);

    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string host, std::uint16_t port,
                                                         phase_limits limits, net::exchange_report& report) override;

    /// One log per dial.
    std::vector<std::shared_ptr<memory_stream::log>> const& logs() const noexcept { return logs_; }

private:
    boost::asio::any_io_executor executor_;
    std::vector<stream_script> scripts_;
    std::vector<std::shared_ptr<memory_stream::log>> logs_;
};

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/memory_stream.ipp>
#endif
