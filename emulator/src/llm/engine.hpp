#pragma once

#include <augur/emulator/llm/ngram.hpp>

#include "../json.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

struct tool_spec
{
    std::string name, description;
    json parameters = json::object(); ///< a schema
    bool custom = false;              ///< takes free text in place of JSON
};

struct tool_call
{
    std::string name;
    std::string input; ///< JSON text of the arguments, or free text
    bool custom = false;
};

enum class tool_choice
{
    automatic, ///< the tools that the question is about
    none,
    required,
    named,
};

/// One question to the model, in no service's dialect.
struct turn_input
{
    std::vector<std::string> turns; ///< the texts of the conversation, oldest first
    std::string question;           ///< the last text of the user
    std::vector<std::string> results; ///< of tools, when they came last
    std::vector<tool_spec> tools;
    tool_choice choice = tool_choice::automatic;
    std::string named; ///< tool
    bool parallel = true;
    std::optional<json> schema; ///< of the answer
    std::size_t prompt_tokens = 0;
    sampling how;
};

struct turn_output
{
    enum class ending
    {
        stop,
        length,
        tool_calls,
        content_filter,
    };

    completion text; ///< of an answer, structured or not, or of a refusal
    bool refused = false;
    std::vector<tool_call> calls;
    ending finish = ending::stop;
    std::size_t tokens = 0;   ///< a recount of what is said
    std::string problem = {}; ///< why the schema of the answer or of a tool cannot be served
};

/// Words in the last text of the user that make the service behave in a way a test wants to see.
inline constexpr std::string_view prompt_filter_word = "blockedprompt";
inline constexpr std::string_view answer_filter_word = "blockedanswer";
inline constexpr std::string_view refusal_word = "refuseme";
inline constexpr std::string_view failure_word = "failresponse"; ///< a response that ends as failed

/// What the model answers. Pure: the same input gives the same output.
turn_output answer(ngram_model const& model, turn_input const& input);

char const* name_of(turn_output::ending e) noexcept;

} // namespace augur::emulator::llm
