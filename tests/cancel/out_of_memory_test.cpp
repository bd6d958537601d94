// The n-th allocation fails, and then every one from the n-th on, for each n that a call reaches: an error
// or an exception, once; nobody terminates, nothing leaks, and the client goes on.

#include "cancel/world.hpp"

#include <doctest/doctest.h>

using namespace test;

namespace {

/// Calls `start` with everything in it refused from the n-th allocation on; what its handler came to.
shortage call_with(world& w, scenario const& s, bool lasting, std::size_t n)
{
    auto to = std::make_shared<inbox<int>>();
    auto const out = run_short_of_memory(
        w, lasting, n, [&, to]() mutable { start(w, s.work, s.payload, {}, std::move(to)); },
        [&to] { return to.use_count() == 1; });
    CHECK(to.use_count() == 1);
    CHECK(to->completions + out.exceptions == 1);
    return out;
}

} // namespace

TEST_CASE("cancel: out of memory at the n-th allocation, in every kind of call")
{
    std::size_t cases = 0;
    for (bool const lasting : {false, true})
        for (auto const& s : scenarios) {
            bool reached = true;
            for (std::size_t n = 1; reached; ++n) {
                CAPTURE(std::string(s.name));
                CAPTURE(lasting);
                CAPTURE(n);
                world w;
                s.prepare(w);
                w.make_client();
                s.before(w);
                w.server.waits->by_hand = true;
                reached = call_with(w, s, lasting, n).was_refused;
                w.run_until([] { return false; }); // others that wait
                check_nothing_left(w);
                check_goes_on(w);
                cases += reached ? 1 : 0;
            }
        }
    MESSAGE(cases << " refused allocations");
    CHECK(cases > 1000);
}
