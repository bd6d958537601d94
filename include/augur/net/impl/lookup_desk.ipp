#pragma once

#include <augur/net/endpoint.hpp>
#include <augur/net/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

// Blocking look-up: POSIX here; on Windows the same function lives in <ws2tcpip.h> (not verified).
#if defined(_WIN32)
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#endif

/// The threads that ask the operating system where names lead, and those who wait for it.
namespace augur::inline AUGUR_ABI::net::detail {

/// What `getaddrinfo` said.
struct lookup_answer
{
    int code = 0;
    int system_error = 0; ///< errno, when the code says so
    std::vector<address> addresses;
};

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

/// Blocks all signals on this thread while it lives. A thread that is started meanwhile never runs a handler of the
/// program's, which expects that of the threads it knows. (Asio does the same for its own.)
class signals_blocked
{
public:
#if defined(_WIN32)
    signals_blocked() noexcept = default;
    ~signals_blocked() {}
#else
    signals_blocked() noexcept
    {
        ::sigset_t all;
        sigfillset(&all);
        is_blocked_ = ::pthread_sigmask(SIG_BLOCK, &all, &before_) == 0;
    }
    ~signals_blocked()
    {
        if (is_blocked_)
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
#endif
    signals_blocked(signals_blocked const&) = delete;
    signals_blocked& operator=(signals_blocked const&) = delete;

#if !defined(_WIN32)
private:
    ::sigset_t before_;
    bool is_blocked_;
#endif
};

/// Everything that a lookup's thread may touch. Outlives the context; after `close` it touches nothing.
///
/// A name is looked up once at a time, however many wait for it: one that hangs takes one thread, not all of them.
class lookup_desk : public std::enable_shared_from_this<lookup_desk>
{
public:
    static constexpr std::size_t max_threads = 4;

    /// Names that are looked up, or will be.
    std::size_t size()
    {
        std::lock_guard const lock(mutex_);
        return jobs_.size();
    }
    std::uint64_t submit(lookup_wait& waiter, std::string const& host, boost::asio::any_io_executor executor);
    /// The waiter is going away; its answer, if it ever comes, is thrown away.
    void forget(std::uint64_t id) noexcept
    {
        std::lock_guard const lock(mutex_);
        auto const found = waiting_.find(id);
        if (found == waiting_.end())
            return;
        auto const of = found->second.of;
        waiting_.erase(found);
        if (--of->waiters == 0 && !of->is_running) // one that runs may still be joined
            std::erase(jobs_, of);
    }
    void close() noexcept
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        waiting_.clear();
        jobs_.clear();
    }

private:
    /// A name that is being looked up, or will be.
    struct job
    {
        explicit job(std::string h) : host(std::move(h)) {}
        std::string const host;
        std::size_t waiters = 0;
        bool is_running = false;
    };
    struct entry
    {
        lookup_wait* waiter;
        boost::asio::any_io_executor executor;
        std::shared_ptr<job> of;
    };

    static void work(std::shared_ptr<lookup_desk> desk);
    std::shared_ptr<job> job_for(std::string const& host);
    void start_thread() noexcept;
    void deliver(std::shared_ptr<job> const& done, lookup_answer const& answer);
    void hand_over(std::uint64_t id, lookup_answer answer);

    std::mutex mutex_;
    std::vector<std::shared_ptr<job>> jobs_; ///< in order of arrival, those that run included
    std::map<std::uint64_t, entry> waiting_; ///< also those whose answer is on its way to their executor
    std::uint64_t last_id_ = 0;
    std::size_t threads_ = 0;
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

inline std::uint64_t lookup_desk::submit(lookup_wait& waiter, std::string const& host,
                                         boost::asio::any_io_executor executor)
{
    std::lock_guard const lock(mutex_);
    if (closed_)
        return 0; // nobody would answer
    auto const found = job_for(host);
    auto const id = ++last_id_;
    waiting_.emplace(id, entry{&waiter, std::move(executor), found});
    ++found->waiters;
    // Each of the threads that are there has a job, or takes the next one.
    if (threads_ < std::min(max_threads, jobs_.size()))
        start_thread();
    return id;
}

inline std::shared_ptr<lookup_desk::job> lookup_desk::job_for(std::string const& host)
{
    auto const found = std::find_if(jobs_.begin(), jobs_.end(), [&host](auto const& j) { return j->host == host; });
    if (found != jobs_.end())
        return *found;
    return jobs_.emplace_back(std::make_shared<job>(host));
}

inline void lookup_desk::start_thread() noexcept
{
    try {
        signals_blocked const meanwhile;
        std::thread(&lookup_desk::work, shared_from_this()).detach();
        ++threads_;
    }
    catch (std::exception const&) {
        // No thread now, or no memory for one: another one will take the job, or its limit will pass.
    }
}

inline void lookup_desk::work(std::shared_ptr<lookup_desk> desk)
{
    for (;;) {
        std::shared_ptr<job> next;
        {
            std::lock_guard const lock(desk->mutex_);
            auto const& jobs = desk->jobs_;
            auto const found = std::find_if(jobs.begin(), jobs.end(), [](auto const& j) { return !j->is_running; });
            if (found == jobs.end()) {
                --desk->threads_;
                return;
            }
            next = *found;
            next->is_running = true;
        }
        lookup_answer answer;
        try {
            answer = blocking_lookup(next->host);
        }
        catch (std::exception const&) {
            answer.code = EAI_MEMORY; // on a thread of ours
        }
        desk->deliver(next, answer);
    }
}

inline void lookup_desk::deliver(std::shared_ptr<job> const& done, lookup_answer const& answer)
{
    // Posting under the lock: the context cannot go away meanwhile.
    std::lock_guard const lock(mutex_);
    std::erase(jobs_, done); // whoever comes now wants a newer answer
    if (closed_)
        return;
    for (auto const& [id, waiting] : waiting_) {
        if (waiting.of != done)
            continue;
        try {
            boost::asio::post(waiting.executor, [desk = shared_from_this(), to = id, copy = answer]() mutable {
                desk->hand_over(to, std::move(copy));
            });
        }
        catch (std::exception const&) {
            // Out of memory: the waiter's own limit ends its wait.
        }
    }
}

/// On the waiter's executor.
inline void lookup_desk::hand_over(std::uint64_t id, lookup_answer answer)
{
    lookup_wait* waiter = nullptr;
    {
        std::lock_guard const lock(mutex_);
        if (auto const still = waiting_.find(id); still != waiting_.end()) {
            waiter = still->second.waiter;
            waiting_.erase(still);
        }
    }
    if (waiter != nullptr)
        waiter->arrive(std::move(answer));
}

} // namespace augur::inline AUGUR_ABI::net::detail
