#pragma once

#include "faults/matrix.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

namespace faults {

/// What is behind a bench. The clients go before the context, the context before the server.
struct bench::state
{
    void make_client();
    void begin(boost::asio::cancellation_slot slot, std::function<void(ended)> then);
    void begin_stream(boost::asio::cancellation_slot slot, std::function<void(ended)> then);
    void read_on();
    bool run_until(std::function<bool()> const& met);
    ended call_once();
    steady_time now() const;

    wire over = wire::plain;
    service to = service::sagemaker;
    std::unique_ptr<testing::fault_server> server;
    std::shared_ptr<std::string> heard =
        std::make_shared<std::string>(); ///< every log sentence, every word of an error
    boost::asio::io_context io{1};
    std::shared_ptr<testing::scripted_resolver> names = std::make_shared<testing::scripted_resolver>();
    bool names_are_default = true;
    std::shared_ptr<testing::manual_time> time; ///< null: the real clock
    network settings;
    phase_limits limits;
    call_options options;
    std::uint16_t port = 0;
    std::size_t request_size = 0;
    std::size_t memory_cap = 512 * 1024;
    bool decodes = false;
    std::shared_ptr<int> fetched; ///< null: the credentials stay what they are

    std::shared_ptr<net::https_transport> transport;
    std::optional<sagemaker::runtime_client> aws;
    std::optional<azure_ml::endpoint> azure;
    boost::asio::cancellation_signal signal;

    /// The stream that is judged.
    struct stream_reader
    {
        std::optional<chat_stream> stream;
        std::string text;
        std::function<void(ended)> then;
        boost::asio::cancellation_slot slot;
        steady_time started;
        bool is_paused = false;
        bool is_asking = false;
        augur::meta meta;
    };
    stream_reader reader;

    std::function<std::size_t()> counter;
    std::size_t counted_before = 0;
    bool is_pending = false;
    std::size_t peak = 0;
    std::vector<ended> calls; ///< the judged ones
    std::vector<std::string> broken_claims;
};

} // namespace faults
