#include "responses.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include "../random.hpp"

#include <algorithm>

namespace augur::emulator::llm {

namespace {

/// Reads the items of `input` into the call.
class item_reader
{
public:
    item_reader(response_call& call, problem& p) : call_(call), problem_(p) {}

    void read(json const& input)
    {
        call_.input_items = json::array();
        if (input.is_string()) {
            json part = {{"type", "input_text"}, {"text", input}};
            message("user", input.get<std::string>());
            keep({{"type", "message"}, {"role", "user"}, {"content", json::array({std::move(part)})}}, "msg_");
            return;
        }
        if (!input.is_array() || input.empty()) {
            problem_ = bad("Invalid type for 'input': expected a string or a list of items that is not empty.", "input",
                           "invalid_type");
            return;
        }
        for (std::size_t i = 0; i < input.size() && !problem_; ++i)
            item(input[i], "input[" + std::to_string(i) + "]");
    }

private:
    void keep(json item, char const* prefix)
    {
        if (!item.contains("id") || !item["id"].is_string())
            item["id"] = prefix + random_text(24);
        call_.input_items.push_back(std::move(item));
    }

    void message(std::string const& role, std::string text)
    {
        call_.so_far.tokens += count_tokens(text);
        if (role == "user")
            call_.input.question = text;
        call_.input.results.clear();
        if (!text.empty())
            call_.so_far.turns.push_back(std::move(text));
    }

    /// A text or a list of parts.
    std::string text_of(json const& content, std::string const& path)
    {
        if (content.is_string())
            return content.get<std::string>();
        if (!content.is_array()) {
            problem_ =
                bad("Invalid type for '" + path + "': expected a string or a list of parts.", path, "invalid_type");
            return {};
        }
        std::string text;
        for (std::size_t i = 0; i < content.size() && !problem_; ++i) {
            auto const here = path + "[" + std::to_string(i) + "]";
            if (!content[i].is_object()) {
                problem_ = bad("Invalid type for '" + here + "': expected an object.", here, "invalid_type");
                break;
            }
            fields f(content[i], problem_, here);
            auto const type = f.text("type").value_or("");
            if (type == "input_text" || type == "output_text" || type == "text")
                text += f.text("text").value_or("");
            else if (type == "refusal")
                text += f.text("refusal").value_or("");
            else if (type == "input_image")
                call_.so_far.tokens += 85;
            else if (type == "input_file")
                call_.so_far.tokens += 200;
            else
                f.fail("type", "'input_text', 'input_image', 'input_file', 'output_text' or 'refusal' is expected");
        }
        return text;
    }

    void item(json const& value, std::string const& path)
    {
        if (!value.is_object()) {
            problem_ = bad("Invalid type for '" + path + "': expected an object.", path, "invalid_type");
            return;
        }
        fields f(value, problem_, path);
        auto const type = f.text("type").value_or("message");
        if (type == "message") {
            auto const role = f.text("role").value_or("");
            auto const* content = f.find("content");
            if (role != "user" && role != "assistant" && role != "system" && role != "developer")
                f.fail("role", "'user', 'assistant', 'system' or 'developer' is expected");
            else if (!content)
                problem_ = bad("Missing required parameter: '" + path + ".content'.", path + ".content",
                               "missing_required_parameter");
            else
                message(role, text_of(*content, path + ".content"));
            auto kept = value;
            kept["type"] = "message";
            if (content && content->is_string())
                kept["content"] =
                    json::array({{{"type", role == "assistant" ? "output_text" : "input_text"}, {"text", *content}}});
            keep(std::move(kept), "msg_");
        }
        else if (type == "function_call" || type == "custom_tool_call") {
            auto const id = f.text("call_id").value_or("");
            auto const name = f.text("name").value_or("");
            auto const input = f.text(type == "function_call" ? "arguments" : "input");
            if (id.empty() || name.empty() || !input)
                f.fail("call_id", "a call needs call_id, name and arguments");
            call_.so_far.open_calls[id] = type + "_output";
            call_.so_far.tokens += count_tokens(name) + count_tokens(input.value_or(""));
            keep(value, "fc_");
        }
        else if (type == "function_call_output" || type == "custom_tool_call_output") {
            auto const id = f.text("call_id").value_or("");
            auto const call = call_.so_far.open_calls.find(id);
            bool const fits = call != call_.so_far.open_calls.end() && call->second == type;
            if (fits)
                call_.so_far.open_calls.erase(call);
            else if (!problem_)
                problem_ = bad("No tool call found for " +
                                   std::string(type == "function_call_output" ? "function call" : "custom tool call") +
                                   " output with call_id " + id.substr(0, 80) + ".",
                               "input");
            auto const* output = f.find("output");
            auto text = output ? text_of(*output, path + ".output") : std::string();
            if (!output)
                f.fail("output", "a string or a list of parts is expected");
            call_.so_far.tokens += count_tokens(text);
            call_.so_far.turns.push_back(text);
            call_.input.results.push_back(std::move(text));
            keep(value, "fco_");
        }
        else if (type == "reasoning" || type == "item_reference" || type == "compaction") {
            keep(value, "rs_");
        }
        else {
            f.fail("type", "this kind of item is not known here");
        }
    }

    response_call& call_;
    problem& problem_;
};

void read_reasoning(fields& f, response_call& call, problem& p)
{
    call.echo["reasoning"] = {{"effort", nullptr}, {"summary", nullptr}};
    auto const* reasoning = f.find("reasoning");
    if (!reasoning)
        return;
    if (!reasoning->is_object()) {
        f.fail("reasoning", "an object is expected");
        return;
    }
    fields r(*reasoning, p, "reasoning");
    if (auto const effort = r.text("effort"))
        call.echo["reasoning"]["effort"] = *effort;
    if (auto const summary = r.text("summary")) {
        call.echo["reasoning"]["summary"] = *summary;
        call.summarize = true;
    }
}

} // namespace

response_call read_response_call(json const& body, model_traits const& traits, conversation before, problem& p)
{
    response_call call;
    call.so_far = std::move(before);
    fields f(body, p);
    call.model = f.text("model").value_or("");
    auto const* input = f.find("input");
    if (!input)
        p = bad("Missing required parameter: 'input'.", "input", "missing_required_parameter");
    if (p)
        return call;
    // Instructions hold for this response only: they are no part of the conversation.
    auto const instructions = f.text("instructions");
    item_reader(call, p).read(*input);
    if (!p && !call.so_far.open_calls.empty())
        p = bad("No tool output found for function call " + call.so_far.open_calls.begin()->first + ".", "input");
    call.input.turns = call.so_far.turns;
    call.input.prompt_tokens = call.so_far.tokens;
    if (instructions) {
        call.input.turns.insert(call.input.turns.begin(), *instructions);
        call.input.prompt_tokens += count_tokens(*instructions);
    }
    auto sampled = read_sampling(f, {"max_output_tokens"});
    call.has_seed = sampled.has_seed;
    if (auto const top = f.whole("top_logprobs", 0, 20))
        sampled.how.top_logprobs = static_cast<std::size_t>(*top);
    call.stream = f.flag("stream").value_or(false);
    call.background = f.flag("background").value_or(false);
    call.store = f.flag("store").value_or(true);
    if (call.background && !call.store && !p)
        p = bad("'background' needs 'store' to be true.", "background");
    if (auto const* options = f.find("stream_options"); options && options->is_object())
        call.obfuscate = fields(*options, p, "stream_options").flag("include_obfuscation").value_or(false);
    if (auto const* include = f.find("include")) {
        if (!include->is_array())
            f.fail("include", "a list is expected");
        else
            for (auto const& what : *include) {
                call.logprobs = call.logprobs || what == json("message.output_text.logprobs");
                call.encrypted = call.encrypted || what == json("reasoning.encrypted_content");
            }
    }
    call.input.how = std::move(sampled.how);
    read_reasoning(f, call, p);
    if (!p)
        read_tools(body, true, call.input, p);
    json text = {{"format", {{"type", "text"}}}};
    if (auto const* wanted = f.find("text"); wanted && wanted->is_object()) {
        text.update(*wanted);
        if (!p && wanted->contains("format"))
            read_format((*wanted)["format"], true, call.input, p);
    }
    fit_into(traits.context_window, sampled.limit, call.input, p);
    call.echo["text"] = std::move(text);
    call.echo["instructions"] = instructions ? json(*instructions) : json(nullptr);
    call.echo["background"] = call.background;
    call.echo["store"] = call.store;
    call.echo["tools"] = f.find("tools") ? *f.find("tools") : json::array();
    call.echo["tool_choice"] = f.find("tool_choice") ? *f.find("tool_choice") : json("auto");
    call.echo["parallel_tool_calls"] = call.input.parallel;
    call.echo["temperature"] = call.input.how.temperature;
    call.echo["top_p"] = call.input.how.top_p;
    call.echo["truncation"] = f.text("truncation").value_or("disabled");
    call.echo["metadata"] = f.find("metadata") ? *f.find("metadata") : json::object();
    for (char const* name : {"max_output_tokens", "previous_response_id", "user", "max_tool_calls", "safety_identifier",
                             "prompt_cache_key"})
        call.echo[name] = f.find(name) ? *f.find(name) : json(nullptr);
    return call;
}

} // namespace augur::emulator::llm
