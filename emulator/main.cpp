// augur-emulator: the emulated services as a program of their own.

#include <augur/emulator/container.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/private_file.hpp>
#include <augur/emulator/server.hpp>

#include "src/identity/ready.hpp"
#include "src/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace emulator = augur::emulator;

constexpr char usage[] =
    R"(augur-emulator: SageMaker, Azure ML and OpenAI endpoints on loopback, over TLS

  --port N            the port (default 0: any free one)
  --host ADDRESS      a loopback address (default 127.0.0.1)
  --http              listen without TLS as well
  --identity          the same, and the ready file describes the services that hand out credentials
  --arc-folder PATH   where the agent of Azure Arc writes its challenges
  --name NAME         one more name for the certificate; may be repeated
  --ca-file PATH      where the authority's certificate goes (default: a temporary file)
  --container URL     forward to a model container, such as http://127.0.0.1:8080
  --iris-csv PATH     train on this file in place of the embedded data
  --region NAME       a region that credentials may name (default us-east-1); may be repeated, and the first is told
  --access-key ID --secret-key KEY --azure-key KEY --azure-openai-key KEY --openai-key KEY
                      fixed keys in place of random ones
  --session-lifetime SECONDS   of stateful sessions (default 1200)
  --seed N            of variant and traffic choices
  --ready-file PATH   write port, certificate and keys as JSON once everything is ready (mode 0600)
  --ready-fd N        the same to an open descriptor, such as a pipe, which is closed then
  --print-config      print shell lines that point AWS tools here, keys included
  --log               one line per request on the standard error
)";

struct settings
{
    emulator::server_options server;
    std::string ready_file;
    int ready_fd = -1;
    bool identity = false;
    bool print_config = false;
    bool help = false;
};

[[noreturn]] void refuse(std::string const& what)
{
    throw std::invalid_argument(what);
}

template <class Number>
Number number(std::string_view option, std::string_view text)
{
    Number value{};
    auto const [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc::result_out_of_range)
        refuse(std::string(option) + ": " + std::string(text) + " is too large");
    if (failure != std::errc() || stop != text.data() + text.size())
        refuse(std::string(option) + " needs a number, not \"" + std::string(text) + "\"");
    return value;
}

settings read_arguments(int count, char** words)
{
    settings s;
    bool own_regions = false;
    for (int i = 1; i < count; ++i) {
        std::string_view const option = words[i];
        auto const value = [&]() -> std::string {
            if (i + 1 >= count)
                refuse(std::string(option) + " needs a value");
            return words[++i];
        };
        if (option == "--port")
            s.server.port = number<unsigned short>(option, value());
        else if (option == "--host")
            s.server.host = value();
        else if (option == "--http")
            s.server.plain_http = true;
        else if (option == "--identity")
            s.identity = s.server.plain_http = true;
        else if (option == "--arc-folder")
            s.server.arc_folder = value();
        else if (option == "--name")
            s.server.certificate_names.push_back(value());
        else if (option == "--ca-file")
            s.server.ca_file = value();
        else if (option == "--container")
            s.server.container_url = value();
        else if (option == "--iris-csv")
            s.server.iris_csv_file = value();
        else if (option == "--region") {
            if (!std::exchange(own_regions, true))
                s.server.regions.clear();
            s.server.regions.push_back(value());
        }
        else if (option == "--access-key")
            s.server.access_key = value();
        else if (option == "--secret-key")
            s.server.secret_key = value();
        else if (option == "--azure-key")
            s.server.azure_key = value();
        else if (option == "--azure-openai-key")
            s.server.azure_openai_key = value();
        else if (option == "--openai-key")
            s.server.openai_key = value();
        else if (option == "--session-lifetime")
            s.server.session_lifetime = std::chrono::seconds(number<unsigned>(option, value()));
        else if (option == "--seed")
            s.server.seed = number<std::uint64_t>(option, value());
        else if (option == "--ready-file")
            s.ready_file = value();
        else if (option == "--ready-fd")
            s.ready_fd = number<unsigned short>(option, value());
        else if (option == "--print-config")
            s.print_config = true;
        else if (option == "--log")
            s.server.log = [](std::string_view line) {
                std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
            };
        else if (option == "--help" || option == "-h")
            s.help = true;
        else
            refuse("unknown option " + std::string(option) + "; --help lists them");
    }
    return s;
}

/// A container needs its time to load; ten seconds of patience, then a clear sentence.
void wait_for_container(std::string const& url)
{
    emulator::forwarding_container container(url);
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
        asio::io_context io;
        auto healthy = asio::co_spawn(io, container.ping(), asio::use_future);
        io.run();
        if (healthy.get())
            return;
        if (std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error("the container at " + url + " does not answer GET /ping with 200");
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

std::string ready_text(emulator::server& server, settings const& s)
{
    auto const& keys = server.credentials();
    auto const credential = [](emulator::aws_credential const& c) {
        emulator::json j;
        j["access_key"] = c.access_key;
        j["secret_key"] = c.secret_key;
        if (!c.session_token.empty())
            j["session_token"] = c.session_token;
        return j;
    };
    emulator::json j;
    j["port"] = server.port();
    j["http_port"] = server.http_port();
    j["url"] = server.https_url();
    j["azure_url"] = server.https_url("azure_ml");
    j["ca"] = server.ca_file();
    j["region"] = s.server.regions.front();
    j["access_key"] = keys.main.access_key;
    j["secret_key"] = keys.main.secret_key;
    j["temporary"] = credential(keys.temporary);
    j["expired"] = credential(keys.expired);
    j["forbidden"] = credential(keys.forbidden);
    j["azure_key"] = keys.azure_key;
    j["azure_secondary_key"] = keys.azure_secondary_key;
    j["openai_url"] = server.https_url("openai");
    j["openai_key"] = keys.openai_key;
    j["azure_openai_key"] = keys.azure_openai_key;
    j["azure_openai_secondary_key"] = keys.azure_openai_secondary_key;
    j["entra_tenant"] = server.identity().entra().options().tenant;
    j["entra_client_id"] = server.identity().entra().options().client_id;
    j["entra_client_secret"] = keys.entra_client_secret;
    j["control_key"] = keys.control_key;
    if (s.identity)
        j["identity"] = emulator::describe_identity(server);
    return emulator::dump(j) + "\n";
}

/// The text as one word of a POSIX shell.
std::string shell_word(std::string const& text)
{
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:+=@%,";
    if (!text.empty() && text.find_first_not_of(plain) == text.npos)
        return text;
    std::string word = "'";
    for (char const c : text)
        word += c == '\'' ? "'\\''" : std::string(1, c);
    return word + "'";
}

void introduce(emulator::server const& server, settings const& s)
{
    std::printf("augur-emulator listens on %s\n", server.https_url().c_str());
    if (server.http_port() != 0)
        std::printf("without TLS on %s\n", server.http_url().c_str());
    std::printf("certificate authority: %s\n", server.ca_file().c_str());
    if (s.server.container_url.empty())
        std::printf("trained on %zu flowers; stratified 10-fold cross-validation:\n", server.sample_count());
    else
        std::printf("models: forwarded to %s\n", s.server.container_url.c_str());
    for (auto const& a : server.accuracies())
        std::printf("  %-30s %.4f\n", a.algorithm.c_str(), a.share);
    for (auto const& name : server.endpoint_names())
        std::printf("  %s\n", name.c_str());
    auto const& keys = server.credentials();
    if (s.print_config) {
        std::pair<char const*, std::string> const lines[] = {
            {"AWS_ACCESS_KEY_ID", keys.main.access_key},
            {"AWS_SECRET_ACCESS_KEY", keys.main.secret_key},
            {"AWS_REGION", s.server.regions.front()},
            {"AWS_DEFAULT_REGION", s.server.regions.front()}, // which is all that some tools read
            {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.https_url()},
            {"AWS_CA_BUNDLE", server.ca_file()},
            {"AUGUR_AZURE_ML_URL", server.https_url("azure_ml")},
            {"AUGUR_AZURE_ML_KEY", keys.azure_key},
            {"AZURE_OPENAI_ENDPOINT", server.https_url()},
            {"AZURE_OPENAI_API_KEY", keys.azure_openai_key},
            {"OPENAI_BASE_URL", server.https_url("openai")},
            {"OPENAI_API_KEY", keys.openai_key},
            {"SSL_CERT_FILE", server.ca_file()},
        };
        for (auto const& [name, value] : lines)
            std::printf("export %s=%s\n", name, shell_word(value).c_str());
        std::printf("unset AWS_SESSION_TOKEN\n"); // another key's
    }
    else {
        std::printf("test credentials, for this run only: access key %s, secret key %s, Azure ML key %s, "
                    "Azure OpenAI key %s, OpenAI key %s\n",
                    keys.main.access_key.c_str(), keys.main.secret_key.c_str(), keys.azure_key.c_str(),
                    keys.azure_openai_key.c_str(), keys.openai_key.c_str());
    }
    std::fflush(stdout);
}

} // namespace

int main(int count, char** words)
{
    try {
        auto const s = read_arguments(count, words);
        if (s.help) {
            std::fputs(usage, stdout);
            return 0;
        }
        if (!s.server.container_url.empty())
            wait_for_container(s.server.container_url); // may be interrupted
        asio::io_context io;
        asio::signal_set signals(io, SIGINT, SIGTERM);
        emulator::server server(s.server);
        introduce(server, s);
        if (!s.ready_file.empty())
            emulator::write_private_file(s.ready_file, ready_text(server, s));
        if (s.ready_fd >= 0)
            emulator::write_descriptor(s.ready_fd, ready_text(server, s));
        signals.async_wait([](auto, auto) {});
        io.run();
        return 0;
    }
    catch (std::exception const& e) {
        std::fprintf(stderr, "augur-emulator: %s\n", e.what());
        return 1;
    }
}
