#include <augur/core/clock.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace augur;

namespace {

/// Gives what it was told.
class scripted_random final : public random_source
{
public:
    explicit scripted_random(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
    std::uint64_t bits() noexcept override { return values_[next_++ % values_.size()]; }

private:
    std::vector<std::uint64_t> values_;
    std::size_t next_ = 0;
};

using draws = std::array<std::uint64_t, 16>;

draws draw(random_source& random)
{
    draws out{};
    for (auto& value : out)
        value = random.bits();
    return out;
}

bool share_a_value(draws const& a, draws const& b)
{
    std::set<std::uint64_t> const seen(a.begin(), a.end());
    for (auto const value : b)
        if (seen.contains(value))
            return true;
    return false;
}

} // namespace

TEST_CASE("a limit that means never does not wrap around")
{
    using namespace std::chrono_literals;
    steady_time const noon(12h);
    CHECK(later(noon, 1ms) == noon + 1ms);
    CHECK(later(noon, 0ns) == noon);
    CHECK(later(noon, -1ms) == noon - 1ms);
    CHECK(later(noon, std::chrono::nanoseconds::max()) == steady_time::max());
    CHECK(later(noon, steady_time::max() - noon) == steady_time::max());
    CHECK(later(noon, steady_time::max() - noon - 1ns) == steady_time::max() - 1ns);
    CHECK(later(steady_time::max(), 1ns) == steady_time::max());
    CHECK(later(steady_time(-1h), std::chrono::nanoseconds::max()) == steady_time::max() - 1h);
    CHECK(later(wall_time::max() - 1s, 2s) == wall_time::max());
}

TEST_CASE("random: the same seed gives the same sequence, another one another")
{
    auto const a = draw(*seeded_random(42));
    CHECK(a == draw(*seeded_random(42)));
    CHECK_FALSE(share_a_value(a, draw(*seeded_random(43))));
    CHECK_FALSE(share_a_value(a, draw(*seeded_random(0))));
    CHECK(std::set<std::uint64_t>(a.begin(), a.end()).size() == a.size());
}

TEST_CASE("random: the sequence is that of SplitMix64, so that a seed in a report means the same everywhere")
{
    // The reference values that Vigna's splitmix64.c gives for the seed 1234567.
    auto const random = seeded_random(1234567);
    for (std::uint64_t const expected : {6457827717110365317ULL, 3203168211198807973ULL, 9817491932198370423ULL,
                                         4593380528125082431ULL, 16408922859458223821ULL})
        CHECK(random->bits() == expected);
}

TEST_CASE("random: two sources from the operating system differ")
{
    CHECK_FALSE(share_a_value(draw(*system_random()), draw(*system_random())));
}

TEST_CASE("random: unit lies in [0, 1) at both ends")
{
    scripted_random ends({0, ~0ULL, 1ULL << 63});
    CHECK(ends.unit() == 0.0);
    auto const top = ends.unit();
    CHECK(top < 1.0);
    CHECK(top > 0.999999);
    CHECK(ends.unit() == 0.5);
    auto const random = seeded_random(1);
    double sum = 0;
    for (int i = 0; i < 10'000; ++i)
        sum += random->unit();
    CHECK(sum > 4'800);
    CHECK(sum < 5'200);
}

TEST_CASE("random: one source may be used from several threads, and no value comes twice")
{
    auto const random = seeded_random(7);
    std::array<std::vector<std::uint64_t>, 4> seen;
    std::vector<std::thread> threads;
    for (auto& mine : seen)
        threads.emplace_back([&mine, random] {
            for (int i = 0; i < 2'000; ++i)
                mine.push_back(random->bits());
        });
    for (auto& thread : threads)
        thread.join();
    std::set<std::uint64_t> all;
    for (auto const& mine : seen)
        all.insert(mine.begin(), mine.end());
    CHECK(all.size() == 8'000);
}

#if !defined(_WIN32)
TEST_CASE("random: a forked child gets another sequence than its parent and its siblings")
{
    auto const random = system_random();
    auto const stays = seeded_random(5);
    (void)draw(*random);
    std::array<draws, 2> children{};
    draws seeded_child{};
    for (auto& child : children) {
        int ends[2] = {-1, -1};
        REQUIRE(::pipe(ends) == 0);
        auto const id = ::fork();
        REQUIRE(id >= 0);
        if (id == 0) {
            // Only what is safe in a child of a program with threads.
            ::alarm(30);
            auto const mine = draw(*random);
            auto const fixed = draw(*stays);
            bool const told = ::write(ends[1], mine.data(), sizeof mine) == static_cast<ssize_t>(sizeof mine) &&
                              ::write(ends[1], fixed.data(), sizeof fixed) == static_cast<ssize_t>(sizeof fixed);
            ::_exit(told ? 0 : 1);
        }
        ::close(ends[1]);
        auto const read_all = [&ends](draws& into) {
            auto* const at = reinterpret_cast<char*>(into.data());
            for (std::size_t done = 0; done < sizeof into;) {
                auto const n = ::read(ends[0], at + done, sizeof into - done);
                if (n <= 0)
                    return false;
                done += static_cast<std::size_t>(n);
            }
            return true;
        };
        CHECK(read_all(child));
        CHECK(read_all(seeded_child));
        ::close(ends[0]);
        int status = -1;
        CHECK(::waitpid(id, &status, 0) == id);
        CHECK(status == 0);
    }
    auto const parent = draw(*random);
    CHECK_FALSE(share_a_value(parent, children[0]));
    CHECK_FALSE(share_a_value(parent, children[1]));
    CHECK_FALSE(share_a_value(children[0], children[1]));
    CHECK(seeded_child == draw(*stays)); // a seed is a promise, in a child too
}
#endif

TEST_CASE("uuid: version 4 as RFC 9562 writes it, every other bit free")
{
    auto const uuid_of = [](std::uint64_t high, std::uint64_t low) {
        scripted_random random({high, low});
        return make_uuid(random);
    };
    CHECK(uuid_of(0, 0) == "00000000-0000-4000-8000-000000000000");
    CHECK(uuid_of(~0ULL, ~0ULL) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
    CHECK(uuid_of(0x0123456789abcdefULL, 0xfedcba9876543210ULL) == "01234567-89ab-4def-bedc-ba9876543210");
    auto const random = seeded_random(3);
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        auto const id = make_uuid(*random);
        REQUIRE(id.size() == 36);
        for (std::size_t k = 0; k < id.size(); ++k) {
            bool const dash = k == 8 || k == 13 || k == 18 || k == 23;
            CHECK((id[k] == '-') == dash);
            if (!dash)
                CHECK(std::string("0123456789abcdef").find(id[k]) != std::string::npos);
        }
        CHECK(id[14] == '4');
        CHECK(std::string("89ab").find(id[19]) != std::string::npos);
        seen.insert(id);
    }
    CHECK(seen.size() == 1'000);
}

TEST_CASE("clock: the machine's clock never goes back and knows the year")
{
    auto const clock = system_clock();
    auto last = clock->now();
    for (int i = 0; i < 1'000; ++i) {
        auto const now = clock->now();
        CHECK(now >= last);
        last = now;
    }
    CHECK(clock->wall_now() > wall_time(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1).time_since_epoch()));
}
