// What does a Signature Version 4 signature cost beyond the hash of the payload it covers?
//
// The floor is one SHA-256 of the same payload with a fetched EVP_MD and a context that is used again.
// A signature here is everything an attempt needs: payload hash, canonical request, string to sign,
// HMAC and the two header values, for a SageMaker invocation.
#define BENCH_COUNT_ALLOCATIONS
#include "support/bench.hpp"

#include <augur/codec/sigv4.hpp>

#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace codec = augur::codec;

namespace {

std::string_view const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
std::string_view const access_key = "AKIDEXAMPLE";

/// OpenSSL's recommended way, with nothing left to save.
class evp_sha256
{
public:
    evp_sha256() : method_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}
    evp_sha256(evp_sha256 const&) = delete;
    evp_sha256& operator=(evp_sha256 const&) = delete;
    ~evp_sha256()
    {
        EVP_MD_CTX_free(context_);
        EVP_MD_free(method_);
    }

    void operator()(std::string_view bytes, std::array<unsigned char, 32>& digest)
    {
        EVP_DigestInit_ex2(context_, method_, nullptr);
        EVP_DigestUpdate(context_, bytes.data(), bytes.size());
        EVP_DigestFinal_ex(context_, digest.data(), nullptr);
    }

private:
    EVP_MD* method_;
    EVP_MD_CTX* context_;
};

/// The attempt of a call: everything that changes from one to the next is computed again.
class attempt
{
public:
    explicit attempt(std::string_view payload) : payload_(payload) {}

    void operator()(codec::signing_key const& key, std::chrono::system_clock::time_point now)
    {
        auto const hash = codec::sha256_hex(payload_);
        codec::sigv4_request const request("POST", "/endpoints/iris-prediction-endpoint/invocations", fields_,
                                           codec::view(hash));
        if (!codec::sign_headers(request, access_key, key, now, out_))
            std::abort();
        bench::keep(out_);
    }

private:
    std::string_view payload_;
    std::array<augur::headers::field, 3> fields_{{{"host", "runtime.sagemaker.us-east-1.amazonaws.com"},
                                                  {"content-type", "application/json"},
                                                  {"accept", "application/json"}}};
    codec::sigv4_signature out_;
};

std::string make_payload(std::size_t size)
{
    std::string payload;
    for (std::size_t i = 0; payload.size() < size; ++i)
        payload.append(i == 0 ? "" : ",").append(std::to_string(i * 7919 % 1000));
    payload.resize(size);
    return payload;
}

} // namespace

int main(int argc, char** argv)
{
    bench::program program("sigv4", argc, argv);
    auto const small = make_payload(1024);
    auto const large = make_payload(1024 * 1024);
    std::chrono::system_clock::time_point now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                                                std::chrono::hours(1);
    auto const tick = [&] { return now += std::chrono::milliseconds(1); };
    auto const today = [&] { now = std::chrono::floor<std::chrono::days>(now); };

    evp_sha256 floor;
    std::array<unsigned char, 32> digest;
    auto const hash = [&](std::string_view payload) {
        return [&floor, &digest, payload](std::size_t n) {
            for (; n != 0; --n) {
                floor(payload, digest);
                bench::keep(digest);
            }
        };
    };
    codec::signing_key_cache cache;
    auto const key = cache.get(secret, now, "us-east-1", "sagemaker").value();

    attempt small_attempt(small), large_attempt(large);
    auto const cached = [&](attempt& a) {
        return [&](std::size_t n) {
            for (today(); n != 0; --n)
                a(*key, tick());
        };
    };
    auto const looked_up = [&](std::size_t n) {
        for (today(); n != 0; --n) {
            auto const found = cache.get(secret, tick(), "us-east-1", "sagemaker");
            small_attempt(**found, now);
        }
    };
    auto const derived = [&](std::size_t n) {
        for (today(); n != 0; --n) {
            auto const made = codec::derive_signing_key(secret, tick(), "us-east-1", "sagemaker");
            small_attempt(*made, now);
        }
    };

    program.add("floor/sha256/1KB", "ns_per_hash", hash(small));
    program.add("augur/cached_key/1KB", "ns_per_sign", cached(small_attempt)).floor("floor/sha256/1KB").at_most(2.0);
    program.add("augur/looked_up_key/1KB", "ns_per_sign", looked_up).floor("floor/sha256/1KB");
    program.add("augur/derived_key/1KB", "ns_per_sign", derived).floor("floor/sha256/1KB");
    program.add("floor/sha256/1MB", "ns_per_hash", hash(large));
    program.add("augur/cached_key/1MB", "ns_per_sign", cached(large_attempt)).floor("floor/sha256/1MB");
    program.add_allocations("augur/cached_key/1KB", cached(small_attempt));
    program.add_allocations("augur/looked_up_key/1KB", looked_up);
    return program.run();
}
