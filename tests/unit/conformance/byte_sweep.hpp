#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/key.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/start.hpp>
#include <augur/sagemaker/runtime_client.hpp>
#include <augur/testing/manual_time.hpp>
#include <augur/testing/memory_stream.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Sends one text of the user's through one field of a real client and looks at what reaches the wire.
namespace sweep {

using namespace augur;

/// What one call brought to the wire.
struct sent
{
    std::string wire; ///< empty: nothing
    std::optional<error> failure;
};

/// Keeps the head of each request as it would be written.
class wire_transport final : public net::transport
{
public:
    std::string wire;

    net::task<result<net::opened_response>> open(net::operation&, net::exchange& x) override
    {
        wire = "to " + x.to().host + "\r\n" + std::string(x.head().text());
        co_return make_error(errc::internal, phase::first_byte, outcome::complete, "seen");
    }
};

class clouds
{
public:
    sagemaker::runtime_config aws;
    azure_ml::endpoint_config azure;
    std::string scoring_uri = "https://risk.example.test/score";

    clouds()
    {
        aws.region = "eu-west-1";
        aws.endpoint_url = "https://service.test";
        aws.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("key"));
        azure.key = secret("key");
        for (auto* const client : {&aws.client, &azure.client}) {
            client->transport = transport_;
            client->timers = time_;
            client->max_attempts = 1;
        }
    }

    sent invoke(sagemaker::invoke_endpoint_request request, call_options options = {})
    {
        aws.client.random = seeded_random(1); // the same invocation id in every call
        sagemaker::runtime_client client(io_.get_executor(), aws);
        sent out;
        client.async_invoke_endpoint(
            std::move(request), std::move(options),
            [&out](result<sagemaker::invoke_endpoint_response> r) { out.failure = r.error(); });
        return run(out);
    }
    sent score(azure_ml::score_request request, call_options options = {})
    {
        azure.client.random = seeded_random(1);
        azure_ml::endpoint client(io_.get_executor(), scoring_uri, azure);
        sent out;
        client.async_score(std::move(request), std::move(options),
                           [&out](result<azure_ml::score_response> r) { out.failure = r.error(); });
        return run(out);
    }

private:
    sent run(sent& out)
    {
        transport_->wire.clear();
        io_.restart();
        io_.run();
        out.wire = transport_->wire;
        return out;
    }

    boost::asio::io_context io_{1};
    std::shared_ptr<testing::manual_time> time_ = std::make_shared<testing::manual_time>();
    std::shared_ptr<wire_transport> transport_ = std::make_shared<wire_transport>();
};

/// The head of a CONNECT, through the real transport and a stream in memory.
inline sent connect_through(std::string proxy)
{
    boost::asio::io_context io{1};
    auto const time = std::make_shared<testing::manual_time>();
    testing::stream_script script;
    script.input = "HTTP/1.1 403 no\r\n\r\n";
    auto const dialer = std::make_shared<testing::memory_dialer>(io.get_executor(), std::vector{script});
    net::https_config config;
    config.dialer = dialer;
    config.proxy.url = std::move(proxy);
    net::https_transport transport(io.get_executor(), config);
    auto const head = request_head::make("GET", "/", "service.test").value();
    body const nothing;
    sent out;
    net::arena_handle arena;
    auto const call = [&](net::operation& op) -> net::task<result<http_response>> {
        net::origin to;
        to.host = "service.test";
        net::exchange x(to, head, nothing, phase_limits());
        co_return co_await transport.send(op, x);
    };
    net::start<http_response>(arena, time, io.get_executor(), std::chrono::minutes(1), call,
                              [&out](result<http_response> r) { out.failure = r.error(); });
    io.run();
    if (!dialer->logs().empty())
        out.wire = dialer->logs().at(0)->written;
    return out;
}

enum class place
{
    front,
    inside,
    back,
};

/// RFC 9110, spelled out again and not taken from the library.
inline bool is_tchar(int b)
{
    return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
           (b > 0 && b < 0x80 &&
            std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(b)) != std::string_view::npos);
}
inline bool is_alnum(int b)
{
    return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
}
inline bool token(int b, place)
{
    return is_tchar(b);
}
inline bool field_value(int b, place at)
{
    bool const blank = b == ' ' || b == '\t';
    return (b > 0x20 && b != 0x7F) || (blank && at == place::inside);
}
inline bool ascii_value(int b, place at)
{
    return b < 0x80 && field_value(b, at);
}
/// Letters, digits, inner dashes.
inline bool name(int b, place at)
{
    return is_alnum(b) || (b == '-' && at == place::inside);
}
inline bool deployment(int b, place at)
{
    return name(b, at) && !(at == place::front && b >= '0' && b <= '9');
}
inline bool region(int b, place at)
{
    return name(b, at) && !(b >= 'A' && b <= 'Z');
}
/// RFC 9112 request targets, without percent: what follows it here is no number.
inline bool target(int b, place)
{
    return b > 0x20 && b < 0x7F &&
           std::string_view("\"#<>[\\]^`{|}%").find(static_cast<char>(b)) == std::string_view::npos;
}
inline bool path_only(int b, place at)
{
    return target(b, at) && b != '?';
}
inline bool host(int b, place at)
{
    return is_alnum(b) || b == '_' || ((b == '-' || b == '.') && at == place::inside);
}
inline bool access_key(int b, place)
{
    return b > 0x20 && b < 0x7F && b != ',' && b != '/';
}
inline bool anything(int, place)
{
    return true;
}

inline std::string as_is(char c)
{
    return std::string(1, c);
}
inline std::string lower_case(char c)
{
    return std::string(1, c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
}
inline std::string or_dash(char c)
{
    return is_tchar(static_cast<unsigned char>(c)) || c == '/' ? std::string(1, c) : "-";
}

struct field
{
    std::string name;
    std::function<sent(clouds&, std::string)> send;
    bool (*allows)(int, place);
    std::string (*shows)(char) = &as_is;
    std::string elsewhere = {}; ///< bytes that end this field and begin the next: tested by name below
};

inline std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// What depends on every byte of the request, and is hexadecimal, or repeats its header names.
inline std::string without_proof(std::string wire, bool names_too)
{
    auto const begin = wire.find(names_too ? ", SignedHeaders=" : ", Signature=");
    if (begin == wire.npos)
        return wire;
    return wire.erase(begin, wire.find("\r\n", begin) - begin);
}

/// Lines of the form that RFC 9112 wants, and nothing between them.
inline bool is_well_formed(std::string_view wire)
{
    if (!wire.ends_with("\r\n"))
        return false;
    for (std::size_t line_number = 0; !wire.empty(); ++line_number) {
        auto const end = wire.find("\r\n");
        auto const line = wire.substr(0, end);
        wire.remove_prefix(end + 2);
        for (char const c : line)
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t')
                return false;
        if (line_number < 2) // the host to connect to, the request line
            continue;
        auto const colon = line.find(": ");
        if (colon == line.npos || colon == 0)
            return false;
        for (char const c : line.substr(0, colon))
            if (!is_tchar(static_cast<unsigned char>(c)))
                return false;
    }
    return true;
}

inline bool is_printable(std::string_view text)
{
    for (char const c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            return false;
    return true;
}

inline int sweep_all(std::vector<field> const& fields)
{
    int calls = 0;
    clouds shared;
    for (auto const& f : fields) {
        CAPTURE(f.name);
        int accepted = 0;
        for (place const at : {place::front, place::inside, place::back}) {
            std::string const before = at == place::front ? "" : at == place::inside ? "qv" : "qvjz";
            std::string const after = at == place::back ? "" : at == place::inside ? "jz" : "qvjz";
            auto const plain = before + "k" + after;
            bool const is_name = f.allows == &token;
            auto const base = without_proof(f.send(shared, plain).wire, is_name);
            REQUIRE(base.find(plain) != base.npos);
            for (int b = 0; b < 256; ++b) {
                char const c = static_cast<char>(b);
                if (f.elsewhere.find(c) != f.elsewhere.npos)
                    continue;
                CAPTURE(b);
                CAPTURE(static_cast<int>(at));
                auto const got = f.send(shared, before + c + after);
                ++calls;
                if (f.allows(b, at)) {
                    auto const expected = replaced(base, plain, before + f.shows(c) + after);
                    auto const wire = without_proof(got.wire, is_name);
                    if (wire != expected) // CHECK would print both for each of thousands
                        FAIL_CHECK(got.failure->to_string() << "\n" << sanitise(wire) << "\n" << sanitise(expected));
                    if (!is_well_formed(got.wire))
                        FAIL_CHECK("not well formed: " << sanitise(got.wire));
                    ++accepted;
                }
                else {
                    REQUIRE_MESSAGE(got.wire.empty(), sanitise(got.wire));
                    REQUIRE(got.failure);
                    bool const told = *got.failure == errc::invalid_argument &&
                                      got.failure->outcome() == outcome::not_sent &&
                                      is_printable(got.failure->to_string());
                    if (!told)
                        FAIL_CHECK(sanitise(got.failure->to_string()));
                }
            }
        }
        CHECK(accepted > 0);
    }
    return calls;
}

} // namespace sweep
