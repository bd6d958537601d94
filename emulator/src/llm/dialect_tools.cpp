#include "dialect.hpp"
#include "schema.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <algorithm>

namespace augur::emulator::llm {

namespace {

bool is_tool_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

void read_tool(json const& entry, std::string const& path, bool flat, turn_input& input, problem& p)
{
    static json const nothing = json::object();
    if (!entry.is_object()) {
        p = bad("Invalid type for '" + path + "': expected an object.", path, "invalid_type");
        return;
    }
    fields outer(entry, p, path);
    auto const type = outer.text("type").value_or("");
    if (type != "function" && type != "custom") {
        if (flat && !type.empty()) // tools that the service itself would run
            p = bad("Tool '" + type + "' is not available here; 'function' and 'custom' are.", path + ".type");
        outer.fail("type", "'function' or 'custom' is expected");
        return;
    }
    auto const* inner = flat ? &entry : outer.find(type.c_str());
    if (!inner || !inner->is_object()) {
        p = bad("Missing required parameter: '" + path + "." + type + "'.", path + "." + type,
                "missing_required_parameter");
        return;
    }
    fields f(*inner, p, flat ? path : path + "." + type);
    tool_spec tool;
    tool.custom = type == "custom";
    tool.name = f.text("name").value_or("");
    tool.description = f.text("description").value_or("");
    if (!is_tool_name(tool.name))
        f.fail("name", "a name of at most 64 letters, digits, '_' and '-' is expected");
    // The Responses API takes functions as strict unless told otherwise, if it can.
    auto const wanted = f.flag("strict");
    if (auto const* parameters = f.find("parameters"); parameters && !tool.custom) {
        if (!parameters->is_object() || parameters->value("type", json()) != json("object"))
            f.fail("parameters", "a JSON schema of the type object is expected");
        else if (auto const why = strict_problem(*parameters); wanted.value_or(false) && !why.empty() && !p)
            p = bad("Invalid schema for function '" + tool.name + "': " + why, f.place("parameters"),
                    "invalid_function_parameters");
        tool.parameters = *parameters;
    }
    else if (!tool.custom) {
        tool.parameters = {{"type", "object"}};
    }
    if (std::any_of(input.tools.begin(), input.tools.end(), [&](auto const& t) { return t.name == tool.name; }))
        f.fail("name", "two tools have this name");
    input.tools.push_back(std::move(tool));
}

} // namespace

void read_tools(json const& body, bool flat, turn_input& input, problem& p)
{
    fields f(body, p);
    if (auto const* tools = f.find("tools")) {
        if (!tools->is_array() || tools->size() > 128) {
            f.fail("tools", "a list of at most 128 tools is expected");
            return;
        }
        for (std::size_t i = 0; i < tools->size() && !p; ++i)
            read_tool((*tools)[i], "tools[" + std::to_string(i) + "]", flat, input, p);
        input.prompt_tokens += count_tokens(dump(*tools));
    }
    input.parallel = f.flag("parallel_tool_calls").value_or(true);
    auto const* choice = f.find("tool_choice");
    if (!choice)
        return;
    if (input.tools.empty()) {
        p = bad("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice");
        return;
    }
    if (choice->is_string()) {
        auto const& word = choice->get_ref<std::string const&>();
        if (word == "none")
            input.choice = tool_choice::none;
        else if (word == "required")
            input.choice = tool_choice::required;
        else if (word != "auto")
            f.fail("tool_choice", "'none', 'auto', 'required' or an object is expected");
        return;
    }
    if (!choice->is_object()) {
        f.fail("tool_choice", "a string or an object is expected");
        return;
    }
    fields c(*choice, p, "tool_choice");
    auto const type = c.text("type").value_or("");
    if (type == "allowed_tools") {
        auto const* allowed = flat ? choice : c.find("allowed_tools");
        auto const* list = allowed && allowed->is_object() && allowed->contains("tools") ? &(*allowed)["tools"]
                                                                                         : nullptr;
        if (!list || !list->is_array()) {
            c.fail("allowed_tools", "an object with tools is expected");
            return;
        }
        std::vector<std::string> names;
        for (auto const& t : *list)
            for (auto const* at : {&t, t.is_object() && t.contains("function") ? &t["function"] : &t})
                if (at->is_object() && at->contains("name") && (*at)["name"].is_string())
                    names.push_back((*at)["name"].get<std::string>());
        std::erase_if(input.tools,
                      [&](tool_spec const& t) { return std::find(names.begin(), names.end(), t.name) == names.end(); });
        input.choice = allowed->value("mode", json("auto")) == json("required") ? tool_choice::required
                                                                                : tool_choice::automatic;
        return;
    }
    auto const* inner = flat ? choice : c.find(type.c_str());
    if ((type != "function" && type != "custom") || !inner || !inner->is_object()) {
        c.fail("type", "a function or a custom tool is expected");
        return;
    }
    input.choice = tool_choice::named;
    input.named = fields(*inner, p, "tool_choice").text("name").value_or("");
    if (std::none_of(input.tools.begin(), input.tools.end(), [&](auto const& t) { return t.name == input.named; }))
        c.fail(type.c_str(), "tools has no '" + input.named.substr(0, 64) + "'");
}

void read_format(json const& format, bool flat, turn_input& input, problem& p)
{
    char const* const where = flat ? "text.format" : "response_format";
    if (!format.is_object()) {
        p = bad(std::string("Invalid type for '") + where + "': expected an object.", where, "invalid_type");
        return;
    }
    fields f(format, p, where);
    auto const type = f.text("type").value_or("");
    if (type == "text")
        return;
    if (type == "json_object") {
        // Some object; the service demands that the prompt speaks of JSON.
        bool const asked = std::any_of(input.turns.begin(), input.turns.end(), [](std::string const& t) {
            return lower_case(t).find("json") != std::string::npos;
        });
        if (!asked)
            p = bad("'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                    "'json_object'.",
                    "messages");
        input.schema = json{{"type", "object"},
                            {"properties", {{"answer", {{"type", "string"}}}}},
                            {"required", json::array({"answer"})}};
        return;
    }
    if (type != "json_schema") {
        f.fail("type", "'text', 'json_object' or 'json_schema' is expected");
        return;
    }
    auto const* inner = flat ? &format : f.find("json_schema");
    if (!inner || !inner->is_object()) {
        p = bad(std::string("Missing required parameter: '") + where + ".json_schema'.",
                std::string(where) + ".json_schema", "missing_required_parameter");
        return;
    }
    fields g(*inner, p, flat ? where : std::string(where) + ".json_schema");
    auto const name = g.text("name").value_or("");
    if (!is_tool_name(name))
        g.fail("name", "a name of at most 64 letters, digits, '_' and '-' is expected");
    auto const* schema = g.find("schema");
    if (!schema || !schema->is_object()) {
        g.fail("schema", "a JSON schema is expected");
        return;
    }
    if (g.flag("strict").value_or(false)) {
        auto why = strict_problem(*schema);
        if (why.empty() && schema->value("type", json()) != json("object"))
            why = "schema must be a JSON Schema of 'type: \"object\"'.";
        if (!why.empty() && !p)
            p = bad("Invalid schema for response_format '" + name + "': " + why, where);
    }
    input.schema = *schema;
    input.prompt_tokens += count_tokens(dump(*schema));
}

} // namespace augur::emulator::llm
