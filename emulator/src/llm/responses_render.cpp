#include "responses.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include "../random.hpp"

namespace augur::emulator::llm {

namespace {

constexpr std::size_t piece_of_arguments = 12; // bytes, but no cut inside of a character

/// Writes the output items and the events that build them up, side by side.
class teller
{
public:
    teller(response_call const& call, made_response& made) : call_(call), made_(made) {}

    void event(char const* type, json data)
    {
        data["type"] = type;
        data["sequence_number"] = made_.events.size();
        made_.events.emplace_back(type, std::move(data));
    }

    void reasoning(completion const& thoughts)
    {
        json item = {{"id", "rs_" + random_text(24)}, {"type", "reasoning"}, {"summary", json::array()}};
        if (call_.encrypted)
            item["encrypted_content"] = "gAAAA" + random_text(60);
        begin(item);
        if (call_.summarize) {
            json const at = {{"item_id", item["id"]}, {"output_index", output.size()}, {"summary_index", 0}};
            json part = {{"type", "summary_text"}, {"text", ""}};
            event("response.reasoning_summary_part.added", with(at, {{"part", part}}));
            for (auto const& t : thoughts.tokens)
                delta("response.reasoning_summary_text.delta", at, t.text);
            event("response.reasoning_summary_text.done", with(at, {{"text", thoughts.text}}));
            part["text"] = thoughts.text;
            event("response.reasoning_summary_part.done", with(at, {{"part", part}}));
            item["summary"].push_back(std::move(part));
        }
        end(std::move(item));
    }

    void message(turn_output const& said)
    {
        char const* const kind = said.refused ? "refusal" : "output_text";
        char const* const member = said.refused ? "refusal" : "text";
        json item = {{"id", "msg_" + random_text(24)},
                     {"type", "message"},
                     {"role", "assistant"},
                     {"status", "in_progress"},
                     {"content", json::array()}};
        begin(item);
        json const at = {{"item_id", item["id"]}, {"output_index", output.size()}, {"content_index", 0}};
        json part = {{"type", kind}, {member, ""}};
        if (!said.refused) {
            part["annotations"] = json::array();
            part["logprobs"] = json::array();
        }
        event("response.content_part.added", with(at, {{"part", part}}));
        auto const logprobs = call_.logprobs ? logprobs_of(said.text) : json::array();
        for (std::size_t i = 0; i < said.text.tokens.size(); ++i) {
            auto place = at;
            if (!said.refused)
                place["logprobs"] = call_.logprobs ? json::array({logprobs[i]}) : json::array();
            delta(said.refused ? "response.refusal.delta" : "response.output_text.delta", place,
                  said.text.tokens[i].text);
        }
        part[member] = said.text.text;
        auto whole = with(at, {{member, said.text.text}});
        if (!said.refused)
            whole["logprobs"] = part["logprobs"] = logprobs;
        event(said.refused ? "response.refusal.done" : "response.output_text.done", std::move(whole));
        event("response.content_part.done", with(at, {{"part", part}}));
        item["content"].push_back(std::move(part));
        item["status"] = said.finish == turn_output::ending::stop ? "completed" : "incomplete";
        end(std::move(item));
    }

    void tool(tool_call const& made, bool cut)
    {
        auto const call_id = "call_" + random_text(24);
        char const* const member = made.custom ? "input" : "arguments";
        json item = {{"id", (made.custom ? "ctc_" : "fc_") + random_text(24)},
                     {"type", made.custom ? "custom_tool_call" : "function_call"},
                     {"status", "in_progress"},
                     {"call_id", call_id},
                     {"name", made.name},
                     {member, ""}};
        begin(item);
        json const at = {{"item_id", item["id"]}, {"output_index", output.size()}};
        std::string_view const input = made.input;
        for (std::size_t from = 0; from < input.size();) {
            auto to = std::min(from + piece_of_arguments, input.size());
            while (to < input.size() && (static_cast<unsigned char>(input[to]) & 0xC0) == 0x80)
                ++to;
            delta(made.custom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta", at,
                  std::string(input.substr(from, to - from)));
            from = to;
        }
        auto whole = with(at, {{member, made.input}});
        if (!made.custom)
            whole["name"] = made.name;
        event(made.custom ? "response.custom_tool_call_input.done" : "response.function_call_arguments.done",
              std::move(whole));
        item[member] = made.input;
        item["status"] = cut ? "incomplete" : "completed";
        made_.talk.open_calls[call_id] = made.custom ? "custom_tool_call_output" : "function_call_output";
        end(std::move(item));
    }

    json output = json::array();

private:
    static json with(json base, json const& more)
    {
        base.update(more);
        return base;
    }

    void begin(json const& item)
    {
        event("response.output_item.added", {{"output_index", output.size()}, {"item", item}});
    }

    void end(json item)
    {
        event("response.output_item.done", {{"output_index", output.size()}, {"item", item}});
        output.push_back(std::move(item));
    }

    void delta(char const* type, json const& at, std::string const& text)
    {
        auto data = with(at, {{"delta", text}});
        if (call_.obfuscate)
            data["obfuscation"] = padding_for(made_.events.size());
        event(type, std::move(data));
    }

    response_call const& call_;
    made_response& made_;
};

} // namespace

made_response make_response(ngram_model const& model, response_call const& call, bool reasons, std::uint64_t seed,
                            std::int64_t now, std::string const& model_name, problem& p)
{
    made_response made;
    made.talk = call.so_far;
    chat_call asked;
    asked.input = call.input;
    asked.has_seed = call.has_seed;
    auto const answer = complete(model, asked, reasons, seed, p);
    if (p)
        return made;
    auto const& said = answer.choices.front();

    auto object = call.echo;
    object.update({{"id", "resp_" + random_text(40)},
                   {"object", "response"},
                   {"created_at", now},
                   {"model", model_name},
                   {"error", nullptr},
                   {"incomplete_details", nullptr},
                   {"output", json::array()},
                   {"usage", nullptr},
                   {"service_tier", "default"},
                   {"completed_at", nullptr}});
    made.queued = made.running = object;
    made.queued["status"] = "queued";
    made.running["status"] = "in_progress";

    teller t(call, made);
    t.event("response.created", {{"response", call.background ? made.queued : made.running}});
    if (call.background)
        t.event("response.queued", {{"response", made.queued}});
    t.event("response.in_progress", {{"response", made.running}});
    if (reasons)
        t.reasoning(answer.thoughts);
    bool const cut = said.finish == turn_output::ending::length;
    for (auto const& c : said.calls)
        t.tool(c, cut && &c == &said.calls.back());
    bool const failed = call.input.question.find(failure_word) != std::string::npos;
    if (said.calls.empty())
        t.message(said);

    made.whole = object;
    made.whole["output"] = t.output;
    auto const usage = chat_usage(answer);
    made.whole["usage"] = {
        {"input_tokens", usage["prompt_tokens"]},
        {"input_tokens_details", {{"cached_tokens", 0}}},
        {"output_tokens", usage["completion_tokens"]},
        {"output_tokens_details", {{"reasoning_tokens", usage["completion_tokens_details"]["reasoning_tokens"]}}},
        {"total_tokens", usage["total_tokens"]}};
    std::string status = "completed";
    if (failed) {
        status = "failed";
        made.whole["error"] = {{"code", "server_error"}, {"message", "The model stopped with an error."}};
    }
    else if (cut || said.finish == turn_output::ending::content_filter) {
        status = "incomplete";
        made.whole["incomplete_details"] = {{"reason", cut ? "max_output_tokens" : "content_filter"}};
    }
    else {
        made.whole["completed_at"] = now + 1;
    }
    made.whole["status"] = status;
    t.event(("response." + status).c_str(), {{"response", made.whole}});
    made.talk.tokens += said.tokens;
    if (!said.text.text.empty())
        made.talk.turns.push_back(said.text.text);
    return made;
}

response render_events(made_response const& made, std::size_t from, openai_quirks const& quirks)
{
    event_writer writer(quirks);
    for (; from < made.events.size(); ++from) {
        auto data = made.events[from].second;
        if (quirks.obfuscation && data.contains("delta"))
            data["obfuscation"] = padding_for(from);
        writer.event(data, made.events[from].first);
    }
    if (quirks.done_on_responses)
        writer.done();
    return std::move(writer).finish();
}

} // namespace augur::emulator::llm
