// What does a new connection cost, and how much of it does a resumed session save?
//
// The server closes every connection after its answer, so that each call connects anew. `full` goes to a
// port that gives no tickets. `cpu_us` is the handshake's: this process's getrusage per call, less that of the
// same call over a new connection without TLS, measured right after it.
#include "support/augur_config.hpp"
#include "support/bench.hpp"
#include "support/loopback_server.hpp"

#include <augur/net/https_transport.hpp>

#include <boost/asio/io_context.hpp>

#include <array>

namespace {

namespace sagemaker = augur::sagemaker;

class reconnecting_client
{
public:
    explicit reconnecting_client(bench::target const& to)
    {
        transport_ = std::make_shared<augur::net::https_transport>(context_.get_executor(), https_for(to));
        client_.emplace(context_.get_executor(), config_for(to, transport_));
        call(); // reads the authorities, gets the first tickets
    }

    /// The CPU time of a call in microseconds, and the share of connections that resumed a session.
    std::array<double, 2> round()
    {
        constexpr int calls = 100;
        auto const opened = transport_->statistics().opened;
        auto const resumed = transport_->statistics().tls_resumed;
        auto const cpu = bench::process_cpu_us();
        for (int i = 0; i < calls; ++i)
            call();
        auto const spent = bench::process_cpu_us() - cpu;
        auto const fresh = static_cast<double>(transport_->statistics().opened - opened);
        if (fresh != calls)
            bench::give_up("handshake", "a connection was kept");
        return {spent / calls, static_cast<double>(transport_->statistics().tls_resumed - resumed) / fresh};
    }

private:
    void call()
    {
        sagemaker::invoke_endpoint_request request("close", augur::body::borrowed(bench::payload));
        client_->async_invoke_endpoint(std::move(request), {},
                                       [](augur::result<sagemaker::invoke_endpoint_response> answer) {
                                           if (!answer)
                                               bench::give_up("augur", answer.error().to_string());
                                       });
        context_.restart();
        context_.run();
    }

    boost::asio::io_context context_{1};
    std::shared_ptr<augur::net::https_transport> transport_;
    std::optional<sagemaker::runtime_client> client_;
};

} // namespace

int main(int argc, char** argv)
{
    bench::program program("handshake", argc, argv);
    bench::loopback_server const server;
    bench::pin_to_cpu(0);
    bench::target to;
    to.authority_pem = server.authority_pem();
    to.tls = false;
    to.port = server.port(false);
    reconnecting_client plain(to);
    to.tls = true;
    to.port = server.forgetful_port();
    reconnecting_client full(to);
    to.port = server.port(true);
    reconnecting_client resumed(to);
    auto const measure = [&plain](reconnecting_client& secured) {
        auto const [cpu, share] = secured.round();
        return std::vector<double>{cpu - plain.round()[0], share};
    };
    program.add_group("augur/full", {"cpu_us", "resumed"}, [&] { return measure(full); });
    program.add_group("augur/resumed", {"cpu_us", "resumed"}, [&] { return measure(resumed); })
        .floor("augur/full")
        .at_most(0.55);
    program.row_of("augur/resumed", "resumed").value_at_least(1);
    return program.run();
}
