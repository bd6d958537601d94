// One TLS context for equal configurations, one reading of the authorities.
#include "tls_peer.hpp"

#include <augur/net/impl/tls_registry.ipp>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

using namespace augur;
using namespace augur::tests;
using namespace augur::net::detail;

namespace {

/// A folder of its own for one test case.
class scratch
{
public:
    scratch()
    {
        std::string name = (std::filesystem::temp_directory_path() / "augur-tls-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }
    ~scratch() { std::filesystem::remove_all(folder_); }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;

    std::string write(std::string const& name, std::string const& text) const
    {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }
    std::string path(std::string const& name = {}) const { return (folder_ / name).string(); }

private:
    std::filesystem::path folder_;
};

std::string hashed_name(std::string const& pem)
{
    bio_ptr const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    x509_ptr const certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    char out[16];
    std::snprintf(out, sizeof out, "%08lx.0", X509_subject_name_hash(certificate.get()));
    return out;
}

struct raw_context
{
    ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
};

} // namespace

TEST_CASE("tls contexts: a hundred clients with equal settings read the authorities once, and all verify")
{
    auto const server = std::make_shared<peer_server>(good_server());
    auto const before = authority_loads().load();
    std::vector<std::unique_ptr<tls_bench>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<tls_bench>(std::vector{server}, trusting()));
        CHECK(clients.back()->send().has_value());
    }
    CHECK(authority_loads() - before == 1);
    for (auto const& c : clients) // sessions are a client's own
        CHECK_FALSE(c->logs().at(0)->resumed);
    clients.clear();
    CHECK(tls_bench({server}, trusting()).send().has_value());
    CHECK(authority_loads() - before == 2); // the last client took the context with it
}

TEST_CASE("tls contexts: whatever is configured differently has a context of its own")
{
    scratch const files;
    auto const other = testing::certificate_authority();
    auto const own = authority().issue(testing::certificate_options({"client.example.test"}));
    auto const rival = authority().issue(testing::certificate_options({"client.example.test"}));
    auto const file = files.write("ca.pem", authority().pem());
    auto const same_bytes = files.write("ca2.pem", authority().pem());
    std::vector<net::tls_config> configs(11);
    configs[1].ca_pem = authority().pem();
    configs[2].ca_pem = other.pem();
    configs[3].ca_file = file;
    configs[4].ca_file = same_bytes;
    configs[5] = configs[1];
    configs[5].certificate_pem = own.certificate_pem;
    configs[5].private_key_pem = secret(own.key_pem);
    configs[6] = configs[1];
    configs[6].certificate_pem = rival.certificate_pem;
    configs[6].private_key_pem = secret(rival.key_pem);
    configs[7] = configs[5];
    configs[7].private_key_password = secret("x");
    configs[8].ca_file = file;
    configs[8].ca_pem = authority().pem();
    configs[9].pinned_sha1 = std::string(40, 'a');
    configs[10].pinned_sha1 = std::string(40, 'b');
    std::set<codec::sha256_digest> keys;
    std::set<SSL_CTX*> contexts;
    std::vector<std::shared_ptr<tls_context>> alive;
    for (std::size_t i = 0; i < configs.size(); ++i) {
        CAPTURE(i);
        keys.insert(tls_key(configs[i]));
        CHECK(tls_key(configs[i]) == tls_key(net::tls_config(configs[i])));
        if (i == 0)
            continue; // this machine may have no authorities
        auto made = tls_registry::get(configs[i]);
        REQUIRE_MESSAGE(made.has_value(), made.error());
        contexts.insert((*made)->get());
        CHECK(tls_registry::get(configs[i]).value() == *made);
        alive.push_back(*made);
    }
    CHECK(keys.size() == configs.size());
    CHECK(contexts.size() == configs.size() - 1);
}

TEST_CASE("tls contexts: a CA file that was replaced is read again, by clients made afterwards")
{
    scratch const files;
    auto const others = testing::certificate_authority();
    net::tls_config config;
    config.ca_file = files.write("ca.pem", others.pem());
    auto const server = std::make_shared<peer_server>(good_server());
    tls_bench early({server}, config);
    CHECK(early.send().error() == errc::tls_verify_failed);
    std::filesystem::remove(config.ca_file);
    files.write("ca.pem", authority().pem() + "\n# new\n");
    tls_bench late({server}, config);
    CHECK(late.send().has_value());
    CHECK(early.send().error() == errc::tls_verify_failed);
}

TEST_CASE("tls contexts: clients that start on many threads at once read the authorities once")
{
    net::tls_config config;
    config.ca_pem = authority().pem();
    auto const before = authority_loads().load();
    std::vector<std::shared_ptr<tls_context>> got(8);
    std::vector<std::thread> threads;
    for (auto& to : got)
        threads.emplace_back([&to, &config] { to = tls_registry::get(config).value(); });
    for (auto& t : threads)
        t.join();
    CHECK(authority_loads() - before == 1);
    for (auto const& context : got)
        CHECK(context == got[0]);
}

TEST_CASE("tls contexts: a file or text without a certificate is told, and not remembered as good")
{
    scratch const files;
    for (std::string const text :
         {"", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
        CAPTURE(text);
        net::tls_config config;
        config.ca_file = files.write("bad.pem", text);
        CHECK(tls_registry::get(config).error() == errc::invalid_argument);
        CHECK(tls_registry::get(config).error() == errc::invalid_argument);
    }
    net::tls_config missing;
    missing.ca_file = files.path("no-such-file");
    CHECK(tls_registry::get(missing).error() == errc::invalid_argument);
    net::tls_config empty_folder;
    empty_folder.ca_directory = files.path();
    auto const told = tls_registry::get(empty_folder);
    CHECK(told.error() == errc::invalid_argument);
    CHECK(told.error().message().find("hashed name") != std::string_view::npos);
}

TEST_CASE("tls contexts: a folder of hashed certificates is as good as a file")
{
    scratch const files;
    files.write(hashed_name(authority().pem()), authority().pem());
    net::tls_config config;
    config.ca_directory = files.path();
    CHECK(tls_bench(good_server(), config).send().has_value());
    auto stranger = good_server();
    stranger.who = testing::certificate_authority().issue(testing::certificate_options({"host.example.test"}));
    CHECK(tls_bench(stranger, config).send().error() == errc::tls_verify_failed);
}

TEST_CASE("tls contexts: a system without authorities is an error that says so, wherever it keeps them they are found")
{
    scratch const files;
    authority_places nowhere;
    nowhere.files = {files.path("cert.pem"), files.write("empty.pem", "")};
    nowhere.folders = {files.path("no-folder"), files.path()};
    raw_context none;
    auto const told = add_system_authorities(none.context.get(), nowhere);
    REQUIRE(told.has_error());
    CHECK(told.error() == errc::tls_failed);
    CHECK(told.error().outcome() == outcome::not_sent);
    CHECK(told.error().message().find("no certification authorities") != std::string_view::npos);
    CHECK(told.error().message().find("ca-certificates") != std::string_view::npos);

    auto by_file = nowhere;
    by_file.files.push_back(files.write("bundle.pem", authority().pem()));
    raw_context second;
    CHECK(add_system_authorities(second.context.get(), by_file).has_value());
    CHECK(has_authorities(second.context.get()));

    files.write(hashed_name(authority().pem()), authority().pem());
    raw_context third;
    CHECK(add_system_authorities(third.context.get(), nowhere).has_value());
}

TEST_CASE("tls contexts: a forked child makes its own")
{
    net::tls_config config;
    config.ca_pem = authority().pem();
    auto const mine = tls_registry::get(config).value();
    auto const loads = authority_loads().load();
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(10); // a lock that the child inherited would hold it for ever
        auto const theirs = tls_registry::get(config);
        ::_exit(theirs.has_value() && *theirs != mine && authority_loads() == loads + 1 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(tls_registry::get(config).value() == mine);
}
