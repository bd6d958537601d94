#pragma once

#include <augur/auth/impl/source_support.ipp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if !defined(_WIN32)
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

/// @file
/// Programs that print credentials: started without a shell, bounded in time and output.

namespace augur::inline AUGUR_ABI::auth::detail {

/// What is started, and how far it is trusted. Its words may hold secrets.
struct program
{
    program() = default;
    program(program&&) = default;
    program& operator=(program&&) = delete;
    ~program()
    {
        for (auto& word : words)
            cleanse(word.data(), word.size());
    }

    std::string label;                 ///< for people: `credential_process "x"`
    std::vector<std::string> words;    ///< the program and its arguments
    std::chrono::nanoseconds limit = std::chrono::seconds(10);
    std::size_t cap = 64 * 1024;       ///< of its output
    bool keep_errors = false;          ///< of what it writes to standard error, the first 8 KiB
};

/// How it ended. Both texts may hold secrets: never told.
struct program_end
{
    int status = 0; ///< 0 is good
    secret output;
    secret errors;
};

#if defined(_WIN32)

inline net::task<result<program_end>> run_program(net::operation&, program what)
{
    co_return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                         what.label + ": starting programs is not implemented on Windows");
}

#else

/// Reads what stands in a descriptor that does not block; beyond 8 KiB it is dropped, so that whoever writes does not
/// wait for us. A pipe's fill at a time: a program that writes faster than we read must not keep the thread.
inline void take_some(int from, std::string& into)
{
    char buffer[1024];
    for (int i = 0; i < 64; ++i) {
        auto const n = ::read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        into.append(buffer, std::min(static_cast<std::size_t>(n), 8 * 1024 - into.size()));
    }
    cleanse(buffer, sizeof buffer);
}

/// Programs that were given up and have not ended: they run as somebody else and cannot be killed, or hang in the
/// kernel. Of the process, as children are: whoever starts the next program collects those that have ended meanwhile.
class left_children
{
public:
    static left_children& all()
    {
        static auto* const here = new left_children; // for ever: a call may end behind static objects
        return *here;
    }
    void add(pid_t child) noexcept
    {
        std::lock_guard const lock(mutex_);
        try {
            pids_.push_back(child);
        }
        catch (...) { // no memory: nobody collects it
        }
    }
    void collect() noexcept
    {
        std::lock_guard const lock(mutex_);
        std::erase_if(pids_, [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
    }

private:
    left_children() = default;

    std::mutex mutex_;
    std::vector<pid_t> pids_;
};

/// A program that runs; destroying it kills it with all that it started.
class child_process
{
public:
    child_process() noexcept = default;
    child_process(child_process const&) = delete;
    child_process& operator=(child_process const&) = delete;
    ~child_process()
    {
        if (output_ >= 0)
            ::close(output_);
        if (errors_ >= 0)
            ::close(errors_);
        if (pid_ <= 0)
            return;
        ::kill(-pid_, SIGKILL);
        for (int i = 0; i < 5; ++i) { // it takes a moment; whoever cannot be killed is not waited for
            if (::waitpid(pid_, nullptr, WNOHANG) != 0)
                return;
            ::poll(nullptr, 0, 1);
        }
        left_children::all().add(pid_);
    }

    /// Standard input is empty. Standard error goes nowhere unless it is wanted: people's secrets are printed there,
    /// too.
    result<void> start(program& what)
    {
        left_children::all().collect();
        auto& words = what.words;
        int pipe_ends[2] = {-1, -1};
        int error_ends[2] = {-1, -1};
        bool good = ::pipe2(pipe_ends, O_CLOEXEC) == 0;
        output_ = pipe_ends[0];
        if (good && what.keep_errors) {
            good = ::pipe2(error_ends, O_CLOEXEC) == 0;
            errors_ = error_ends[0];
        }
        if (!good) {
            if (pipe_ends[1] >= 0)
                ::close(pipe_ends[1]);
            return make_error(errc::resource_exhausted, phase::auth, outcome::not_sent, "no pipe for a program");
        }
        // Our ends only: a program does not expect that its standard output refuses when it is full.
        for (int const end : {output_, errors_})
            if (end >= 0)
                ::fcntl(end, F_SETFL, ::fcntl(end, F_GETFL) | O_NONBLOCK);
        std::vector<char*> argv;
        for (auto& word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
        if (what.keep_errors)
            posix_spawn_file_actions_adddup2(&actions, error_ends[1], 2);
        else
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
#endif
        sigset_t none;
        sigset_t defaults;
        ::sigemptyset(&none);
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGPIPE);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        int const failed = ::posix_spawnp(&pid_, argv.front(), &actions, &attributes, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        ::close(pipe_ends[1]);
        if (error_ends[1] >= 0)
            ::close(error_ends[1]);
        if (failed == 0)
            return {};
        pid_ = 0;
        return bad_setting(what.label +
                           " cannot be started: " + error_code(failed, boost::system::generic_category()).message());
    }
    /// The descriptor of its output, which is the caller's from now on.
    int take_output() noexcept { return std::exchange(output_, -1); }
    /// Takes what stands in standard error.
    void drain_errors(std::string& into)
    {
        if (errors_ >= 0)
            take_some(errors_, into);
    }
    /// Its exit status when it has ended: 0 is good. Somebody else may have collected it; then its output decides.
    std::optional<int> ended() noexcept
    {
        int status = 0;
        auto const got = ::waitpid(pid_, &status, WNOHANG);
        if (got == 0 || (got < 0 && errno == EINTR))
            return std::nullopt;
        auto const group = std::exchange(pid_, 0);
        ::kill(-group, SIGKILL); // what it left behind
        if (got < 0)
            return 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    }

private:
    pid_t pid_ = 0;
    int output_ = -1;
    int errors_ = -1;
};

/// `co_await readable(...)`: until there is something to read, or the end.
class readable final : public net::suspension
{
public:
    readable(net::operation& op, boost::asio::posix::stream_descriptor& from, steady_time until) noexcept
        : suspension(op, until), from_(&from)
    {
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        give_token([this](net::wake_token token) {
            from_->async_wait(boost::asio::posix::descriptor_base::wait_read, std::move(token));
        });
        return true;
    }
    net::wake await_resume() const noexcept { return cause(); }

private:
    void interrupt() noexcept override
    {
        error_code ignored;
        from_->cancel(ignored);
    }
    boost::asio::posix::stream_descriptor* from_;
};

/// What a program printed: overwritten, whoever ends its run.
struct printed
{
    std::string text;

    explicit printed(std::size_t most) { text.reserve(most); } // so that it never moves and leaves a copy behind
    printed(printed const&) = delete;
    printed& operator=(printed const&) = delete;
    ~printed() { cleanse(text.data(), text.size()); }
};

/// Runs a program to its end; an error: it could not be started, did not end in time or printed too much.
inline net::task<result<program_end>> run_program(net::operation& op, program what)
{
    if (op.executor() == nullptr)
        co_return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                             what.label + " needs a call that knows its executor");
    child_process child;
    if (auto started = child.start(what); !started)
        co_return started.error();
    boost::asio::posix::stream_descriptor output(*op.executor(), child.take_output());
    auto const until = op.until(what.limit);
    auto const over = [&op, &what](net::wake woken) {
        auto failure = op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (woken == net::wake::timed_out)
            failure.with_message(what.label + " did not end in time");
        return failure;
    };
    auto const cap = what.cap;
    printed to_output(cap + 1);
    printed to_errors(8 * 1024);
    auto& text = to_output.text;
    auto& said = to_errors.text;
    for (;;) {
        char* const place = text.data() + text.size();
        auto const room = cap + 1 - text.size();
        text.resize(text.size() + room);
        auto const n = ::read(output.native_handle(), place, room);
        text.resize(text.size() - room + static_cast<std::size_t>(n > 0 ? n : 0));
        child.drain_errors(said);
        if (n == 0)
            break;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            co_return bad_answer(what.label + ": its output cannot be read");
        if (text.size() > cap)
            co_return bad_answer(what.label + " printed more than " + std::to_string(cap) + " bytes");
        if (n > 0)
            continue;
        // Standard error is looked at now and then: a pipe that fills up would stop the program.
        auto const soon = op.until(std::chrono::milliseconds(100));
        auto const limit = what.keep_errors ? std::min(until, soon) : until;
        auto const woken = co_await readable(op, output, limit);
        if (woken == net::wake::stopped || (woken == net::wake::timed_out && op.now() >= until))
            co_return over(woken);
    }
    program_end out;
    out.output = secret(std::move(text));
    for (auto pause = std::chrono::milliseconds(1);; pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
        child.drain_errors(said);
        if (auto const status = child.ended()) {
            child.drain_errors(said);
            out.errors = secret(std::move(said));
            out.status = *status;
            co_return out;
        }
        if (op.now() >= until)
            co_return over(net::wake::timed_out);
        auto const at = std::min(
            until, op.now() + std::chrono::duration_cast<steady_time::duration>(std::chrono::nanoseconds(pause)));
        auto const woken = co_await net::sleep_until(op, at);
        if (woken == net::wake::stopped)
            co_return over(woken);
    }
}

#endif

} // namespace augur::inline AUGUR_ABI::auth::detail
