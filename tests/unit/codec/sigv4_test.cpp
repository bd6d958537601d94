#include "sigv4_table.hpp"

#include <augur/codec/sigv4.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace codec = augur::codec;
using augur::headers;
using namespace std::chrono_literals;

namespace {

std::chrono::system_clock::time_point parse_time(std::string_view text)
{
    auto const number = [text](std::size_t at, std::size_t size) {
        return std::stoi(std::string(text.substr(at, size)));
    };
    std::chrono::sys_days const day = std::chrono::year(number(0, 4)) / number(4, 2) / number(6, 2);
    return day + std::chrono::hours(number(9, 2)) + std::chrono::minutes(number(11, 2)) +
           std::chrono::seconds(number(13, 2));
}

augur::result<void> sign_row(sigv4_table::row const& row, codec::sigv4_signature& out)
{
    std::vector<headers::field> fields;
    for (auto const& [name, value] : row.fields)
        fields.push_back({name, value});
    codec::sigv4_request request(row.method, row.target, fields, row.payload_hash);
    request.encoding(row.encoded_twice ? codec::path_encoding::twice : codec::path_encoding::once);
    request.normalisation(row.normalised ? codec::path_normalisation::on : codec::path_normalisation::off);
    auto const now = parse_time(row.time);
    auto const key = codec::derive_signing_key(row.secret, now, row.region, row.service).value();
    if (row.expires == 0)
        return codec::sign_headers(request, row.access_key, key, now, out);
    codec::presign_options options{std::chrono::seconds(row.expires)};
    options.session_token(row.token,
                          row.token_signed ? codec::token_signing::included : codec::token_signing::appended);
    return codec::presign(request, row.access_key, key, now, options, out);
}

auto const noon = parse_time("20150830T123600Z");
std::string_view const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

codec::signing_key example_key()
{
    return codec::derive_signing_key(secret, noon, "us-east-1", "service").value();
}

/// The error text of signing these fields, or nothing when it worked.
std::string refusal(std::vector<headers::field> const& fields, std::string_view method = "GET",
                    std::string_view target = "/", std::string_view payload = codec::empty_payload_hash,
                    std::string_view access_key = "AKIDEXAMPLE")
{
    codec::sigv4_signature out;
    auto const done = codec::sign_headers(codec::sigv4_request(method, target, fields, payload), access_key,
                                          example_key(), noon, out);
    if (done)
        return {};
    CHECK(done.error() == augur::errc::invalid_argument);
    CHECK(done.error().outcome() == augur::outcome::not_sent);
    CHECK(out.authorization().empty());
    return std::string(done.error().message());
}

} // namespace

TEST_CASE("sigv4: every row of our own table has its signature, with one object used for all")
{
    REQUIRE(sigv4_table::rows.size() >= 60);
    codec::sigv4_signature reused;
    for (auto const& row : sigv4_table::rows) {
        CAPTURE(row.name);
        codec::sigv4_signature fresh;
        REQUIRE(sign_row(row, fresh));
        CAPTURE(fresh.canonical().text());
        CHECK(fresh.signature() == row.signature);
        REQUIRE(sign_row(row, reused));
        CHECK(reused.signature() == row.signature);
        CHECK(reused.canonical().text() == fresh.canonical().text());
        CHECK(reused.authorization() == fresh.authorization());
    }
}

TEST_CASE("sigv4: a request signed again is signed like one signed anew, whatever changed")
{
    std::string const token(300, 't');
    std::vector<headers::field> const fields{{"host", "h"}, {"x-amz-security-token", token}};
    auto const key = example_key();
    codec::sigv4_signature again;
    std::string const first(64, '0');
    REQUIRE(codec::sign_headers(codec::sigv4_request("POST", "/a", fields, first), "A", key, noon, again));
    for (auto const second : {0, 0, 1, 1, 0})
        for (char const payload : {'0', '1', '1', '2'}) {
            CAPTURE(second);
            CAPTURE(payload);
            auto const now = noon + std::chrono::seconds(second);
            std::string const hash(64, payload);
            codec::sigv4_signature anew;
            REQUIRE(codec::sign_headers(codec::sigv4_request("POST", "/a", fields, hash), "A", key, now, anew));
            REQUIRE(codec::sign_again("A", hash, key, now, again));
            CHECK(again.canonical().text() == anew.canonical().text());
            CHECK(again.to_sign().text() == anew.to_sign().text());
            CHECK(again.authorization() == anew.authorization());
        }
    CHECK_FALSE(codec::sign_again("A", "short", key, noon, again));
}

TEST_CASE(
    "sigv4: the digest of a canonical request is that of its text, after others, the same one and one that failed")
{
    codec::canonical_request canonical;
    CHECK(canonical.digest() == codec::sha256(""));
    std::vector<headers::field> const good{{"host", "h"}}, other{{"host", "i"}}, none;
    for (auto const* fields : {&good, &good, &other, &none, &other, &good, &none})
        for (char const payload : {'0', '1'}) {
            std::string const hash(64, payload);
            auto const done = canonical.assign(codec::sigv4_request("POST", "/a", *fields, hash), "20150830T123600Z");
            CHECK(done.has_value() == !fields->empty());
            CHECK(canonical.text().empty() == fields->empty());
            CHECK(canonical.digest() == codec::sha256(canonical.text()));
        }
}

TEST_CASE("sigv4: the three stages are visible and lead to one another")
{
    std::vector<headers::field> const fields{{"x-amz-target", "T"}, {"host", "h"}, {"x-amz-target", "U"}};
    codec::canonical_request canonical;
    REQUIRE(canonical.assign(codec::sigv4_request("POST", "/a?z&b=1", fields, "UNSIGNED-PAYLOAD"), "20150830T123600Z"));
    CHECK(canonical.text() == "POST\n/a\nb=1&z=\nhost:h\nx-amz-date:20150830T123600Z\nx-amz-target:T,U\n\n"
                              "host;x-amz-date;x-amz-target\nUNSIGNED-PAYLOAD");
    CHECK(canonical.signed_headers() == "host;x-amz-date;x-amz-target");

    codec::string_to_sign to_sign;
    auto const key = example_key();
    to_sign.assign(canonical, "20150830T123600Z", key.scope());
    // sha256 of the text above by `sha256sum`.
    CHECK(to_sign.text() == "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n"
                            "f2d88822cce72a4144ea03d5b3e42a908cdf1ad8f6e6a9f498c5fd21386a9d8b");

    codec::sigv4_signature all;
    REQUIRE(codec::sign_headers(codec::sigv4_request("POST", "/a?z&b=1", fields, "UNSIGNED-PAYLOAD"), "AKIDEXAMPLE",
                                key, noon, all));
    CHECK(all.canonical().text() == canonical.text());
    CHECK(all.to_sign().text() == to_sign.text());
    CHECK(all.signature() == codec::view(codec::sign(to_sign, key)));
    CHECK(all.amz_date() == "20150830T123600Z");
    CHECK(all.authorization() == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                                 "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" +
                                     std::string(all.signature()));
}

TEST_CASE("sigv4: the order in which headers are listed does not matter")
{
    std::vector<headers::field> fields;
    std::vector<std::string> names;
    for (int i = 0; i < 80; ++i)
        names.push_back("x-" + std::to_string(i * 31 % 80));
    for (auto const& name : names)
        fields.push_back({name, name});
    fields.push_back({"host", "h"});
    for (std::size_t const count : {std::size_t(20), fields.size()}) {
        std::vector<headers::field> some(fields.end() - static_cast<std::ptrdiff_t>(count), fields.end());
        codec::canonical_request forwards, backwards;
        REQUIRE(forwards.assign(codec::sigv4_request("GET", "/", some, "x"), "20150830T123600Z"));
        std::reverse(some.begin(), some.end());
        REQUIRE(backwards.assign(codec::sigv4_request("GET", "/", some, "x"), "20150830T123600Z"));
        CHECK(forwards.text() == backwards.text());
    }
}

TEST_CASE("sigv4: a presigned target keeps what was there and ends with the signature")
{
    std::vector<headers::field> const fields{{"host", "h"}, {"x-b", "1"}};
    auto const key = example_key();
    codec::sigv4_signature out;
    auto const sign = [&](std::string_view target, std::string_view token, codec::token_signing how) {
        codec::presign_options options(600s);
        options.session_token(token, how);
        REQUIRE(codec::presign(codec::sigv4_request("GET", target, fields, "UNSIGNED-PAYLOAD"), "AKIDEXAMPLE", key,
                               noon, options, out));
        return std::string(out.target());
    };
    std::string const added = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1"
                              "%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host%3Bx-b"
                              "&X-Amz-Expires=600";
    using codec::token_signing;
    auto const signature = [&] { return "&X-Amz-Signature=" + std::string(out.signature()); };
    auto target = sign("/a", "", token_signing::included);
    CHECK(target == "/a?" + added + signature());
    target = sign("/a?", "", token_signing::included);
    CHECK(target == "/a?" + added + signature());
    CHECK(sign("", "", token_signing::included).starts_with("/?X-Amz-Algorithm"));
    target = sign("/a?b=%20&c", "t/k", token_signing::included);
    CHECK(target == "/a?b=%20&c&" + added + "&X-Amz-Security-Token=t%2Fk" + signature());
    CHECK(out.canonical().text().find("X-Amz-Security-Token") != std::string_view::npos);
    target = sign("/a", "t/k", token_signing::appended);
    CHECK(target == "/a?" + added + "&X-Amz-Security-Token=t%2Fk" + signature());
    CHECK(out.canonical().text().find("X-Amz-Security-Token") == std::string_view::npos);
    CHECK(out.authorization().empty());

    // Whoever verifies canonicalises the signed target again: the signature itself does not count.
    sign("/a?q", "", token_signing::included);
    codec::canonical_request again;
    REQUIRE(again.assign(codec::sigv4_request("GET", out.target(), fields, "UNSIGNED-PAYLOAD"), {}));
    CHECK(again.text() == out.canonical().text());
}

TEST_CASE("sigv4: a presigned request lives from one second to seven days")
{
    std::vector<headers::field> const fields{{"host", "h"}};
    codec::sigv4_request const request("GET", "/", fields, "UNSIGNED-PAYLOAD");
    auto const key = example_key();
    codec::sigv4_signature out;
    for (auto const& [seconds, allowed] :
         {std::pair(0, false), {1, true}, {604800, true}, {604801, false}, {-1, false}}) {
        CAPTURE(seconds);
        auto const done = codec::presign(request, "AKIDEXAMPLE", key, noon,
                                         codec::presign_options(std::chrono::seconds(seconds)), out);
        CHECK(done.has_value() == allowed);
        CHECK(out.target().empty() == !allowed);
    }
}

TEST_CASE("sigv4: what cannot be signed is refused with a reason")
{
    std::vector<headers::field> const host{{"host", "h"}};
    CHECK(refusal(host) == "");
    CHECK(refusal({}).find("host") != std::string::npos);
    CHECK(refusal({{"host", "a"}, {"host", "b"}}).find("twice") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"x-amz-date", "20150830T123600Z"}}).find("twice") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"authorization", "x"}}).find("authorization") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"X-Upper", "x"}}).find("X-Upper") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"", "x"}}).find("name") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"a;b", "x"}}).find("name") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"x-amz-content-sha256", "abc"}}).find("payload hash") != std::string::npos);
    CHECK(refusal({{"host", "h"}, {"x-amz-content-sha256", "abc"}}, "GET", "/", "") == "");
    CHECK(refusal(host, "GET", "/", "").find("payload hash") != std::string::npos);
    CHECK(refusal(host, "GET", "/", "a\nb").find("payload hash") != std::string::npos);
    CHECK(refusal(host, "GE T").find("method") != std::string::npos);
    CHECK(refusal(host, "").find("method") != std::string::npos);
    for (std::string_view const id : {"", "a b", "a/b", "a,b", "a\n"})
        CHECK(refusal(host, "GET", "/", codec::empty_payload_hash, id).find("access key") != std::string::npos);
}

TEST_CASE("sigv4: no byte of a header value can forge a line")
{
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        bool const allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        for (std::size_t const before : {0U, 1U, 7U, 8U, 9U, 23U}) {
            std::string value(before, 'v');
            value.push_back(static_cast<char>(byte));
            value.append("tail-of-the-value");
            CHECK((refusal({{"host", "h"}, {"x-a", value}}).empty()) == allowed);
        }
    }
}

TEST_CASE("sigv4: a path taken as it is must not hold a line break")
{
    std::vector<headers::field> const fields{{"host", "h"}};
    codec::canonical_request canonical;
    for (std::string_view const target : {"/a\nb", "/a b", "/a\r"}) {
        codec::sigv4_request request("GET", target, fields, "x");
        CHECK(canonical.assign(request, {}));
        CHECK_FALSE(canonical.assign(request.for_s3(), {}));
    }
}

TEST_CASE("sigv4: a key of another day is refused")
{
    std::vector<headers::field> const fields{{"host", "h"}};
    codec::sigv4_request const request("GET", "/", fields, "x");
    auto const key = example_key();
    codec::sigv4_signature out;
    CHECK(codec::sign_headers(request, "A", key, parse_time("20150830T000000Z"), out));
    CHECK(codec::sign_headers(request, "A", key, parse_time("20150830T235959Z") + 999ms, out));
    CHECK_FALSE(codec::sign_headers(request, "A", key, parse_time("20150831T000000Z"), out));
    CHECK_FALSE(codec::sign_headers(request, "A", key, parse_time("20150829T235959Z"), out));
    CHECK_FALSE(codec::presign(request, "A", key, parse_time("20150831T000000Z"), codec::presign_options(60s), out));
}

TEST_CASE("sigv4: the headers to sign of a head come in lower case and without those that proxies change")
{
    struct head
    {
        std::vector<headers::field> fields;
        std::size_t size() const { return fields.size(); }
        headers::field at(std::size_t i) const { return fields[i]; }
    };
    head const request{{{"Host", "h"},
                        {"Content-Type", "application/json"},
                        {"User-Agent", "augur"},
                        {"Connection", "keep-alive"},
                        {"Authorization", "old"},
                        {"X-Amz-Date", "old"},
                        {"Proxy-Connection", "x"},
                        {"TE", "trailers"},
                        {"X-Amzn-Trace-Id", "Root=1"},
                        {"X-Amz-Security-Token", "T"}}};
    codec::signable_headers signable;
    for (int round = 0; round < 2; ++round) {
        auto const fields = signable.assign(request);
        REQUIRE(fields.size() == 3);
        CHECK(fields[0].name == "host");
        CHECK(fields[1].name == "content-type");
        CHECK(fields[1].value == "application/json");
        CHECK(fields[2].name == "x-amz-security-token");
    }
}
