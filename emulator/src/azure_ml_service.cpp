#include <augur/emulator/azure_ml_service.hpp>

#include <augur/codec/sha256.hpp>
#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/token_book.hpp>

#include <boost/asio/awaitable.hpp>

#include "json.hpp"
#include "random.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace augur::emulator {

namespace {

constexpr std::string_view host_suffix = ".inference.ml.azure.com";
constexpr std::size_t longest_id = 100;

/// A text from a model on one header line: printable ASCII, short.
std::string header_text(std::string_view text)
{
    std::string out(text.substr(0, 200));
    for (auto& c : out)
        if (c < 0x20 || c > 0x7E)
            c = ' ';
    return out;
}

/// "message" of the container's JSON, else its text.
std::string reason_of(container_reply const& reply)
{
    auto const parsed = parse_json(reply.body);
    if (parsed.value && parsed.value->is_object()) {
        auto const found = parsed.value->find("message");
        if (found != parsed.value->end() && found->is_string())
            return header_text(found->get_ref<std::string const&>());
    }
    return header_text(reply.body);
}

} // namespace

response azure_ml_error(int status, std::string_view code, std::string_view message)
{
    json body;
    body["error"]["code"] = std::string(code);
    body["error"]["message"] = std::string(message);
    return json_response(status, dump(body));
}

azure_ml_service::azure_ml_service(azure_ml_options options) : options_(std::move(options)), random_(options_.seed) {}

void azure_ml_service::reset()
{
    std::scoped_lock const lock(mutex_);
    random_.seed(options_.seed);
}

bool azure_ml_service::matches(request const& r) const
{
    return r.host().ends_with(host_suffix) || r.path().ends_with("/score");
}

std::optional<response> azure_ml_service::refuse_token(std::string_view token, context const& c) const
{
    auto const state = options_.tokens
                           ? options_.tokens->check(token,
                                                    {"https://ml.azure.com", "https://ml.azure.us",
                                                     "https://ml.azure.cn", endpoint_token_audience(options_.endpoint)},
                                                    c.now)
                           : token_state::unknown;
    if (state == token_state::good)
        return std::nullopt;
    auto const message = state == token_state::wrong_audience ? "Microsoft Entra Token denied by policy"
                         : state == token_state::expired      ? "The token is over."
                                                              : "Access denied due to an invalid key.";
    auto answer = azure_ml_error(401, "Unauthorized", message);
    if (state == token_state::revoked)
        answer.headers.add("WWW-Authenticate", claims_challenge(c.now));
    return answer;
}

std::optional<response> azure_ml_service::refuse(request const& r, context const& c) const
{
    auto const host = r.host();
    bool const other_endpoint = host.ends_with(host_suffix) &&
                                host != options_.endpoint + "." + options_.region + std::string(host_suffix);
    if (other_endpoint || r.path() != "/score")
        return azure_ml_error(404, "NotFound", "There is no endpoint at this URL.");
    if (r.method != "POST")
        return azure_ml_error(405, "MethodNotAllowed", "Use POST.");

    auto authorization = r.headers.get("authorization");
    if (authorization.size() <= 7 || !same_name(authorization.substr(0, 7), "Bearer "))
        return azure_ml_error(401, "Unauthorized", "The authorization header with a bearer key or token is missing.");
    authorization.remove_prefix(7);
    bool const known = std::any_of(options_.keys.begin(), options_.keys.end(), [&](std::string const& key) {
        return codec::equal_in_constant_time(key, authorization);
    });
    if (!known)
        if (auto refused = refuse_token(authorization, c))
            return refused;

    for (auto const* name : {"x-request-id", "x-ms-client-request-id", "x-ms-request-id"})
        if (r.headers.get(name).size() > longest_id)
            return azure_ml_error(431, "RequestHeaderFieldsTooLarge",
                                  std::string(name) + " must have at most 100 characters.");
    if (r.body.size() > options_.max_body)
        return azure_ml_error(413, "RequestEntityTooLarge", "The request body is too large.");
    return std::nullopt;
}

azure_deployment const* azure_ml_service::choose(request const& r)
{
    if (auto const wanted = r.headers.find("azureml-model-deployment")) {
        for (auto const& d : options_.deployments)
            if (d.name == *wanted)
                return &d;
        return nullptr;
    }
    int total = 0;
    for (auto const& d : options_.deployments)
        total += d.traffic;
    if (total == 0)
        return nullptr;
    std::scoped_lock const lock(mutex_);
    double at = random_unit(random_) * total;
    azure_deployment const* chosen = nullptr;
    for (auto const& d : options_.deployments) {
        if (d.traffic == 0)
            continue;
        chosen = &d;
        if ((at -= d.traffic) < 0)
            break;
    }
    return chosen;
}

boost::asio::awaitable<response> azure_ml_service::handle(request const& r, context const& c)
{
    auto answer = refuse(r, c).value_or(response());
    if (answer.status == 200) {
        if (auto const* deployment = choose(r); !deployment) {
            answer =
                azure_ml_error(404, "NotFound", "There is no deployment of that name, or none with positive traffic.");
        }
        else if (deployment->fault) {
            answer = *deployment->fault;
            answer.headers.set("azureml-model-deployment", deployment->name);
        }
        else {
            container_call call;
            call.content_type = r.headers.get("content-type");
            call.accept = r.headers.get("accept");
            call.body = r.body;
            auto const start = std::chrono::steady_clock::now();
            auto reply = co_await deployment->host->invoke(std::move(call));
            std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - start;

            if (reply.status == 0 && reply.fault == container_fault::connection) {
                answer = azure_ml_error(502, "BadGateway", reply.body);
            }
            else if (reply.status == 0) {
                answer = azure_ml_error(408, "RequestTimeout", "The model took longer than its request timeout.");
            }
            else {
                bool const good = reply.status == 200;
                answer.status = good ? 200 : 424;
                if (!good) {
                    answer.headers.add("ms-azureml-model-error-statuscode", std::to_string(reply.status));
                    answer.headers.add("ms-azureml-model-error-reason", reason_of(reply));
                }
                if (reply.status >= 500)
                    answer.headers.add("x-ms-run-function-failed", "True");
                char milliseconds[32];
                std::snprintf(milliseconds, sizeof milliseconds, "%.3f", took.count());
                answer.headers.add("x-ms-run-fn-exec-ms", milliseconds);
                answer.headers.add("x-ms-server-version", "augur-emulator");
                answer.headers.add("Content-Type", reply.content_type);
                answer.body = std::move(reply.body);
            }
            answer.headers.add("azureml-model-deployment", deployment->name);
        }
    }
    // Ids come back on every answer; an id that is too long does not.
    auto const echoed = [&](char const* name) {
        auto const value = r.headers.get(name);
        return value.size() <= longest_id ? header_text(value) : std::string();
    };
    auto const id = echoed("x-request-id");
    answer.headers.set("x-request-id", id.empty() ? c.request_id : id);
    answer.headers.set("x-ms-request-id", c.request_id);
    if (auto const client_id = echoed("x-ms-client-request-id"); !client_id.empty())
        answer.headers.set("x-ms-client-request-id", client_id);
    co_return answer;
}

} // namespace augur::emulator
