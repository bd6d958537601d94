// Rows X01 to X05 and X08: the caller gives up or goes away, threads, the process forks, signals rain, the date
// jumps. What becomes of every single place of rest (X01) is in tests/cancel, and so is every allocation of streams.
#include "faults/matrix.hpp"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace faults;

namespace {

ending given_up(phase where, outcome what)
{
    return ending::failed(errc::cancelled, where, what);
}

/// SIGALRM a thousand times a second, and system calls that are not resumed by themselves.
class signal_storm
{
public:
    signal_storm()
    {
        struct ::sigaction ours = {};
        ours.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &ours, &before_);
        set(1000);
    }
    signal_storm(signal_storm const&) = delete;
    signal_storm& operator=(signal_storm const&) = delete;
    ~signal_storm()
    {
        set(0);
        ::sigaction(SIGALRM, &before_, nullptr);
    }

private:
    static void set(int microseconds)
    {
        ::itimerval const every{{0, microseconds}, {0, microseconds}};
        ::setitimer(ITIMER_REAL, &every, nullptr);
    }
    struct ::sigaction before_ = {};
};

void add_cancel(matrix& m)
{
    m.add("X01", "cancelled while the server thinks")
        .to_all()
        .ends(given_up(phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.settle();
            b.cancel();
            b.finish();
        });
    m.add("X01", "cancelled before it has begun")
        .to_all()
        .ends(given_up(phase::auth, outcome::not_sent).attempts(0))
        .run([](bench& b) {
            b.start();
            b.cancel();
            b.finish();
        });
    m.add("X01", "cancelled in the middle of the body")
        .to_all()
        .ends(given_up(phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            auto const half = b.ok().substr(0, b.ok().size() - 2);
            b.server().script(connection_script().read_request().send(half).hold());
            b.start();
            b.run_until([&b, &half] { return b.server().sent_bytes() == half.size(); });
            b.settle();
            b.cancel();
            b.finish();
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    m.add("X01", "cancelled twice, and again when it is over")
        .to_all()
        .ends(given_up(phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.settle();
            b.cancel();
            b.cancel();
            b.finish();
            b.cancel();
            b.settle();
        });
    m.add("X02", "the client goes away while the server thinks")
        .to_all()
        .ends(ending::answered().keeps(0))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().wait_for_step().send(b.ok()).drain());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.drop_client();
            b.server().step();
            b.check(b.finish().content == "[1]", "what is pending keeps what it needs");
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    m.add("X02", "the client goes away in the middle of the body")
        .to_all()
        .ends(ending::answered().keeps(0))
        .run([](bench& b) {
            auto const half = b.ok().size() - 2;
            b.server().script(connection_script()
                                  .read_request()
                                  .send(b.ok().substr(0, half))
                                  .wait_for_step()
                                  .send(b.ok().substr(half)));
            b.start();
            b.run_until([&b, half] { return b.server().sent_bytes() == half; });
            b.settle();
            b.drop_client();
            b.server().step();
            b.check(b.finish().content == "[1]", "what is pending keeps what it needs");
        });
    m.add("X02", "the context goes away while the server thinks")
        .to_all()
        .ends(ending::unheard().keeps(0))
        .not_counted("nobody is told")
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.settle();
            b.drop_context();
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    m.add("X02", "the context goes away in the middle of the body")
        .to_all()
        .ends(ending::unheard().keeps(0))
        .not_counted("nobody is told")
        .run([](bench& b) {
            auto const half = b.ok().substr(0, b.ok().size() - 2);
            b.server().script(connection_script().read_request().send(half).hold());
            b.start();
            b.run_until([&b, &half] { return b.server().sent_bytes() == half.size(); });
            b.settle();
            b.drop_context();
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    m.add("X03", "32 calls of one client on a strand of four threads")
        .to_all()
        .ends(ending::answered().keeps(0))
        .run([](bench& b) { b.call_on_threads(32); });
    m.add("X04", "the process forks: the child is told, the parent goes on")
        .driven_by("fork")
        .ends(ending::answered())
        .run([](bench& b) {
            b.warm_up();
            auto const child = ::fork();
            if (child == 0) {
                ::alarm(10); // a child that hangs is a child that failed
                auto const& end = b.call();
                ::_exit(end.failure && *end.failure == errc::forked ? 0 : 1);
            }
            int status = -1;
            b.check(::waitpid(child, &status, 0) == child && status == 0, "the child's call ends with `forked`");
            b.call();
        });
    m.add("X04", "the process forks while an answer is awaited: the child leaves it to its parent")
        .driven_by("fork")
        .ends(ending::answered())
        .run([](bench& b) {
            using boost::asio::execution_context;
            b.server().script(connection_script().read_request().wait_for_step().send(b.ok()).serve(b.ok()));
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.settle();
            b.tell_of_fork(execution_context::fork_prepare);
            auto const child = ::fork();
            if (child == 0) {
                ::alarm(10);
                b.tell_of_fork(execution_context::fork_child);
                auto const& end = b.finish();
                ::_exit(end.failure && *end.failure == errc::connection_lost ? 0 : 1);
            }
            b.tell_of_fork(execution_context::fork_parent);
            b.server().step(); // the answer wakes the child alone: its parent does not run
            int status = -1;
            b.check(::waitpid(child, &status, 0) == child && status == 0, "the child's call is lost");
            b.finish();
        });
    m.add("X05", "SIGPIPE kills by default, and the server resets during the upload")
        .ends(ending::failed(errc::write_failed, phase::write, outcome::unknown))
        .run([](bench& b) {
            ::signal(SIGPIPE, SIG_DFL);
            b.request_size(4 * 1024 * 1024);
            b.memory_cap(32 * 1024 * 1024);
            b.server().small_buffers().script(connection_script().read_head().rst());
            b.call();
        });
    m.add("X05", "a signal every millisecond").driven_by("setitimer").ends(ending::answered()).run([](bench& b) {
        signal_storm const storm;
        b.call();
    });
    m.add("X08", "the date jumps an hour ahead and two back during the call")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.time().manual().jump_wall(1h);
            b.settle();
            b.time().manual().jump_wall(-2h);
            b.passes(75s);
        });
}

registrar const rows(&add_cancel);

} // namespace
