// Runs the public Signature Version 4 suite from $AUGUR_SPECS_DIR/aws/sigv4 when it is there; our own
// table (sigv4_test.cpp) states the same facts without it.
#include "sigv4_table.hpp"

#include <augur/codec/sha256.hpp>
#include <augur/codec/sigv4.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace codec = augur::codec;
namespace fs = std::filesystem;
using augur::headers;
using nlohmann::json;

namespace {

std::string read(fs::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read " << path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

/// "2015-08-30T12:36:00Z" or "20150830T123600Z".
std::chrono::system_clock::time_point parse_time(std::string text)
{
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    auto const number = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
    std::chrono::sys_days const day = std::chrono::year(number(0, 4)) / number(4, 2) / number(6, 2);
    return day + std::chrono::hours(number(9, 2)) + std::chrono::minutes(number(11, 2)) +
           std::chrono::seconds(number(13, 2));
}

struct request_file
{
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> fields;

    explicit request_file(std::string const& text)
    {
        std::size_t at = 0;
        auto const line = [&] {
            auto const end = std::min(text.find('\n', at), text.size());
            auto out = text.substr(at, end - at);
            at = std::min(end + 1, text.size());
            if (out.ends_with('\r'))
                out.pop_back();
            return out;
        };
        auto const first = line();
        auto const space = first.find(' ');
        method = first.substr(0, space);
        target = first.substr(space + 1, first.rfind(' ') - space - 1);
        while (at < text.size()) {
            auto const field = line();
            if (field.empty())
                break;
            if (field.front() == ' ' || field.front() == '\t') {
                fields.back().second += ' ' + field; // a folded line
                continue;
            }
            auto const colon = field.find(':');
            std::string name = field.substr(0, colon);
            for (char& c : name)
                c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            if (name != "x-amz-date")
                fields.emplace_back(name, field.substr(colon + 1));
        }
        body = text.substr(at);
    }

    std::vector<headers::field> views() const
    {
        std::vector<headers::field> out;
        for (auto const& [name, value] : fields)
            out.push_back({name, value});
        return out;
    }
};

void run_case(fs::path const& folder)
{
    auto const context = json::parse(read(folder / "context.json"));
    auto const& credentials = context.at("credentials");
    std::string const access_key = credentials.at("access_key_id");
    std::string const token = credentials.value("token", "");
    bool const omit_token = context.value("omit_session_token", false);
    auto const now = parse_time(context.at("timestamp").get<std::string>());
    auto const key = codec::derive_signing_key(credentials.at("secret_access_key").get<std::string>(), now,
                                               context.at("region").get<std::string>(),
                                               context.at("service").get<std::string>())
                         .value();
    auto const normalise = context.at("normalize").get<bool>() ? codec::path_normalisation::on
                                                               : codec::path_normalisation::off;
    codec::sigv4_signature out;

    request_file file(read(folder / "request.txt"));
    auto const hash = codec::sha256_hex(file.body);
    {
        codec::presign_options options{std::chrono::seconds(context.at("expiration_in_seconds").get<int>())};
        options.session_token(token, omit_token ? codec::token_signing::appended : codec::token_signing::included);
        auto const fields = file.views();
        codec::sigv4_request request(file.method, file.target, fields, codec::view(hash));
        REQUIRE(codec::presign(request.normalisation(normalise), access_key, key, now, options, out));
        CHECK(out.canonical().text() == read(folder / "query-canonical-request.txt"));
        CHECK(out.to_sign().text() == read(folder / "query-string-to-sign.txt"));
        CHECK(out.signature() == read(folder / "query-signature.txt"));
        request_file const expected(read(folder / "query-signed-request.txt"));
        CHECK(out.target() == expected.target);
    }

    if (!token.empty() && !omit_token)
        file.fields.emplace_back("x-amz-security-token", token);
    if (context.at("sign_body").get<bool>())
        file.fields.emplace_back("x-amz-content-sha256", codec::view(hash));
    auto const fields = file.views();
    codec::sigv4_request request(file.method, file.target, fields, codec::view(hash));
    REQUIRE(codec::sign_headers(request.normalisation(normalise), access_key, key, now, out));
    CHECK(out.canonical().text() == read(folder / "header-canonical-request.txt"));
    CHECK(out.to_sign().text() == read(folder / "header-string-to-sign.txt"));
    CHECK(out.signature() == read(folder / "header-signature.txt"));
    bool found = false;
    for (auto const& [name, value] : request_file(read(folder / "header-signed-request.txt")).fields) {
        if (name == "authorization") {
            CHECK(out.authorization() == value);
            found = true;
        }
    }
    CHECK(found);
}

/// The two cases that have no context file.
void run_double_encoding(fs::path const& folder, std::string const& access_key, std::string const& secret,
                         std::string const& region, std::string const& service, std::string const& time)
{
    request_file const file(read(folder / "request.txt"));
    auto const fields = file.views();
    auto const now = parse_time(time);
    auto const key = codec::derive_signing_key(secret, now, region, service).value();
    codec::sigv4_signature out;
    REQUIRE(codec::sign_headers(codec::sigv4_request(file.method, file.target, fields, codec::empty_payload_hash),
                                access_key, key, now, out));
    auto const expected = read(folder / "header-canonical-request.txt");
    auto const second_line = [](std::string_view text) {
        text.remove_prefix(text.find('\n') + 1);
        return std::string(text.substr(0, text.find('\n')));
    };
    CHECK(second_line(out.canonical().text()) == second_line(expected));
    if (fs::exists(folder / "header-string-to-sign.txt"))
        CHECK(read(folder / "header-string-to-sign.txt").starts_with(out.to_sign().text()));
    CHECK(read(folder / "header-signed-request.txt").find("Signature=" + std::string(out.signature())) !=
          std::string::npos);
}

void run_vector(json const& v)
{
    std::vector<std::pair<std::string, std::string>> owned{{"host", v.at("host").get<std::string>()}};
    for (auto const& field : v.at("headers_to_sign")) {
        auto name = field[0].get<std::string>();
        for (char& c : name)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        owned.emplace_back(name, field[1].get<std::string>());
    }
    if (v.contains("session_token"))
        owned.emplace_back("x-amz-security-token", v["session_token"].get<std::string>());
    std::vector<headers::field> fields;
    for (auto const& [name, value] : owned)
        fields.push_back({name, value});
    std::string target = v.at("wire_path");
    char separator = '?';
    for (auto const& pair : v.at("query")) {
        target += std::exchange(separator, '&') + pair[0].get<std::string>() + '=' + pair[1].get<std::string>();
    }
    auto const hash = v.at("payload_hash").get<std::string>();
    auto const method = v.at("method").get<std::string>();
    codec::sigv4_request request(method, target, fields, hash);
    request.encoding(v.at("double_encode_path").get<bool>() ? codec::path_encoding::twice : codec::path_encoding::once);
    request.normalisation(v.at("normalize_path").get<bool>() ? codec::path_normalisation::on
                                                             : codec::path_normalisation::off);
    auto const now = parse_time(v.at("timestamp").get<std::string>());
    auto const key = codec::derive_signing_key(v.at("secret_access_key").get<std::string>(), now,
                                               v.at("region").get<std::string>(), v.at("service").get<std::string>())
                         .value();
    codec::sigv4_signature out;
    REQUIRE(codec::sign_headers(request, v.at("access_key_id").get<std::string>(), key, now, out));
    CHECK(out.canonical().text() == v.at("canonical_request").get<std::string>());
    CHECK(out.to_sign().text() == v.at("string_to_sign").get<std::string>());
    CHECK(out.signature() == v.at("signature").get<std::string>());
    CHECK(out.authorization() == v.at("authorization").get<std::string>());
}

} // namespace

TEST_CASE("sigv4 suite: the public cases are signed as published, header and query form")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root) {
        std::cout << "sigv4: AUGUR_SPECS_DIR not set: own tables only (" << sigv4_table::rows.size() << " rows)\n";
        CHECK(sigv4_table::rows.size() >= 60);
        return;
    }
    fs::path const sigv4 = fs::path(root) / "aws" / "sigv4";
    int cases = 0, extra = 0, left_out = 0;
    for (auto const& entry : fs::directory_iterator(sigv4 / "aws-signing-test-suite" / "v4")) {
        CAPTURE(entry.path().filename().string());
        run_case(entry.path());
        ++cases;
    }
    auto const more = sigv4 / "smithy-rs-extra";
    run_double_encoding(more / "double-encode-path", "ANOTREAL", "notrealrnrELgWzOk3IfjzDKtFBhDby", "us-east-1",
                        "service", "20150830T123600Z");
    run_double_encoding(more / "double-url-encode", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                        "us-east-2", "lambda", "20210511T154045Z");
    auto const vectors = json::parse(read(sigv4 / "extra-vectors.json"));
    for (auto const& v : vectors.at("vectors")) {
        CAPTURE(v.at("name").get<std::string>());
        // Chunk and event signatures and bearer tokens are other algorithms; the presigned one is in our table.
        if (!v.contains("wire_path")) {
            ++left_out;
            continue;
        }
        run_vector(v);
        ++extra;
    }
    CHECK(cases == 38);
    CHECK(extra >= 15);
    std::cout << "sigv4: public suite: " << cases << " cases (header and query form), 2 double-encoding cases, "
              << extra << " further vectors; " << left_out << " vectors of other algorithms not run\n";
}
