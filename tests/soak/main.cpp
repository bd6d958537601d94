// Soak: four threads and 256 calls in flight against a server in another process that fails some of them.
//
//     augur-soak [seconds] [percent of faults] [seed]
//
// Fails if a call is lost, hangs or is executed twice, if a descriptor is left, if memory grows, if an
// outcome is not true, or if calls that all fail are repeated more than the quota allows.

#include "server.hpp"
#include "storm.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/request.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <malloc.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace augur;
using namespace std::chrono_literals;
using soak::fault;
using soak::ledger;
namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;

constexpr std::size_t threads = 4;
constexpr std::size_t in_flight = 256;

/// How a call ended, in `ledger::ended`.
enum class ended : std::uint8_t
{
    not_yet,
    well,
    undone, ///< outcomes not_sent and refused
    partly, ///< partial and complete: the server must have acted
    unknown,
    twice,
};

class totals
{
public:
    std::atomic<std::uint64_t> started = 0;
    std::array<std::atomic<std::uint64_t>, soak::fault_kinds + 1> faults{};
    std::atomic<bool> quiet = false; ///< no call begins

    /// Instead of beginning a call.
    void park()
    {
        std::lock_guard const lock(mutex_);
        if (++parked_ == in_flight)
            all_parked_.notify_one();
    }
    void unpark_all()
    {
        std::lock_guard const lock(mutex_);
        parked_ = 0;
        quiet = false;
    }
    /// Lets all pending calls end; how many do not within 20 seconds.
    std::size_t drain()
    {
        quiet = true;
        std::unique_lock lock(mutex_);
        all_parked_.wait_for(lock, 20s, [this] { return parked_ == in_flight; });
        return in_flight - parked_;
    }
    /// Lets calls run.
    void wait_until(clock_type::time_point end)
    {
        std::unique_lock lock(mutex_);
        all_parked_.wait_until(lock, end, [this] { return parked_ == in_flight; }); // the ledger is full
    }

private:
    std::mutex mutex_;
    std::condition_variable all_parked_;
    std::size_t parked_ = 0;
};

/// One client and its share of the calls, on a strand.
class caller
{
public:
    caller(asio::any_io_executor strand, std::string const& url, ledger& book, totals& sum, int percent,
           std::uint64_t seed)
        : executor_(strand), client_(strand, url, config()), book_(&book), sum_(&sum), percent_(percent), random_(seed)
    {
        signals_.resize(in_flight / threads);
        for (auto& s : signals_)
            s = std::make_unique<asio::cancellation_signal>();
    }

    void begin()
    {
        asio::post(executor_, [this] {
            for (std::size_t slot = 0; slot < signals_.size(); ++slot)
                next(slot);
        });
    }

private:
    static azure_ml::endpoint_config config()
    {
        azure_ml::endpoint_config out{.key = secret("soak-key")};
        out.client.replay = replay::at_most_once;
        out.client.proxy.emplace();
        return out;
    }

    void next(std::size_t slot)
    {
        if (sum_->quiet || sum_->started >= ledger::capacity - in_flight) {
            sum_->park();
            return;
        }
        auto const id = sum_->started.fetch_add(1);
        auto what = fault::none;
        // The first answers all come in pieces: then each client has both of the buffers that it keeps, and later none
        // is taken for growth.
        if (begun_ < signals_.size())
            what = fault::drip;
        else if (static_cast<int>(random_() % 100) < percent_)
            what = static_cast<fault>(1 + random_() % static_cast<std::uint64_t>(soak::fault_kinds));
        ++begun_;
        sum_->faults[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
        azure_ml::score_request request(body("{\"input_data\":[[5.1,3.5,1.4,0.2]]}"));
        auto options = call_options();
        options.deadline(what == fault::silence ? 150ms : 10s);
        options.header("x-soak-id", std::to_string(id));
        options.header("x-soak-fault", std::to_string(static_cast<int>(what)));
        client_.async_score(
            std::move(request), std::move(options),
            asio::bind_cancellation_slot(signals_[slot]->slot(), [this, slot, id](result<azure_ml::score_response> r) {
                finish(id, r);
                next(slot);
            }));
        if (what == fault::cancelled)
            cancel_after(slot, id, static_cast<int>(random_() % 12));
    }

    /// A few turns of the strand later, which may be after the end.
    void cancel_after(std::size_t slot, std::uint64_t id, int turns)
    {
        asio::post(executor_, [this, slot, id, turns] {
            if (book_->ended[id].load(std::memory_order_relaxed) != 0)
                return;
            if (turns > 0)
                cancel_after(slot, id, turns - 1);
            else
                signals_[slot]->emit(asio::cancellation_type::total);
        });
    }

    void finish(std::uint64_t id, result<azure_ml::score_response> const& r)
    {
        auto how = ended::well;
        if (!r) {
            switch (r.error().outcome()) {
            case outcome::not_sent:
            case outcome::refused: how = ended::undone; break;
            case outcome::partial:
            case outcome::complete: how = ended::partly; break;
            case outcome::unknown: how = ended::unknown; break;
            }
        }
        auto& cell = book_->ended[id];
        cell = static_cast<std::uint8_t>(cell.load() == 0 ? how : ended::twice);
    }

    asio::any_io_executor executor_;
    azure_ml::endpoint client_;
    ledger* book_;
    totals* sum_;
    int percent_;
    std::size_t begun_ = 0; ///< calls
    std::mt19937_64 random_;
    std::vector<std::unique_ptr<asio::cancellation_signal>> signals_;
};

std::size_t descriptors()
{
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double heap_in_use()
{
    auto const m = ::mallinfo2();
    return static_cast<double>(m.uordblks + m.hblkhd);
}

long number(char const* text)
{
    long out = -1;
    std::string_view const all(text);
    auto const read = std::from_chars(all.data(), all.data() + all.size(), out);
    if (read.ec != std::errc() || read.ptr != all.data() + all.size() || out < 0) {
        std::fprintf(stderr, "usage: augur-soak [seconds] [percent of faults] [seed]\n");
        std::exit(2);
    }
    return out;
}

int faults_found = 0;

void demand(bool holds, char const* what)
{
    if (holds)
        return;
    std::printf("FAILED: %s\n", what);
    ++faults_found;
}

struct child_server
{
    pid_t pid = -1;
    int life = -1;
    std::uint16_t port = 0;
};

child_server start_server(ledger& book)
{
    int const listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof at;
    int ends[2];
    if (listener < 0 || ::bind(listener, reinterpret_cast<::sockaddr*>(&at), size) != 0 ||
        ::listen(listener, 1024) != 0 || ::getsockname(listener, reinterpret_cast<::sockaddr*>(&at), &size) != 0 ||
        ::pipe(ends) != 0) {
        std::perror("the soak's server");
        std::exit(2);
    }
    child_server out;
    out.port = ntohs(at.sin_port);
    out.pid = ::fork();
    if (out.pid == 0) {
        ::close(ends[1]);
        soak::serve(listener, ends[0], book);
        std::_Exit(0);
    }
    ::close(ends[0]);
    ::close(listener);
    out.life = ends[1];
    return out;
}

void run(ledger& book, totals& sum, child_server const& server, std::chrono::seconds length, int percent,
         std::uint64_t seed)
{
    auto const baseline = descriptors();
    {
        asio::thread_pool pool(threads);
        std::vector<std::unique_ptr<caller>> callers;
        auto const url = "http://127.0.0.1:" + std::to_string(server.port) + "/score";
        for (std::size_t i = 0; i < threads; ++i)
            callers.push_back(std::make_unique<caller>(asio::make_strand(pool.get_executor()), url, book, sum, percent,
                                                       seed * threads + i));
        auto const run_for = [&](clock_type::duration time) {
            sum.unpark_all();
            for (auto& c : callers)
                c->begin();
            sum.wait_until(clock_type::now() + time);
            if (auto const hung = sum.drain(); hung > 0) {
                std::printf("FAILED: every call ends; hung: %zu\n", hung);
                std::fflush(stdout);
                std::_Exit(1); // the pool would wait for them
            }
            return heap_in_use();
        };
        auto const early = run_for(length / 5);
        auto const late = run_for(length * 4 / 5);
        auto const growth = (late - early) / early * 100;
        std::printf("%llu calls in %lld s, %.0f per second\n", static_cast<unsigned long long>(sum.started.load()),
                    static_cast<long long>(length.count()),
                    static_cast<double>(sum.started) / static_cast<double>(length.count()));
        std::printf("memory in use at rest: %.0f bytes after the first fifth, %.0f at the end, growth %.2f %%\n", early,
                    late, growth);
        demand(growth < 1.0, "memory does not grow by 1 % after the first fifth");
        pool.join();
        callers.clear();
    }
    std::printf("descriptors: %zu before, %zu after\n", baseline, descriptors());
    demand(descriptors() == baseline, "descriptors are back to their number before");
}

void balance(ledger const& book, totals const& sum)
{
    std::uint64_t lost = 0, twice = 0, untrue = 0, well = 0;
    for (std::uint64_t id = 0; id < sum.started; ++id) {
        auto const executed = book.executed[id].load();
        auto const end = static_cast<ended>(book.ended[id].load());
        well += end == ended::well ? 1 : 0;
        lost += end == ended::not_yet || (end == ended::well && executed == 0) ? 1 : 0;
        twice += executed > 1 || end == ended::twice ? 1 : 0;
        untrue += (end == ended::undone && executed > 0) || (end == ended::partly && executed == 0) ? 1 : 0;
    }
    std::printf("faults:");
    for (std::size_t i = 1; i < sum.faults.size(); ++i)
        std::printf(" %llu", static_cast<unsigned long long>(sum.faults[i].load()));
    std::printf("\nsucceeded: %llu, lost: %llu, duplicated: %llu, untrue outcomes: %llu\n",
                static_cast<unsigned long long>(well), static_cast<unsigned long long>(lost),
                static_cast<unsigned long long>(twice), static_cast<unsigned long long>(untrue));
    demand(sum.started > 0 && well > 0, "there is something to count");
    demand(lost == 0, "no call is lost");
    demand(twice == 0, "no call is executed or completed twice");
    demand(untrue == 0, "not_sent and refused mean that the server did not act");
}

/// What the allocator's per-thread caches hold counts as in use, and they fill up slowly: growth that is not ours.
void without_thread_caches(char** argv)
{
    if (std::getenv("GLIBC_TUNABLES") != nullptr)
        return;
    ::setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", 1);
    ::execv("/proc/self/exe", argv);
}

} // namespace

int main(int argc, char** argv)
{
    without_thread_caches(argv);
    auto const seconds = std::chrono::seconds(argc > 1 ? number(argv[1]) : 20);
    auto const percent = static_cast<int>(argc > 2 ? number(argv[2]) : 5);
    auto const seed = static_cast<std::uint64_t>(argc > 3 ? number(argv[3]) : 1);
    std::printf("soak: %lld s, %d %% faults of %d kinds, seed %llu\n", static_cast<long long>(seconds.count()), percent,
                soak::fault_kinds, static_cast<unsigned long long>(seed));
    void* const memory =
        ::mmap(nullptr, sizeof(ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        std::perror("the soak's ledger");
        return 2;
    }
    auto& book = *static_cast<ledger*>(memory); // zeroes: what its atomics begin with
    auto const server = start_server(book);
    totals sum;
    run(book, sum, server, seconds, percent, seed);
    ::close(server.life);
    ::waitpid(server.pid, nullptr, 0);
    balance(book, sum);

    auto const storm = soak::everything_fails(10'000);
    std::printf("100 %% failure: %.4f attempts per call over %d calls; quota %d, after recovery %d of %d\n",
                storm.attempts_per_call, storm.calls, storm.quota_left, storm.quota_after, storm.quota_full);
    demand(storm.attempts_per_call <= 1.004, "at most 1.004 attempts per call when everything fails");
    demand(storm.quota_after == storm.quota_full, "the quota refills");
    std::printf("%s\n", faults_found == 0 ? "ok" : "soak failed");
    return faults_found == 0 ? 0 : 1;
}
