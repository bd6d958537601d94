#pragma once

// What the emulator's tests share: a straight-line signer that shares no code with the library or the emulator, a
// way to ask a service without a network, and a plain TLS client.

#include <augur/emulator/http.hpp>
#include <augur/emulator/service.hpp>
#include <augur/emulator/sigv4_verifier.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace emulator_test {

namespace emulator = augur::emulator;
using std::chrono::system_clock;

/// 2015-08-30T12:36:00Z, the moment of the published examples.
inline constexpr system_clock::time_point moment{std::chrono::seconds(1440938160)};
inline constexpr std::string_view moment_text = "20150830T123600Z";

inline std::string hex(unsigned char const* bytes, std::size_t size)
{
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", bytes[i]);
        text += pair;
    }
    return text;
}

inline std::string sha256_hex(std::string_view text)
{
    unsigned char digest[32];
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest);
    return hex(digest, sizeof digest);
}

inline std::string hmac(std::string_view key, std::string_view text)
{
    unsigned char digest[32];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<unsigned char const*>(text.data()),
         text.size(), digest, &size);
    return {reinterpret_cast<char const*>(digest), size};
}

/// What goes into a signature; a test changes one thing and expects the refusal.
struct signing
{
    std::string access_key = "AKIDEXAMPLE";
    std::string secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    std::string session_token = {};
    std::string time = std::string(moment_text);
    std::string scope_date = {}; ///< empty: the day of `time`
    std::string region = "us-east-1";
    std::string service = "sagemaker";
    std::string terminator = "aws4_request";
    std::vector<std::string> unsigned_headers = {}; ///< in lower case
    std::string canonical_path = {};                ///< empty: the path as it is
    std::string canonical_query = {};
};

/// Adds x-amz-date, the token and the authorization header. Every header must be lower case, trimmed and single.
inline void sign(emulator::request& r, signing const& s)
{
    r.headers.set("x-amz-date", s.time);
    if (!s.session_token.empty())
        r.headers.set("x-amz-security-token", s.session_token);
    std::vector<std::pair<std::string, std::string>> lines;
    for (auto const& line : r.headers.lines())
        if (std::find(s.unsigned_headers.begin(), s.unsigned_headers.end(), line.first) == s.unsigned_headers.end())
            lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    std::string headers, names;
    for (auto const& [name, value] : lines) {
        headers += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    auto const path = s.canonical_path.empty() ? std::string(r.path()) : s.canonical_path;
    auto const canonical = r.method + "\n" + path + "\n" + s.canonical_query + "\n" + headers + "\n" + names + "\n" +
                           sha256_hex(r.body);
    auto const day = s.scope_date.empty() ? s.time.substr(0, 8) : s.scope_date;
    auto const scope = day + "/" + s.region + "/" + s.service + "/" + s.terminator;
    auto const to_sign = "AWS4-HMAC-SHA256\n" + s.time + "\n" + scope + "\n" + sha256_hex(canonical);
    auto const key = hmac(hmac(hmac(hmac("AWS4" + s.secret_key, day), s.region), s.service), s.terminator);
    auto const signature = hmac(key, to_sign);
    r.headers.set("authorization",
                  "AWS4-HMAC-SHA256 Credential=" + s.access_key + "/" + scope + ", SignedHeaders=" + names +
                      ", Signature=" + hex(reinterpret_cast<unsigned char const*>(signature.data()), signature.size()));
}

inline emulator::request post(std::string target, std::string body, std::string host = "localhost:8443")
{
    emulator::request r;
    r.method = "POST";
    r.target = std::move(target);
    r.body = std::move(body);
    r.headers.add("host", std::move(host));
    r.headers.add("content-type", "application/json");
    return r;
}

/// The request as bytes for a connection.
inline std::string http_text(emulator::request const& r)
{
    auto text = r.method + " " + r.target + " HTTP/1.1\r\n";
    for (auto const& [name, value] : r.headers.lines())
        text += name + ": " + value + "\r\n";
    return text + "content-length: " + std::to_string(r.body.size()) + "\r\n\r\n" + r.body;
}

/// Runs a service's coroutine to its end.
inline emulator::response ask(emulator::service& s, emulator::request const& r, system_clock::time_point now = moment)
{
    boost::asio::io_context io;
    emulator::context c;
    c.now = now;
    c.request_id = "11111111-2222-4333-8444-555555555555";
    auto answer = boost::asio::co_spawn(io, s.handle(r, c), boost::asio::use_future);
    io.run();
    return answer.get();
}

/// A blocking TLS client that writes and reads bytes and knows no HTTP.
class tls_client
{
public:
    tls_client(std::string const& ca_pem, unsigned short port, std::string const& name = "localhost",
               boost::asio::ip::address const& address = boost::asio::ip::address_v4::loopback())
        : stream_(io_, trusting(ca_pem))
    {
        namespace asio = boost::asio;
        stream_.next_layer().connect({address, port});
        SSL_set_tlsext_host_name(stream_.native_handle(), name.c_str());
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification(name));
        stream_.handshake(asio::ssl::stream_base::client);
    }

    void write(std::string_view bytes)
    {
        boost::system::error_code ignored; // the server may hang up in the middle
        boost::asio::write(stream_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
    }

    /// Everything until the server closes.
    std::string read_all()
    {
        std::string text;
        boost::asio::read(stream_, boost::asio::dynamic_buffer(text), end_);
        return text;
    }

    /// Everything up to these bytes.
    std::string read_until(std::string const& bytes)
    {
        auto const size = boost::asio::read_until(stream_, boost::asio::dynamic_buffer(pending_), bytes);
        auto text = pending_.substr(0, size);
        pending_.erase(0, size);
        return text;
    }

    /// One answer with content-length.
    std::string read_one()
    {
        auto const head = boost::asio::read_until(stream_, boost::asio::dynamic_buffer(pending_), "\r\n\r\n");
        auto const at = pending_.find("Content-Length: ");
        auto const length = at < head ? std::stoul(pending_.substr(at + 16)) : 0;
        if (pending_.size() < head + length)
            boost::asio::read(stream_, boost::asio::dynamic_buffer(pending_),
                              boost::asio::transfer_exactly(head + length - pending_.size()));
        auto answer = pending_.substr(0, head + length);
        pending_.erase(0, head + length);
        return answer;
    }

    /// How the last read_all ended: `stream_truncated` without close_notify, `eof` with it.
    boost::system::error_code end() const { return end_; }

private:
    boost::asio::ssl::context& trusting(std::string const& ca_pem)
    {
        context_.add_certificate_authority(boost::asio::buffer(ca_pem));
        return context_;
    }

    boost::asio::io_context io_;
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
    std::string pending_;
    boost::system::error_code end_;
};

} // namespace emulator_test
