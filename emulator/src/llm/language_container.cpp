#include <augur/emulator/language_container.hpp>

#include "../random.hpp"
#include "chat.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <boost/asio/awaitable.hpp>

namespace augur::emulator {

using llm::problem;

namespace {

container_reply from(response r)
{
    container_reply reply;
    reply.status = r.status;
    reply.content_type = std::string(r.headers.get("content-type"));
    reply.body = std::move(r.body);
    for (auto& p : r.pieces)
        reply.pieces.push_back(std::move(p.bytes));
    return reply;
}

/// An error as these servers write it.
container_reply refusal(int status, std::string const& message, char const* type)
{
    json const body = {{"error", message}, {"error_type", type}};
    return {status, "application/json", dump(body), {}, {}};
}

/// What `{"inputs","parameters"}` ask for.
struct generate_call
{
    std::string inputs;
    llm::sampling how;
    bool has_seed = false;
    bool stream = false;
    bool full_text = false; ///< with the prompt in front
    bool details = false;
};

generate_call read_generate(json const& body, problem& p)
{
    static json const nothing = json::object();
    generate_call call;
    llm::fields f(body, p);
    auto const inputs = f.text("inputs");
    if (!inputs && !p)
        p = llm::bad("missing field `inputs`");
    call.inputs = inputs.value_or("");
    call.stream = f.flag("stream").value_or(false);
    auto const* parameters = f.find("parameters");
    if (parameters && !parameters->is_object() && !p)
        p = llm::bad("`parameters` must be an object");
    llm::fields g(parameters && parameters->is_object() ? *parameters : nothing, p, "parameters");
    auto sampled = llm::read_sampling(g, {"max_tokens", "max_new_tokens"});
    call.how = std::move(sampled.how);
    call.has_seed = sampled.has_seed;
    call.how.max_tokens = sampled.limit > 0 ? sampled.limit : 100;
    if (auto const window = llm::model_traits().context_window;
        !p && llm::count_tokens(call.inputs) + call.how.max_tokens > window)
        p = llm::bad("Input validation error: `inputs` tokens + `max_new_tokens` must be <= " + std::to_string(window));
    call.full_text = g.flag("return_full_text").value_or(false);
    call.details = g.flag("details").value_or(false);
    if (!g.flag("do_sample").value_or(true))
        call.how.temperature = 0;
    return call;
}

json details_of(llm::completion const& c, generate_call const& call)
{
    return {{"finish_reason", c.finish == llm::finish::length ? "length" : "eos_token"},
            {"generated_tokens", c.tokens.size()},
            {"seed", call.how.seed}};
}

json token_of(llm::scored_token const& t)
{
    return {{"id", llm::hash_of(t.text) % 50'000}, {"text", t.text}, {"logprob", t.logprob}, {"special", false}};
}

} // namespace

container_reply language_container::chat(container_call const& call, std::uint64_t seed) const
{
    auto const parsed = parse_json(call.body);
    if (!parsed.value || !parsed.value->is_object())
        return from(llm::openai_error(llm::bad("the body must be a JSON object with messages")));
    problem p;
    auto const asked = llm::read_chat(*parsed.value, {}, p);
    if (!p && !asked.model.empty() && asked.model != model_name)
        p = {404, "The model `" + asked.model.substr(0, 100) + "` does not exist.", "NotFoundError", "model", "404"};
    if (p)
        return from(llm::openai_error(p));
    auto made = llm::complete(*model_, asked, false, seed, p);
    if (p)
        return from(llm::openai_error(p));
    made.id = "chatcmpl-" + random_text(24);
    made.created =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    made.model = model_name;
    return from(llm::render_chat(made, asked, {}));
}

container_reply language_container::generate(container_call const& call, std::uint64_t seed) const
{
    auto const parsed = parse_json(call.body);
    if (!parsed.value || !parsed.value->is_object())
        return refusal(422, "the body must be a JSON object with inputs", "validation");
    problem p;
    auto asked = read_generate(*parsed.value, p);
    if (p)
        return refusal(422, p.message, "validation");
    if (!asked.has_seed)
        asked.how.seed = seed;
    auto const made = model_->generate({asked.inputs}, asked.how);
    auto const whole = (asked.full_text ? asked.inputs : std::string()) + made.text;

    container_reply reply;
    if (!asked.stream) {
        json answer = {{"generated_text", whole}};
        if (asked.details)
            answer["details"] = details_of(made, asked);
        reply.content_type = "application/json";
        reply.body = dump(speaks_ == dialect::tgi ? json::array({answer}) : answer);
        return reply;
    }
    reply.content_type = speaks_ == dialect::tgi ? "text/event-stream" : "application/jsonlines";
    for (std::size_t i = 0; i < made.tokens.size(); ++i) {
        bool const last = i + 1 == made.tokens.size();
        json line;
        if (speaks_ == dialect::outputs) {
            line["outputs"] = json::array({made.tokens[i].text});
        }
        else {
            line["token"] = token_of(made.tokens[i]);
            if (speaks_ == dialect::tgi)
                line["index"] = i + 1;
            if (last || speaks_ == dialect::tgi) {
                line["generated_text"] = last ? json(whole) : json(nullptr);
                line["details"] = last ? details_of(made, asked) : json(nullptr);
            }
        }
        reply.pieces.push_back(speaks_ == dialect::tgi ? "data:" + dump(line) + "\n\n" : dump(line) + "\n");
    }
    return reply;
}

container_reply language_container::answer(container_call const& call, std::uint64_t seed) const
{
    bool const openai_path = call.path == "/v1/chat/completions";
    if (speaks_ == dialect::messages || openai_path)
        return chat(call, seed);
    return generate(call, seed);
}

boost::asio::awaitable<container_reply> language_container::invoke(container_call call)
{
    std::uint64_t seed = 0;
    {
        std::scoped_lock const lock(mutex_);
        seed = random_();
    }
    co_return answer(call, seed);
}

} // namespace augur::emulator
