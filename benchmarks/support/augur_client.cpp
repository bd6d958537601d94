// Augur as a user would call it: the whole of invoke_endpoint, with signature, limits, retries and pool.
#include "augur_config.hpp"

#include <augur/net/https_transport.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace bench {

namespace {

namespace asio = boost::asio;
namespace sagemaker = augur::sagemaker;

class augur_client final : public client
{
public:
    explicit augur_client(target const& to)
        : connections_(to.connections),
          transport_(std::make_shared<augur::net::https_transport>(context_.get_executor(), https_for(to))),
          client_(context_.get_executor(), config_for(to, transport_))
    {
    }

    std::size_t open_connections() const override { return transport_->statistics().idle; }

    void run(std::size_t calls, latencies& times) override
    {
        left_ = calls;
        started_ = 0;
        for (int i = 0; i < connections_; ++i)
            asio::co_spawn(context_, call_in_turn(times), asio::detached);
        context_.restart();
        context_.run();
    }

private:
    asio::awaitable<void> call_in_turn(latencies& times)
    {
        while (left_ > 0) {
            --left_;
            auto const started = latencies::start(started_++);
            sagemaker::invoke_endpoint_request request(endpoint, augur::body::borrowed(payload));
            request.content_type("text/csv");
            auto answer = co_await client_.invoke_endpoint(std::move(request));
            if (!answer)
                give_up("augur", answer.error().to_string());
            if (answer->body.size() != 600)
                give_up("augur", "this is no answer");
            times.stop(started);
        }
    }

    asio::io_context context_{1};
    int connections_;
    std::shared_ptr<augur::net::https_transport> transport_;
    sagemaker::runtime_client client_;
    std::size_t left_ = 0;
    std::size_t started_ = 0;
};

} // namespace

std::unique_ptr<client> make_augur(target const& to)
{
    return std::make_unique<augur_client>(to);
}

} // namespace bench
