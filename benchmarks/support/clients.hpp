#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// The same exchange in several ways: POST of 200 bytes, 600 bytes of JSON back.
namespace bench {

struct target
{
    std::uint16_t port = 0;
    bool tls = false;
    std::string authority_pem;
    int connections = 1;
};

inline std::string const endpoint = "iris-prediction";
inline std::string const path = "/endpoints/iris-prediction/invocations";
inline std::string const payload(200, '7');

/// How long calls took; every eighth is timed, so that timing costs next to nothing.
class latencies
{
public:
    using clock = std::chrono::steady_clock;

    explicit latencies(std::size_t calls) { values_.reserve(calls / 8 + 64); }

    static bool is_timed(std::size_t call) noexcept { return call % 8 == 0; }
    static clock::time_point start(std::size_t call) noexcept
    {
        return is_timed(call) ? clock::now() : clock::time_point();
    }
    void stop(clock::time_point started)
    {
        if (started != clock::time_point() && values_.size() < values_.capacity())
            values_.push_back(std::chrono::duration<double, std::micro>(clock::now() - started).count());
    }
    /// Microseconds below which `share` of the calls stayed.
    double percentile(double share);

private:
    std::vector<double> values_;
};

/// A client on this thread with `connections` connections, one call at a time on each. It aborts the
/// program when a call goes wrong: a benchmark of failures would look fast.
class client
{
public:
    virtual ~client();
    virtual void run(std::size_t calls, latencies& times) = 0;
    /// Connections that are open now.
    virtual std::size_t open_connections() const = 0;
};

std::unique_ptr<client> make_raw(target const& to);
std::unique_ptr<client> make_beast(target const& to);
std::unique_ptr<client> make_augur(target const& to);
/// Null: built without libcurl.
std::unique_ptr<client> make_curl(target const& to);
bool has_curl() noexcept;

/// User and system time of this process so far.
double process_cpu_us();

/// Says why and ends the program.
[[noreturn]] void give_up(char const* client, std::string const& why);

} // namespace bench
