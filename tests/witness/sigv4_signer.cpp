// Signs what it is told: one request per line on standard input as JSON, one answer per line on
// standard output. Used by sigv4_random.py to compare with botocore.
#include <augur/codec/base64.hpp>
#include <augur/codec/sigv4.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

namespace codec = augur::codec;
using nlohmann::json;

namespace {

/// The head as a client holds it: names in any case.
struct head
{
    std::vector<std::pair<std::string, std::string>> fields;
    std::size_t size() const { return fields.size(); }
    augur::headers::field at(std::size_t i) const { return {fields[i].first, fields[i].second}; }
};

json answer(json const& request, codec::signing_key_cache& cache, codec::sigv4_signature& out)
{
    head const fields{request.at("headers").get<std::vector<std::pair<std::string, std::string>>>()};
    codec::signable_headers signable;
    auto const listed = signable.assign(fields);
    auto const body = codec::base64_decode(request.at("body").get<std::string>()).value();
    auto const method = request.at("method").get<std::string>();
    auto const target = request.at("target").get<std::string>();
    auto const access_key = request.at("access_key").get<std::string>();
    auto hash = request.at("payload_hash").get<std::string>();
    if (hash.empty())
        hash = codec::view(codec::sha256_hex(body));
    std::chrono::system_clock::time_point const now{std::chrono::seconds(request.at("time").get<long long>())};
    auto const key = cache
                         .get(request.at("secret").get<std::string>(), now, request.at("region").get<std::string>(),
                              request.at("service").get<std::string>())
                         .value();
    codec::sigv4_request to_sign(method, target, listed, hash);
    if (request.at("s3").get<bool>())
        to_sign.for_s3();
    auto const token = request.at("token").get<std::string>();
    int const expires = request.at("expires").get<int>();
    if (expires == 0) {
        codec::sign_headers(to_sign, access_key, *key, now, out).value();
    }
    else {
        codec::presign_options options{std::chrono::seconds(expires)};
        codec::presign(to_sign, access_key, *key, now, options.session_token(token), out).value();
    }
    // A header may hold bytes that JSON does not take, hence base64.
    return json{{"signature", out.signature()},
                {"authorization", out.authorization()},
                {"date", out.amz_date()},
                {"canonical", codec::base64_encode(out.canonical().text())}};
}

} // namespace

int main()
{
    std::ios::sync_with_stdio(false);
    codec::signing_key_cache cache;
    codec::sigv4_signature reused;
    for (std::string line; std::getline(std::cin, line);) {
        json reply;
        try {
            reply = answer(json::parse(line), cache, reused);
        }
        catch (std::exception const& e) {
            reply = json{{"error", e.what()}};
        }
        std::cout << reply.dump() << '\n';
    }
}
