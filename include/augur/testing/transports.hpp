#pragma once

#include <augur/core/chrono.hpp>
#include <augur/net/transport.hpp>

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Transports without a network, for tests of the library and of its users. They look at no limit on sizes: an answer
/// too large for a client's `limits` is refused by the transport over HTTPS, not by these.
namespace augur::inline AUGUR_ABI::testing {

/// A request as a transport got it.
struct seen_request
{
    net::origin to;
    std::string method;
    std::string target;
    /// Every field, `host` first.
    std::vector<std::pair<std::string, std::string>> fields;
    std::string content;
    bool on_fresh_connection = false; ///< the caller asked for one

    /// The first field of that name, whatever its case; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
};

/// What a scripted transport does with one request.
class reply
{
public:
    using field_list = std::vector<std::pair<std::string, std::string>>;

    /// A response.
    static reply with(int status, field_list fields = {}, std::string content = {});
    /// A failure of the transport.
    static reply fail(error e);
    /// Nothing, until the caller's own limit ends the wait.
    static reply never();

    /// Before it happens.
    reply& after(std::chrono::nanoseconds delay) noexcept { return delay_ = delay, *this; }
    /// The exchange counts as one on a connection that was used before.
    reply& on_reused_connection() noexcept { return reused_ = true, *this; }
    /// Every `size` bytes become a piece of a streamed body.
    reply& in_pieces_of(std::size_t size) noexcept { return piece_ = size, *this; }
    /// Before every piece of a streamed body, and before its end.
    reply& each_after(std::chrono::nanoseconds pause) noexcept { return pause_ = pause, *this; }
    /// A streamed body stops after so many bytes, and nothing more comes.
    reply& silent_after(std::size_t bytes) noexcept { return silent_ = bytes, *this; }
    /// A streamed body fails after so many bytes.
    reply& cut_after(std::size_t bytes) noexcept { return cut_ = bytes, *this; }

private:
    friend class replay_transport;

    int status_ = 0;
    field_list fields_;
    std::string content_;
    std::optional<error> failure_;
    std::chrono::nanoseconds delay_{};
    std::size_t piece_ = static_cast<std::size_t>(-1);
    std::size_t cut_ = static_cast<std::size_t>(-1);
    std::size_t silent_ = static_cast<std::size_t>(-1);
    std::chrono::nanoseconds pause_{};
    bool never_ = false;
    bool reused_ = false;
};

/// Answers from a script, in order. What was not expected is an error, and makes `ok()` false; so does a scripted field
/// that no response can have.
///
///     auto transport = std::make_shared<testing::replay_transport>();
///     transport->expect("POST", "/score", testing::reply::with(503));
///     transport->expect("POST", "/score", testing::reply::with(200, {}, "[1]"));
class AUGUR_DECL replay_transport final : public net::transport
{
public:
    /// An empty method or target matches any.
    void expect(std::string method, std::string target, reply what);
    /// For any request.
    void expect(reply what) { expect({}, {}, std::move(what)); }

    bool exhausted() const noexcept { return script_.empty(); }
    /// Everything that was expected came, and nothing else.
    bool ok() const noexcept { return exhausted() && problems_.empty(); }
    std::vector<std::string> const& problems() const noexcept { return problems_; }
    std::vector<seen_request> const& seen() const noexcept { return seen_; }

    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override;

private:
    struct step
    {
        std::string method, target;
        reply what;
    };

    error complain(std::string why);

    std::deque<step> script_;
    std::vector<std::string> problems_;
    std::vector<seen_request> seen_;
};

/// Gives every request the same response and remembers them all.
class AUGUR_DECL capture_transport final : public net::transport
{
public:
    explicit capture_transport(http_response always) : response_(std::move(always)) {}

    std::vector<seen_request> const& seen() const noexcept { return seen_; }
    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override;

private:
    http_response response_;
    std::vector<seen_request> seen_;
};

/// Never answers: every call ends by a limit or by cancellation.
class AUGUR_DECL never_transport final : public net::transport
{
public:
    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override;
};

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/transports.ipp>
#endif
