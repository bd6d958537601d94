// Programs that print credentials and cannot be stopped.

#include "source_support.hpp"

#include <doctest/doctest.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>

using namespace auth_test;
using namespace std::chrono_literals;
namespace aws = augur::auth::aws;

namespace {

/// While one of these lives, this thread may kill nobody else's programs, though it is root.
class no_killer
{
public:
    no_killer() : good_(::syscall(SYS_capget, &head_, before_) == 0)
    {
        capabilities now[2] = {before_[0], before_[1]};
        now[0].effective &= ~(1U << 5); // CAP_KILL
        good_ = good_ && ::syscall(SYS_capset, &head_, now) == 0;
        REQUIRE(good_);
    }
    no_killer(no_killer const&) = delete;
    no_killer& operator=(no_killer const&) = delete;
    ~no_killer()
    {
        if (good_ && ::syscall(SYS_capset, &head_, before_) != 0)
            ::_exit(1);
    }

private:
    struct capabilities
    {
        std::uint32_t effective = 0, permitted = 0, inheritable = 0;
    };
    struct
    {
        std::uint32_t version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
        int thread = 0;                     // this one
    } head_;
    capabilities before_[2];
    bool good_;
};

} // namespace

TEST_CASE("credential_process: one that runs as somebody else and never ends does not keep its caller")
{
    if (::geteuid() != 0) {
        MESSAGE("only root can start a program that it may not kill");
        return;
    }
    folder const here;
    auto const file = here.path("pid");
    auto const started = std::chrono::steady_clock::now();
    {
        no_killer const weak;
        auto const hangs = "/bin/sh -c 'echo $$ > " + file + "; exec setpriv --reuid 65534 --clear-groups sleep 20'";
        check_error(fetch_for_real(aws::process_credentials(secret(hangs), aws::source_options()), 500ms),
                    errc::deadline_exceeded);
    }
    CHECK(std::chrono::steady_clock::now() - started < 5s);
    pid_t pid = 0;
    std::ifstream(file) >> pid;
    REQUIRE(pid > 0);
    // When it has ended after all, whoever starts the next program collects it.
    ::kill(pid, SIGKILL);
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT);
    check_error(fetch_for_real(aws::process_credentials(secret("false"), aws::source_options())),
                errc::credentials_unavailable);
    errno = 0;
    CHECK(::waitpid(pid, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}
#endif
