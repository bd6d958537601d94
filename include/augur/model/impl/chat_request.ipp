#pragma once

#include <augur/model/chat_request.hpp>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE chat_request::chat_request() = default;
AUGUR_INLINE chat_request::chat_request(std::string model)
{
    data_.model = std::move(model);
}
AUGUR_INLINE chat_request::chat_request(chat_request const&) = default;
AUGUR_INLINE chat_request::chat_request(chat_request&&) noexcept = default;
AUGUR_INLINE chat_request& chat_request::operator=(chat_request const&) = default;
AUGUR_INLINE chat_request& chat_request::operator=(chat_request&&) noexcept = default;
AUGUR_INLINE chat_request::~chat_request() = default;

AUGUR_INLINE chat_request& chat_request::add(message one)
{
    // A place in a stream means nothing in a request, and some servers refuse members that they do not know.
    for (auto& call : detail::fields_of::get(one).tool_calls)
        call.index.reset();
    data_.messages.push_back(std::move(one));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::system(std::string words)
{
    return add(message("system", std::move(words)));
}

AUGUR_INLINE chat_request& chat_request::developer(std::string words)
{
    return add(message("developer", std::move(words)));
}

AUGUR_INLINE chat_request& chat_request::user(std::string words)
{
    return add(message("user", std::move(words)));
}

AUGUR_INLINE chat_request& chat_request::assistant(std::string words)
{
    return add(message("assistant", std::move(words)));
}

AUGUR_INLINE chat_request& chat_request::user(std::vector<content_part> parts)
{
    return add(message("user", std::move(parts)));
}

AUGUR_INLINE chat_request& chat_request::tool_result(std::string call_id, std::string content)
{
    return add(message::tool_result(std::move(call_id), std::move(content)));
}

AUGUR_INLINE chat_request& chat_request::add(tool one)
{
    data_.tools.push_back(std::move(one));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::choose(tool_choice choice)
{
    data_.tool_choice = std::move(choice);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::format(answer_format form)
{
    data_.answer_format = std::move(form);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::stop(std::string text)
{
    data_.stop.push_back(std::move(text));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::log_probabilities(std::int64_t top)
{
    data_.log_probabilities = true;
    if (top > 0)
        data_.top_log_probabilities = top;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::modality(std::string name)
{
    data_.modalities.push_back(std::move(name));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::speak(std::string voice, std::string format)
{
    data_.voice = std::move(voice);
    data_.audio_format = std::move(format);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::metadata(std::string key, std::string value)
{
    data_.metadata.emplace_back(std::move(key), std::move(value));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::extra_header(std::string name, std::string value)
{
    data_.headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

AUGUR_INLINE chat_request& chat_request::model(std::string name)
{
    data_.model = std::move(name);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::parallel_tool_calls(bool on)
{
    data_.parallel_tool_calls = on;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::temperature(double v)
{
    data_.temperature = v;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::top_p(double v)
{
    data_.top_p = v;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::frequency_penalty(double v)
{
    data_.frequency_penalty = v;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::presence_penalty(double v)
{
    data_.presence_penalty = v;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::max_tokens(std::int64_t n)
{
    data_.max_tokens = n;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::old_max_tokens(std::int64_t n)
{
    data_.old_max_tokens = n;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::choices(std::int64_t n)
{
    data_.choices = n;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::seed(std::int64_t v)
{
    data_.seed = v;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::logit_bias(std::string object)
{
    data_.logit_bias = std::move(object);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::reasoning_effort(std::string level)
{
    data_.reasoning_effort = std::move(level);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::verbosity(std::string level)
{
    data_.verbosity = std::move(level);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::service_tier(std::string tier)
{
    data_.service_tier = std::move(tier);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::prediction(std::string text)
{
    data_.prediction = std::move(text);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::store(bool on)
{
    data_.store = on;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::user_name(std::string id)
{
    data_.user = std::move(id);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::safety_identifier(std::string id)
{
    data_.safety_identifier = std::move(id);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::prompt_cache_key(std::string key)
{
    data_.prompt_cache_key = std::move(key);
    return *this;
}

AUGUR_INLINE chat_request& chat_request::include_usage(bool on)
{
    data_.include_usage = on;
    return *this;
}

AUGUR_INLINE chat_request& chat_request::extra_body(std::string object)
{
    data_.extra = std::move(object);
    return *this;
}

} // namespace augur::inline AUGUR_ABI
