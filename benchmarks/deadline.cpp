// How much later than its deadline does a call end?
//
// The server never answers; every call has 3 ms. `late_us` is the time from the deadline to the completion.
#include "support/augur_config.hpp"
#include "support/bench.hpp"
#include "support/loopback_server.hpp"

#include <boost/asio/io_context.hpp>

int main(int argc, char** argv)
{
    bench::program program("deadline", argc, argv);
    bench::loopback_server const server;
    bench::pin_to_cpu(0);
    bench::target to;
    to.port = server.port(false);
    boost::asio::io_context context(1);
    auto const transport = std::make_shared<augur::net::https_transport>(context.get_executor(), https_for(to));
    augur::sagemaker::runtime_client client(context.get_executor(), config_for(to, transport));
    constexpr auto limit = std::chrono::milliseconds(3);

    auto const late_us = [&] {
        augur::sagemaker::invoke_endpoint_request request("stall", augur::body::borrowed(bench::payload));
        auto const start = std::chrono::steady_clock::now();
        std::chrono::steady_clock::time_point end;
        client.async_invoke_endpoint(std::move(request), augur::deadline(limit).max_attempts(1),
                                     [&end](augur::result<augur::sagemaker::invoke_endpoint_response> answer) {
                                         end = std::chrono::steady_clock::now();
                                         if (answer || answer.error() != augur::errc::deadline_exceeded)
                                             bench::give_up("augur", "the call did not end by its deadline");
                                     });
        context.restart();
        context.run();
        return std::chrono::duration<double, std::micro>(end - start - limit).count();
    };
    auto const round = [&] {
        std::vector<double> late;
        for (int i = 0; i < 100; ++i)
            late.push_back(late_us());
        std::sort(late.begin(), late.end());
        return std::vector<double>{late[50], late[98]};
    };
    program.add_group("augur/plain/3ms", {"late_p50_us", "late_p99_us"}, round).value_at_most(500);
    return program.run();
}
