#include "support.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

std::vector<aws_credential> const& known()
{
    static std::vector<aws_credential> const list = [] {
        signing const s;
        aws_credential plain, temporary, expired;
        plain.access_key = s.access_key;
        plain.secret_key = s.secret_key;
        temporary = {"ASIDEXAMPLE", "temporary-secret", "token-1", moment + 1h};
        expired = {"ASIDEXPIRED", "expired-secret", "token-2", moment - 1s};
        return std::vector<aws_credential>{plain, temporary, expired};
    }();
    return list;
}

sigv4_verdict verify(request const& r, system_clock::time_point now = moment)
{
    return verify_sigv4(r, known(), {}, now);
}

request signed_request(signing const& s = {})
{
    auto r = post("/endpoints/iris/invocations", R"({"instances":[[1,2,3,4]]})");
    sign(r, s);
    return r;
}

struct refusal
{
    std::string code, words;
};

void check_refused(sigv4_verdict const& v, refusal const& expected)
{
    REQUIRE(v.failure.has_value());
    CHECK(v.failure->status == 403);
    CHECK(v.failure->code == expected.code);
    CHECK_MESSAGE(v.failure->message.find(expected.words) != std::string::npos, v.failure->message);
}

} // namespace

TEST_CASE("sigv4 verifier: a rightly signed request passes and tells who signed")
{
    auto const v = verify(signed_request());
    CHECK_FALSE(v.failure.has_value());
    REQUIRE(v.credential != nullptr);
    CHECK(v.credential->access_key == "AKIDEXAMPLE");
    CHECK(v.region == "us-east-1");
}

TEST_CASE("sigv4 verifier: a wrong secret is told what the canonical string should have been")
{
    signing s;
    s.secret_key = "wrong";
    auto const v = verify(signed_request(s));
    check_refused(v, {"InvalidSignatureException",
                      "\n\nThe Canonical String for this request should have been\n'POST\n"
                      "/endpoints/iris/invocations\n\ncontent-type:application/json\nhost:localhost:8443\n"
                      "x-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n"});
    CHECK(v.failure->message.find("\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n"
                                  "20150830/us-east-1/sagemaker/aws4_request\n") != std::string::npos);
    CHECK(v.failure->message.find("wJalr") == std::string::npos);
}

TEST_CASE("sigv4 verifier: every byte that is signed counts")
{
    auto const good = signed_request();
    auto changed = good;
    changed.body += ' ';
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.target = "/endpoints/other/invocations";
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.target += "?x=1";
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.method = "PUT";
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.headers.set("content-type", "text/csv");
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.headers.add("content-type", "text/csv"); // a second line of a signed name
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});
    changed = good;
    changed.headers.set("host", "localhost");
    check_refused(verify(changed), {"InvalidSignatureException", "does not match the signature"});

    auto const authorization = std::string(good.headers.get("authorization"));
    for (auto at = authorization.find("Signature=") + 10; at < authorization.size(); ++at) {
        auto text = authorization;
        text[at] = text[at] == '0' ? '1' : '0';
        changed = good;
        changed.headers.set("authorization", text);
        CHECK(verify(changed).failure.has_value());
    }
}

TEST_CASE("sigv4 verifier: the date window is five minutes on both sides, its edges included")
{
    auto const r = signed_request();
    CHECK_FALSE(verify(r, moment + 5min).failure.has_value());
    CHECK_FALSE(verify(r, moment - 5min).failure.has_value());
    check_refused(verify(r, moment + 5min + 1s),
                  {"InvalidSignatureException", "Signature expired: 20150830T123600Z is now earlier than "
                                                "20150830T123601Z (20150830T124101Z - 5 min.)"});
    check_refused(verify(r, moment - 5min - 1s),
                  {"InvalidSignatureException", "Signature not yet current: 20150830T123600Z is still later than "
                                                "20150830T123559Z (20150830T123059Z + 5 min.)"});
}

TEST_CASE("sigv4 verifier: a date of any year is outside of the window, also one that the clock cannot count")
{
    // The first is what the nanoseconds of 64 bits take for the moment.
    for (auto const* time : {"26000320T121033Z", "22620412T000000Z", "99991231T235959Z"}) {
        CAPTURE(time);
        signing s;
        s.time = time;
        check_refused(verify(signed_request(s)), {"InvalidSignatureException", "Signature not yet current"});
    }
}

TEST_CASE("sigv4 verifier: date, scope, token and signed headers have their own words")
{
    struct row
    {
        char const* what;
        void (*change)(signing&);
        refusal expected;
    };
    row const table[] = {
        {"unknown key",
         [](signing& s) { s.access_key = "AKIDNOBODY"; },
         {"UnrecognizedClientException", "security token included in the request is invalid"}},
        {"region",
         [](signing& s) { s.region = "eu-west-1"; },
         {"InvalidSignatureException", "valid region, not 'eu-west-1'"}},
        {"service",
         [](signing& s) { s.service = "s3"; },
         {"InvalidSignatureException", "correct service: 'sagemaker'"}},
        {"terminator",
         [](signing& s) { s.terminator = "aws5_request"; },
         {"InvalidSignatureException", "valid terminator: 'aws4_request'"}},
        {"scope date",
         [](signing& s) { s.scope_date = "20150829"; },
         {"InvalidSignatureException", "'20150829' != '20150830', from '20150830T123600Z'"}},
        {"date form",
         [](signing& s) { s.time = "20150830T123600+0", s.scope_date = "20150830"; },
         {"IncompleteSignatureException", "Date must be in ISO-8601"}},
        {"day that is none",
         [](signing& s) { s.time = "20150231T123600Z"; },
         {"IncompleteSignatureException", "Date must be in ISO-8601"}},
        {"host unsigned",
         [](signing& s) { s.unsigned_headers = {"host"}; },
         {"InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader'"}},
        {"date unsigned",
         [](signing& s) { s.unsigned_headers = {"x-amz-date"}; },
         {"InvalidSignatureException", "not signed: 'x-amz-date'"}},
        {"token with a long-term key",
         [](signing& s) { s.session_token = "token-1"; },
         {"UnrecognizedClientException", "security token"}},
        {"temporary key without token",
         [](signing& s) { s.access_key = "ASIDEXAMPLE", s.secret_key = "temporary-secret"; },
         {"UnrecognizedClientException", "security token"}},
        {"temporary key with another's token",
         [](signing& s) {
             s.access_key = "ASIDEXAMPLE", s.secret_key = "temporary-secret", s.session_token = "token-2";
         },
         {"UnrecognizedClientException", "security token"}},
        {"token unsigned",
         [](signing& s) {
             s.access_key = "ASIDEXAMPLE", s.secret_key = "temporary-secret", s.session_token = "token-1";
             s.unsigned_headers = {"x-amz-security-token"};
         },
         {"InvalidSignatureException", "not signed: 'x-amz-security-token'"}},
        {"token expired",
         [](signing& s) { s.access_key = "ASIDEXPIRED", s.secret_key = "expired-secret", s.session_token = "token-2"; },
         {"ExpiredTokenException", "is expired"}},
    };
    for (auto const& r : table) {
        CAPTURE(r.what);
        signing s;
        r.change(s);
        check_refused(verify(signed_request(s)), r.expected);
    }
    signing temporary;
    temporary.access_key = "ASIDEXAMPLE";
    temporary.secret_key = "temporary-secret";
    temporary.session_token = "token-1";
    CHECK_FALSE(verify(signed_request(temporary)).failure.has_value());
}

TEST_CASE("sigv4 verifier: a payload hash in the header must be the body's")
{
    auto r = post("/endpoints/iris/invocations", "abc");
    // FIPS 180-4's own example of SHA-256.
    r.headers.add("x-amz-content-sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sign(r, {});
    CHECK_FALSE(verify(r).failure.has_value());
    auto other = post("/endpoints/iris/invocations", "abd");
    other.headers.add("x-amz-content-sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sign(other, {});
    check_refused(verify(other), {"InvalidSignatureException", "x-amz-content-sha256"});
    auto without = post("/endpoints/iris/invocations", "abc");
    without.headers.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    sign(without, {});
    check_refused(verify(without), {"InvalidSignatureException", "x-amz-content-sha256"});
}

TEST_CASE("sigv4 verifier: what is no signature at all")
{
    auto const with = [](std::optional<std::string> authorization, bool date = true) {
        auto r = post("/endpoints/iris/invocations", "");
        if (date)
            r.headers.add("x-amz-date", std::string(moment_text));
        if (authorization)
            r.headers.add("authorization", *authorization);
        return verify(r);
    };
    std::string const credential = "Credential=AKIDEXAMPLE/20150830/us-east-1/sagemaker/aws4_request";
    check_refused(with(std::nullopt), {"MissingAuthenticationTokenException", "Missing Authentication Token"});
    check_refused(with("Bearer abc"), {"MissingAuthenticationTokenException", ""});
    check_refused(with(""), {"MissingAuthenticationTokenException", ""});
    check_refused(with("AWS4-HMAC-SHA512 x"), {"IncompleteSignatureException", "'AWS4-HMAC-SHA512'"});
    check_refused(with("AWS4-HMAC-SHA256"), {"IncompleteSignatureException", "algorithm"});
    check_refused(with("AWS4-HMAC-SHA256 "), {"IncompleteSignatureException", "key=value"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential), {"IncompleteSignatureException", "requires 'Signature'"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential + ", Signature=x"),
                  {"IncompleteSignatureException", "requires 'SignedHeaders'"});
    check_refused(with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=x"),
                  {"IncompleteSignatureException", "5 slash-delimited"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host, Signature=x", false),
                  {"IncompleteSignatureException", "'X-Amz-Date'"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=Host;x-amz-date, Signature=x"),
                  {"IncompleteSignatureException", "lower-case"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=x-amz-date;host, Signature=x"),
                  {"InvalidSignatureException", "sorted"});
    check_refused(with("AWS4-HMAC-SHA256 " + credential + ", SignedHeaders=host;nothing;x-amz-date, Signature=x"),
                  {"InvalidSignatureException", "'nothing' is not in the request"});
}

TEST_CASE("sigv4 verifier: a path is normalised and encoded once more, a query is sorted")
{
    auto r = post("/endpoints/a%3Ab/./x/../invocations?b=2&a=%20x&a=1&c", "");
    signing s;
    s.canonical_path = "/endpoints/a%253Ab/invocations";
    s.canonical_query = "a=%20x&a=1&b=2&c=";
    sign(r, s);
    CHECK_FALSE(verify(r).failure.has_value());
}

TEST_CASE("sigv4 verifier: a byte changed anywhere in target, date or body is refused, anywhere else harms nothing")
{
    std::mt19937 random(4);
    auto const good = signed_request();
    for (int i = 0; i < 4000; ++i) {
        auto r = good;
        auto const damage = [&](std::string text) {
            text[random() % text.size()] ^= static_cast<char>(1 + random() % 255);
            return text;
        };
        auto const what = random() % 4;
        if (what == 0)
            r.target = damage(r.target);
        else if (what == 1)
            r.body = damage(r.body);
        else if (what == 2)
            r.headers.set("x-amz-date", damage(std::string(r.headers.get("x-amz-date"))));
        else
            r.headers.set("authorization", damage(std::string(r.headers.get("authorization"))));
        auto const refused = verify(r).failure.has_value();
        if (what != 3) // a blank more or less in the authorization header changes nothing
            CHECK(refused);
    }
}

TEST_CASE("sigv4 verifier: the public suite, header and query, when it is there")
{
    auto const* folder = std::getenv("AUGUR_SPECS_DIR");
    if (!folder) {
        MESSAGE("AUGUR_SPECS_DIR is not set: the public suite did not run");
        return;
    }
    auto const read = [](std::filesystem::path const& p) {
        std::ifstream file(p, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    signing const example;
    sigv4_policy policy;
    policy.service = "service";
    policy.allow_query = true;
    int cases = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator(std::filesystem::path(folder) / "aws/sigv4/aws-signing-test-suite/v4")) {
        auto const settings = read(entry.path() / "context.json");
        policy.normalise_path = settings.find("\"normalize\": false") == settings.npos;
        if (settings.find("\"omit_session_token\": true") != settings.npos)
            continue; // the token is added after signing: a client's option, no service's rule
        aws_credential c;
        c.access_key = example.access_key;
        c.secret_key = example.secret_key;
        if (auto const at = settings.find("\"token\": \""); at != settings.npos)
            c.session_token = settings.substr(at + 10, settings.find('"', at + 10) - at - 10);
        for (auto const* variant : {"header", "query"}) {
            CAPTURE(entry.path().filename().string());
            CAPTURE(variant);
            auto const text = read(entry.path() / (std::string(variant) + "-signed-request.txt"));
            auto rest = std::string_view(text);
            auto const take_line = [&] {
                auto const end = std::min(rest.find('\n'), rest.size());
                auto const line = rest.substr(0, end);
                rest.remove_prefix(std::min(end + 1, rest.size()));
                return line;
            };
            request r;
            auto const first = take_line();
            r.method = first.substr(0, first.find(' '));
            r.target = first.substr(r.method.size() + 1, first.rfind(' ') - r.method.size() - 1);
            std::vector<header_list::line> lines;
            for (auto line = take_line(); !line.empty(); line = take_line()) {
                if (line.front() == ' ')
                    lines.back().second.append("\n").append(line);
                else
                    lines.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
            }
            for (auto& line : lines)
                r.headers.add(line.first, line.second);
            r.body = rest;
            auto const v = verify_sigv4(r, {c}, policy, moment);
            CHECK_MESSAGE(!v.failure.has_value(), (v.failure ? v.failure->message : ""));
            CHECK(v.canonical_request == read(entry.path() / (std::string(variant) + "-canonical-request.txt")));
            ++cases;
        }
    }
    MESSAGE("public SigV4 suite: " << cases << " signed requests verified");
    CHECK(cases >= 72);
}
