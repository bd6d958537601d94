// The system's resolver, with a getaddrinfo that does what a test says for names under ".scripted".
#include <augur/net/dialer.hpp>
#include <augur/net/impl/lookup_desk.ipp>
#include <augur/net/resolver.hpp>
#include <augur/net/start.hpp>
#include <augur/testing/manual_time.hpp>

#include <boost/asio/io_context.hpp>
#include <dlfcn.h>
#include <doctest/doctest.h>
#include <netdb.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;

namespace {

/// What the next lookups of scripted names do. Guarded by the mutex: they run on the resolver's threads.
struct script
{
    std::mutex mutex;
    std::condition_variable changed;
    int code = 0;
    int system_error = 0;
    bool hangs = false; ///< but not for names that begin with "healthy"
    int asked = 0;
    int inside = 0;
    int most_inside = 0;
    sigset_t mask{}; ///< of the thread that asked last
};

script& scripted()
{
    static script s;
    return s;
}

void set(int code, int system_error = 0, bool hangs = false)
{
    auto& s = scripted();
    std::unique_lock lock(s.mutex);
    s.code = code;
    s.system_error = system_error;
    s.hangs = hangs;
    s.changed.notify_all();
    s.changed.wait(lock, [&s, hangs] { return hangs || s.inside == 0; });
}

/// So many lookups of scripted names hang.
bool wait_until_inside(int lookups)
{
    std::unique_lock lock(scripted().mutex);
    return scripted().changed.wait_for(lock, 20s, [lookups] { return scripted().inside == lookups; });
}

int asked()
{
    std::lock_guard const lock(scripted().mutex);
    return scripted().asked;
}

} // namespace

extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints, addrinfo** out)
{
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (name == nullptr || !std::string_view(name).ends_with(".scripted"))
        return real(name, service, hints, out);
    bool const healthy = std::string_view(name).starts_with("healthy");
    auto& s = scripted();
    std::unique_lock lock(s.mutex);
    ++s.asked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &s.mask);
    s.most_inside = std::max(s.most_inside, ++s.inside);
    s.changed.notify_all();
    s.changed.wait(lock, [&s, healthy] { return healthy || !s.hangs; });
    --s.inside;
    s.changed.notify_all();
    errno = s.system_error;
    if (s.code != 0)
        return s.code;
    lock.unlock();
    return real("127.0.0.1", service, hints, out);
}

namespace {

using answer = result<std::vector<net::address>>;

struct bench
{
    boost::asio::io_context context{1};
    std::shared_ptr<net::resolver> names = net::system_resolver(context.get_executor());
    net::arena_handle arena;
    std::shared_ptr<net::timer_service> timers = net::make_timer_service(context.get_executor(), system_clock());

    void start(std::string host, std::chrono::nanoseconds limit, std::function<void(answer)> then)
    {
        start(names, timers, std::move(host), limit, std::move(then));
    }
    void start(std::shared_ptr<net::resolver> who, std::shared_ptr<net::timer_service> time, std::string host,
               std::chrono::nanoseconds limit, std::function<void(answer)> then)
    {
        auto body = [who, host, limit](net::operation& op) { return who->resolve(op, host, op.until(limit)); };
        net::start<std::vector<net::address>>(arena, std::move(time), context.get_executor(), 1min, body,
                                              std::move(then));
    }
    void settle()
    {
        context.restart();
        context.poll();
    }
    answer look_up(std::string host, std::chrono::nanoseconds limit = 20s)
    {
        std::optional<answer> out;
        start(std::move(host), limit, [&out](answer a) { out = std::move(a); });
        context.restart();
        while (!out && context.run_one() > 0) { // other calls may go on waiting
        }
        REQUIRE(out);
        return *out;
    }
};

/// Waits at a desk that the test can look into.
net::task<result<bool>> wait_at(net::operation& op, std::shared_ptr<net::detail::lookup_desk> desk, std::string host,
                                boost::asio::any_io_executor executor)
{
    net::detail::lookup_wait wait(op, std::move(desk), std::move(host), std::move(executor), op.deadline());
    auto const woken = co_await wait;
    co_return woken == net::wake::done;
}

} // namespace

TEST_CASE("resolve: what getaddrinfo answers decides whether a repeat can help")
{
    struct row
    {
        int code;
        int system_error;
        errc expected;
        bool transient;
    };
    row const rows[] = {
        {EAI_NONAME, 0, errc::resolve_failed, false},
        {EAI_FAMILY, 0, errc::resolve_failed, false},
        {EAI_AGAIN, 0, errc::resolve_unavailable, true}, // also SERVFAIL
        {EAI_FAIL, 0, errc::resolve_unavailable, true},
        {EAI_MEMORY, 0, errc::resource_exhausted, true},
        {EAI_SYSTEM, EMFILE, errc::resource_exhausted, true},
        {EAI_SYSTEM, ENFILE, errc::resource_exhausted, true},
        {EAI_SYSTEM, ENETUNREACH, errc::resolve_unavailable, true},
    };
    bench b;
    for (auto const& r : rows) {
        CAPTURE(r.code);
        CAPTURE(r.system_error);
        set(r.code, r.system_error);
        auto const failed = b.look_up("name.scripted");
        REQUIRE(failed.has_error());
        CHECK(failed.error() == r.expected);
        CHECK((failed.error() == condition::transient) == r.transient);
        CHECK(failed.error().phase() == phase::resolve);
        CHECK(failed.error().outcome() == outcome::not_sent);
        CHECK(failed.error().message().find("name.scripted") != std::string_view::npos);
    }
}

TEST_CASE("resolve: no answer is kept, neither that there is no such name nor where it leads")
{
    bench b;
    set(EAI_NONAME);
    auto const before = asked();
    CHECK(b.look_up("new.scripted").has_error());
    set(0);
    CHECK(b.look_up("new.scripted").value().size() == 1);
    CHECK(b.look_up("new.scripted").value().size() == 1);
    CHECK(asked() - before == 3);
}

TEST_CASE(
    "resolve: lookups that hang take four threads and no more; their callers go on in time, the context goes at once")
{
    set(0, 0, true);
    {
        std::lock_guard const lock(scripted().mutex);
        scripted().most_inside = 0;
    }
    auto const started = std::chrono::steady_clock::now();
    {
        bench b;
        int timed_out = 0;
        for (int i = 0; i < 20; ++i)
            b.start("hang" + std::to_string(i) + ".scripted", 50ms, [&timed_out](answer a) {
                timed_out += a.has_error() && a.error() == errc::resolve_timeout ? 1 : 0;
            });
        b.context.poll();
        CHECK(wait_until_inside(4));
        b.context.restart();
        b.context.run();
        CHECK(timed_out == 20);
    }
    CHECK(std::chrono::steady_clock::now() - started < 1s);
    {
        std::lock_guard const lock(scripted().mutex);
        CHECK(scripted().most_inside == 4);
    }
    set(0); // lets them go
}

TEST_CASE("resolve: pinned names and numbers ask nobody")
{
    auto const before = asked();
    bench b;
    std::vector<net::address> const here{*net::parse_address("127.0.0.9")};
    b.names = net::pinned_resolver({{"pinned.scripted", here}});
    CHECK(b.look_up("pinned.scripted").value() == here);
    auto const other = b.look_up("other.scripted");
    CHECK(other.error() == errc::resolve_failed);
    b.names = net::system_resolver(b.context.get_executor());
    CHECK(b.look_up("127.0.0.9").value() == here);
    CHECK(b.look_up("localhost").value().size() == 2);
    CHECK(asked() == before);
}

TEST_CASE("resolve: a forked child that tells its context so can look names up, whatever the parent's threads did")
{
    set(0, 0, true);
    bench b;
    int ended = 0;
    for (int i = 0; i < 4; ++i) // all four threads are taken when the process forks
        b.start("hang" + std::to_string(i) + ".scripted", 50ms, [&ended](answer) { ++ended; });
    b.context.poll();
    CHECK(wait_until_inside(4));
    b.context.restart();
    b.context.run();
    CHECK(ended == 4);
    b.context.notify_fork(boost::asio::execution_context::fork_prepare);
    b.context.notify_fork(boost::asio::execution_context::fork_child); // as if this were the child
    std::optional<answer> late;
    b.start("late.scripted", 50ms, [&late](answer a) { late = std::move(a); });
    b.context.restart();
    b.context.poll();
    CHECK(wait_until_inside(5)); // on a thread of its own
    b.context.restart();
    b.context.run();
    REQUIRE(late);
    CHECK(late->error() == errc::resolve_timeout);
    set(0);
}

TEST_CASE("resolve: a name that hangs takes one thread however often it is asked for; another name is answered")
{
    set(0, 0, true);
    auto const before = asked();
    bench b;
    auto const time = std::make_shared<testing::manual_time>();
    int timed_out = 0;
    int answered = 0;
    auto const ask = [&] {
        b.start(b.names, time, "hanging.scripted", 1s, [&](answer a) {
            timed_out += a.has_error() && a.error() == errc::resolve_timeout ? 1 : 0;
            answered += a.has_value() ? 1 : 0;
        });
        b.settle();
    };
    for (int i = 0; i < 8; ++i)
        ask();
    CHECK(wait_until_inside(1));
    CHECK(b.look_up("healthy.scripted", 5s).has_value());
    time->advance(1s);
    b.settle();
    CHECK(timed_out == 8);
    for (int i = 0; i < 8; ++i) { // one after another, as retries are
        ask();
        time->advance(1s);
        b.settle();
    }
    CHECK(timed_out == 16);
    CHECK(b.look_up("healthy-too.scripted", 5s).has_value());
    CHECK(asked() - before == 3); // the first lookup has all of them

    ask(); // joins what nobody waits for any more
    set(0);
    b.context.restart();
    b.context.run();
    CHECK(answered == 1);
    CHECK(asked() - before == 3);
}

TEST_CASE("resolve: those who ask for one name at the same time share one lookup, and later ones ask anew")
{
    set(0, 0, true);
    auto const before = asked();
    bench b;
    auto const other = net::system_resolver(b.context.get_executor()); // of the same context
    int answered = 0;
    for (int i = 0; i < 64; ++i)
        b.start(i % 2 == 0 ? b.names : other, b.timers, "shared.scripted", 20s,
                [&answered](answer a) { answered += a.has_value() && a->size() == 1 ? 1 : 0; });
    b.settle();
    CHECK(wait_until_inside(1));
    set(0);
    b.context.restart();
    b.context.run();
    CHECK(answered == 64);
    CHECK(asked() - before == 1);
    CHECK(b.look_up("shared.scripted").has_value());
    CHECK(asked() - before == 2);
}

TEST_CASE("resolve: an error goes to everybody who waits, and who left before is not looked for")
{
    set(EAI_NONAME, 0, true);
    bench b;
    auto const time = std::make_shared<testing::manual_time>();
    std::vector<errc> ends;
    auto const ask = [&](std::shared_ptr<net::timer_service> by, std::chrono::nanoseconds limit) {
        b.start(b.names, std::move(by), "nowhere.scripted", limit, [&ends](answer a) {
            ends.push_back(a.error() == errc::resolve_failed ? errc::resolve_failed : errc::resolve_timeout);
        });
    };
    ask(b.timers, 20s);
    ask(time, 1s);
    ask(b.timers, 20s);
    b.settle();
    CHECK(wait_until_inside(1));
    time->advance(1s);
    b.settle();
    CHECK(ends == std::vector<errc>{errc::resolve_timeout});
    set(EAI_NONAME);
    b.context.restart();
    b.context.run();
    CHECK(ends == std::vector<errc>{errc::resolve_timeout, errc::resolve_failed, errc::resolve_failed});
    set(0);
}

TEST_CASE("resolve: a lookup that nobody waits for any more does not stay in the queue")
{
    set(0, 0, true);
    bench b;
    auto const time = std::make_shared<testing::manual_time>();
    auto const desk = std::make_shared<net::detail::lookup_desk>();
    int ended = 0;
    auto const ask = [&](std::string host) {
        auto body = [&b, desk, host](net::operation& op) { return wait_at(op, desk, host, b.context.get_executor()); };
        net::start<bool>(b.arena, time, b.context.get_executor(), 1s, body, [&ended](auto) { ++ended; });
    };
    for (int i = 0; i < 4; ++i)
        ask("hang" + std::to_string(i) + ".scripted");
    b.settle();
    CHECK(wait_until_inside(4));
    for (int i = 0; i < 100; ++i) {
        ask("queued" + std::to_string(i) + ".scripted");
        ask("queued" + std::to_string(i) + ".scripted");
    }
    b.settle();
    CHECK(desk->size() == 104);
    time->advance(1s);
    b.settle();
    CHECK(ended == 204);
    CHECK(desk->size() == 4); // they run, and may be joined
    desk->close();
    set(0);
}

TEST_CASE("resolve: the threads take no signals, and who starts them keeps its own mask")
{
    set(0);
    bench b;
    sigset_t before;
    sigset_t after;
    REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &before) == 0);
    CHECK(b.look_up("signals.scripted").has_value());
    REQUIRE(::pthread_sigmask(SIG_BLOCK, nullptr, &after) == 0);
    std::lock_guard const lock(scripted().mutex);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGCHLD, SIGUSR1, SIGPROF}) {
        CAPTURE(signal);
        CHECK(::sigismember(&scripted().mask, signal) == 1);
        CHECK(::sigismember(&after, signal) == ::sigismember(&before, signal));
    }
}
