#pragma once

#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/server.hpp>
#include <augur/testing/certificates.hpp>

#include "connection.hpp"
#include "defaults.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace augur::emulator {

/// The state of a server and what its thread does with it.
struct server::impl final : connection_host
{
    explicit impl(server_options o);

    // connection_host
    boost::asio::awaitable<response> answer_to(request const& r) override;
    void opened(std::uint64_t id, boost::asio::ip::tcp::socket& socket) override;
    void closed(std::uint64_t id) override;
    void handshake_failed() override;
    std::chrono::seconds idle_limit() const override { return options.idle_limit; }
    std::chrono::system_clock::time_point now() const override
    {
        return options.clock ? options.clock() : std::chrono::system_clock::now();
    }

    boost::asio::awaitable<void> accept(boost::asio::ip::tcp::acceptor acceptor, bool tls);
    std::optional<answer> take_script(std::string const& path);
    void record(request const& r, context const& c, response const& answer, bool scripted);
    void reset();

    server_options const options;
    test_credentials credentials;
    identity_cloud identity{options, credentials};
    testing::certificate_authority authority{
        testing::certificate_options().common_name("Augur emulator, one run only")};
    std::string certificate_sha1; ///< of the server's own
    std::string ca_file;
    bool ca_file_is_temporary = false;
    std::string secure_host, plain_host; ///< of the URLs
    unsigned short port = 0;
    unsigned short http_port = 0;
    std::size_t samples = 0;
    std::vector<accuracy> accuracies;
    std::vector<std::string> names;
    sagemaker_service* sagemaker = nullptr;
    azure_ml_service* azure_ml = nullptr;
    openai_service* openai = nullptr;

    struct script_entry
    {
        answer what;
        int left;
    };
    mutable std::mutex mutex;
    mutable std::condition_variable closed_one;
    std::vector<std::shared_ptr<service>> services;
    std::map<std::string, std::deque<script_entry>, std::less<>> scripts;
    std::map<std::string, std::size_t, std::less<>> counts;
    std::deque<recorded_request> records;
    std::size_t total = 0, connections = 0, failures = 0;

    std::map<std::uint64_t, boost::asio::ip::tcp::socket*> sockets; // the server's thread only
    std::size_t open = 0;

    boost::asio::ssl::context tls{boost::asio::ssl::context::tls_server};
    // Declared last: destroying it destroys the coroutines, which use everything above.
    std::unique_ptr<boost::asio::io_context> io = std::make_unique<boost::asio::io_context>(1);
    std::thread thread;
};

} // namespace augur::emulator
