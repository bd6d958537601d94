// Each of the 256 bytes in every text that a user can give and that reaches the wire: it arrives as it is,
// or encoded as documented, or the call is refused and nothing is sent. Never anything else.
#include "byte_sweep.hpp"

#include <augur/codec/base64.hpp>

using namespace augur;
using namespace sweep;

namespace {

using aws_request = sagemaker::invoke_endpoint_request;
using azure_request = azure_ml::score_request;

template <class Set>
field aws_member(std::string what, Set set, bool (*allows)(int, place))
{
    auto send = [set](clouds& c, std::string text) {
        aws_request request("iris", body("x"));
        set(request, std::move(text));
        return c.invoke(std::move(request));
    };
    return {"SageMaker " + what, send, allows};
}

template <class Set>
field azure_member(std::string what, Set set, bool (*allows)(int, place))
{
    auto send = [set](clouds& c, std::string text) {
        azure_request request(body("x"));
        set(request, std::move(text));
        return c.score(std::move(request));
    };
    return {"Azure ML " + what, send, allows};
}

/// A setting of the client: made anew for each text.
template <class Set>
field aws_setting(std::string what, Set set, bool (*allows)(int, place), std::string (*shows)(char) = &as_is,
                  std::string elsewhere = {})
{
    auto send = [set](clouds&, std::string text) {
        clouds own;
        set(own, std::move(text));
        return own.invoke(aws_request("iris", body("x")));
    };
    return {"SageMaker " + what, send, allows, shows, std::move(elsewhere)};
}

template <class Set>
field azure_setting(std::string what, Set set, bool (*allows)(int, place), std::string (*shows)(char) = &as_is,
                    std::string elsewhere = {})
{
    auto send = [set](clouds&, std::string text) {
        clouds own;
        set(own, std::move(text));
        return own.score(azure_request(body("x")));
    };
    return {"Azure ML " + what, send, allows, shows, std::move(elsewhere)};
}

std::vector<field> aws_fields()
{
    using r = aws_request;
    return {
        {"SageMaker endpoint name", [](clouds& c, std::string t) { return c.invoke(r(t, body("x"))); }, name},
        aws_member(
            "content type", [](r& q, std::string t) { q.content_type(t); }, ascii_value),
        aws_member(
            "accept", [](r& q, std::string t) { q.accept(t); }, ascii_value),
        aws_member(
            "custom attributes", [](r& q, std::string t) { q.custom_attributes(t); }, ascii_value),
        aws_member(
            "target model", [](r& q, std::string t) { q.target_model(t); }, ascii_value),
        aws_member(
            "variant", [](r& q, std::string t) { q.target_variant(t); }, name),
        aws_member(
            "container", [](r& q, std::string t) { q.target_container_hostname(t); }, name),
        aws_member(
            "inference id", [](r& q, std::string t) { q.inference_id(t); }, ascii_value),
        aws_member(
            "explanations", [](r& q, std::string t) { q.enable_explanations(t); }, ascii_value),
        aws_member(
            "component", [](r& q, std::string t) { q.inference_component(t); }, name),
        aws_member(
            "session id", [](r& q, std::string t) { q.session_id(t); }, name),
        {"SageMaker header name of a call",
         [](clouds& c, std::string t) { return c.invoke(r("iris", body("x")), call_options().header(t, "v")); }, token},
        {"SageMaker header value of a call",
         [](clouds& c, std::string t) { return c.invoke(r("iris", body("x")), call_options().header("x-own", t)); },
         field_value},
        aws_setting(
            "region in the scope", [](clouds& c, std::string t) { c.aws.region = t; }, region),
        aws_setting(
            "region in the host",
            [](clouds& c, std::string t) {
                c.aws.region = t;
                c.aws.endpoint_url.clear();
            },
            region),
        aws_setting(
            "host", [](clouds& c, std::string t) { c.aws.endpoint_url = "https://" + t + ".test"; }, host, lower_case,
            "/?"),
        aws_setting(
            "path of the URL",
            [](clouds& c, std::string t) { c.aws.endpoint_url = "https://service.test/a" + t + "/z"; }, path_only),
        aws_setting(
            "application id", [](clouds& c, std::string t) { c.aws.client.application_id = t; }, anything, or_dash),
        aws_setting(
            "access key id",
            [](clouds& c, std::string t) { c.aws.credentials = auth::aws::static_credentials(t, secret("key")); },
            access_key),
        aws_setting(
            "session token",
            [](clouds& c, std::string t) {
                c.aws.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("key"), secret(t));
            },
            field_value),
    };
}

std::vector<field> azure_fields()
{
    using r = azure_request;
    return {
        azure_member(
            "content type", [](r& q, std::string t) { q.content_type(t); }, ascii_value),
        azure_member(
            "accept", [](r& q, std::string t) { q.accept(t); }, ascii_value),
        azure_member(
            "deployment", [](r& q, std::string t) { q.deployment(t); }, deployment),
        azure_member(
            "client request id", [](r& q, std::string t) { q.client_request_id(t); }, ascii_value),
        azure_member(
            "request id", [](r& q, std::string t) { q.request_id(t); }, ascii_value),
        azure_member(
            "route", [](r& q, std::string t) { q.path("/a" + t + "/z"); }, target),
        azure_member(
            "query of the route", [](r& q, std::string t) { q.path("/a?b" + t + "&z"); }, target),
        azure_member(
            "header name", [](r& q, std::string t) { q.header(t, "v"); }, token),
        azure_member(
            "header value", [](r& q, std::string t) { q.header("x-own", t); }, field_value),
        {"Azure ML header name of a call",
         [](clouds& c, std::string t) { return c.score(r(body("x")), call_options().header(t, "v")); }, token},
        {"Azure ML header value of a call",
         [](clouds& c, std::string t) { return c.score(r(body("x")), call_options().header("x-own", t)); },
         field_value},
        azure_setting(
            "host", [](clouds& c, std::string t) { c.scoring_uri = "https://" + t + ".test/score"; }, host, lower_case,
            "/?"),
        azure_setting(
            "path of the URI", [](clouds& c, std::string t) { c.scoring_uri = "https://a.test/b" + t + "/z"; }, target),
        azure_setting(
            "query of the URI", [](clouds& c, std::string t) { c.scoring_uri = "https://a.test/b?c" + t + "&z"; },
            target),
        azure_setting(
            "bearer key", [](clouds& c, std::string t) { c.azure.key = secret(t); },
            [](int b, place at) { return field_value(b, at == place::front ? place::inside : at); }),
        azure_setting(
            "api-key", [](clouds& c, std::string t) { c.azure.client.auth = auth::api_key(secret(t)); }, field_value),
        azure_setting(
            "name of the key's header",
            [](clouds& c, std::string t) { c.azure.client.auth = auth::header(t, secret("key")); }, token),
        azure_setting(
            "application id", [](clouds& c, std::string t) { c.azure.client.application_id = t; }, anything, or_dash),
    };
}

} // namespace

TEST_CASE("sweep: no byte in any text given to the SageMaker client reaches the wire unchecked")
{
    auto const fields = aws_fields();
    auto const calls = sweep_all(fields);
    MESSAGE(fields.size() << " fields, " << calls << " calls");
    CHECK(fields.size() >= 20);
}

TEST_CASE("sweep: no byte in any text given to the Azure ML client reaches the wire unchecked")
{
    auto const fields = azure_fields();
    auto const calls = sweep_all(fields);
    MESSAGE(fields.size() << " fields, " << calls << " calls");
    CHECK(fields.size() >= 18);
}

TEST_CASE("sweep: a slash and a question mark end the host, and what they begin is no part of it")
{
    clouds c;
    c.scoring_uri = "https://qv/jz.test/score";
    CHECK(c.score(azure_request(body("x"))).wire.starts_with("to qv\r\nPOST /jz.test/score HTTP/1.1\r\nhost: qv\r\n"));
    c.scoring_uri = "https://qv?jz.test/score";
    CHECK(c.score(azure_request(body("x"))).wire.starts_with("to qv\r\nPOST /?jz.test/score HTTP/1.1\r\nhost: qv\r\n"));
    c.aws.endpoint_url = "https://qv/jz.test";
    CHECK(c.invoke(aws_request("iris")).wire.starts_with("to qv\r\nPOST /jz.test/endpoints/iris/invocations HTTP/1.1"));
    c.aws.endpoint_url = "https://qv?jz.test";
    CHECK(c.invoke(aws_request("iris")).wire.empty()); // an endpoint URL has no query
    c.scoring_uri = "https://qv/score?"; // nothing is asked for: the question mark goes
    CHECK(c.score(azure_request(body("x"))).wire.starts_with("to qv\r\nPOST /score HTTP/1.1\r\n"));
}

TEST_CASE("sweep: a proxy's user and password reach the proxy in base64, and no byte of its host is taken on trust")
{
    auto const expected = [](std::string const& user_and_password) {
        return "CONNECT service.test:443 HTTP/1.1\r\nhost: service.test:443\r\nproxy-authorization: Basic " +
               codec::base64_encode(user_and_password) + "\r\n\r\n";
    };
    int calls = 0;
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const c(1, static_cast<char>(b));
        auto const user = connect_through("http://qv" + c + "jz:secret@proxy.test:3128");
        auto const password = connect_through("http://user:qv" + c + "jz@proxy.test:3128");
        if (b == '%') { // begins an encoded byte, and "jz" is none
            CHECK(user.wire.empty());
            CHECK(password.wire.empty());
        }
        else {
            CHECK(user.wire == expected("qv" + c + "jz:secret"));
            CHECK(password.wire == expected("user:qv" + c + "jz"));
        }
        auto const proxied = connect_through("http://qv" + c + "jz.test:3128");
        bool const good = host(b, place::inside);
        if (b != '@') // everything before it is a user
            CHECK(proxied.wire.empty() != good);
        for (auto const* const one : {&user, &password, &proxied}) {
            REQUIRE(one->failure);
            CHECK((*one->failure == errc::invalid_argument || *one->failure == errc::proxy_failed));
            CHECK(one->failure->outcome() == outcome::not_sent);
            CHECK(one->failure->to_string().find("secret") == std::string::npos);
            ++calls;
        }
    }
    MESSAGE(calls << " proxies");
}
