#include <augur/core/log.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;

TEST_CASE("redact: a header nobody vouched for shows its size and nothing else")
{
    for (std::string_view const name : {"authorization",
                                        "Authorization",
                                        "proxy-authorization",
                                        "api-key",
                                        "Api-Key",
                                        "x-api-key",
                                        "ocp-apim-subscription-key",
                                        "x-amz-security-token",
                                        "X-Amz-Security-Token",
                                        "x-aws-ec2-metadata-token",
                                        "x-amz-sso_bearer_token",
                                        "cookie",
                                        "set-cookie",
                                        "x-functions-key",
                                        "www-authenticate",
                                        "location",
                                        "referer",
                                        "x-amzn-sagemaker-custom-attributes",
                                        "x-amzn-sagemaker-session-id",
                                        "x-anything-new",
                                        "",
                                        "content-typ",
                                        "content-type ",
                                        "xdate",
                                        "date2"}) {
        CAPTURE(name);
        CHECK(redact(name, "hunter2-hunter2") == "(15 bytes)");
        CHECK(redact(name, "") == "(0 bytes)");
    }
}

TEST_CASE("redact: what is harmless and helps is shown, whatever the case of its name")
{
    for (std::string_view const name :
         {"content-type", "Content-Type", "CONTENT-LENGTH", "date", "host", "retry-after", "server", "x-amzn-requestid",
          "x-amzn-RequestId", "x-ms-request-id", "x-request-id", "user-agent", "x-amz-date", "x-amzn-errortype",
          "azureml-model-deployment"}) {
        CAPTURE(name);
        CHECK(redact(name, "some value") == "some value");
    }
}

TEST_CASE("redact: a harmless header still cannot break the line or fill the log")
{
    CHECK(redact("server", "a\r\nforged") == "a\\r\\nforged");
    CHECK(redact("server", "\x1b[2J") == "\\x1b[2J");
    CHECK(redact("server", std::string(100'000, 'x')).size() <= 256 + 3);
    CHECK(redact("server", std::string(100'000, '\0')).size() <= 256 + 3);
}

TEST_CASE("redact: every canary in every header that can hold one stays hidden")
{
    std::string const canary = "CANARY-7f3a";
    for (std::string_view const prefix : {"Bearer ", "Basic ", "AWS4-HMAC-SHA256 Credential=", "", "token="})
        for (std::string_view const name :
             {"authorization", "api-key", "x-amz-security-token", "proxy-authorization", "cookie"})
            CHECK(redact(name, std::string(prefix) + canary).find(canary) == std::string::npos);
}
