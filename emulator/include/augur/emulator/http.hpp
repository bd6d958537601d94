#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::emulator {

/// Header lines in the order in which they came. Names compare without case.
class header_list
{
public:
    using line = std::pair<std::string, std::string>;

    header_list() = default;
    header_list(std::initializer_list<line> lines) : lines_(lines) {}

    void add(std::string name, std::string value) { lines_.emplace_back(std::move(name), std::move(value)); }
    /// Replaces every line of that name.
    void set(std::string_view name, std::string value);
    /// The first value of that name, or nothing.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::string_view get(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
    bool has(std::string_view name) const noexcept { return find(name).has_value(); }
    std::vector<line> const& lines() const noexcept { return lines_; }
    bool empty() const noexcept { return lines_.empty(); }

private:
    std::vector<line> lines_;
};

bool same_name(std::string_view a, std::string_view b) noexcept;

/// A request as it was received; nothing is decoded.
struct request
{
    std::string method;
    std::string target; ///< the request line's target, byte for byte
    header_list headers;
    std::string body;
    bool tls = true;
    std::uint64_t connection = 0; ///< counts up from 1; the same number means the same connection

    /// The target up to '?'.
    std::string_view path() const noexcept;
    /// The target after '?', empty without one.
    std::string_view query() const noexcept;
    /// The host header without its port, in lower case.
    std::string host() const;
};

/// One flush of a streamed response body.
struct piece
{
    std::string bytes;
    std::chrono::milliseconds before{0}; ///< how long to wait before sending it
};

/// How the server ends the connection after (or instead of) an answer.
enum class hang_up
{
    no,             ///< keep-alive, as the client wishes
    instead,        ///< send nothing, close
    reset,          ///< send nothing, close with a TCP reset
    inside_body,    ///< close after `response::cut_after` bytes of the whole answer, head included
    after,          ///< send the whole answer with `connection: close`, then close
    after_silently, ///< send the whole answer as if keep-alive went on, then close
};

/// How a streamed body ends before its time: `at` pieces go out, then this happens.
struct stream_cut
{
    enum class ending
    {
        clean,   ///< the last chunk is sent as if that had been all
        close,   ///< closed without the last chunk, and over TLS without close_notify
        reset,   ///< a TCP reset
        silence, ///< nothing more is sent until the client hangs up
    };
    std::size_t at = 0;
    ending how = ending::close;
};

/// An answer. `pieces`, when there are any, go out chunked in place of `body`, one write each.
struct response
{
    int status = 200;
    header_list headers;
    std::string body;
    std::vector<piece> pieces;
    std::optional<stream_cut> cut; ///< of the pieces
    std::string raw; ///< when set, exactly these bytes are written instead of everything above
    std::chrono::milliseconds delay{0};
    emulator::hang_up hang_up = emulator::hang_up::no;
    std::size_t cut_after = 0;
};

response json_response(int status, std::string body);

} // namespace augur::emulator
