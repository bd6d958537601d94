#pragma once

#include <augur/core/url.hpp>
#include <augur/net/impl/io_support.ipp>
#include <augur/net/resolver.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <cerrno>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

// Blocking look-up: POSIX here; on Windows the same function lives in <ws2tcpip.h> (not verified).
#if defined(_WIN32)
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE resolver::~resolver() = default;

AUGUR_INLINE std::optional<address> parse_address(std::string_view text) noexcept
{
    if (text.size() > 45 || text.empty())
        return std::nullopt;
    char copy[46] = {};
    std::memcpy(copy, text.data(), text.size());
    error_code code;
    auto const parsed = boost::asio::ip::make_address(copy, code);
    if (code || text.find('%') != text.npos)
        return std::nullopt;
    address out;
    out.is_v6 = parsed.is_v6();
    if (out.is_v6) {
        auto const bytes = parsed.to_v6().to_bytes();
        std::memcpy(out.bytes.data(), bytes.data(), 16);
    }
    else {
        auto const bytes = parsed.to_v4().to_bytes();
        std::memcpy(out.bytes.data(), bytes.data(), 4);
    }
    return out;
}

AUGUR_INLINE std::string to_string(address const& a)
{
    namespace ip = boost::asio::ip;
    if (a.is_v6)
        return ip::address_v6(a.bytes).to_string();
    return ip::address_v4({a.bytes[0], a.bytes[1], a.bytes[2], a.bytes[3]}).to_string();
}

namespace detail {

/// What `getaddrinfo` said.
struct lookup_answer
{
    int code = 0;
    int system_error = 0; ///< errno, when the code says so
    std::vector<address> addresses;
};

/// Whether a name does not exist, cannot be looked up now, or this machine lacks what a lookup needs.
inline errc lookup_error(int code, int system_error) noexcept
{
    switch (code) {
    case EAI_AGAIN: return errc::resolve_unavailable; // also SERVFAIL and silence
    case EAI_FAIL: return errc::resolve_unavailable;  // the name servers refuse
    case EAI_MEMORY: return errc::resource_exhausted;
#if defined(EAI_SYSTEM)
    case EAI_SYSTEM:
        return is_exhaustion(error_code(system_error, boost::system::system_category())) ? errc::resource_exhausted
                                                                                         : errc::resolve_unavailable;
#endif
    default: return errc::resolve_failed; // and a name without any address
    }
}

// Nothing but the call, and not inlined: by its name the thread sanitizer knows what glibc does inside it
// (tests/support/tsan.supp).
[[gnu::noinline]] inline int ask_libc(char const* host, ::addrinfo const& hints, ::addrinfo*& list) noexcept
{
    return ::getaddrinfo(host, nullptr, &hints, &list);
}

inline lookup_answer blocking_lookup(std::string const& host)
{
    lookup_answer out;
    ::addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    ::addrinfo* list = nullptr;
    errno = 0;
    out.code = ask_libc(host.c_str(), hints, list);
    out.system_error = errno;
    if (out.code != 0)
        return out;
    for (auto const* at = list; at != nullptr; at = at->ai_next) {
        address a;
        if (at->ai_family == AF_INET) {
            std::memcpy(a.bytes.data(), &reinterpret_cast<::sockaddr_in const*>(at->ai_addr)->sin_addr, 4);
        }
        else if (at->ai_family == AF_INET6) {
            a.is_v6 = true;
            std::memcpy(a.bytes.data(), &reinterpret_cast<::sockaddr_in6 const*>(at->ai_addr)->sin6_addr, 16);
        }
        else {
            continue;
        }
        out.addresses.push_back(a);
    }
    ::freeaddrinfo(list);
    return out;
}

class lookup_wait;

/// Everything that a lookup's thread may touch. Outlives the context; after `close` it touches nothing.
class lookup_desk : public std::enable_shared_from_this<lookup_desk>
{
public:
    static constexpr int max_threads = 4;

    std::uint64_t submit(lookup_wait& waiter, std::string host, boost::asio::any_io_executor executor);
    /// The waiter is going away; its answer, if it ever comes, is thrown away.
    void forget(std::uint64_t id) noexcept
    {
        std::lock_guard const lock(mutex_);
        waiting_.erase(id);
    }
    void close() noexcept
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        waiting_.clear();
        jobs_.clear();
    }

private:
    struct job
    {
        std::uint64_t id;
        std::string host;
    };
    struct entry
    {
        lookup_wait* waiter;
        boost::asio::any_io_executor executor;
    };

    static void work(std::shared_ptr<lookup_desk> desk);
    void deliver(std::uint64_t id, lookup_answer answer);

    std::mutex mutex_;
    std::deque<job> jobs_;
    std::map<std::uint64_t, entry> waiting_;
    std::uint64_t last_id_ = 0;
    int threads_ = 0;
    bool closed_ = false;
};

/// Tells the desk when its context goes away.
class lookup_service final : public boost::asio::execution_context::service
{
public:
    using key_type = lookup_service;
    static inline boost::asio::execution_context::id id;

    explicit lookup_service(boost::asio::execution_context& context)
        : service(context), desk_(std::make_shared<lookup_desk>())
    {
    }
    std::shared_ptr<lookup_desk> const& desk() const noexcept { return desk_; }

private:
    void shutdown() override { desk_->close(); }
    void notify_fork(boost::asio::execution_context::fork_event event) override
    {
        if (event == boost::asio::execution_context::fork_child) // none of the parent's threads is there
            desk_ = std::make_shared<lookup_desk>();
    }
    std::shared_ptr<lookup_desk> desk_;
};

/// `co_await lookup_wait(...)`, then `answer()`.
class lookup_wait final : public suspension
{
public:
    lookup_wait(operation& op, std::shared_ptr<lookup_desk> desk, std::string host,
                boost::asio::any_io_executor executor, steady_time until)
        : suspension(op, until), desk_(std::move(desk)), host_(std::move(host)), executor_(std::move(executor))
    {
    }
    ~lookup_wait() override { leave(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        owned_by_timer();
        id_ = desk_->submit(*this, host_, executor_);
        return true;
    }
    wake await_resume() const noexcept { return cause(); }
    lookup_answer& answer() noexcept { return answer_; }

    void arrive(lookup_answer answer)
    {
        id_ = 0;
        answer_ = std::move(answer);
        finish(wake::done);
    }

private:
    void interrupt() noexcept override
    {
        leave();
        finish(cause());
    }
    void leave() noexcept
    {
        if (id_ != 0)
            desk_->forget(std::exchange(id_, 0));
    }

    std::shared_ptr<lookup_desk> desk_;
    std::string host_;
    boost::asio::any_io_executor executor_;
    lookup_answer answer_;
    std::uint64_t id_ = 0;
};

inline std::uint64_t lookup_desk::submit(lookup_wait& waiter, std::string host, boost::asio::any_io_executor executor)
{
    std::lock_guard const lock(mutex_);
    auto const id = ++last_id_;
    jobs_.push_back({id, std::move(host)}); // a job without a waiter is passed over
    waiting_.emplace(id, entry{&waiter, std::move(executor)});
    if (threads_ < max_threads) {
        try {
            std::thread(&lookup_desk::work, shared_from_this()).detach();
            ++threads_;
        }
        catch (std::exception const&) {
            // No thread now, or no memory for one: another one will take the job, or its limit will pass.
        }
    }
    return id;
}

inline void lookup_desk::work(std::shared_ptr<lookup_desk> desk)
{
    for (;;) {
        job next;
        {
            std::lock_guard const lock(desk->mutex_);
            if (desk->jobs_.empty()) {
                --desk->threads_;
                return;
            }
            next = std::move(desk->jobs_.front());
            desk->jobs_.pop_front();
            if (!desk->waiting_.contains(next.id))
                continue; // nobody waits any more
        }
        try {
            desk->deliver(next.id, blocking_lookup(next.host));
        }
        catch (std::exception const&) {
            // Out of memory on a thread of ours: the waiter's own limit ends its wait.
        }
    }
}

inline void lookup_desk::deliver(std::uint64_t id, lookup_answer answer)
{
    // Posting under the lock: the context cannot go away meanwhile.
    std::lock_guard const lock(mutex_);
    auto const found = waiting_.find(id);
    if (closed_ || found == waiting_.end())
        return;
    boost::asio::post(found->second.executor, [desk = shared_from_this(), id, answer = std::move(answer)]() mutable {
        lookup_wait* waiter = nullptr;
        {
            std::lock_guard const inner(desk->mutex_);
            if (auto const still = desk->waiting_.find(id); still != desk->waiting_.end()) {
                waiter = still->second.waiter;
                desk->waiting_.erase(still);
            }
        }
        if (waiter != nullptr)
            waiter->arrive(std::move(answer));
    });
}

class getaddrinfo_resolver final : public resolver
{
public:
    explicit getaddrinfo_resolver(boost::asio::any_io_executor executor) noexcept : executor_(std::move(executor)) {}

    task<result<std::vector<address>>> resolve(operation& op, std::string host, steady_time until) override
    {
        if (auto const literal = parse_address(host))
            co_return std::vector<address>(1, *literal);
        if (host == "localhost" || host.ends_with(".localhost")) { // RFC 6761 6.3
            std::vector<address> here;
            here.push_back(*parse_address("127.0.0.1"));
            here.push_back(*parse_address("::1"));
            co_return here;
        }
        auto& context = boost::asio::query(executor_, boost::asio::execution::context);
        auto desk = boost::asio::use_service<lookup_service>(context).desk();
        lookup_wait wait(op, std::move(desk), host, executor_, until);
        auto const woken = co_await wait;
        if (woken != wake::done)
            co_return op.interrupted(phase::resolve, outcome::not_sent, errc::resolve_timeout);
        auto& answer = wait.answer();
        if (answer.code != 0 || answer.addresses.empty()) {
            std::string why = answer.code != 0 ? ::gai_strerror(answer.code) : "no address";
            co_return make_error(lookup_error(answer.code, answer.system_error), phase::resolve, outcome::not_sent,
                                 "cannot resolve " + host + ": " + why);
        }
        co_return std::move(answer.addresses);
    }

private:
    boost::asio::any_io_executor executor_;
};

class fixed_resolver final : public resolver
{
public:
    explicit fixed_resolver(std::vector<std::pair<std::string, std::vector<address>>> hosts)
        : hosts_(std::make_move_iterator(hosts.begin()), std::make_move_iterator(hosts.end()))
    {
    }

    task<result<std::vector<address>>> resolve(operation&, std::string host, steady_time) override
    {
        if (auto const found = hosts_.find(host); found != hosts_.end())
            co_return found->second;
        co_return make_error(errc::resolve_failed, phase::resolve, outcome::not_sent,
                             host + " is not among the pinned hosts");
    }

private:
    std::map<std::string, std::vector<address>> hosts_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<resolver> system_resolver(boost::asio::any_io_executor executor)
{
    return std::make_shared<detail::getaddrinfo_resolver>(std::move(executor));
}

AUGUR_INLINE std::shared_ptr<resolver> pinned_resolver(std::vector<std::pair<std::string, std::vector<address>>> hosts)
{
    return std::make_shared<detail::fixed_resolver>(std::move(hosts));
}

} // namespace augur::inline AUGUR_ABI::net
