#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
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
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

/// @file
/// Programs that print credentials: started without a shell, bounded in time and output.

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// Splits a command line like a POSIX shell, without its substitutions: blanks separate, quotes of both kinds
/// keep them, a backslash keeps the next character (inside double quotes only before " \ $ ` and a line break).
inline result<std::vector<std::string>> split_command(std::string_view line)
{
    std::vector<std::string> out;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char const c = line[i];
        if (c == '\0')
            return bad_setting("credential_process has a zero byte");
        bool const blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (quote == 0 && blank) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true))
            out.emplace_back();
        bool const more = i + 1 < line.size();
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (quote != 0 && c == quote)
            quote = 0;
        else if (c == '\\' && more && quote == 0)
            out.back() += line[++i];
        else if (c == '\\' && more && quote == '"' && std::string_view("\"\\$`\n").find(line[i + 1]) != line.npos)
            out.back() += line[++i];
        else
            out.back() += c;
    }
    if (quote != 0)
        return bad_setting("credential_process has a quote that is not closed");
    if (out.empty() || out.front().empty())
        return bad_setting("credential_process names no program");
    return out;
}

#if defined(_WIN32)

inline net::task<result<secret>> run_program(net::operation&, std::vector<std::string>, std::chrono::nanoseconds,
                                             std::size_t)
{
    co_return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                         "credential_process is not implemented on Windows");
}

#else

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
        if (pid_ <= 0)
            return;
        ::kill(-pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    /// Standard input is empty, standard error goes nowhere: people's secrets are printed there, too.
    result<void> start(std::vector<std::string>& words)
    {
        int pipe_ends[2] = {-1, -1};
        if (::pipe2(pipe_ends, O_CLOEXEC) != 0)
            return make_error(errc::resource_exhausted, phase::auth, outcome::not_sent, "no pipe for a program");
        output_ = pipe_ends[0];
        // Our end only: a program does not expect that its standard output refuses when it is full.
        ::fcntl(output_, F_SETFL, ::fcntl(output_, F_GETFL) | O_NONBLOCK);
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
        if (failed == 0)
            return {};
        pid_ = 0;
        return bad_setting("credential_process: \"" + sanitise(words.front(), 100) +
                           "\" cannot be started: " + error_code(failed, boost::system::generic_category()).message());
    }
    /// The descriptor of its output, which is the caller's from now on.
    int take_output() noexcept { return std::exchange(output_, -1); }
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

/// What a program prints, if it ends well within `limit` and prints at most `cap` bytes.
inline net::task<result<secret>> run_program(net::operation& op, std::vector<std::string> words,
                                             std::chrono::nanoseconds limit, std::size_t cap)
{
    if (op.executor() == nullptr)
        co_return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                             "credential_process needs a call that knows its executor");
    auto const label = "credential_process \"" + sanitise(words.front(), 100) + "\"";
    child_process child;
    if (auto started = child.start(words); !started)
        co_return started.error();
    boost::asio::posix::stream_descriptor output(*op.executor(), child.take_output());
    auto const until = op.until(limit);
    auto const over = [&op, &label](net::wake woken) {
        auto failure = op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (woken == net::wake::timed_out)
            failure.with_message(label + " did not end in time");
        return failure;
    };
    std::string text;
    text.reserve(cap + 1); // so that it never moves and leaves a copy behind
    for (;;) {
        char* const place = text.data() + text.size();
        auto const room = cap + 1 - text.size();
        text.resize(text.size() + room);
        auto const n = ::read(output.native_handle(), place, room);
        text.resize(text.size() - room + static_cast<std::size_t>(n > 0 ? n : 0));
        if (n == 0)
            break;
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            cleanse(text.data(), text.size());
            co_return bad_answer(label + ": its output cannot be read");
        }
        if (text.size() > cap) {
            cleanse(text.data(), text.size());
            co_return bad_answer(label + " printed more than " + std::to_string(cap) + " bytes");
        }
        if (n > 0)
            continue;
        auto const woken = co_await readable(op, output, until);
        if (woken != net::wake::done) {
            cleanse(text.data(), text.size());
            co_return over(woken);
        }
    }
    secret out(std::move(text));
    for (auto pause = std::chrono::milliseconds(1);; pause = std::min(pause * 2, std::chrono::milliseconds(50))) {
        if (auto const status = child.ended()) {
            if (*status == 0)
                co_return out;
            co_return configured_but_absent(label + " ended with status " + std::to_string(*status));
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

} // namespace augur::inline AUGUR_ABI::auth::aws::detail
