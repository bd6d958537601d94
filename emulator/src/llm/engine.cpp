#include "engine.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include "schema.hpp"
#include "schema_words.hpp"

#include <algorithm>

namespace augur::emulator::llm {

namespace {

constexpr std::size_t most_calls = 4;

/// "get_weather" and "getWeather" as words, then the description's.
std::vector<std::string> subject_of(tool_spec const& tool)
{
    std::string spaced;
    for (auto const c : tool.name) {
        if (c >= 'A' && c <= 'Z')
            spaced += ' ';
        spaced += c == '_' || c == '-' ? ' ' : c;
    }
    spaced += ' ' + tool.description;
    std::vector<std::string> subject;
    for (auto const word : words_of(spaced))
        if (word.size() > 3)
            subject.push_back(lower_case(word));
    return subject;
}

bool is_about(tool_spec const& tool, std::string_view question)
{
    auto const subject = subject_of(tool);
    for (auto const word : words_of(question))
        if (word.size() > 3 && std::find(subject.begin(), subject.end(), lower_case(word)) != subject.end())
            return true;
    return false;
}

std::vector<tool_spec const*> chosen_tools(turn_input const& input)
{
    std::vector<tool_spec const*> chosen;
    if (input.choice == tool_choice::none || input.tools.empty())
        return chosen;
    if (input.choice == tool_choice::named) {
        for (auto const& t : input.tools)
            if (t.name == input.named)
                chosen.push_back(&t);
        return chosen;
    }
    if (input.choice == tool_choice::automatic && !input.results.empty())
        return chosen; // the results are there: say something
    for (auto const& t : input.tools)
        if (is_about(t, input.question) && chosen.size() < most_calls)
            chosen.push_back(&t);
    if (chosen.empty() && input.choice == tool_choice::required)
        chosen.push_back(&input.tools.front());
    if (!input.parallel && chosen.size() > 1)
        chosen.resize(1);
    return chosen;
}

void cut_to(completion& text, std::size_t tokens)
{
    if (text.tokens.size() <= tokens)
        return;
    text.tokens.resize(tokens);
    text.text.clear();
    for (auto const& t : text.tokens)
        text.text += t.text;
}

/// A given text as if the model had been certain of it.
completion certain(std::string_view text)
{
    completion c;
    c.text = text;
    for (auto const token : tokenize(text))
        c.tokens.push_back({std::string(token), 0, {{std::string(token), 0}}});
    return c;
}

turn_output call_tools(ngram_model const& model, turn_input const& input, std::vector<tool_spec const*> chosen)
{
    turn_output out;
    out.finish = turn_output::ending::tool_calls;
    material const offered(input.question);
    // One tool and several names: one call for each name.
    if (chosen.size() == 1 && input.parallel && offered.names.size() > 1 && input.choice != tool_choice::named)
        chosen.resize(std::min(most_calls, offered.names.size()), chosen.front());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        auto const& tool = *chosen[i];
        auto prompt = input.question;
        if (!offered.names.empty())
            prompt = "about " + offered.names[i % offered.names.size()] + " " + prompt;
        tool_call call{tool.name, {}, tool.custom};
        if (tool.custom) {
            auto how = input.how;
            how.max_tokens = 12;
            how.seed += i;
            call.input = model.generate({prompt}, how).text;
        }
        else {
            auto made = make_value(tool.parameters, prompt, input.how.seed + i);
            if (!made.problem.empty()) {
                out.problem = "Invalid schema for function '" + tool.name + "': " + made.problem + ".";
                return out;
            }
            call.input = dump(made.value);
        }
        auto const size = count_tokens(call.name) + count_tokens(call.input);
        if (out.tokens + size > input.how.max_tokens) {
            out.finish = turn_output::ending::length;
            auto const room = input.how.max_tokens - out.tokens;
            auto const named = count_tokens(call.name);
            if (room > named) { // arguments that end in the middle, as a model's do
                auto cut = certain(call.input);
                cut_to(cut, room - named);
                call.input = std::move(cut.text);
                out.tokens = input.how.max_tokens;
                out.calls.push_back(std::move(call));
            }
            break;
        }
        out.tokens += size;
        out.calls.push_back(std::move(call));
    }
    return out;
}

bool mentions(std::string_view text, std::string_view word)
{
    return text.find(word) != text.npos;
}

} // namespace

turn_output answer(ngram_model const& model, turn_input const& input)
{
    if (auto chosen = chosen_tools(input); !chosen.empty())
        return call_tools(model, input, std::move(chosen));
    turn_output out;
    out.refused = mentions(input.question, refusal_word);
    if (out.refused) {
        out.text = certain("I cannot help with that.");
    }
    else if (input.schema) {
        auto const made = make_value(*input.schema, input.question, input.how.seed);
        if (!made.problem.empty()) {
            out.problem = "Invalid schema for response_format: " + made.problem + ".";
            return out;
        }
        out.text = certain(dump(made.value));
    }
    else if (!input.results.empty()) {
        // The results are read back before the model goes on in its own words.
        std::string said;
        for (auto const& r : input.results)
            said += (said.empty() ? "The answer is " : ", and ") + r.substr(0, 400);
        out.text = certain(said + ".");
        auto how = input.how;
        how.max_tokens -= std::min(how.max_tokens, out.text.tokens.size());
        auto more = model.generate(input.turns, how);
        auto joined = out.text.text + (more.text.empty() ? "" : " ") + more.text;
        out.text = certain(joined);
        out.text.finish = more.finish;
    }
    else {
        out.text = model.generate(input.turns, input.how);
    }
    if (mentions(input.question, answer_filter_word)) {
        cut_to(out.text, out.text.tokens.size() / 2);
        out.finish = turn_output::ending::content_filter;
    }
    if (out.text.tokens.size() > input.how.max_tokens || out.text.finish == finish::length) {
        cut_to(out.text, input.how.max_tokens);
        if (out.finish == turn_output::ending::stop)
            out.finish = turn_output::ending::length;
    }
    out.tokens = count_tokens(out.text.text);
    return out;
}

char const* name_of(turn_output::ending e) noexcept
{
    switch (e) {
    case turn_output::ending::stop: return "stop";
    case turn_output::ending::length: return "length";
    case turn_output::ending::tool_calls: return "tool_calls";
    case turn_output::ending::content_filter: break;
    }
    return "content_filter";
}

} // namespace augur::emulator::llm
