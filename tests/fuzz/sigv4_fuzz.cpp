// The signer against the straight-line reference: the same canonical request and signature, and the
// same requests refused.
//
// Input: one byte of options, then lines: method, target, payload hash, and one "name:value" each.
#include "fuzz/require.hpp"
#include "support/sigv4_reference.hpp"

#include <augur/codec/sigv4.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace codec = augur::codec;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    unsigned const options = data[0];
    auto lines = sigv4_reference::split(std::string(reinterpret_cast<char const*>(data) + 1, size - 1), '\n');
    lines.resize(std::max<std::size_t>(lines.size(), 3));

    sigv4_reference::request expected{lines[0], lines[1], {}, lines[2], (options & 1) != 0, (options & 2) != 0};
    if ((options & 4) != 0)
        expected.fields.emplace_back("host", "h");
    for (std::size_t i = 3; i < lines.size() && i < 100; ++i) {
        auto const colon = std::min(lines[i].find(':'), lines[i].size());
        expected.fields.emplace_back(lines[i].substr(0, colon), lines[i].substr(std::min(colon + 1, lines[i].size())));
    }

    std::vector<augur::headers::field> fields;
    for (auto const& [name, value] : expected.fields)
        fields.push_back({name, value});
    codec::sigv4_request request(expected.method, expected.target, fields, expected.payload_hash);
    request.encoding(expected.encode_twice ? codec::path_encoding::twice : codec::path_encoding::once);
    request.normalisation(expected.normalise ? codec::path_normalisation::on : codec::path_normalisation::off);

    std::chrono::system_clock::time_point const now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    static auto const key = codec::derive_signing_key("secret", now, "eu-west-1", "sagemaker").value();
    static codec::sigv4_signature reused; // whatever an earlier input left behind must not matter

    auto const canonical = sigv4_reference::canonical_request(expected, "20261123T000000Z");
    bool const done = codec::sign_headers(request, "AKIDEXAMPLE", key, now, reused).has_value();
    require(done == canonical.has_value());
    if (done) {
        require(reused.canonical().text() == *canonical);
        auto const to_sign = sigv4_reference::string_to_sign(*canonical, "20261123T000000Z", "eu-west-1", "sagemaker");
        require(reused.to_sign().text() == to_sign);
        auto const signature = sigv4_reference::signature(to_sign, "secret", "eu-west-1", "sagemaker");
        require(reused.signature() == signature);
        require(reused.authorization().find('\n') == std::string_view::npos);
        require(reused.authorization().ends_with("Signature=" + signature));
    }
    else {
        require(reused.authorization().empty());
    }

    // Presigned: canonicalising what was made, signature included, gives what was signed.
    if (codec::presign(request, "AKIDEXAMPLE", key, now, codec::presign_options(std::chrono::hours(1)), reused)) {
        expected.target = reused.target();
        auto const again = sigv4_reference::canonical_request(expected, "");
        require(again && *again == reused.canonical().text());
    }
    return 0;
}
