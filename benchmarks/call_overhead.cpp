// What does a call cost beyond the bytes it has to move?
//
// 200 bytes up, 600 bytes down, on connections that are warm. The server is a process of its own; the
// client is this process with one thread, and `cpu_us` is its getrusage (user and system) per call.
// `raw` is the floor: a loop over sockets and OpenSSL that parses next to nothing. `beast` is a lean
// Boost.Beast client, `curl` libcurl (easy with one connection, multi with more), none of them signs.
// `augur` is all of `invoke_endpoint`: SigV4, deadline, retries, pool.
//
//     call_overhead --filter tls/64                 the cases that are gated
//     call_overhead --filter tls/64 --instructions  and user instructions per call, from callgrind
//     call_overhead --instructions-only --check     what CTest runs: it holds on a busy machine too
//     call_overhead --serve AUTHORITY_FILE          only the server, until standard input ends; then, to profile:
//     call_overhead --client augur/tls/64 PORT AUTHORITY_FILE CALLS
#define BENCH_COUNT_ALLOCATIONS
#include "support/bench.hpp"

#include "support/callgrind.hpp"
#include "support/clients.hpp"
#include "support/loopback_server.hpp"
#include "support/openssl_allocations.hpp"

#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

namespace bench::call_overhead {

namespace {

using maker = std::unique_ptr<client> (*)(target const&);

struct contender
{
    char const* name;
    maker make;
};
constexpr contender contenders[] = {
    {"raw", &make_raw}, {"beast", &make_beast}, {"curl", &make_curl}, {"augur", &make_augur}};

/// CLIENT/MODE/CONNECTIONS
class measured_case
{
public:
    measured_case(contender const& who, bool tls, int connections)
        : name_(std::string(who.name) + (tls ? "/tls/" : "/plain/") + std::to_string(connections)), make_(who.make)
    {
        to_.tls = tls;
        to_.connections = connections;
    }

    std::string const& name() const noexcept { return name_; }
    target const& to() const noexcept { return to_; }

    void serve_by(loopback_server const& server)
    {
        to_.port = server.port(to_.tls);
        to_.authority_pem = server.authority_pem();
    }

    /// cpu_us, rps, p50_us, p99_us, allocations, openssl_allocations
    std::vector<double> round(std::size_t calls)
    {
        warm_up();
        latencies times(calls);
        auto const heap = allocations.load();
        auto const openssl = openssl_allocations.load();
        auto const cpu = process_cpu_us();
        auto const start = std::chrono::steady_clock::now();
        client_->run(calls, times);
        auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        auto const spent = process_cpu_us() - cpu;
        auto const per_call = [calls](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(calls); };
        return {spent / static_cast<double>(calls),
                static_cast<double>(calls) / seconds,
                times.percentile(0.5),
                times.percentile(0.99),
                per_call(allocations.load() - heap),
                per_call(openssl_allocations.load() - openssl)};
    }

    void warm_up()
    {
        if (client_)
            return;
        client_ = make_(to_);
        run(4 * static_cast<std::size_t>(to_.connections));
    }

    void run(std::size_t calls)
    {
        latencies ignored(calls);
        client_->run(calls, ignored);
    }

private:
    std::string name_;
    maker make_;
    target to_;
    std::unique_ptr<client> client_;
};

/// Runs itself below callgrind, twice, and takes the difference: what start and warm-up cost goes away.
class instruction_count
{
public:
    static double of(measured_case const& c)
    {
        constexpr int shorter = 300;
        constexpr int longer = 1300;
        return (total(c, longer) - total(c, shorter)) / (longer - shorter);
    }

private:
    static double total(measured_case const& c, int calls)
    {
        char name[] = "/tmp/call_overhead.XXXXXX";
        int const file = mkstemp(name);
        auto const& pem = c.to().authority_pem;
        if (file < 0 || write(file, pem.data(), pem.size()) != static_cast<ssize_t>(pem.size()))
            give_up("callgrind", "cannot write a temporary file");
        close(file);
        auto const out = instructions_of("--client " + c.name() + " " + std::to_string(c.to().port) + " " + name + " " +
                                         std::to_string(calls));
        std::remove(name);
        return out;
    }
};

std::vector<measured_case> make_cases()
{
    std::vector<measured_case> out;
    for (bool const tls : {false, true})
        for (int const connections : {1, 64})
            for (auto const& who : contenders)
                if (who.make != &make_curl || has_curl())
                    out.emplace_back(who, tls, connections);
    for (int const connections : {1000, 5000}) // in flight at once, each on its own connection
        for (auto const& who : {contenders[0], contenders[3]})
            out.emplace_back(who, true, connections);
    return out;
}

/// Only the server, for a client below a profiler.
int serve(char const* authority_file)
{
    loopback_server const server;
    std::ofstream(authority_file) << server.authority_pem();
    std::printf("plain %u, tls %u\n", server.port(false), server.port(true));
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}

/// The part that runs below callgrind: --client CASE PORT AUTHORITY CALLS
int run_as_client(std::vector<measured_case>& cases, char** arguments)
{
    for (auto const& c : cases) {
        if (c.name() != arguments[0])
            continue;
        auto to = c.to();
        to.port = static_cast<std::uint16_t>(std::atoi(arguments[1]));
        std::ostringstream pem;
        pem << std::ifstream(arguments[2]).rdbuf();
        to.authority_pem = pem.str();
        auto const who = std::find_if(std::begin(contenders), std::end(contenders),
                                      [&](contender const& k) { return c.name().starts_with(k.name); });
        auto const client = who->make(to);
        latencies times(5000);
        client->run(4 * static_cast<std::size_t>(to.connections), times);
        client->run(static_cast<std::size_t>(std::atoi(arguments[3])), times);
        return 0;
    }
    return 2;
}

std::size_t calls_per_round(target const& to)
{
    if (to.connections == 1)
        return 2'000;
    return std::max<std::size_t>(10'000, 4 * static_cast<std::size_t>(to.connections));
}

void add_cost(program& p, measured_case& c)
{
    auto const rest = c.name().substr(c.name().find('/'));
    p.add_group(c.name(), {"cpu_us", "rps", "p50_us", "p99_us", "allocations", "openssl_allocations"},
                [&c] { return c.round(calls_per_round(c.to())); });
    if (!c.name().starts_with("raw"))
        for (auto const metric : {"cpu_us", "rps", "p50_us", "p99_us"})
            p.row_of(c.name(), metric).floor("raw" + rest);
    if (c.name() == "augur/tls/64")
        p.row_of(c.name(), "cpu_us").at_most(1.25);
}

/// What does not depend on how busy the machine is. A slow floor would make every client above it look good.
void add_instructions(program& p, measured_case& c, double limit)
{
    auto& row = p.add_measured(c.name(), "instructions", [&c] { return instruction_count::of(c); }).once();
    row.value_at_most(limit);
    if (!c.name().starts_with("raw"))
        row.floor("raw/tls/64");
}

void add_rows(program& p, std::vector<measured_case>& cases, bool costs, bool instructions)
{
    for (auto& c : cases) {
        if (costs)
            add_cost(p, c);
        if (instructions && c.name() == "raw/tls/64")
            add_instructions(p, c, 20'000);
        if (instructions && c.name() == "beast/tls/64")
            add_instructions(p, c, 50'000);
        if (instructions && c.name() == "augur/tls/64")
            add_instructions(p, c, 80'000); // the aim is 70,000
    }
}

} // namespace

} // namespace bench::call_overhead

int main(int argc, char** argv)
{
    using namespace bench;
    using namespace bench::call_overhead;
    bench::count_openssl_apart();
    bench::raise_file_limit();
    auto cases = make_cases();
    if (argc == 6 && std::string_view(argv[1]) == "--client")
        return run_as_client(cases, argv + 2);
    if (argc == 3 && std::string_view(argv[1]) == "--serve")
        return serve(argv[2]);
    bool wants_instructions = false;
    bool costs = true;
    std::vector<char*> rest;
    for (int i = 0; i < argc; ++i) {
        std::string_view const option = argv[i];
        if (option == "--instructions" || option == "--instructions-only")
            wants_instructions = true;
        else
            rest.push_back(argv[i]);
        costs = costs && option != "--instructions-only";
    }
    bench::program program("call_overhead", static_cast<int>(rest.size()), rest.data());
    bool const instructions = (wants_instructions || program.checks()) && has_callgrind();
    if (wants_instructions && !instructions)
        std::fprintf(stderr, "valgrind is not here: no instruction counts\n");
    if (!has_curl())
        std::fprintf(stderr, "built without libcurl: its cases are left out\n");
    bench::loopback_server const server;
    bench::pin_to_cpu(0);
    for (auto& c : cases)
        c.serve_by(server);
    add_rows(program, cases, costs, instructions);
    return program.run();
}
