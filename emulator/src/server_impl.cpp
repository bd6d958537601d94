#include "server_impl.hpp"

#include <augur/codec/hex.hpp>
#include <augur/emulator/llm/ngram.hpp>
#include <augur/emulator/openai_service.hpp>
#include <augur/emulator/private_file.hpp>
#include <augur/emulator/storage/blob_service.hpp>
#include <augur/emulator/storage/s3_service.hpp>

#include "control_service.hpp"
#include "random.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace augur::emulator {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t most_records = 256;
constexpr std::size_t recorded_body = 64u << 10;
constexpr std::size_t most_paths = 4096; // hostile paths must not eat the memory

std::string read_file(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

asio::ip::address loopback(std::string const& host)
{
    boost::system::error_code problem;
    auto const address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, problem);
    if (problem || !address.is_loopback())
        throw std::invalid_argument("the emulator listens on loopback addresses only, not on " + host);
    return address;
}

tcp::acceptor listen_on(asio::io_context& io, asio::ip::address const& address, unsigned short port)
{
    boost::system::error_code problem;
    tcp::acceptor acceptor(io);
    tcp::endpoint const where(address, port);
    acceptor.open(where.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(where, problem);
    if (problem)
        throw std::runtime_error("cannot listen on " + address.to_string() + ", port " + std::to_string(port) + ": " +
                                 problem.message());
    acceptor.listen();
    return acceptor;
}

} // namespace

server::impl::impl(server_options o) : options(std::move(o)), credentials(make_credentials(options))
{
    auto const data = options.iris_csv_file.empty() ? std::string(iris::embedded_csv())
                                                    : read_file(options.iris_csv_file);
    auto const flowers = iris::read_csv(data);
    samples = flowers.size();
    model_hosts hosts;
    if (options.container_url.empty()) {
        auto const neighbours = [](auto const& s) { return train_nearest_neighbours(s); };
        auto const lda = train_linear_discriminant(flowers);
        auto const knn = neighbours(flowers);
        accuracies.push_back({std::string(lda->name()), cross_validate(flowers, train_linear_discriminant)});
        accuracies.push_back({std::string(knn->name()), cross_validate(flowers, neighbours)});
        hosts = {std::make_shared<iris_container>(lda), std::make_shared<iris_container>(knn), {}};
    }
    else {
        hosts.discriminant = hosts.neighbours = std::make_shared<forwarding_container>(options.container_url);
    }

    auto const ngrams = std::make_shared<llm::ngram_model>(llm::embedded_prose());
    hosts.language = ngrams;
    hosts.seed = options.seed;

    sagemaker_options s;
    s.credentials = {credentials.main, credentials.temporary, credentials.expired, credentials.forbidden};
    s.accounts = identity.shared_accounts();
    s.regions = options.regions;
    s.seed = options.seed;
    s.session_lifetime = options.session_lifetime;
    s.endpoints = default_sagemaker_endpoints(hosts);
    azure_ml_options a;
    a.keys = {credentials.azure_key, credentials.azure_secondary_key};
    a.tokens = identity.shared_tokens();
    a.seed = options.seed;
    a.deployments = default_azure_deployments(hosts);
    openai_options l;
    l.azure_keys = {credentials.azure_openai_key, credentials.azure_openai_secondary_key};
    l.keys = {credentials.openai_key};
    l.tokens = identity.shared_tokens();
    l.seed = options.seed;
    l.deployments = default_openai_deployments();
    for (auto const& e : s.endpoints)
        names.push_back("sagemaker: " + e.name);
    for (auto const& d : a.deployments)
        names.push_back("azure_ml: " + a.endpoint + "/" + d.name + " (" + std::to_string(d.traffic) + " %)");

    for (auto const& d : l.deployments)
        names.push_back("openai: " + d.name);

    control_hooks hooks;
    hooks.script = [this](std::string path, answer what, int times) {
        std::scoped_lock const lock(mutex);
        scripts[std::move(path)].push_back({std::move(what), times});
    };
    hooks.reset = [this] { reset(); };
    hooks.count = [this](std::string_view path) {
        std::scoped_lock const lock(mutex);
        auto const found = counts.find(path);
        return path.empty() ? total : found == counts.end() ? 0 : found->second;
    };
    hooks.requests = [this] {
        std::scoped_lock const lock(mutex);
        return std::vector<recorded_request>(records.begin(), records.end());
    };
    hooks.stream_quirks = [this](sagemaker_stream_quirks q) { sagemaker->set_stream_quirks(std::move(q)); };
    hooks.quirks = [this](openai_quirks q) { openai->set_quirks(q); };
    services.push_back(std::make_shared<control_service>(credentials.control_key, std::move(hooks)));
    for (auto& who : identity.services()) // before OpenAI, which has everything under /v1/
        services.push_back(std::move(who));
    auto azure = std::make_shared<azure_ml_service>(std::move(a));
    azure_ml = azure.get();
    services.push_back(std::move(azure));
    auto language = std::make_shared<openai_service>(std::move(l), ngrams);
    openai = language.get();
    services.push_back(std::move(language));
    auto sage = std::make_shared<sagemaker_service>(std::move(s));
    sagemaker = sage.get();
    services.push_back(std::move(sage));
    s3_options buckets;
    buckets.regions = options.regions;
    services.push_back(std::make_shared<s3_service>(std::move(buckets), identity.shared_accounts()));
    services.push_back(std::make_shared<blob_service>(blob_options(), identity.shared_tokens()));

    auto const address = loopback(options.host);
    plain_host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    secure_host = plain_host == "127.0.0.1" ? "localhost" : plain_host;
    std::vector<std::string> certificate_names = {"localhost", "127.0.0.1", "::1"};
    if (secure_host != "localhost" && !address.is_v6())
        certificate_names.push_back(secure_host);
    certificate_names.insert(certificate_names.end(), options.certificate_names.begin(),
                             options.certificate_names.end());
    auto const shown = authority.issue(certificate_names);
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls.use_certificate_chain(asio::buffer(shown.chain_pem()));
    tls.use_private_key(asio::buffer(shown.key_pem), asio::ssl::context::pem);
    unsigned char sha1[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(SSL_CTX_get0_certificate(tls.native_handle()), EVP_sha1(), sha1, &size) == 1)
        certificate_sha1 = codec::hex_encode({reinterpret_cast<char const*>(sha1), size});

    auto secure = listen_on(*io, address, options.port);
    port = secure.local_endpoint().port();
    asio::co_spawn(*io, accept(std::move(secure), true), asio::detached);
    if (options.plain_http) {
        auto plain = listen_on(*io, address, 0);
        http_port = plain.local_endpoint().port();
        asio::co_spawn(*io, accept(std::move(plain), false), asio::detached);
    }

    ca_file = options.ca_file;
    if (ca_file.empty()) {
        ca_file = (std::filesystem::temp_directory_path() / ("augur-emulator-" + random_text(12) + ".pem")).string();
        ca_file_is_temporary = true;
    }
    write_private_file(ca_file, authority.pem());
    thread = std::thread([this] { io->run(); });
}

asio::awaitable<void> server::impl::accept(tcp::acceptor acceptor, bool secure)
{
    for (;;) {
        auto [problem, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (problem == asio::error::operation_aborted)
            co_return;
        if (problem) { // out of descriptors, which fails again at once; or the client is gone already
            asio::steady_timer wait(*io, std::chrono::milliseconds(20));
            co_await wait.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        std::uint64_t id = 0;
        {
            std::scoped_lock const lock(mutex);
            id = ++connections;
        }
        auto conversation = secure ? serve_tls(std::move(socket), tls, *this, id)
                                   : serve_plain(std::move(socket), *this, id);
        asio::co_spawn(*io, std::move(conversation), asio::detached);
    }
}

asio::awaitable<response> server::impl::answer_to(request const& r)
{
    auto const start = std::chrono::steady_clock::now();
    context c;
    c.now = now();
    c.request_id = random_uuid();
    std::string const path(r.path());
    bool const control = path.starts_with("/_emulator/");
    auto scripted = control ? std::nullopt : take_script(path);

    response answer;
    if (scripted && scripted->fixed_answer()) {
        answer = *scripted->fixed_answer();
    }
    else {
        std::shared_ptr<service> chosen;
        {
            std::scoped_lock const lock(mutex);
            for (auto const& s : services)
                if (!chosen && s->matches(r))
                    chosen = s;
        }
        if (chosen)
            answer = co_await chosen->handle(r, c);
        else
            answer = json_response(404, R"({"message":"no service of the emulator knows this address"})");
    }
    if (scripted)
        scripted->damage(answer);
    if (!control)
        record(r, c, answer, scripted.has_value());
    if (options.log) {
        std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - start;
        char tail[48];
        std::snprintf(tail, sizeof tail, " %d %.1f ms", answer.status, took.count());
        std::string line = r.method.substr(0, 16) + ' ' + path.substr(0, 120) + tail;
        std::replace_if(line.begin(), line.end(), [](char ch) { return ch < 0x20 || ch > 0x7E; }, '?');
        options.log(line);
    }
    co_return answer;
}

std::optional<answer> server::impl::take_script(std::string const& path)
{
    std::scoped_lock const lock(mutex);
    for (auto const& key : {path, std::string("*")}) {
        auto const found = scripts.find(key);
        if (found == scripts.end() || found->second.empty())
            continue;
        auto& entry = found->second.front();
        auto what = entry.what;
        if (--entry.left <= 0)
            found->second.pop_front();
        return what;
    }
    return std::nullopt;
}

void server::impl::record(request const& r, context const& c, response const& answer, bool scripted)
{
    recorded_request seen{r, r.body.size(), c.request_id, answer.status, scripted};
    if (seen.request.body.size() > recorded_body)
        seen.request.body.resize(recorded_body);
    if (answer.hang_up == hang_up::instead || answer.hang_up == hang_up::reset)
        seen.status = 0;
    std::string const path(r.path());
    std::scoped_lock const lock(mutex);
    ++total;
    if (counts.size() < most_paths || counts.contains(path))
        ++counts[path];
    records.push_back(std::move(seen));
    if (records.size() > most_records)
        records.pop_front();
}

void server::impl::reset()
{
    std::scoped_lock const lock(mutex);
    scripts.clear();
    counts.clear();
    records.clear();
    total = 0;
    for (auto const& s : services)
        s->reset();
    identity.reset();
}

void server::impl::opened(std::uint64_t id, tcp::socket& socket)
{
    sockets[id] = &socket;
    std::scoped_lock const lock(mutex);
    ++open;
}

void server::impl::closed(std::uint64_t id)
{
    sockets.erase(id);
    std::scoped_lock const lock(mutex);
    --open;
    closed_one.notify_all();
}

void server::impl::handshake_failed()
{
    std::scoped_lock const lock(mutex);
    ++failures;
}

} // namespace augur::emulator
