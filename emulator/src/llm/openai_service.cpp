#include <augur/emulator/openai_service.hpp>

#include <augur/codec/sha256.hpp>
#include <augur/emulator/identity/token_book.hpp>
#include <augur/emulator/llm/ngram.hpp>

#include <boost/asio/awaitable.hpp>

#include "../json.hpp"
#include "../random.hpp"
#include "chat.hpp"
#include "openai_route.hpp"
#include "responses.hpp"

#include <algorithm>

namespace augur::emulator {

using llm::azure_openai_error;
using llm::openai_error;
using llm::problem;

namespace {

bool among(std::vector<std::string> const& keys, std::string_view key)
{
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string const& k) { return codec::equal_in_constant_time(k, key); });
}

std::string_view bearer(request const& r)
{
    auto const value = r.headers.get("authorization");
    return value.size() > 7 && same_name(value.substr(0, 7), "Bearer ") ? value.substr(7) : std::string_view();
}

} // namespace

openai_service::openai_service(openai_options options, std::shared_ptr<llm::ngram_model const> model)
    : options_(std::move(options)), model_(std::move(model)), random_(options_.seed), stored_(std::make_unique<store>())
{
}

openai_service::~openai_service() = default;

void openai_service::reset()
{
    std::scoped_lock const lock(mutex_);
    random_.seed(options_.seed);
    served_ = 0;
    quirks_ = {};
    *stored_ = {};
}

void openai_service::set_quirks(openai_quirks quirks)
{
    std::scoped_lock const lock(mutex_);
    quirks_ = quirks;
}

std::uint64_t openai_service::next_seed()
{
    return random_();
}

bool openai_service::matches(request const& r) const
{
    return route::of(r).has_value() || route::is_own_host(r.host());
}

boost::asio::awaitable<response> openai_service::handle(request const& r, context const& c)
{
    co_return respond(r, c);
}

response openai_service::respond(request const& r, context const& c)
{
    std::scoped_lock const lock(mutex_);
    auto const where = route::of(r);
    bool const azure = where ? where->azure() : r.host() != "api.openai.com";
    auto answer = where ? dispatch(r, c, *where) : no_such_resource(azure);
    answer.headers.set("x-request-id", c.request_id);
    answer.headers.set("openai-processing-ms", "7");
    if (azure) {
        answer.headers.set("apim-request-id", c.request_id);
        answer.headers.set("x-ms-region", options_.region);
        if (auto const id = r.headers.get("x-ms-client-request-id"); !id.empty() && id.size() <= 100)
            answer.headers.set("x-ms-client-request-id", std::string(id));
    }
    return answer;
}

std::optional<response> openai_service::refuse_token(std::string_view token, context const& c) const
{
    auto const state =
        options_.tokens
            ? options_.tokens->check(token, {"https://cognitiveservices.azure.com", "https://ai.azure.com"}, c.now)
            : token_state::unknown;
    if (state == token_state::good)
        return std::nullopt;
    if (state == token_state::missing || state == token_state::unknown)
        return azure_openai_error(401, "401",
                                  "Access denied due to invalid subscription key or wrong API endpoint. Make sure "
                                  "to provide a valid key for an active subscription and use a correct regional "
                                  "API endpoint for your resource.");
    auto answer = azure_openai_error(401, "Unauthorized",
                                     "Unauthorized. Access token is missing, invalid, audience is incorrect "
                                     "(https://cognitiveservices.azure.com), or have expired.");
    if (state == token_state::revoked)
        answer.headers.add("WWW-Authenticate", claims_challenge(c.now));
    return answer;
}

std::optional<response> openai_service::refuse(request const& r, context const& c, route const& where) const
{
    auto const key = r.headers.find("api-key");
    auto const token = bearer(r);
    if (where.azure()) {
        if (key && !token.empty())
            return azure_openai_error(400, "BadRequest", "Send either api-key or authorization, not both.");
        bool const token_may_be_key = where.style == route::dialect::azure_v1;
        if (!among(options_.azure_keys, key ? *key : token_may_be_key ? token : std::string_view()))
            if (auto refused = refuse_token(key ? std::string_view() : token, c))
                return refused;
        auto const version = where.query("api-version");
        if (where.style == route::dialect::azure_dated && !route::is_dated_version(version))
            return azure_openai_error(404, "404", "Resource not found");
        if (where.style == route::dialect::azure_v1 && !version.empty() && version != "v1" && version != "preview")
            return azure_openai_error(400, "BadRequest", "API version not supported");
        return std::nullopt;
    }
    if (among(options_.keys, token))
        return std::nullopt;
    if (token.empty())
        return openai_error({401, "You didn't provide an API key. You need to provide your API key in an "
                                  "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."});
    return openai_error({401, "Incorrect API key provided.", "invalid_request_error", {}, "invalid_api_key"});
}

response openai_service::dispatch(request const& r, context const& c, route const& where)
{
    if (auto refused = refuse(r, c, where))
        return std::move(*refused);
    bool const of_a_deployment = where.resource == "/chat/completions" || where.resource == "/embeddings";
    if (where.style == route::dialect::azure_dated && of_a_deployment == where.deployment.empty())
        return no_such_resource(true);
    if (where.resource == "/chat/completions" && r.method == "POST")
        return chat(r, c, where);
    if (where.resource == "/embeddings" && r.method == "POST")
        return embeddings(r, where);
    if (where.resource == "/responses" || where.resource.starts_with("/responses/"))
        return responses(r, c, where);
    if (where.resource.starts_with("/models") && r.method == "GET")
        return models(where, c);
    return no_such_resource(where.azure());
}

openai_deployment const* openai_service::find(std::string_view name) const
{
    for (auto const& d : options_.deployments)
        if (d.name == name)
            return &d;
    return nullptr;
}

openai_deployment const* openai_service::choose(route const& where, std::optional<std::string> const& named,
                                                openai_deployment::kind does, response& answer) const
{
    std::string wanted = where.deployment;
    if (wanted.empty()) {
        if (!named || named->empty()) {
            answer = openai_error(llm::bad("you must provide a model parameter"));
            return nullptr;
        }
        wanted = *named;
    }
    auto const* found = find(wanted);
    if (!found) {
        if (where.azure())
            answer = azure_openai_error(404, "DeploymentNotFound",
                                        "The API deployment for this resource does not exist. If you created the "
                                        "deployment within the last 5 minutes, please wait a moment and try again.");
        else
            answer = openai_error(
                {404,
                 "The model `" + wanted.substr(0, 100) + "` does not exist or you do not have access to it.",
                 "invalid_request_error",
                 {},
                 "model_not_found"});
        return nullptr;
    }
    if (found->fault) {
        answer = *found->fault;
        return nullptr;
    }
    if (found->does != does) {
        auto const message =
            std::string(does == openai_deployment::kind::chat ? "The chatCompletion" : "The embeddings") +
            " operation does not work with the specified model, " + wanted +
            ". Please choose different model and try again.";
        answer = where.azure() ? azure_openai_error(400, "OperationNotSupported", message)
                               : openai_error({400, message});
        return nullptr;
    }
    return found;
}

/// What successful answers say about the limits.
void openai_service::add_limits(response& answer)
{
    ++served_;
    constexpr std::size_t requests = 1000;
    constexpr std::size_t tokens = 100'000;
    answer.headers.add("x-ratelimit-limit-requests", std::to_string(requests));
    answer.headers.add("x-ratelimit-limit-tokens", std::to_string(tokens));
    answer.headers.add("x-ratelimit-remaining-requests", std::to_string(requests - served_ % requests));
    answer.headers.add("x-ratelimit-remaining-tokens", std::to_string(tokens - 40 * (served_ % requests)));
    answer.headers.add("x-ratelimit-reset-requests", "60ms");
    answer.headers.add("x-ratelimit-reset-tokens", "1s");
}

response openai_service::chat(request const& r, context const& c, route const& where)
{
    response answer;
    auto const body = body_of(r, answer);
    auto const* deployment = body ? choose(where, text_member(*body, "model"), openai_deployment::kind::chat, answer)
                                  : nullptr;
    if (!deployment)
        return answer;
    problem p;
    auto const call = llm::read_chat(*body, {deployment->context_window, deployment->reasons}, p);
    if (p)
        return openai_error(p);
    if (where.azure() && call.input.question.find(llm::prompt_filter_word) != std::string::npos)
        return llm::azure_filtered_prompt();
    auto const seed = call.has_seed ? 0 : next_seed();
    auto made = llm::complete(*model_, call, deployment->reasons, seed, p);
    if (p)
        return openai_error(p);
    made.id = "chatcmpl-" + random_text(29);
    made.created = unix_seconds(c.now);
    made.model = deployment->model;
    answer = llm::render_chat(made, call, {where.azure(), quirks_});
    add_limits(answer);
    if (where.azure()) {
        answer.headers.add("x-ms-deployment-name", deployment->name);
        answer.headers.add("x-ms-rai-invoked", "true");
    }
    return answer;
}

response openai_service::embeddings(request const& r, route const& where)
{
    response answer;
    auto const body = body_of(r, answer);
    auto const* deployment =
        body ? choose(where, text_member(*body, "model"), openai_deployment::kind::embedding, answer) : nullptr;
    if (!deployment)
        return answer;
    answer = llm::embed_request(*body, deployment->model, deployment->dimensions, deployment->context_window);
    if (answer.status == 200)
        add_limits(answer);
    return answer;
}

response openai_service::models(route const& where, context const& c) const
{
    auto const card = [&](openai_deployment const& d) {
        return json{
            {"id", d.name}, {"object", "model"}, {"created", unix_seconds(c.now) - 86'400}, {"owned_by", "augur"}};
    };
    if (where.resource == "/models") {
        json list = {{"object", "list"}, {"data", json::array()}};
        for (auto const& d : options_.deployments)
            list["data"].push_back(card(d));
        return json_response(200, dump(list));
    }
    auto const wanted = std::string_view(where.resource).substr(std::string_view("/models/").size());
    if (auto const* d = where.resource.starts_with("/models/") ? find(wanted) : nullptr)
        return json_response(200, dump(card(*d)));
    return openai_error({404, "The model '" + std::string(wanted.substr(0, 100)) + "' does not exist",
                         "invalid_request_error", "model", "model_not_found"});
}

} // namespace augur::emulator
