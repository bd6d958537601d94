#pragma once

#include <augur/net/operation.hpp>

#include <cstddef>
#include <string_view>

namespace augur::inline AUGUR_ABI::net {

enum class io_status : std::uint8_t
{
    ok,         ///< `size` bytes were moved
    want_read,  ///< nothing moved; try again when the stream is readable
    want_write, ///< nothing moved; try again when the stream is writable
    end,        ///< the peer closed its side in good order
    failed,     ///< `code` says why
};

struct io_result
{
    io_status status = io_status::ok;
    std::size_t size = 0;
    error_code code;
};

enum class direction : std::uint8_t
{
    read,
    write,
    either, ///< whichever comes first
};

/// A byte stream in the reactor's manner: try, and if it would block, wait and try again.
///
/// This shape lets TLS work on the caller's memory without buffers of its own, and makes a socket, a
/// tunnel and a test's in-memory stream the same thing. Nothing here blocks or throws.
class AUGUR_DECL stream
{
public:
    virtual ~stream();

    virtual io_result try_read(char* to, std::size_t size) noexcept = 0;
    virtual io_result try_write(char const* from, std::size_t size) noexcept = 0;
    /// Whether bytes were taken from below that `try_read` has not given yet: waiting would miss them.
    virtual bool holds_input() const noexcept { return false; }
    /// Nothing to read and nothing broken.
    virtual bool is_quiet() noexcept
    {
        char byte = 0;
        return try_read(&byte, 1).status == io_status::want_read;
    }
    /// Calls the token once: when the stream is ready, has failed, or was cancelled.
    virtual void start_wait(direction what, wake_token token) = 0;
    /// Makes the token of a pending wait be called soon.
    virtual void cancel() noexcept = 0;
    /// Ends the stream now, in both directions.
    virtual void close() noexcept = 0;
};

/// `co_await ready(op, stream, direction, until)`
class ready final : public suspension
{
public:
    ready(operation& op, stream& s, direction what, steady_time until) noexcept
        : suspension(op, until), stream_(&s), what_(what)
    {
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        give_token([this](wake_token token) { stream_->start_wait(what_, std::move(token)); });
        return true;
    }
    wake await_resume() const noexcept { return cause(); }

private:
    void interrupt() noexcept override { stream_->cancel(); }

    stream* stream_;
    direction what_;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/stream.ipp>
#endif
