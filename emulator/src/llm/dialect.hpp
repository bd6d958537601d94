#pragma once

// What the operations of the OpenAI dialect share: reading members of a request, the shapes of errors, events.

#include <augur/emulator/http.hpp>
#include <augur/emulator/openai_service.hpp>

#include "../json.hpp"
#include "engine.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

/// An error as the model side of the service words it.
struct problem
{
    int status = 0; ///< 0: none
    std::string message;
    std::string type = "invalid_request_error";
    std::string param = {}; ///< empty: null
    std::string code = {};  ///< empty: null

    explicit operator bool() const noexcept { return status != 0; }
};

/// `{"error":{"message","type","param","code"}}`
response openai_error(problem const& p);
/// `{"error":{"code","message"}}`: how Azure's front end says it.
response azure_openai_error(int status, std::string_view code, std::string_view message);
/// A prompt that the content filter of Azure stopped.
response azure_filtered_prompt();

problem bad(std::string message, std::string param = {}, std::string code = {});

/// Reads members of an object and keeps the first thing that is wrong. A member that is null is absent.
class fields
{
public:
    fields(json const& object, problem& p, std::string path = {}) : object_(object), problem_(p), path_(std::move(path))
    {
    }

    json const* find(char const* name) const;
    std::optional<double> number(char const* name, double least, double most);
    std::optional<std::int64_t> whole(char const* name, std::int64_t least, std::int64_t most);
    std::optional<bool> flag(char const* name);
    std::optional<std::string> text(char const* name);
    void fail(char const* name, std::string const& what);
    std::string place(char const* name) const { return path_.empty() ? name : path_ + "." + name; }

private:
    json const& object_;
    problem& problem_;
    std::string path_;
};

/// temperature, top_p, penalties, stop, seed and (by `limit_names`) the limit of tokens. The extensions `min_tokens`
/// and `ignore_eos` of vLLM make long texts.
struct sampling_fields
{
    sampling how;
    bool has_seed = false;
    std::size_t limit = 0; ///< of tokens, 0 when the request has none
};
sampling_fields read_sampling(fields& f, std::vector<char const*> const& limit_names);

/// Function and custom tools, and the choice among them. `flat` is the form of the Responses API.
void read_tools(json const& body, bool flat, turn_input& input, problem& p);
/// A schema for the answer: `format` is `response_format`, or `text.format` when flat.
void read_format(json const& format, bool flat, turn_input& input, problem& p);

/// The context window: says that the prompt does not fit, or lowers the limit of tokens to what is left.
void fit_into(std::size_t window, std::size_t asked, turn_input& input, problem& p);

/// The annotations of Azure's content filter.
json filter_results(bool of_prompt, bool filtered = false);

/// Writes a stream of events with the quirks of the server.
class event_writer
{
public:
    explicit event_writer(openai_quirks const& quirks) : quirks_(quirks) {}

    /// With `event:` when `type` is not empty. Nothing after `error_after` has come.
    void event(json const& data, std::string_view type = {});
    void done();
    /// The whole answer.
    response finish() &&;

private:
    void write(std::string_view type, std::string_view data);

    openai_quirks const& quirks_;
    std::vector<piece> pieces_;
    std::size_t events_ = 0;
    bool broken_ = false;
};

/// As a service does it: words that hide how long a chunk is.
std::string padding_for(std::size_t event);

} // namespace augur::emulator::llm
