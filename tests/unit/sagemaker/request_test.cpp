#include <augur/sagemaker/hosts.hpp>
#include <augur/sagemaker/wire.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <iterator>
#include <string>
#include <vector>

using namespace augur;
using sagemaker::invoke_endpoint_request;
using sagemaker::wire::build_request;

namespace {

url base(char const* text = "https://runtime.sagemaker.eu-west-1.amazonaws.com")
{
    return url::parse(text).value();
}

} // namespace

TEST_CASE("request: a plain invocation is a POST with the body as it is")
{
    std::string const payload("5.1,3.5\0\xFF,1.4", 13);
    auto const built = build_request(invoke_endpoint_request("iris", body(payload)).content_type("text/csv"), base());
    REQUIRE(built.has_value());
    CHECK(built->head.text() == "POST /endpoints/iris/invocations HTTP/1.1\r\n"
                                "host: runtime.sagemaker.eu-west-1.amazonaws.com\r\n"
                                "Content-Type: text/csv\r\n");
    CHECK(built->payload.bytes() == payload);
}

TEST_CASE("request: every member of the model travels in the header the model names")
{
    auto const built = build_request(invoke_endpoint_request("iris", body("x"))
                                         .content_type("application/json")
                                         .accept("text/csv")
                                         .custom_attributes("trace=1; user=\"a b\"")
                                         .target_model("models/v1 final.tar.gz")
                                         .target_variant("blue-1")
                                         .target_container_hostname("container-2")
                                         .inference_id("id 42!")
                                         .enable_explanations("`true`")
                                         .inference_component("component-3")
                                         .session_id("session-4"),
                                     base());
    REQUIRE(built.has_value());
    std::vector<std::pair<std::string, std::string>> const expected{
        {"host", "runtime.sagemaker.eu-west-1.amazonaws.com"},
        {"Content-Type", "application/json"},
        {"Accept", "text/csv"},
        {"X-Amzn-SageMaker-Custom-Attributes", "trace=1; user=\"a b\""},
        {"X-Amzn-SageMaker-Target-Model", "models/v1 final.tar.gz"},
        {"X-Amzn-SageMaker-Target-Variant", "blue-1"},
        {"X-Amzn-SageMaker-Target-Container-Hostname", "container-2"},
        {"X-Amzn-SageMaker-Inference-Id", "id 42!"},
        {"X-Amzn-SageMaker-Enable-Explanations", "`true`"},
        {"X-Amzn-SageMaker-Inference-Component", "component-3"},
        {"X-Amzn-SageMaker-Session-Id", "session-4"},
    };
    REQUIRE(built->head.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(built->head.at(i).name == expected[i].first);
        CHECK(built->head.at(i).value == expected[i].second);
    }
    MESSAGE("headers: " << expected.size());
}

TEST_CASE("request: content type and accept are spelled differently by each operation")
{
    using sagemaker::wire::operation;
    auto const names = sagemaker::wire::payload_headers_of;
    CHECK(names(operation::invoke).content_type == "Content-Type");
    CHECK(names(operation::invoke).accept == "Accept");
    CHECK(names(operation::invoke_with_response_stream).content_type == "Content-Type");
    CHECK(names(operation::invoke_with_response_stream).accept == "X-Amzn-SageMaker-Accept");
    CHECK(names(operation::invoke_async).content_type == "X-Amzn-SageMaker-Content-Type");
    CHECK(names(operation::invoke_async).accept == "X-Amzn-SageMaker-Accept");
}

TEST_CASE("request: a body without a type is an octet stream, no body has no type, empty texts are not sent")
{
    auto const typed = build_request(invoke_endpoint_request("iris", body("x")), base());
    REQUIRE(typed.has_value());
    CHECK(typed->head.find("content-type") == "application/octet-stream");
    auto const nothing = build_request(invoke_endpoint_request("iris"), base());
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->head.find("content-type"));
    CHECK(nothing->head.size() == 1);
    auto const empty = build_request(
        invoke_endpoint_request("iris", body("x")).content_type("").accept("").custom_attributes(""), base());
    REQUIRE(empty.has_value());
    CHECK(empty->head.size() == 1);
}

TEST_CASE("request: the path of an endpoint URL comes first, its port stays in the host")
{
    struct row
    {
        char const* base;
        char const* target;
        char const* authority;
    };
    row const rows[] = {
        {"https://example.com", "/endpoints/iris/invocations", "example.com"},
        {"https://example.com/", "/endpoints/iris/invocations", "example.com"},
        {"https://example.com:443/", "/endpoints/iris/invocations", "example.com"},
        {"https://example.com:8443/a/b", "/a/b/endpoints/iris/invocations", "example.com:8443"},
        {"https://example.com/a/b//", "/a/b/endpoints/iris/invocations", "example.com"},
        {"http://[::1]:8080/x%20y", "/x%20y/endpoints/iris/invocations", "[::1]:8080"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.base);
        auto const built = build_request(invoke_endpoint_request("iris"), base(row.base));
        REQUIRE(built.has_value());
        CHECK(built->head.target() == row.target);
        CHECK(built->head.authority() == row.authority);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("request: a new session is asked for by its word and marks the call as not repeatable")
{
    auto request = invoke_endpoint_request("iris", body("x"));
    CHECK_FALSE(request.opens_session());
    request.session_id("abc");
    CHECK_FALSE(request.opens_session());
    request.new_session();
    CHECK(request.opens_session());
    auto const built = build_request(request, base());
    REQUIRE(built.has_value());
    CHECK(built->head.find("x-amzn-sagemaker-session-id") == "NEW_SESSION");
    // Any other name with an underscore is not a session id.
    CHECK_FALSE(build_request(invoke_endpoint_request("iris").session_id("NEW_SESSIONS"), base()).has_value());
    CHECK_FALSE(build_request(invoke_endpoint_request("iris").session_id("new_session"), base()).has_value());
}

TEST_CASE("request: each limit of the model holds at its edge and not beyond")
{
    using setter = std::function<void(invoke_endpoint_request&, std::string)>;
    struct row
    {
        char const* member;
        setter set;
        std::size_t shortest, longest;
    };
    using r = invoke_endpoint_request;
    row const rows[] = {
        {"EndpointName", [](r& q, std::string v) { q = r(std::move(v)); }, 1, 63},
        {"ContentType", [](r& q, std::string v) { q.content_type(std::move(v)); }, 0, 1024},
        {"Accept", [](r& q, std::string v) { q.accept(std::move(v)); }, 0, 1024},
        {"CustomAttributes", [](r& q, std::string v) { q.custom_attributes(std::move(v)); }, 0, 1024},
        {"TargetModel", [](r& q, std::string v) { q.target_model(std::move(v)); }, 1, 1024},
        {"TargetVariant", [](r& q, std::string v) { q.target_variant(std::move(v)); }, 1, 63},
        {"TargetContainerHostname", [](r& q, std::string v) { q.target_container_hostname(std::move(v)); }, 1, 63},
        {"InferenceId", [](r& q, std::string v) { q.inference_id(std::move(v)); }, 1, 64},
        {"EnableExplanations", [](r& q, std::string v) { q.enable_explanations(std::move(v)); }, 1, 64},
        {"InferenceComponentName", [](r& q, std::string v) { q.inference_component(std::move(v)); }, 1, 63},
        {"SessionId", [](r& q, std::string v) { q.session_id(std::move(v)); }, 1, 256},
    };
    for (auto const& row : rows) {
        CAPTURE(row.member);
        auto const with = [&row](std::size_t size) {
            r request("iris", body("x"));
            row.set(request, std::string(size, 'a'));
            return build_request(request, base());
        };
        CHECK(with(row.shortest).has_value());
        CHECK(with(row.longest).has_value());
        auto const over = with(row.longest + 1);
        REQUIRE_FALSE(over.has_value());
        CHECK(over.error() == errc::invalid_argument);
        CHECK(over.error().outcome() == outcome::not_sent);
        CHECK(over.error().phase() == phase::prepare);
        CHECK(over.error().message().starts_with(row.member));
        if (row.shortest > 0)
            CHECK_FALSE(with(row.shortest - 1).has_value());
    }
    MESSAGE("members: " << std::size(rows));
}

TEST_CASE("request: every byte in every member, accepted or refused by the model's own pattern")
{
    using r = invoke_endpoint_request;
    struct member
    {
        char const* name;
        std::function<r(std::string)> make;
        bool is_name; ///< letters, digits and inner dashes; else ASCII that may stand in a header
    };
    member const members[] = {
        {"EndpointName", [](std::string v) { return r(std::move(v)); }, true},
        {"TargetVariant", [](std::string v) { return r("e").target_variant(std::move(v)); }, true},
        {"TargetContainerHostname", [](std::string v) { return r("e").target_container_hostname(std::move(v)); }, true},
        {"InferenceComponentName", [](std::string v) { return r("e").inference_component(std::move(v)); }, true},
        {"SessionId", [](std::string v) { return r("e").session_id(std::move(v)); }, true},
        {"ContentType", [](std::string v) { return r("e").content_type(std::move(v)); }, false},
        {"Accept", [](std::string v) { return r("e").accept(std::move(v)); }, false},
        {"CustomAttributes", [](std::string v) { return r("e").custom_attributes(std::move(v)); }, false},
        {"TargetModel", [](std::string v) { return r("e").target_model(std::move(v)); }, false},
        {"InferenceId", [](std::string v) { return r("e").inference_id(std::move(v)); }, false},
        {"EnableExplanations", [](std::string v) { return r("e").enable_explanations(std::move(v)); }, false},
    };
    int cases = 0;
    for (auto const& m : members)
        for (int byte = 0; byte < 256; ++byte) {
            char const c = static_cast<char>(byte);
            bool const alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            bool const inside = m.is_name ? alnum || c == '-' : (byte >= 0x20 && byte < 0x7F) || c == '\t';
            bool const at_edge = m.is_name ? alnum : byte > 0x20 && byte < 0x7F;
            CAPTURE(m.name);
            CAPTURE(byte);
            CHECK(build_request(m.make(std::string("a") + c + "b"), base()).has_value() == inside);
            CHECK(build_request(m.make(std::string("a") + c), base()).has_value() == at_edge);
            CHECK(build_request(m.make(c + std::string("a")), base()).has_value() == at_edge);
            cases += 3;
        }
    MESSAGE("cases: " << cases);
}

TEST_CASE("request: names that would change the target are refused")
{
    char const* const bad[] = {"",    "..",  ".",  "a/b", "a%2Fb",    "a?b",  "a#b", "a b", "a\r\nHost: evil",
                               "a_b", "a.b", "-a", "a-",  "\xC3\xA9", "a\\b", "a;b", "a@b"};
    for (char const* name : bad) {
        CAPTURE(name);
        auto const built = build_request(invoke_endpoint_request(name), base());
        REQUIRE_FALSE(built.has_value());
        CHECK(built.error() == errc::invalid_argument);
        CHECK(built.error().message().find('\n') == std::string_view::npos);
    }
    MESSAGE("names: " << std::size(bad));
}

TEST_CASE("request: what may be private is not repeated in the error")
{
    auto const built = build_request(invoke_endpoint_request("e").custom_attributes("password\n123"), base());
    REQUIRE_FALSE(built.has_value());
    CHECK(built.error().to_string().find("password") == std::string::npos);
}

TEST_CASE("request: a large body is shared, not copied")
{
    body const payload(std::string(25 * 1024 * 1024, 'x')); // the service's limit is the service's to enforce
    auto const built = build_request(invoke_endpoint_request("iris", payload), base());
    REQUIRE(built.has_value());
    CHECK(built->payload.bytes().data() == payload.bytes().data());
}
