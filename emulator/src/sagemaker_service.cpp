#include <augur/emulator/sagemaker_service.hpp>

#include <augur/emulator/identity/aws_accounts.hpp>

#include <boost/asio/awaitable.hpp>

#include "identity/text.hpp"
#include "json.hpp"
#include "random.hpp"
#include "sagemaker_limits.hpp"
#include "sagemaker_plan.hpp"

#include <algorithm>
#include <chrono>

namespace augur::emulator {

namespace {

constexpr std::size_t mebibyte = 1u << 20;
constexpr std::size_t real_time_body = 25 * mebibyte;
constexpr std::size_t serverless_body = 4 * mebibyte;
constexpr std::size_t message_cap = 2048; // the model's limit of Message and OriginalMessage

response validation_error(std::string_view message)
{
    return sagemaker_error(400, "ValidationError", message);
}

/// An error of the signature layer, which spells its member in lower case.
response access_error(sigv4_failure const& failure)
{
    json body;
    body["message"] = failure.message;
    auto r = json_response(failure.status, dump(body));
    r.headers.add("x-amzn-ErrorType", failure.code);
    return r;
}

} // namespace

response sagemaker_error(int status, std::string_view type, std::string_view message)
{
    json body;
    body["Message"] = std::string(message.substr(0, message_cap));
    auto r = json_response(status, dump(body));
    r.headers.add("x-amzn-ErrorType", std::string(type));
    return r;
}

sagemaker_service::sagemaker_service(sagemaker_options options) : options_(std::move(options)), random_(options_.seed)
{
    reset();
}

void sagemaker_service::reset()
{
    std::scoped_lock const lock(mutex_);
    random_.seed(options_.seed);
    sessions_.clear();
    cold_.clear();
    quirks_ = {};
    for (auto const& e : options_.endpoints)
        cold_[e.name] = e.cold_answers;
}

void sagemaker_service::cool(std::string_view endpoint, int answers)
{
    std::scoped_lock const lock(mutex_);
    cold_[std::string(endpoint)] = answers;
}

int sagemaker_service::cold_answers_left(std::string_view endpoint) const
{
    std::scoped_lock const lock(mutex_);
    auto const found = cold_.find(endpoint);
    return found == cold_.end() ? 0 : found->second;
}

std::size_t sagemaker_service::open_sessions() const
{
    std::scoped_lock const lock(mutex_);
    return sessions_.size();
}

bool sagemaker_service::matches(request const& r) const
{
    return r.path().starts_with("/endpoints/") || r.host().starts_with("runtime.sagemaker.");
}

boost::asio::awaitable<response> sagemaker_service::handle(request const& r, context const& c)
{
    auto p = decide(r, c);
    response answer;
    if (p.answer) {
        answer = std::move(*p.answer);
    }
    else {
        auto reply = co_await p.host->invoke(std::move(p.call));
        answer = conclude(p, std::move(reply));
    }
    answer.headers.add("x-amzn-RequestId", c.request_id);
    co_return answer;
}

sagemaker_service::plan sagemaker_service::decide(request const& r, context const& c)
{
    plan p;
    auto const target = sagemaker_target_of(r.path());
    if (!target || r.method != "POST") {
        p.answer = sagemaker_error(404, "UnknownOperationException", "The requested operation is not recognized.");
        return p;
    }
    sigv4_policy policy;
    policy.regions = options_.regions;
    p.operation = target->operation;
    p.component = target->component;
    auto const verify = [&](std::vector<aws_credential> const& keys) {
        return p.operation == sagemaker_operation::chat ? verify_sagemaker_token(r, keys, options_.regions, c.now)
                                                        : verify_sigv4(r, keys, policy, c.now);
    };
    auto verdict = verify(options_.credentials);
    std::vector<aws_credential> issued;
    if (verdict.failure && !verdict.credential && options_.accounts) {
        issued = options_.accounts->issued();
        verdict = verify(issued);
    }
    if (verdict.failure) {
        p.answer = access_error(*verdict.failure);
        return p;
    }
    p.endpoint = target->endpoint;
    p.account = verdict.credential->account;
    p.region = verdict.region;
    if (!verdict.credential->may_invoke) {
        p.answer = access_error({403, "AccessDeniedException",
                                 "User: arn:aws:iam::" + p.account +
                                     ":user/emulator is not authorized to perform: sagemaker:InvokeEndpoint on "
                                     "resource: arn:aws:sagemaker:" +
                                     p.region + ":" + p.account + ":endpoint/" + p.endpoint.substr(0, 63)});
        return p;
    }
    if (auto const broken = broken_sagemaker_limit(p.endpoint, r.headers)) {
        p.answer = sagemaker_error(400, "ValidationError:http://internal.amazon.com/coral/com.amazon.coral.validate/",
                                   *broken);
        return p;
    }
    auto const found = std::find_if(options_.endpoints.begin(), options_.endpoints.end(),
                                    [&](sagemaker_endpoint const& e) { return e.name == p.endpoint; });
    if (found == options_.endpoints.end()) {
        p.answer = validation_error("Endpoint " + p.endpoint + " of account " + p.account + " not found.");
        return p;
    }
    auto const& e = *found;
    if (e.serverless && r.body.size() > serverless_body) {
        p.answer = validation_error("The request body has " + std::to_string(r.body.size()) +
                                    " bytes; a serverless endpoint takes at most " + std::to_string(serverless_body) +
                                    ".");
        return p;
    }
    if (r.body.size() > real_time_body) { // the load balancer's answer: neither JSON nor an error type
        response too_large;
        too_large.status = 413;
        too_large.headers.add("Content-Type", "text/html");
        too_large.body = "<html><body><h1>413 Request Entity Too Large</h1></body></html>";
        p.answer = std::move(too_large);
        return p;
    }
    if (e.fault) {
        p.answer = e.fault;
        return p;
    }

    std::scoped_lock const lock(mutex_);
    if (auto const cold = cold_.find(e.name); cold != cold_.end() && cold->second > 0) {
        --cold->second;
        p.answer = sagemaker_error(429, "ModelNotReadyException",
                                   "The model of endpoint " + e.name + " is still being loaded. Try again.");
        return p;
    }
    choose_target(r, e, p);
    if (!p.answer)
        enter_session(r, e, c, p);
    if (!p.answer)
        forward_headers(r, p);
    return p;
}

void sagemaker_service::choose_target(request const& r, sagemaker_endpoint const& e, plan& p)
{
    auto const wanted_variant = r.headers.find("x-amzn-sagemaker-target-variant");
    sagemaker_variant const* variant = nullptr;
    if (wanted_variant) {
        for (auto const& v : e.variants)
            if (v.name == *wanted_variant)
                variant = &v;
        if (!variant) {
            p.answer =
                validation_error("Variant " + std::string(*wanted_variant) + " of endpoint " + e.name + " not found.");
            return;
        }
    }
    else {
        double total = 0;
        for (auto const& v : e.variants)
            total += v.weight;
        double at = random_unit(random_) * total;
        for (auto const& v : e.variants) {
            variant = &v;
            if ((at -= v.weight) < 0)
                break;
        }
    }
    p.variant = variant->name;
    p.host = variant->host;
    if (e.permissive)
        return;

    struct kind
    {
        char const* header;
        sagemaker_endpoint::targets const& known;
        std::string missing, unknown;
    };
    kind const kinds[] = {
        {"x-amzn-sagemaker-target-model", e.models,
         "Endpoint " + e.name + " hosts several models: the header X-Amzn-SageMaker-Target-Model is required.",
         "Failed to download model data(bucket: emulator-models, key: %). Please ensure that there is an object "
         "located at the URL and that the role passed to CreateModel has permissions to download the object."},
        {"x-amzn-sagemaker-inference-component", e.components,
         "Inference Component Name header is required for endpoints to which you plan to deploy inference "
         "components. Please include Inference Component Name header or consider using SageMaker models.",
         "Inference Component % of endpoint " + e.name + " not found."},
        {"x-amzn-sagemaker-target-container-hostname", e.hosts,
         "Endpoint " + e.name +
             " hosts several containers: the header X-Amzn-SageMaker-Target-Container-Hostname is required.",
         "Container % of endpoint " + e.name + " not found."},
    };
    for (auto const& k : kinds) {
        auto value = r.headers.find(k.header);
        if (&k.known == &e.components && !p.component.empty())
            value = p.component;
        if (!value && k.known.empty())
            continue;
        if (!value) {
            p.answer = validation_error(k.missing);
            return;
        }
        if (k.known.empty()) {
            p.answer = validation_error("The header " + std::string(k.header) + " has no meaning for endpoint " +
                                        e.name + ".");
            return;
        }
        auto const found = k.known.find(std::string(*value));
        if (found == k.known.end()) {
            auto message = k.unknown;
            p.answer = validation_error(message.replace(message.find('%'), 1, *value));
            return;
        }
        p.host = found->second;
    }
}

void sagemaker_service::enter_session(request const& r, sagemaker_endpoint const& e, context const& c, plan& p)
{
    auto const wanted = r.headers.find("x-amzn-sagemaker-session-id");
    if (!wanted || (e.permissive && !e.stateful))
        return;
    if (!e.stateful) {
        p.answer = validation_error("Endpoint " + e.name + " does not keep sessions.");
        return;
    }
    if (*wanted == "NEW_SESSION" && p.operation != sagemaker_operation::invoke) {
        p.answer = validation_error("A session cannot be opened by this operation; open it with InvokeEndpoint.");
        return;
    }
    if (*wanted == "NEW_SESSION") {
        constexpr std::size_t most = 10'000; // a client that never closes must not eat the memory
        std::erase_if(sessions_, [&](auto const& entry) { return entry.second.expires <= c.now; });
        if (sessions_.size() >= most) {
            p.answer = sagemaker_error(503, "ServiceUnavailable", "Too many open sessions.");
            return;
        }
        auto const id = new_session_id();
        auto const expires = c.now + options_.session_lifetime;
        sessions_[id] = {e.name, expires, 1};
        p.new_session = id + "; Expires=" + iso_time(expires);
        p.custom_attributes = "session-calls=1";
        return;
    }
    auto const found = sessions_.find(*wanted);
    if (found == sessions_.end() || found->second.endpoint != e.name || found->second.expires <= c.now) {
        if (found != sessions_.end() && found->second.expires <= c.now)
            sessions_.erase(found);
        p.answer = validation_error("Session " + std::string(*wanted) + " of endpoint " + e.name +
                                    " is closed, expired or was never opened.");
        return;
    }
    p.custom_attributes = "session-calls=" + std::to_string(++found->second.calls);
    if (r.headers.get("x-amzn-sagemaker-custom-attributes") == "close-session") {
        p.closing_session = found->first;
        sessions_.erase(found);
    }
}

void sagemaker_service::forward_headers(request const& r, plan& p) const
{
    p.call.content_type = r.headers.get("content-type");
    // The stream's own accept header is taken by the event stream, so the model's travels in another.
    bool const streams = p.operation == sagemaker_operation::invoke_with_stream;
    p.call.accept = r.headers.get(streams ? "x-amzn-sagemaker-accept" : "accept");
    if (p.operation == sagemaker_operation::chat)
        p.call.path = "/v1/chat/completions";
    for (auto const* name : {"X-Amzn-SageMaker-Custom-Attributes", "X-Amzn-SageMaker-Target-Model",
                             "X-Amzn-SageMaker-Target-Variant", "X-Amzn-SageMaker-Target-Container-Hostname",
                             "X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Enable-Explanations",
                             "X-Amzn-SageMaker-Inference-Component", "X-Amzn-SageMaker-Session-Id"})
        if (auto const value = r.headers.find(name))
            p.call.headers.add(name, std::string(*value));
    p.call.body = r.body;
}

response sagemaker_service::conclude(plan& p, container_reply reply)
{
    response answer;
    if (p.custom_attributes.empty())
        p.custom_attributes = reply.headers.get("x-amzn-sagemaker-custom-attributes");
    if (reply.status >= 200 && reply.status < 300) {
        add_success(p, std::move(reply), answer);
    }
    else {
        auto const group = "/aws/sagemaker/Endpoints/" + p.endpoint;
        bool const late = reply.status == 0 && reply.fault == container_fault::timed_out;
        bool const client = reply.status != 0 && reply.status < 500;
        auto const kind = late ? "invocation timed out" : client ? "client error" : "server error";
        auto const original = reply.body.substr(0, message_cap);
        json body;
        body["Message"] = "Received " + std::string(kind) + " (" + std::to_string(reply.status) +
                          ") from primary with message \"" + original.substr(0, 1024) + "\". See https://" + p.region +
                          ".console.aws.amazon.com/cloudwatch/home?region=" + p.region +
                          "#logEventViewer:group=" + group + " in account " + p.account + " for more information.";
        body["OriginalStatusCode"] = reply.status;
        body["OriginalMessage"] = original;
        body["LogStreamArn"] = "arn:aws:logs:" + p.region + ":" + p.account + ":log-group:" + group;
        answer = json_response(424, dump(body));
        answer.headers.add("x-amzn-ErrorType", "ModelError");
    }
    answer.headers.add("x-Amzn-Invoked-Production-Variant", p.variant);
    if (!p.custom_attributes.empty())
        answer.headers.add("X-Amzn-SageMaker-Custom-Attributes", p.custom_attributes);
    if (!p.new_session.empty())
        answer.headers.add("X-Amzn-SageMaker-New-Session-Id", p.new_session);
    if (!p.closing_session.empty())
        answer.headers.add("X-Amzn-SageMaker-Closed-Session-Id", p.closing_session);
    return answer;
}

std::string sagemaker_service::new_session_id()
{
    auto const high = random_();
    return make_uuid(high, random_());
}

} // namespace augur::emulator
