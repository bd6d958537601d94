#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/start.hpp>
#include <augur/testing/manual_time.hpp>
#include <augur/testing/memory_stream.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::tests {

inline net::origin plain_origin()
{
    net::origin out;
    out.host = "example.test";
    out.port = 80;
    out.is_https = false;
    return out;
}

/// One client's worth of machinery around an `https_transport` whose bytes go through memory.
class bench
{
public:
    explicit bench(std::vector<testing::stream_script> scripts, net::https_config config = {})
        : dialer(std::make_shared<testing::memory_dialer>(context.get_executor(), std::move(scripts)))
    {
        config.dialer = dialer;
        transport = std::make_shared<net::https_transport>(context.get_executor(), std::move(config));
    }

    struct outcome_of_send
    {
        std::optional<result<http_response>> response;
        net::exchange_report report;
        std::chrono::nanoseconds took{};
    };

    /// Sends once; time moves by itself when nothing else can happen.
    outcome_of_send send(
        std::string content = "hello", std::string method = "POST", phase_limits limits = {}, bool fresh = false,
        std::function<void()> at_end = [] {})
    {
        outcome_of_send out;
        auto head = request_head::make(method, "/path", "example.test").value();
        body const payload(std::move(content));
        auto const started = time->elapsed();
        auto call = [this, &head, &payload, limits, fresh, &out](net::operation& op) {
            return run_one(op, transport, to, head, payload, limits, fresh, streams, out.report);
        };
        net::start<http_response>(arena, time, context.get_executor(), limits.total, call,
                                  [&out, &at_end](result<http_response> r) {
                                      out.response = std::move(r);
                                      at_end();
                                  });
        while (!out.response) {
            context.restart();
            if (context.poll() == 0 && !out.response && !time->advance_to_next())
                break; // cannot end: the test's CHECK on `response` fails
        }
        out.took = time->elapsed() - started;
        return out;
    }

    boost::asio::io_context context{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    net::arena_handle arena;
    net::origin to = plain_origin();
    bool streams = false; ///< read the body piece by piece, as a user of `open` does
    std::shared_ptr<testing::memory_dialer> dialer;
    std::shared_ptr<net::https_transport> transport;

private:
    static net::task<result<http_response>> run_one(net::operation& op, std::shared_ptr<net::https_transport> through,
                                                    net::origin to, request_head const& head, body const& payload,
                                                    phase_limits limits, bool fresh, bool streams,
                                                    net::exchange_report& report)
    {
        net::exchange x(to, head, payload, limits);
        x.on_fresh_connection(fresh);
        result<http_response> response{http_response()};
        if (streams)
            response = co_await through->transport::send(op, x); // which opens and reads
        else
            response = co_await through->send(op, x);
        report = x.report;
        co_return response;
    }
};

inline testing::stream_script says(std::string input)
{
    testing::stream_script out;
    out.input = std::move(input);
    return out;
}

/// The peer says this and then closes in good order.
inline testing::stream_script says_and_closes(std::string input)
{
    auto out = says(std::move(input));
    out.cut = out.input.size();
    return out;
}

} // namespace augur::tests
