#pragma once

#include <augur/emulator/answer.hpp>
#include <augur/emulator/http.hpp>
#include <augur/emulator/sigv4_verifier.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

class service;
class sagemaker_service;
class azure_ml_service;
class openai_service;
class identity_cloud;

struct server_options
{
    std::string host = "127.0.0.1"; ///< loopback only
    unsigned short port = 0;        ///< 0: any free one
    bool plain_http = false;        ///< listen without TLS as well, on a second port
    /// More names for the server's certificate, such as "*.inference.ml.azure.com". It always has localhost,
    /// 127.0.0.1 and ::1.
    std::vector<std::string> certificate_names = {"*.sagemaker.us-east-1.amazonaws.com",
                                                  "*.westeurope.inference.ml.azure.com",
                                                  "*.openai.azure.com",
                                                  "*.services.ai.azure.com",
                                                  "*.cognitiveservices.azure.com",
                                                  "api.openai.com"};
    std::string ca_file;       ///< where the authority's certificate is written; empty: a temporary file
    std::string iris_csv_file; ///< in place of the embedded data
    std::string container_url; ///< `http://127.0.0.1:8080`: forward to it in place of the built-in classifiers
    std::vector<std::string> regions = {"us-east-1"};
    std::string arc_folder; ///< where the agent of Azure Arc writes its challenges; empty: nowhere, it fails
    std::uint64_t seed = 1936;             ///< of every choice: variants, traffic, session ids
    std::chrono::seconds session_lifetime = std::chrono::minutes(20);
    std::chrono::seconds idle_limit = std::chrono::seconds(60); ///< a silent connection is closed
    std::function<std::chrono::system_clock::time_point()> clock; ///< empty: the system's
    std::string access_key, secret_key, azure_key, azure_openai_key, openai_key; ///< empty: random
    /// Called on the server's thread with "POST /score 200 1.2ms" and nothing that could be secret.
    std::function<void(std::string_view)> log;
};

/// A request the server has seen.
struct recorded_request
{
    emulator::request request; ///< the body is cut at 64 KiB
    std::size_t body_size = 0;
    std::string request_id;
    int status = 0; ///< 0: hung up without an answer
    bool scripted = false;
};

/// The keys of the emulator's accounts; all but the secret parts are fixed or random per run.
struct test_credentials
{
    aws_credential main;      ///< a long-term key
    aws_credential temporary; ///< with a session token, valid for an hour
    aws_credential expired;   ///< with a session token that is over
    aws_credential forbidden; ///< signs rightly, may not invoke
    std::string azure_key;
    std::string azure_secondary_key;
    std::string azure_openai_key; ///< as `api-key` or bearer token
    std::string azure_openai_secondary_key;
    std::string openai_key; ///< a bearer token of the paths under /v1
    std::string container_token;    ///< the authorization header of the container's agent
    std::string web_identity_token; ///< STS trusts it
    std::string entra_client_secret; ///< of the application that Entra knows
    std::string control_key; ///< for `/_emulator/...`, see docs of the program
};

/// Cloud services on loopback, over TLS, in one thread of its own. Everything is ready when the constructor
/// returns; the destructor stops the thread and closes every connection. All functions may be called from any
/// thread.
class server
{
public:
    /// Throws std::runtime_error or std::invalid_argument with a sentence: the port is taken, the host is not
    /// loopback, the data file is not what it should be.
    explicit server(server_options options = {});
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    void stop();

    unsigned short port() const noexcept;
    unsigned short http_port() const noexcept; ///< 0 without `plain_http`
    /// "https://localhost:PORT" and, for "azure_ml", "/score", for "openai", "/v1". Azure OpenAI is at the origin.
    /// With a `host` other than 127.0.0.1 its address stands in the place of localhost.
    std::string https_url(std::string_view service = {}) const;
    std::string http_url(std::string_view service = {}) const;
    std::string const& ca_pem() const noexcept;
    /// The thumbprint of the server's own certificate: hexadecimal.
    std::string certificate_sha1() const;
    std::string const& ca_file() const noexcept;
    test_credentials const& credentials() const noexcept;
    /// Cross-validated, by algorithm.
    struct accuracy
    {
        std::string algorithm;
        double share;
    };
    std::vector<accuracy> const& accuracies() const noexcept;
    std::size_t sample_count() const noexcept;
    /// The names of the SageMaker endpoints and of the deployments, for people.
    std::vector<std::string> endpoint_names() const;

    /// Before or after the start; asked before the built-in ones.
    void add(std::unique_ptr<service> s);
    sagemaker_service& sagemaker() noexcept;
    azure_ml_service& azure_ml() noexcept;
    openai_service& openai() noexcept;
    /// Who hands out credentials and tokens, and what the other services accept of it.
    identity_cloud& identity() noexcept;

    /// The next `times` requests of the path (the target up to '?'; "*" is any path) get this answer. Scripts of
    /// a path are used in the order in which they came.
    void script(std::string path, answer a, int times = 1);
    /// Scripted answers not used yet.
    std::size_t scripts_left() const;
    /// Forgets scripts and records, resets every service.
    void reset();

    std::size_t count() const;
    std::size_t count(std::string_view path) const;
    /// The last requests (at most 256), oldest first; with a path only its own.
    std::vector<recorded_request> requests(std::string_view path = {}) const;

    std::size_t connections() const;      ///< accepted so far
    std::size_t open_connections() const; ///< open now
    /// Waits until at most so many are open. False: they still were after 20 seconds.
    bool wait_for_open_connections(std::size_t n) const;
    std::size_t handshakes_failed() const;
    /// Closes every connection that is open now, without a word.
    void close_connections();

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace augur::emulator
