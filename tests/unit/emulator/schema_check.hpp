#pragma once

// A small validator of JSON schemas. It shares nothing with the generator that it judges, and knows only what the
// tests' schemas use.

#include <nlohmann/json.hpp>

#include <cmath>
#include <regex>
#include <string>

namespace emulator_test {

class schema_check
{
public:
    explicit schema_check(nlohmann::json const& document) : document_(document) {}

    /// Empty when the value is valid, else where it is not and why.
    std::string problem(nlohmann::json const& value) const { return check(document_, value, "$"); }

private:
    using json = nlohmann::json;

    static std::size_t characters(std::string const& text)
    {
        std::size_t count = 0;
        for (auto const c : text)
            count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }

    static bool has_type(std::string const& type, json const& v)
    {
        return (type == "object" && v.is_object()) || (type == "array" && v.is_array()) ||
               (type == "string" && v.is_string()) || (type == "boolean" && v.is_boolean()) ||
               (type == "null" && v.is_null()) || (type == "number" && v.is_number()) ||
               (type == "integer" && v.is_number() && v.get<double>() == std::floor(v.get<double>()));
    }

    std::string check(json const& s, json const& v, std::string const& at) const
    {
        if (s.is_boolean())
            return s.get<bool>() ? "" : at + ": nothing is allowed here";
        if (s.contains("$ref"))
            return check(document_.at(json::json_pointer(s["$ref"].get<std::string>().substr(1))), v, at);
        if (s.contains("const") && v != s["const"])
            return at + ": is not the constant";
        if (s.contains("enum") && std::find(s["enum"].begin(), s["enum"].end(), v) == s["enum"].end())
            return at + ": is not in the enum";
        if (s.contains("type")) {
            bool fits = false;
            for (auto const& t : s["type"].is_array() ? s["type"] : json::array({s["type"]}))
                fits = fits || has_type(t.get<std::string>(), v);
            if (!fits)
                return at + ": has another type";
        }
        if (s.contains("anyOf")) {
            bool fits = false;
            for (auto const& branch : s["anyOf"])
                fits = fits || check(branch, v, at).empty();
            if (!fits)
                return at + ": fits no branch";
        }
        for (auto const& part : s.value("allOf", json::array()))
            if (auto p = check(part, v, at); !p.empty())
                return p;
        if (v.is_object())
            return object(s, v, at);
        if (v.is_array())
            return array(s, v, at);
        if (v.is_string())
            return text(s, v.get<std::string>(), at);
        return v.is_number() ? number(s, v.get<double>(), at) : "";
    }

    std::string object(json const& s, json const& v, std::string const& at) const
    {
        for (auto const& name : s.value("required", json::array()))
            if (!v.contains(name.get<std::string>()))
                return at + ": lacks " + name.get<std::string>();
        auto const properties = s.value("properties", json::object());
        for (auto const& [name, member] : v.items()) {
            if (!properties.contains(name)) {
                if (s.value("additionalProperties", json(true)) == json(false))
                    return at + ": has " + name;
                continue;
            }
            if (auto p = check(properties[name], member, at + "." + name); !p.empty())
                return p;
        }
        return "";
    }

    std::string array(json const& s, json const& v, std::string const& at) const
    {
        if (v.size() < s.value("minItems", std::size_t{0}) || v.size() > s.value("maxItems", v.size()))
            return at + ": has the wrong number of items";
        if (s.value("uniqueItems", false))
            for (std::size_t i = 0; i < v.size(); ++i)
                for (std::size_t j = i + 1; j < v.size(); ++j)
                    if (v[i] == v[j])
                        return at + ": repeats an item";
        for (std::size_t i = 0; s.contains("items") && i < v.size(); ++i)
            if (auto p = check(s["items"], v[i], at + "[" + std::to_string(i) + "]"); !p.empty())
                return p;
        return "";
    }

    static std::string text(json const& s, std::string const& v, std::string const& at)
    {
        if (characters(v) < s.value("minLength", std::size_t{0}) || characters(v) > s.value("maxLength", v.size()))
            return at + ": has the wrong length";
        if (s.contains("pattern") && !std::regex_search(v, std::regex(s["pattern"].get<std::string>())))
            return at + ": does not match: " + v;
        return "";
    }

    static std::string number(json const& s, double v, std::string const& at)
    {
        constexpr double most = 1e300;
        if (v < s.value("minimum", -most) || v > s.value("maximum", most))
            return at + ": is out of range";
        if (v <= s.value("exclusiveMinimum", -most) || v >= s.value("exclusiveMaximum", most))
            return at + ": is on or beyond an exclusive bound";
        if (s.contains("multipleOf") && std::abs(std::remainder(v, s["multipleOf"].get<double>())) > 1e-9)
            return at + ": is no multiple";
        return "";
    }

    json const& document_;
};

} // namespace emulator_test
