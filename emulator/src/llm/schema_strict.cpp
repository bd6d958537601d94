#include "schema.hpp"

#include <algorithm>

namespace augur::emulator::llm {

namespace {

std::string strict_problem_at(json const& schema, std::string const& path, int depth)
{
    if (!schema.is_object() || depth > deepest_schema)
        return {};
    auto const here = "In context=(" + path + "), ";
    if (schema.contains("properties") || schema.value("type", json()) == json("object")) {
        if (schema.value("additionalProperties", json(true)) != json(false))
            return here + "'additionalProperties' is required to be supplied and to be false.";
        json const required = schema.value("required", json::array());
        json const properties = schema.value("properties", json::object());
        if (properties.is_object() && required.is_array())
            for (auto const& [name, part] : properties.items())
                if (std::find(required.begin(), required.end(), json(name)) == required.end())
                    return here +
                           "'required' is required to be supplied and to be an array including every key in "
                           "properties. Missing '" +
                           name + "'.";
    }
    for (auto const& [key, part] : schema.items()) {
        bool const named = key == "properties" || key == "$defs" || key == "definitions";
        bool const listed = key == "anyOf" || key == "allOf" || key == "prefixItems";
        if (named && part.is_object()) {
            for (auto const& [name, inner] : part.items())
                if (auto problem = strict_problem_at(inner, path + "'" + key + "', '" + name + "', ", depth + 1);
                    !problem.empty())
                    return problem;
        }
        else if (listed && part.is_array()) {
            for (auto const& inner : part)
                if (auto problem = strict_problem_at(inner, path + "'" + key + "', ", depth + 1); !problem.empty())
                    return problem;
        }
        else if (key == "items") {
            if (auto problem = strict_problem_at(part, path + "'items', ", depth + 1); !problem.empty())
                return problem;
        }
    }
    return {};
}

} // namespace

std::string strict_problem(json const& schema)
{
    return strict_problem_at(schema, "", 0);
}

} // namespace augur::emulator::llm
