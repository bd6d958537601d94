#pragma once

#include "faults/matrix.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_openai/responses_client.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

namespace faults {

/// Clients of one executor, of which a cell uses one. None has a transport before they are made.
struct clients
{
    std::shared_ptr<net::https_transport> transport;
    std::optional<sagemaker::runtime_client> aws;
    std::optional<azure_ml::endpoint> azure;
    std::optional<azure_openai::client> openai;
};

/// What a handler is bound to.
struct binding
{
    boost::asio::cancellation_slot slot;
    boost::asio::any_io_executor executor;
};

/// A stream of any kind, as a source of text.
class text_stream
{
public:
    virtual ~text_stream() = default;
    /// The text of the next event; nothing at the end.
    virtual void read(binding const& to, std::function<void(result<std::optional<std::string>>)> handler) = 0;
    virtual augur::meta const& meta() const noexcept = 0;
};

/// A stream that is read from one event to the next.
struct reading
{
    std::unique_ptr<text_stream> stream;
    std::string text;
    std::function<void(ended)> then;
    binding bound;
    steady_time started;
    bool is_paused = false;
    bool is_asking = false;
};

/// What is behind a bench. The clients go before the context, the context before the server.
struct bench::state
{
    void make_clients(clients& out, boost::asio::any_io_executor executor);
    /// Of clients that are made, on any thread.
    void begin(clients& of, binding where, std::function<void(ended)> then);
    /// The same with those of the cell, which are made now if there are none.
    void begin(boost::asio::cancellation_slot slot, std::function<void(ended)> then);
    void begin_stream(clients& of, std::shared_ptr<reading> r);
    void read_on(std::shared_ptr<reading> r);
    bool run_until(std::function<bool()> const& met);
    ended call_once();
    void hear(ended const& e);
    /// The call begins after this: its memory is measured, and may run out.
    void watch_memory() noexcept;
    steady_time now() const;
    std::string base() const;

    std::vector<std::shared_ptr<void>> kept; ///< goes last
    wire over = wire::plain;
    service to = service::sagemaker;
    std::unique_ptr<testing::fault_server> server;
    std::shared_ptr<std::string> heard =
        std::make_shared<std::string>(); ///< every log sentence, every word of an error
    std::unique_ptr<boost::asio::io_context> io = std::make_unique<boost::asio::io_context>(1);
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
    std::shared_ptr<auth::aws::credential_source> aws_source;
    std::shared_ptr<auth::entra::token_source> entra_source;
    std::shared_ptr<call::authenticator> azure_auth;
    std::shared_ptr<net::resolver> resolver; ///< null: `names`

    clients now_used;
    boost::asio::cancellation_signal signal;
    std::shared_ptr<reading> judged; ///< of a stream

    std::function<std::size_t()> counter;
    std::size_t counted_before = 0;
    bool is_pending = false;
    std::size_t peak = 0;
    std::size_t refused_allocation = 0; ///< of the call that begins; 0: none
    bool goes_on_refusing = false;
    std::vector<ended> calls; ///< the judged ones
    std::vector<std::string> broken_claims;
};

} // namespace faults
