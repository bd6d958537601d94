#include "chat.hpp"

#include "../random.hpp"

namespace augur::emulator::llm {

namespace {

constexpr std::size_t arguments_piece =
    12; // bytes of arguments in one chunk, cut wherever that falls between characters

json bytes_of(std::string const& token)
{
    auto bytes = json::array();
    for (auto const c : token)
        bytes.push_back(static_cast<unsigned>(static_cast<unsigned char>(c)));
    return bytes;
}

json scored(scored_token const& t)
{
    json entry = {{"token", t.text}, {"logprob", t.logprob}, {"bytes", bytes_of(t.text)}};
    entry["top_logprobs"] = json::array();
    for (auto const& [text, logprob] : t.top)
        entry["top_logprobs"].push_back({{"token", text}, {"logprob", logprob}, {"bytes", bytes_of(text)}});
    return entry;
}

json logprobs_from(std::vector<scored_token> const& tokens, std::size_t from, std::size_t to, bool refused)
{
    auto list = json::array();
    for (; from < to; ++from)
        list.push_back(scored(tokens[from]));
    json result = {{"content", nullptr}, {"refusal", nullptr}};
    result[refused ? "refusal" : "content"] = std::move(list);
    return result;
}

json call_json(tool_call const& call, bool with_input)
{
    char const* const kind = call.custom ? "custom" : "function";
    char const* const member = call.custom ? "input" : "arguments";
    json j = {{"id", "call_" + random_text(24)}, {"type", kind}};
    j[kind] = {{"name", call.name}, {member, with_input ? call.input : std::string()}};
    return j;
}

json message_of(turn_output const& choice, chat_answer const& answer, openai_quirks const& quirks)
{
    json m = {{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
    if (choice.refused)
        m["refusal"] = choice.text.text;
    else if (choice.calls.empty())
        m["content"] = choice.text.text;
    if (choice.calls.empty())
        m["annotations"] = json::array();
    for (auto const& call : choice.calls)
        m["tool_calls"].push_back(call_json(call, true));
    if (quirks.reasoning_content && !answer.thoughts.text.empty())
        m["reasoning_content"] = answer.thoughts.text;
    return m;
}

json finish_of(turn_output const& choice)
{
    return choice.refused ? "stop" : name_of(choice.finish);
}

std::size_t end_of_piece(std::string_view text, std::size_t from)
{
    auto end = std::min(from + arguments_piece, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        ++end;
    return end;
}

void annotate_prompt(json& to, openai_quirks const& quirks)
{
    to[quirks.prompt_annotations ? "prompt_annotations" : "prompt_filter_results"] =
        json::array({{{"prompt_index", 0}, {"content_filter_results", filter_results(true)}}});
}

/// The chunks of one stream.
class chunks
{
public:
    chunks(chat_answer const& a, chat_call const& call, chat_style const& style)
        : answer_(a),
          call_(call),
          style_(style),
          writer_(style.quirks),
          annotated_(style.azure && style.quirks.filter_annotations)
    {
    }

    response write()
    {
        if (style_.azure && style_.quirks.prompt_filter_chunk) {
            json first = {{"id", ""}, {"object", ""}, {"created", 0}, {"model", ""}, {"choices", json::array()}};
            annotate_prompt(first, style_.quirks);
            writer_.event(first);
        }
        for (std::size_t i = 0; i < answer_.choices.size(); ++i)
            begin(i);
        thoughts();
        for (std::size_t step = 0, left = answer_.choices.size(); left > 0; ++step) {
            left = 0;
            for (std::size_t i = 0; i < answer_.choices.size(); ++i)
                left += text_step(i, step) ? 1 : 0;
        }
        for (std::size_t i = 0; i < answer_.choices.size(); ++i) {
            calls(i);
            json delta = json::object();
            send(i, std::move(delta), finish_of(answer_.choices[i]));
        }
        if (call_.include_usage) {
            auto last = frame();
            last["choices"] = json::array();
            last["usage"] = chat_usage(answer_);
            emit(std::move(last));
        }
        if (!style_.quirks.no_done)
            writer_.done();
        return std::move(writer_).finish();
    }

private:
    json frame() const
    {
        return {{"id", answer_.id},
                {"object", "chat.completion.chunk"},
                {"created", answer_.created},
                {"model", answer_.model},
                {"system_fingerprint", "fp_augur_ngram"}};
    }

    void emit(json chunk)
    {
        if (call_.obfuscate || style_.quirks.obfuscation)
            chunk["obfuscation"] = padding_for(events_);
        ++events_;
        writer_.event(chunk);
    }

    void send(std::size_t index, json delta, json finish = nullptr, json logprobs = nullptr)
    {
        bool const has_text = delta.contains("content") && delta["content"].is_string() && !delta["content"].empty();
        auto chunk = frame();
        json choice = {{"index", index},
                       {"delta", std::move(delta)},
                       {"logprobs", std::move(logprobs)},
                       {"finish_reason", std::move(finish)}};
        if (annotated_)
            choice["content_filter_results"] = has_text && !style_.quirks.asynchronous_filter ? filter_results(false)
                                                                                              : json::object();
        chunk["choices"] = json::array({std::move(choice)});
        if (call_.include_usage && style_.quirks.null_usage)
            chunk["usage"] = nullptr;
        emit(std::move(chunk));
    }

    void begin(std::size_t i)
    {
        json delta = {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}};
        if (!answer_.choices[i].calls.empty())
            delta["content"] = nullptr;
        send(i, std::move(delta));
    }

    void thoughts()
    {
        if (!style_.quirks.reasoning_content)
            return;
        for (auto const& t : answer_.thoughts.tokens)
            for (std::size_t i = 0; i < answer_.choices.size(); ++i)
                send(i, {{"reasoning_content", t.text}});
    }

    /// One token of one choice. True when there are more.
    bool text_step(std::size_t i, std::size_t step)
    {
        auto const& c = answer_.choices[i];
        if (step >= c.text.tokens.size())
            return false;
        json delta;
        delta[c.refused ? "refusal" : "content"] = c.text.tokens[step].text;
        send(i, std::move(delta), nullptr,
             call_.logprobs ? logprobs_from(c.text.tokens, step, step + 1, c.refused) : json(nullptr));
        checked_[i] += c.text.tokens[step].text.size();
        if (style_.azure && style_.quirks.asynchronous_filter && step % 5 == 4)
            filter_verdict(i, checked_[i]);
        return step + 1 < c.text.tokens.size();
    }

    /// A verdict that comes later than the text: a choice without a delta.
    void filter_verdict(std::size_t i, std::size_t end)
    {
        json chunk = {{"id", ""}, {"object", ""}, {"created", 0}, {"model", ""}};
        chunk["choices"] = json::array(
            {{{"index", i},
              {"finish_reason", nullptr},
              {"content_filter_results", filter_results(false)},
              {"content_filter_offsets", {{"check_offset", end}, {"start_offset", 0}, {"end_offset", end}}}}});
        writer_.event(chunk);
    }

    void calls(std::size_t i)
    {
        auto const& list = answer_.choices[i].calls;
        for (std::size_t n = 0; n < list.size(); ++n) {
            auto first = call_json(list[n], false);
            first["index"] = n;
            send(i, {{"tool_calls", json::array({std::move(first)})}});
            char const* const kind = list[n].custom ? "custom" : "function";
            char const* const member = list[n].custom ? "input" : "arguments";
            std::string_view const input = list[n].input;
            for (std::size_t at = 0; at < input.size();) {
                auto const end = end_of_piece(input, at);
                json part = {{"index", n}};
                part[kind][member] = std::string(input.substr(at, end - at));
                send(i, {{"tool_calls", json::array({std::move(part)})}});
                at = end;
            }
        }
    }

    chat_answer const& answer_;
    chat_call const& call_;
    chat_style const& style_;
    event_writer writer_;
    bool const annotated_;
    std::size_t events_ = 0;
    std::map<std::size_t, std::size_t> checked_;
};

} // namespace

json logprobs_of(completion const& text)
{
    return logprobs_from(text.tokens, 0, text.tokens.size(), false)["content"];
}

json chat_usage(chat_answer const& answer)
{
    auto const thoughts = answer.thoughts.tokens.size();
    auto said = thoughts;
    for (auto const& c : answer.choices)
        said += c.tokens;
    return {{"prompt_tokens", answer.prompt_tokens},
            {"completion_tokens", said},
            {"total_tokens", answer.prompt_tokens + said},
            {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
            {"completion_tokens_details",
             {{"reasoning_tokens", thoughts},
              {"audio_tokens", 0},
              {"accepted_prediction_tokens", 0},
              {"rejected_prediction_tokens", 0}}}};
}

response render_chat(chat_answer const& answer, chat_call const& call, chat_style const& style)
{
    if (call.stream)
        return chunks(answer, call, style).write();
    bool const annotated = style.azure && style.quirks.filter_annotations;
    json body = {{"id", answer.id},
                 {"object", "chat.completion"},
                 {"created", answer.created},
                 {"model", answer.model},
                 {"system_fingerprint", "fp_augur_ngram"},
                 {"service_tier", "default"},
                 {"usage", chat_usage(answer)}};
    body["choices"] = json::array();
    for (std::size_t i = 0; i < answer.choices.size(); ++i) {
        auto const& c = answer.choices[i];
        json choice = {{"index", i},
                       {"message", message_of(c, answer, style.quirks)},
                       {"finish_reason", finish_of(c)},
                       {"logprobs", nullptr}};
        if (call.logprobs && c.calls.empty())
            choice["logprobs"] = logprobs_from(c.text.tokens, 0, c.text.tokens.size(), c.refused);
        if (annotated)
            choice["content_filter_results"] = filter_results(false, c.finish == turn_output::ending::content_filter);
        body["choices"].push_back(std::move(choice));
    }
    if (annotated)
        annotate_prompt(body, style.quirks);
    return json_response(200, dump(body));
}

} // namespace augur::emulator::llm
