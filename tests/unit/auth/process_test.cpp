// Programs that print credentials and cannot be stopped.

#include "source_support.hpp"
#include "support/plain_user.hpp"

#include <doctest/doctest.h>

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>

using namespace auth_test;
using namespace std::chrono_literals;
namespace aws = augur::auth::aws;

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
        test::without_capabilities const weak(1U << 5); // CAP_KILL
        REQUIRE(weak.changed());
        auto const hangs = "/bin/sh -c 'echo $$ > " + file + "; exec setpriv --reuid 65534 --clear-groups sleep 60'";
        check_error(fetch_for_real(aws::process_credentials(secret(hangs), aws::source_options()), 500ms),
                    errc::deadline_exceeded);
    }
    CHECK(std::chrono::steady_clock::now() - started < 30s);
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
