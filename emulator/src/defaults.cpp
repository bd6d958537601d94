#include "defaults.hpp"

#include <augur/emulator/language_container.hpp>

#include "json.hpp"
#include "random.hpp"

#include <augur/codec/base64.hpp>

namespace augur::emulator {

namespace {

/// Fails as a model whose code throws.
std::shared_ptr<container> failing_host()
{
    return std::make_shared<function_container>([](container_call const&) {
        return container_reply{500, "application/json", R"({"message":"the model raised an exception"})", {}};
    });
}

/// Never answers in time, as the platform sees it.
std::shared_ptr<container> silent_host()
{
    return std::make_shared<function_container>([](container_call const&) {
        return container_reply{0, "", "Your invocation timed out while waiting for a response from the container.", {}};
    });
}

/// Answers what it was sent: `{"content_type","accept","headers":{...},"body_base64"}`.
std::shared_ptr<container> echo_host()
{
    return std::make_shared<function_container>([](container_call const& call) {
        json answer;
        answer["content_type"] = call.content_type;
        answer["accept"] = call.accept;
        answer["headers"] = json::object();
        for (auto const& [name, value] : call.headers.lines())
            answer["headers"][name] = value;
        answer["body_base64"] = codec::base64_encode(call.body);
        container_reply reply{200, "application/json", dump(answer), {}};
        if (auto const attributes = call.headers.find("x-amzn-sagemaker-custom-attributes"))
            reply.headers.add("X-Amzn-SageMaker-Custom-Attributes", std::string(*attributes));
        return reply;
    });
}

sagemaker_endpoint faulty(std::string name, int status, std::string_view type, std::string_view message)
{
    sagemaker_endpoint e;
    e.name = std::move(name);
    e.fault = sagemaker_error(status, type, message);
    return e;
}

/// The access keys' ids are as long as real ones and end in random letters; the secrets are all random.
aws_credential random_credential(std::string access_key, std::string secret_key)
{
    aws_credential c;
    c.access_key = access_key.empty() ? "AKIAEMULATOR" + random_text(8) : std::move(access_key);
    c.secret_key = secret_key.empty() ? random_text(40) : std::move(secret_key);
    return c;
}

} // namespace

std::vector<sagemaker_endpoint> default_sagemaker_endpoints(model_hosts const& hosts)
{
    auto const& lda = hosts.discriminant;
    auto const& knn = hosts.neighbours;
    std::vector<sagemaker_endpoint> endpoints;
    auto const add = [&](std::string name, std::vector<sagemaker_variant> variants) -> sagemaker_endpoint& {
        auto& e = endpoints.emplace_back();
        e.name = std::move(name);
        e.variants = std::move(variants);
        return e;
    };
    add("iris-prediction-endpoint", {{"discriminant", 0.7, lda}, {"neighbours", 0.3, knn}});
    add("iris-multi-model-endpoint", {{"AllTraffic", 1, lda}}).models = {{"discriminant.tar.gz", lda},
                                                                         {"neighbours.tar.gz", knn}};
    add("iris-components-endpoint", {{"AllTraffic", 1, lda}}).components = {{"iris-discriminant", lda},
                                                                            {"iris-neighbours", knn}};
    add("iris-multi-container-endpoint", {{"AllTraffic", 1, lda}}).hosts = {{"discriminant", lda}, {"neighbours", knn}};
    add("iris-stateful-endpoint", {{"AllTraffic", 1, lda}}).stateful = true;
    add("iris-cold-endpoint", {{"AllTraffic", 1, lda}}).cold_answers = 2;
    add("iris-serverless-endpoint", {{"AllTraffic", 1, lda}}).serverless = true;
    add("failing-endpoint", {{"AllTraffic", 1, failing_host()}});
    add("silent-endpoint", {{"AllTraffic", 1, silent_host()}});
    add("echo-endpoint", {{"AllTraffic", 1, echo_host()}, {"other", 0, echo_host()}}).permissive = true;
    using dialect = language_container::dialect;
    std::pair<char const*, dialect> const language[] = {{"chat-endpoint", dialect::messages},
                                                        {"tgi-endpoint", dialect::tgi},
                                                        {"lmi-endpoint", dialect::lmi},
                                                        {"lmi-outputs-endpoint", dialect::outputs}};
    for (auto const& [name, speaks] : language)
        add(name, {{"AllTraffic", 1, std::make_shared<language_container>(hosts.language, speaks, hosts.seed)}});
    add("chat-components-endpoint", {{"AllTraffic", 1, lda}}).components = {
        {"chat", std::make_shared<language_container>(hosts.language, dialect::messages, hosts.seed)}};
    endpoints.push_back(faulty("throttled-endpoint", 400, "ThrottlingException", "Rate exceeded"));
    endpoints.push_back(faulty("internal-failure-endpoint", 500, "InternalFailure", "An internal failure occurred."));
    endpoints.push_back(faulty("unavailable-endpoint", 503, "ServiceUnavailable", "The service is unavailable."));
    endpoints.push_back(
        faulty("dependency-endpoint", 530, "InternalDependencyException", "A dependency of the service failed."));
    return endpoints;
}

std::vector<azure_deployment> default_azure_deployments(model_hosts const& hosts)
{
    return {
        {"blue", 90, hosts.discriminant},
        {"green", 10, hosts.neighbours},
        {"failing", 0, failing_host()},
        {"echo", 0, echo_host()},
        {"slow", 0, silent_host()}, // 408
        {"busy", 0, nullptr, azure_ml_error(429, "TooManyRequests", "Too many requests are pending.")},
    };
}

std::vector<openai_deployment> default_openai_deployments()
{
    using kind = openai_deployment::kind;
    std::vector<openai_deployment> deployments;
    auto const add = [&](std::string name, kind does) -> openai_deployment& {
        auto& d = deployments.emplace_back();
        d.name = std::move(name);
        d.does = does;
        if (does == kind::embedding)
            d.model = "augur-character-ngrams-1";
        return d;
    };
    add("gpt-4o", kind::chat);
    add("gpt-4o-mini", kind::chat);
    add("o4-mini", kind::chat).reasons = true;
    add("text-embedding-3-small", kind::embedding);
    add("text-embedding-3-large", kind::embedding).dimensions = 3072;
    auto busy = azure_ml_error(429, "429",
                               "Requests to the ChatCompletions_Create Operation have exceeded the token rate limit "
                               "of the deployment. Please retry after 2 seconds.");
    busy.headers.add("retry-after", "2");
    busy.headers.add("retry-after-ms", "1500");
    busy.headers.add("x-ratelimit-remaining-requests", "0");
    busy.headers.add("x-ratelimit-remaining-tokens", "0");
    add("busy", kind::chat).fault = std::move(busy);
    return deployments;
}

test_credentials make_credentials(server_options const& options)
{
    using namespace std::chrono_literals;
    auto const now = options.clock ? options.clock() : std::chrono::system_clock::now();
    test_credentials c;
    c.main = random_credential(options.access_key, options.secret_key);
    c.temporary = random_credential("ASIAEMULATOR" + random_text(8), {});
    c.temporary.session_token = random_text(120);
    c.temporary.expires = now + 1h;
    c.expired = random_credential("ASIAEMULATOR" + random_text(8), {});
    c.expired.session_token = random_text(120);
    c.expired.expires = now - 1h;
    c.forbidden = random_credential({}, {});
    c.forbidden.may_invoke = false;
    c.azure_key = options.azure_key.empty() ? random_text(32) : options.azure_key;
    c.azure_secondary_key = random_text(32);
    c.azure_openai_key = options.azure_openai_key.empty() ? random_text(32) : options.azure_openai_key;
    c.azure_openai_secondary_key = random_text(32);
    c.openai_key = options.openai_key.empty() ? "sk-emulator-" + random_text(32) : options.openai_key;
    c.container_token = "Basic " + random_text(40);
    c.web_identity_token = random_text(200);
    c.entra_client_secret = random_text(20) + "~+/=&%" + random_text(14); // a form must encode what real ones hold
    c.control_key = random_text(32);
    return c;
}

} // namespace augur::emulator
