#include "dialect.hpp"

#include "schema.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <algorithm>
#include <cmath>

namespace augur::emulator::llm {

namespace {

json text_or_null(std::string const& text)
{
    return text.empty() ? json(nullptr) : json(text);
}

} // namespace

response openai_error(problem const& p)
{
    json body;
    body["error"] = {
        {"message", p.message}, {"type", p.type}, {"param", text_or_null(p.param)}, {"code", text_or_null(p.code)}};
    return json_response(p.status, dump(body));
}

response azure_openai_error(int status, std::string_view code, std::string_view message)
{
    json body;
    body["error"] = {{"code", std::string(code)}, {"message", std::string(message)}};
    return json_response(status, dump(body));
}

response azure_filtered_prompt()
{
    json body;
    body["error"] = {
        {"message", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
                    "Please modify your prompt and retry."},
        {"type", nullptr},
        {"param", "prompt"},
        {"code", "content_filter"},
        {"status", 400},
        {"innererror",
         {{"code", "ResponsibleAIPolicyViolation"}, {"content_filter_result", filter_results(true, true)}}},
    };
    return json_response(400, dump(body));
}

problem bad(std::string message, std::string param, std::string code)
{
    return {400, std::move(message), "invalid_request_error", std::move(param), std::move(code)};
}

json filter_results(bool of_prompt, bool filtered)
{
    json results;
    for (auto const* name : {"hate", "self_harm", "sexual", "violence"}) {
        bool const hit = filtered && std::string_view(name) == "violence";
        results[name] = {{"filtered", hit}, {"severity", hit ? "medium" : "safe"}};
    }
    if (of_prompt)
        results["jailbreak"] = {{"filtered", false}, {"detected", false}};
    else
        results["protected_material_text"] = {{"filtered", false}, {"detected", false}};
    return results;
}

json const* fields::find(char const* name) const
{
    auto const found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void fields::fail(char const* name, std::string const& what)
{
    if (!problem_)
        problem_ = bad("Invalid '" + place(name) + "': " + what + ".", place(name), "invalid_value");
}

std::optional<double> fields::number(char const* name, double least, double most)
{
    auto const* value = find(name);
    if (!value)
        return std::nullopt;
    if (!value->is_number()) {
        if (!problem_)
            problem_ = bad("Invalid type for '" + place(name) + "': expected a decimal, but got another type instead.",
                           place(name), "invalid_type");
        return std::nullopt;
    }
    auto const x = value->get<double>();
    if (!(x >= least) || !(x <= most)) {
        fail(name, x < least ? "decimal below minimum value" : "decimal above maximum value");
        return std::nullopt;
    }
    return x;
}

std::optional<std::int64_t> fields::whole(char const* name, std::int64_t least, std::int64_t most)
{
    auto const* value = find(name);
    if (!value)
        return std::nullopt;
    if (!value->is_number_integer()) {
        if (!problem_)
            problem_ = bad("Invalid type for '" + place(name) + "': expected an integer, but got another type instead.",
                           place(name), "invalid_type");
        return std::nullopt;
    }
    bool const too_large = value->is_number_unsigned() &&
                           value->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    auto const x = too_large ? std::numeric_limits<std::int64_t>::max() : value->get<std::int64_t>();
    if (too_large || x < least || x > most) {
        fail(name, x < least ? "integer below minimum value" : "integer above maximum value");
        return std::nullopt;
    }
    return x;
}

std::optional<bool> fields::flag(char const* name)
{
    auto const* value = find(name);
    if (value && !value->is_boolean())
        fail(name, "a boolean is expected");
    return value && value->is_boolean() ? std::optional<bool>(value->get<bool>()) : std::nullopt;
}

std::optional<std::string> fields::text(char const* name)
{
    auto const* value = find(name);
    if (value && !value->is_string())
        fail(name, "a string is expected");
    return value && value->is_string() ? std::optional<std::string>(value->get<std::string>()) : std::nullopt;
}

sampling_fields read_sampling(fields& f, std::vector<char const*> const& limit_names)
{
    sampling_fields out;
    auto& how = out.how;
    how.temperature = f.number("temperature", 0, 2).value_or(1);
    how.top_p = f.number("top_p", 0, 1).value_or(1);
    how.presence_penalty = f.number("presence_penalty", -2, 2).value_or(0);
    how.frequency_penalty = f.number("frequency_penalty", -2, 2).value_or(0);
    for (auto const* name : limit_names)
        if (auto const limit = f.whole(name, 1, 1'000'000))
            out.limit = static_cast<std::size_t>(*limit);
    if (auto const least = f.whole("min_tokens", 0, 100'000))
        how.min_tokens = static_cast<std::size_t>(*least);
    if (f.flag("ignore_eos").value_or(false))
        how.min_tokens = 1'000'000;
    if (auto const seed =
            f.whole("seed", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max())) {
        how.seed = static_cast<std::uint64_t>(*seed);
        out.has_seed = true;
    }
    if (auto const* stop = f.find("stop")) {
        if (stop->is_string())
            how.stop.push_back(stop->get<std::string>());
        else if (!stop->is_array() || stop->size() > 4 ||
                 !std::all_of(stop->begin(), stop->end(), [](json const& s) { return s.is_string(); }))
            f.fail("stop", "a string or a list of at most four strings is expected");
        else
            for (auto const& s : *stop)
                how.stop.push_back(s.get<std::string>());
    }
    return out;
}

void fit_into(std::size_t window, std::size_t asked, turn_input& input, problem& p)
{
    if (p)
        return;
    auto const needed = input.prompt_tokens + asked;
    if (needed > window || input.prompt_tokens >= window) {
        p = bad("This model's maximum context length is " + std::to_string(window) +
                    " tokens. However, you requested " + std::to_string(needed) + " tokens (" +
                    std::to_string(input.prompt_tokens) + " in the messages, " + std::to_string(asked) +
                    " in the completion). Please reduce the length of the messages or completion.",
                "messages", "context_length_exceeded");
        return;
    }
    input.how.max_tokens = asked > 0 ? asked : window - input.prompt_tokens;
}

std::string padding_for(std::size_t event)
{
    static constexpr std::string_view letters = "Qk3zVw9XbT7mRp2LcY5nHd8J";
    auto const size = 1 + (event * 7 + event / 3) % (letters.size() - 1);
    return std::string(letters.substr(0, size));
}

void event_writer::write(std::string_view type, std::string_view data)
{
    std::string_view const end = quirks_.crlf ? "\r\n" : "\n";
    std::string text;
    if (pieces_.empty() && quirks_.byte_order_mark)
        text += "\xEF\xBB\xBF";
    if (quirks_.comments)
        text.append(": keep-alive").append(end).append(end);
    if (!type.empty())
        text.append("event: ").append(type).append(end);
    text.append("data: ").append(data).append(end).append(end);
    pieces_.push_back({std::move(text), pieces_.empty() ? std::chrono::milliseconds(0) : quirks_.pace});
}

void event_writer::event(json const& data, std::string_view type)
{
    if (broken_)
        return;
    if (quirks_.error_after && events_ >= *quirks_.error_after) {
        broken_ = true;
        json body;
        json const inner = {{"message", "The server had an error while processing your request."},
                            {"type", "server_error"},
                            {"param", nullptr},
                            {"code", nullptr}};
        if (type.empty()) {
            body["error"] = inner;
            write({}, dump(body));
        }
        else {
            body = {{"type", "error"},
                    {"code", "server_error"},
                    {"message", inner["message"]},
                    {"param", nullptr},
                    {"sequence_number", events_}};
            write("error", dump(body));
        }
        return;
    }
    ++events_;
    write(type, dump(data));
}

void event_writer::done()
{
    if (!broken_)
        write({}, "[DONE]");
}

response event_writer::finish() &&
{
    response r;
    r.headers.add("Content-Type", "text/event-stream; charset=utf-8");
    r.headers.add("Cache-Control", "no-cache");
    r.pieces = std::move(pieces_);
    return r;
}

} // namespace augur::emulator::llm
