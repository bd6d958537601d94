// Proxies that say something before they open the tunnel.
#include <augur/azure_ml/endpoint.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/fault_server.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace augur;
namespace asio = boost::asio;
using testing::connection_script;

namespace {

std::string interim(int status)
{
    return "HTTP/1.1 " + std::to_string(status) + " Soon\r\nlink: </style.css>\r\n\r\n";
}

/// What a call gets whose proxy says this to CONNECT and then is the service.
result<azure_ml::score_response> score_through(std::string said)
{
    testing::certificate_authority const authority;
    auto const server = authority.issue({"service.test"});
    testing::fault_tls tls;
    tls.certificate_pem = server.chain_pem();
    tls.key_pem = server.key_pem;
    testing::fault_server proxy;
    proxy.always(connection_script()
                     .read_request()
                     .send(std::move(said))
                     .start_tls(tls)
                     .serve("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"));
    azure_ml::endpoint_config config;
    config.key = secret("a key");
    config.client.proxy.emplace().url = "http://127.0.0.1:" + std::to_string(proxy.port());
    config.client.max_attempts = 1;
    config.client.tls.ca_pem = authority.pem();
    asio::io_context context;
    azure_ml::endpoint endpoint(context.get_executor(), "https://service.test/score", std::move(config));
    std::optional<result<azure_ml::score_response>> got;
    endpoint.async_score(azure_ml::score_request(body("{}")), call_options(),
                         [&got](result<azure_ml::score_response> r) { got = std::move(r); });
    context.run();
    REQUIRE(got);
    return std::move(*got);
}

} // namespace

TEST_CASE("tunnel: interim answers to CONNECT are passed over, and not one byte of the tunnel with them")
{
    auto const most = size_limits().interim_responses;
    for (int const n : {0, 1, most}) {
        CAPTURE(n);
        std::string said;
        for (int i = 0; i < n; ++i)
            said += interim(i % 2 == 0 ? 100 : 103);
        auto const got = score_through(said + "HTTP/1.1 200 OK\r\n\r\n");
        CHECK_MESSAGE(got.has_value(), got.error());
    }
}

TEST_CASE("tunnel: too many interim answers, and what is none, are the proxy's failure")
{
    struct row
    {
        std::string name;
        std::string said;
        int status;
    };
    std::string endless;
    for (int i = 0; i <= size_limits().interim_responses; ++i)
        endless += interim(102);
    row const rows[] = {
        {"one too many", endless + "HTTP/1.1 200 OK\r\n\r\n", 0},
        {"another protocol", interim(101) + "HTTP/1.1 200 OK\r\n\r\n", 101},
        {"a refusal after an interim answer", interim(100) + "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", 403},
        {"nonsense after an interim answer", interim(100) + "no\r\n\r\n", 0},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        auto const got = score_through(r.said);
        REQUIRE(got.has_error());
        CHECK(got.error() == errc::proxy_failed);
        CHECK(got.error().http_status() == r.status);
        CHECK(got.error().outcome() == outcome::not_sent);
    }
}
