// The n-th allocation fails, and then every one from the n-th on, for each n that a call reaches: an error
// or an exception, once; nobody terminates, nothing leaks, and the client goes on.

#include "cancel/world.hpp"

#include <doctest/doctest.h>

using namespace test;

namespace {

enum class shortage
{
    of_one, ///< allocation
    lasting, ///< until the call is over
};

void refuse(shortage how, std::size_t n)
{
    if (how == shortage::of_one)
        faults::allocation::fail_at(n);
    else
        faults::allocation::fail_from(n);
}

/// What came of a call during which the n-th allocation was refused.
struct survived
{
    bool was_refused = false;
    int completions = 0;
    int exceptions = 0;
    bool is_handler_gone = false;
};

survived call_with(world& w, scenario const& s, shortage how, std::size_t n)
{
    survived out;
    auto to = std::make_shared<inbox<int>>();
    auto const step = [&](auto what) {
        try {
            what();
        }
        catch (std::bad_alloc const&) {
            ++out.exceptions;
        }
    };
    bool begun = false;
    asio::post(*w.io, [&, to]() mutable {
        refuse(how, n);
        begun = true;
        start(w, s.work, s.payload, {}, std::move(to));
    });
    for (int steps = 0; steps < 2000 && (!begun || to.use_count() > 1); ++steps) {
        step([&] { w.settle(); });
        if (to.use_count() == 1)
            break;
        if (!w.let_go_on()) {
            faults::allocation::fail_at(0); // whoever could not be woken is woken by time alone
            if (!w.let_go_on())
                break;
        }
    }
    out.was_refused = faults::allocation::has_failed();
    faults::allocation::fail_at(0);
    step([&] { w.settle(); });
    out.completions = to->completions;
    out.is_handler_gone = to.use_count() == 1;
    return out;
}

} // namespace

TEST_CASE("cancel: out of memory at the n-th allocation, in every kind of call")
{
    std::size_t cases = 0;
    for (auto const how : {shortage::of_one, shortage::lasting})
        for (auto const& s : scenarios) {
            bool reached = true;
            for (std::size_t n = 1; reached; ++n) {
                CAPTURE(std::string(s.name));
                CAPTURE(static_cast<int>(how));
                CAPTURE(n);
                world w;
                s.prepare(w);
                w.make_client();
                s.before(w);
                w.server.waits->by_hand = true;
                auto const end = call_with(w, s, how, n);
                reached = end.was_refused;
                CHECK(end.is_handler_gone);
                CHECK(end.completions + end.exceptions == 1);
                w.run_until([] { return false; }); // others that wait
                CHECK(w.time->armed() == 0);
                CHECK(w.arena->live_blocks() == 0);
                auto const pool = w.transport->statistics();
                CHECK(pool.busy == 0);
                CHECK(pool.waiting == 0);
                CHECK(w.server.open_connections() == pool.idle);
                w.server.waits->by_hand = false;
                w.server.script.clear();
                warm_up(w);
                cases += reached ? 1 : 0;
            }
        }
    MESSAGE(cases << " refused allocations");
    CHECK(cases > 1000);
}
