#pragma once

/// The small harness that every benchmark program shares.
///
/// All cases of a program run in turn, round after round, so that a slow minute of the machine hits
/// each of them. What is printed is the median over the rounds; `ratio_to_floor` is the median of the
/// ratios of each round to the floor measured in that same round. Time is CPU time of the calling
/// thread unless a case says otherwise.
///
///     bench::program program("sigv4", argc, argv);
///     auto const floor = program.add("floor/x", "ns_per_op", [&](std::size_t n) { while (n--) f(); });
///     program.add("augur/x", "ns_per_op", [&](std::size_t n) { while (n--) g(); }).floor("floor/x");
///     return program.run();
///
/// A group measures several metrics at once: `round()` gives one value for each. A row may have a limit
/// on its ratio (`at_most`) or on its value (`value_at_most`); `--check` fails when one is missed.
///
/// A program counts heap allocations when exactly one of its sources defines BENCH_COUNT_ALLOCATIONS
/// before including this header (g++/clang on glibc): malloc and its relatives are then interposed,
/// which operator new goes through.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

/// Allocations so far; stays 0 when nothing counts them.
inline std::atomic<std::uint64_t> allocations{0};

/// The part of OpenSSL, once `count_openssl_apart` (support/openssl_allocations.hpp) was called.
inline std::atomic<std::uint64_t> openssl_allocations{0};

/// CPU time of this thread in nanoseconds.
inline double thread_cpu_ns()
{
#if defined(CLOCK_THREAD_CPUTIME_ID)
    std::timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
#else
    return static_cast<double>(std::clock()) * (1e9 / CLOCKS_PER_SEC);
#endif
}

/// Keeps a result alive that nobody reads.
template <class T>
void keep(T const& value)
{
#if defined(__GNUC__)
    asm volatile("" : : "g"(&value) : "memory");
#else
    static void const volatile* sink;
    sink = &value;
#endif
}

inline double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    std::size_t const half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// One row of the output. The work is either timed (`operation(n)` does n operations) or measures
/// itself (`round()` returns the value of one round).
class row
{
public:
    row(std::string name, std::string metric) : name_(std::move(name)), metric_(std::move(metric)) {}

    /// The case whose value in the same round this one is divided by.
    row& floor(std::string name) { return floor_ = std::move(name), *this; }
    /// Acceptance: the program fails when the ratio is above it and `--check` was given.
    row& at_most(double ratio) { return limit_ = ratio, *this; }
    /// The same for the value itself.
    row& value_at_most(double value) { return value_limit_ = value, *this; }
    row& value_at_least(double value) { return value_least_ = value, *this; }
    /// Measured in the first round only: for what does not vary, or takes long.
    row& once() { return once_ = true, *this; }

    std::string const& name() const { return name_; }

private:
    friend class program;

    std::string name_;
    std::string metric_;
    std::string floor_;
    double limit_ = 0;
    double value_limit_ = 0;
    double value_least_ = 0;
    bool once_ = false;
    std::function<void(std::size_t)> operation_;
    std::function<double()> round_;
    std::size_t batch_ = 0;
    std::vector<double> values_;
};

class program
{
public:
    program(std::string name, int argc, char** argv) : name_(std::move(name))
    {
        rows_.reserve(256); // add() hands out references
        for (int i = 1; i < argc; ++i) {
            std::string_view const option = argv[i];
            if (option == "--json") {
                json_ = true;
            }
            else if (option == "--check") {
                check_ = true;
            }
            else if (option == "--rounds" && i + 1 < argc) {
                rounds_ = std::max(1, std::atoi(argv[++i]));
            }
            else if (option == "--filter" && i + 1 < argc) {
                filter_ = argv[++i];
            }
            else {
                std::fprintf(stderr, "usage: %s [--rounds N] [--filter TEXT] [--json] [--check]\n", argv[0]);
                std::exit(option == "--help" ? 0 : 2);
            }
        }
    }

    int rounds() const { return rounds_; }

    /// `operation(n)` does n operations; the value is nanoseconds of CPU per operation.
    row& add(std::string name, std::string metric, std::function<void(std::size_t)> operation)
    {
        auto& made = rows_.emplace_back(std::move(name), std::move(metric));
        made.operation_ = std::move(operation);
        return made;
    }

    /// `round()` measures one round its own way and returns the value.
    row& add_measured(std::string name, std::string metric, std::function<double()> round)
    {
        auto& made = rows_.emplace_back(std::move(name), std::move(metric));
        made.round_ = std::move(round);
        return made;
    }

    /// `round()` measures one round of the case and gives one value for each of `metrics`. The rows are
    /// made in that order; the first is returned, `row_of` finds the others.
    row& add_group(std::string const& name, std::vector<std::string> const& metrics,
                   std::function<std::vector<double>()> round)
    {
        struct shared
        {
            std::function<std::vector<double>()> round;
            std::vector<double> values;
            int measured_in = -1;
        };
        auto const group = std::make_shared<shared>(shared{std::move(round), {}});
        auto const first = rows_.size();
        for (std::size_t i = 0; i < metrics.size(); ++i) {
            add_measured(name, metrics[i], [this, group, i] {
                if (std::exchange(group->measured_in, round_number_) != round_number_)
                    group->values = group->round();
                return group->values[i];
            });
        }
        return rows_[first];
    }

    /// A row that exists.
    row& row_of(std::string_view name, std::string_view metric)
    {
        return *std::find_if(rows_.begin(), rows_.end(),
                             [&](row const& r) { return r.name_ == name && r.metric_ == metric; });
    }

    bool checks() const { return check_; }
    std::string const& filter() const { return filter_; }

    /// Allocations per operation, after one operation that may allocate.
    row& add_allocations(std::string name, std::function<void(std::size_t)> operation)
    {
        return add_measured(std::move(name), "allocations_per_op", [operation = std::move(operation)] {
            constexpr std::size_t count = 64;
            operation(1);
            auto const before = allocations.load();
            operation(count);
            return static_cast<double>(allocations.load() - before) / static_cast<double>(count);
        });
    }

    /// Runs what the filter leaves, prints it, and returns the exit code.
    int run()
    {
        for (auto& r : rows_) {
            if (r.operation_)
                calibrate(r);
        }
        for (round_number_ = 0; round_number_ < rounds_; ++round_number_) {
            for (auto& r : rows_) {
                if (wanted(r) && (round_number_ == 0 || !r.once_))
                    r.values_.push_back(measure(r));
            }
        }
        bool ok = true;
        if (!json_)
            std::printf("%-36s %-22s %14s %8s  %s\n", (name_ + ": case").c_str(), "metric", "median", "ratio", "floor");
        for (auto const& r : rows_) {
            if (selected(r))
                ok = print(r) && ok;
        }
        return ok || !check_ ? 0 : 1;
    }

private:
    static constexpr double round_ns = 5e6; ///< of one timed case

    bool selected(row const& r) const { return r.name_.find(filter_) != std::string::npos; }

    /// A floor is measured too when only a case that needs it was asked for.
    bool wanted(row const& r) const
    {
        return selected(r) || std::any_of(rows_.begin(), rows_.end(),
                                          [&](row const& other) { return selected(other) && other.floor_ == r.name_; });
    }

    /// The floor's row of the same metric, if it has one.
    row const* floor_of(row const& of) const
    {
        row const* found = nullptr;
        for (auto const& r : rows_) {
            if (r.name_ == of.floor_ && (found == nullptr || r.metric_ == of.metric_))
                found = &r;
        }
        return found;
    }

    void calibrate(row& r) const
    {
        if (!wanted(r))
            return;
        r.operation_(1);
        for (std::size_t n = 1;; n *= 2) {
            double const start = thread_cpu_ns();
            r.operation_(n);
            double const spent = thread_cpu_ns() - start;
            if (spent >= round_ns / 4) {
                r.batch_ =
                    std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(n) * round_ns / spent));
                return;
            }
        }
    }

    static double measure(row& r)
    {
        if (r.round_)
            return r.round_();
        double const start = thread_cpu_ns();
        r.operation_(r.batch_);
        return (thread_cpu_ns() - start) / static_cast<double>(r.batch_);
    }

    bool print(row const& r) const
    {
        double const value = median(r.values_);
        row const* const floor = r.floor_.empty() ? nullptr : floor_of(r);
        double ratio = 0;
        if (floor && floor->values_.size() == r.values_.size()) {
            std::vector<double> ratios;
            for (std::size_t i = 0; i < r.values_.size(); ++i)
                ratios.push_back(r.values_[i] / floor->values_[i]);
            ratio = median(ratios);
        }
        bool const ok = (r.limit_ == 0 || ratio <= r.limit_) && (r.value_limit_ == 0 || value <= r.value_limit_) &&
                        value >= r.value_least_;
        double const shown_limit = r.limit_ != 0 ? r.limit_ : r.value_limit_ != 0 ? r.value_limit_ : r.value_least_;
        char const* const relation = r.limit_ != 0 || r.value_limit_ != 0 ? "at most" : "at least";
        if (json_) {
            std::printf("{\"bench\":\"%s\",\"case\":\"%s\",\"metric\":\"%s\",\"value\":%.6g,\"ratio_to_floor\":",
                        name_.c_str(), r.name_.c_str(), r.metric_.c_str(), value);
            floor ? std::printf("%.4f,\"floor\":\"%s\"", ratio, r.floor_.c_str()) : std::printf("null,\"floor\":null");
            if (shown_limit != 0)
                std::printf(",\"limit\":%.6g,\"ok\":%s", shown_limit, ok ? "true" : "false");
            std::printf("}\n");
        }
        else {
            std::printf("%-36s %-22s %14.1f ", r.name_.c_str(), r.metric_.c_str(), value);
            floor ? std::printf("%8.3f  %s", ratio, r.floor_.c_str()) : std::printf("%8s  -", "-");
            if (shown_limit != 0)
                std::printf("  (%s %.6g: %s)", relation, shown_limit, ok ? "met" : "MISSED");
            std::printf("\n");
        }
        return ok;
    }

    std::string name_;
    std::string filter_;
    int rounds_ = 11;
    int round_number_ = 0;
    bool json_ = false;
    bool check_ = false;
    std::vector<row> rows_;
};

} // namespace bench

#if defined(BENCH_COUNT_ALLOCATIONS) && defined(__GLIBC__)

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

inline void* bench_counted(void* block)
{
    bench::allocations.fetch_add(1, std::memory_order_relaxed);
    return block;
}

void* malloc(std::size_t size)
{
    return bench_counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size)
{
    return bench_counted(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size)
{
    return bench_counted(__libc_realloc(block, size));
}
void* memalign(std::size_t alignment, std::size_t size)
{
    return bench_counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size)
{
    return bench_counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size)
{
    *out = bench_counted(__libc_memalign(alignment, size));
    return *out ? 0 : 12; // ENOMEM
}
}

#endif
