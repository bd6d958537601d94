#include "storm.hpp"

#include "support/doubles.hpp"

namespace soak {

namespace {

class uniform_transport final : public augur::net::transport
{
public:
    int status = 503;
    long sends = 0;

    augur::net::task<augur::result<augur::net::opened_response>> open(augur::net::operation& op,
                                                                      augur::net::exchange& x) override
    {
        ++sends;
        augur::testing::capture_transport same(augur::http_response{status, {}, {}});
        co_return co_await same.open(op, x);
    }
};

} // namespace

storm_figures everything_fails(int calls)
{
    test::call_bench bench;
    auto const transport = std::make_shared<uniform_transport>();
    bench.config.transport = transport;
    storm_figures out;
    out.calls = calls;
    out.quota_full = bench.quota();
    for (int i = 0; i < calls; ++i)
        static_cast<void>(bench.run());
    out.attempts_per_call = static_cast<double>(transport->sends) / calls;
    out.quota_left = bench.quota();
    transport->status = 200;
    for (int i = 0; i < out.quota_full; ++i)
        static_cast<void>(bench.run());
    out.quota_after = bench.quota();
    return out;
}

} // namespace soak
