#include "chat.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <algorithm>
#include <set>

namespace augur::emulator::llm {

namespace {

constexpr std::size_t tokens_of_an_image = 85;
constexpr std::size_t tokens_of_a_file = 200;
constexpr std::size_t most_forced = 32'768; // tokens of all answers; without min_tokens they end by themselves

/// The text of a message's content; counts what is no text.
std::string text_of(json const& content, std::string const& path, turn_input& input, problem& p)
{
    if (content.is_null())
        return {};
    if (content.is_string())
        return content.get<std::string>();
    if (!content.is_array()) {
        p = bad("Invalid type for '" + path + "': expected one of a string or array of objects.", path, "invalid_type");
        return {};
    }
    std::string text;
    for (std::size_t i = 0; i < content.size() && !p; ++i) {
        auto const& part = content[i];
        auto const here = path + "[" + std::to_string(i) + "]";
        if (!part.is_object()) {
            p = bad("Invalid type for '" + here + "': expected an object.", here, "invalid_type");
            break;
        }
        fields f(part, p, here);
        auto const type = f.text("type").value_or("");
        if (type == "text" || type == "refusal") {
            auto const words = f.text(type.c_str());
            if (!words)
                f.fail(type.c_str(), "a string is expected");
            text += words.value_or("");
        }
        else if (type == "image_url" || type == "input_audio" || type == "file") {
            auto const* inner = f.find(type.c_str());
            if (!inner || !inner->is_object())
                f.fail(type.c_str(), "an object is expected");
            else if (type == "image_url" && !(inner->contains("url") && (*inner)["url"].is_string()))
                f.fail("image_url", "its url must be a string");
            input.prompt_tokens += type == "image_url" ? tokens_of_an_image : tokens_of_a_file;
        }
        else {
            f.fail("type", "'text', 'image_url', 'input_audio', 'file' or 'refusal' is expected");
        }
    }
    return text;
}

/// Reads the calls of an assistant's message; each must be answered.
void read_calls(json const& calls, std::string const& path, std::set<std::string>& open, turn_input& input, problem& p)
{
    if (!calls.is_array() || calls.empty()) {
        p = bad("Invalid '" + path + "': a list that is not empty is expected.", path, "invalid_type");
        return;
    }
    for (auto const& call : calls) {
        if (!call.is_object()) {
            p = bad("Invalid '" + path + "': objects are expected.", path, "invalid_type");
            return;
        }
        if (call.contains("index")) { // its place in a stream
            p = bad("Additional properties are not allowed ('index' was unexpected) - '" + path + "'.", path);
            return;
        }
        fields f(call, p, path);
        auto const id = f.text("id").value_or("");
        auto const type = f.text("type").value_or("");
        auto const* inner = type == "function" || type == "custom" ? f.find(type.c_str()) : nullptr;
        char const* const member = type == "custom" ? "input" : "arguments";
        bool const whole = inner && inner->is_object() && inner->contains("name") && (*inner)["name"].is_string() &&
                           inner->contains(member) && (*inner)[member].is_string();
        if (id.empty() || !whole) {
            f.fail("id", "a call needs an id, a type and a function with a name and arguments, which are a string");
            return;
        }
        open.insert(id);
        input.prompt_tokens += count_tokens((*inner)["name"].get_ref<std::string const&>()) +
                               count_tokens((*inner)[member].get_ref<std::string const&>());
    }
}

void read_messages(json const& messages, turn_input& input, problem& p)
{
    std::set<std::string> open; // calls of tools that wait for their result
    for (std::size_t i = 0; i < messages.size() && !p; ++i) {
        auto const& m = messages[i];
        auto const path = "messages[" + std::to_string(i) + "]";
        if (!m.is_object()) {
            p = bad("Invalid type for '" + path + "': expected an object.", path, "invalid_type");
            return;
        }
        fields f(m, p, path);
        auto const role = f.text("role").value_or("");
        static constexpr std::string_view roles[] = {"system", "developer", "user", "assistant", "tool", "function"};
        if (std::find(std::begin(roles), std::end(roles), role) == std::end(roles)) {
            f.fail("role", "one of 'system', 'assistant', 'user', 'function', 'tool' and 'developer' is expected");
            return;
        }
        if (!open.empty() && role != "tool") {
            p = bad("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                    "'tool_call_id'. The following tool_call_ids did not have response messages: " +
                        *open.begin(),
                    path + ".role");
            return;
        }
        auto const* content = f.find("content");
        auto const* calls = f.find("tool_calls");
        bool const may_be_empty = role == "assistant" && (calls || f.find("refusal") || f.find("audio"));
        if (!content && !may_be_empty) {
            p = bad("Invalid value for 'content': expected a string, got null.", path + ".content");
            return;
        }
        auto text = content ? text_of(*content, path + ".content", input, p) : std::string();
        input.prompt_tokens += count_tokens(text);
        if (calls && role == "assistant")
            read_calls(*calls, path + ".tool_calls", open, input, p);
        if (role == "tool") {
            if (open.erase(f.text("tool_call_id").value_or("")) == 0) {
                p = bad("Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                        "'tool_calls'.",
                        path + ".role");
                return;
            }
            input.results.push_back(text);
        }
        else {
            input.results.clear();
        }
        if (role == "user")
            input.question = text;
        if (!text.empty())
            input.turns.push_back(std::move(text));
    }
    if (!p && !open.empty())
        p = bad("An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                "'tool_call_id'. The following tool_call_ids did not have response messages: " +
                    *open.begin(),
                "messages");
}

} // namespace

chat_call read_chat(json const& body, model_traits const& traits, problem& p)
{
    chat_call call;
    fields f(body, p);
    call.model = f.text("model").value_or("");
    auto const* messages = f.find("messages");
    if (!p && (!messages || !messages->is_array() || messages->empty())) {
        p = messages
                ? bad("Invalid 'messages': a list with at least one message is expected.", "messages", "empty_array")
                : bad("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
    }
    if (p)
        return call;
    read_messages(*messages, call.input, p);
    if (p)
        return call;
    if (traits.reasons && f.find("max_tokens")) {
        p = bad("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
                "instead.",
                "max_tokens", "unsupported_parameter");
        return call;
    }
    auto sampled = read_sampling(f, {"max_tokens", "max_completion_tokens"});
    call.has_seed = sampled.has_seed;
    call.choices = static_cast<std::size_t>(f.whole("n", 1, 128).value_or(1));
    call.stream = f.flag("stream").value_or(false);
    call.logprobs = f.flag("logprobs").value_or(false);
    if (auto const top = f.whole("top_logprobs", 0, 20)) {
        if (!call.logprobs)
            p = bad("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
        sampled.how.top_logprobs = static_cast<std::size_t>(*top);
    }
    if (auto const* options = f.find("stream_options")) {
        if (!call.stream || !options->is_object()) {
            p = bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
            return call;
        }
        fields g(*options, p, "stream_options");
        call.include_usage = g.flag("include_usage").value_or(false);
        call.obfuscate = g.flag("include_obfuscation").value_or(false);
    }
    call.input.how = std::move(sampled.how);
    if (!p)
        read_tools(body, false, call.input, p);
    if (auto const* format = f.find("response_format"); format && !p)
        read_format(*format, false, call.input, p);
    fit_into(traits.context_window, sampled.limit, call.input, p);
    if (!p && call.choices * std::min(call.input.how.min_tokens, call.input.how.max_tokens) > most_forced)
        p = bad("'n' answers of at least 'min_tokens' are more than " + std::to_string(most_forced) + " tokens.", "n");
    return call;
}

chat_answer complete(ngram_model const& model, chat_call const& call, bool reasons, std::uint64_t seed, problem& p)
{
    chat_answer a;
    a.prompt_tokens = call.input.prompt_tokens;
    auto input = call.input;
    auto const first = call.has_seed ? call.input.how.seed : seed;
    if (reasons) { // thoughts take from the same limit as the answer
        auto how = input.how;
        how.seed = first + 7;
        how.stop.clear();
        how.min_tokens = 0;
        how.max_tokens = std::min<std::size_t>(24, how.max_tokens);
        a.thoughts = model.generate(input.turns, how);
        input.how.max_tokens -= a.thoughts.tokens.size();
    }
    for (std::size_t i = 0; i < call.choices; ++i) {
        input.how.seed = first + i * 1'000'003;
        a.choices.push_back(answer(model, input));
        if (!a.choices.back().problem.empty()) {
            p = bad(a.choices.back().problem, call.input.tools.empty() ? "response_format" : "tools");
            return a;
        }
    }
    return a;
}

} // namespace augur::emulator::llm
