#include "schema.hpp"
#include "schema_words.hpp"

#include <augur/emulator/llm/ngram.hpp>

#include "../random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

namespace augur::emulator::llm {

namespace {

constexpr std::size_t most_nodes = 5000; // of the value

class maker
{
public:
    maker(json const& document, std::string_view prompt, std::uint64_t seed)
        : document_(document), material_(prompt), random_(hash_of(prompt, seed * 0x9E3779B97F4A7C15ULL + 1))
    {
        for (auto const* from : {&material_.names, &material_.words})
            for (auto const& word : *from)
                said_.insert(lower_case(word));
    }

    made_value make()
    {
        json value;
        if (!value_of(document_, value, 0, ""))
            return {nullptr, problem_.empty() ? "the schema cannot be satisfied" : problem_};
        return {std::move(value), {}};
    }

private:
    bool fail(std::string const& path, std::string const& what)
    {
        if (problem_.empty())
            problem_ = (path.empty() ? "the root" : path) + ": " + what;
        return false;
    }

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

    static std::size_t size_member(json const& schema, char const* name, std::size_t fallback)
    {
        auto const found = schema.find(name);
        return found != schema.end() && found->is_number_unsigned() ? found->get<std::size_t>() : fallback;
    }

    /// The part of the document that "#/..." names.
    json const* referenced(std::string const& ref) const
    {
        if (ref == "#")
            return &document_;
        if (!ref.starts_with("#/"))
            return nullptr;
        json const* at = &document_;
        for (std::size_t from = 2; from <= ref.size();) {
            auto const end = std::min(ref.find('/', from), ref.size());
            auto const key = ref.substr(from, end - from);
            if (!at->is_object() || !at->contains(key))
                return nullptr;
            at = &(*at)[key];
            from = end + 1;
        }
        return at;
    }

    bool value_of(json const& schema, json& out, int depth, std::string const& path)
    {
        if (depth > deepest_schema || ++nodes_ > most_nodes)
            return fail(path, "nests too deep or is too large");
        if (schema.is_boolean()) {
            out = words(1);
            return schema.get<bool>() || fail(path, "the schema is false");
        }
        if (!schema.is_object())
            return fail(path, "a schema must be an object");
        for (char const* unknown : {"not", "if", "dependentRequired", "dependentSchemas", "patternProperties",
                                    "contains", "propertyNames", "minProperties", "unevaluatedProperties"})
            if (schema.contains(unknown))
                return fail(path, std::string("the keyword ") + unknown + " is not supported");
        if (auto const ref = schema.find("$ref"); ref != schema.end()) {
            auto const* target = ref->is_string() ? referenced(ref->get<std::string>()) : nullptr;
            return target ? value_of(*target, out, depth + 1, path) : fail(path, "$ref leads nowhere");
        }
        if (auto const fixed = schema.find("const"); fixed != schema.end()) {
            out = *fixed;
            return true;
        }
        if (auto const set = schema.find("enum"); set != schema.end()) {
            if (!set->is_array() || set->empty())
                return fail(path, "enum must be a list that is not empty");
            out = chosen(*set);
            return true;
        }
        for (char const* name : {"anyOf", "oneOf"})
            if (auto const branches = schema.find(name); branches != schema.end())
                return branch_of(*branches, out, depth, path);
        if (auto const all = schema.find("allOf"); all != schema.end()) {
            if (!all->is_array())
                return fail(path, "allOf must be a list");
            auto merged = schema;
            merged.erase("allOf");
            for (auto const& part : *all)
                merge(merged, part);
            return value_of(merged, out, depth + 1, path);
        }
        return typed(type_of(schema, depth), schema, out, depth, path);
    }

    /// The one that the prompt names, or any.
    json chosen(json const& set)
    {
        for (auto const& candidate : set)
            if (candidate.is_string() && said_.contains(lower_case(candidate.get_ref<std::string const&>())))
                return candidate;
        return set[below(set.size())];
    }

    bool branch_of(json const& branches, json& out, int depth, std::string const& path)
    {
        if (!branches.is_array() || branches.empty())
            return fail(path, "anyOf and oneOf must be lists that are not empty");
        // Deep down the branch that ends soonest: null, else one without another nesting.
        if (depth > 8)
            for (auto const& b : branches)
                if (b.is_object() && b.contains("type") && b["type"] != "object" && b["type"] != "array")
                    return value_of(b, out, depth + 1, path);
        return value_of(branches[below(branches.size())], out, depth + 1, path);
    }

    void merge(json& into, json const& part)
    {
        json const* from = &part;
        if (part.is_object() && part.contains("$ref") && part["$ref"].is_string())
            if (auto const* target = referenced(part["$ref"].get<std::string>()))
                from = target;
        if (!from->is_object())
            return;
        for (auto const& [key, value] : from->items()) {
            if (key == "properties" && into.contains(key) && into[key].is_object() && value.is_object())
                into[key].update(value);
            else if (key == "required" && into.contains(key) && into[key].is_array() && value.is_array())
                into[key].insert(into[key].end(), value.begin(), value.end());
            else
                into[key] = value;
        }
    }

    std::string type_of(json const& schema, int depth)
    {
        auto const type = schema.find("type");
        if (type == schema.end())
            return schema.contains("properties") ? "object" : schema.contains("items") ? "array" : "string";
        if (type->is_string())
            return type->get<std::string>();
        if (!type->is_array() || type->empty())
            return {};
        bool const has_null = std::find(type->begin(), type->end(), "null") != type->end();
        if (has_null && depth > 8)
            return "null";
        auto const& one = (*type)[below(type->size())];
        return one.is_string() ? one.get<std::string>() : std::string();
    }

    bool typed(std::string const& type, json const& schema, json& out, int depth, std::string const& path)
    {
        if (type == "object")
            return object(schema, out, depth, path);
        if (type == "array")
            return array(schema, out, depth, path);
        if (type == "string")
            return text(schema, out, path);
        if (type == "integer" || type == "number")
            return number(schema, type == "integer", out, path);
        if (type == "boolean")
            out = below(2) == 1;
        else if (type == "null")
            out = nullptr;
        else
            return fail(path, "the type \"" + type.substr(0, 40) + "\" is unknown");
        return true;
    }

    bool object(json const& schema, json& out, int depth, std::string const& path)
    {
        out = json::object();
        std::set<std::string> required;
        if (auto const list = schema.find("required"); list != schema.end() && list->is_array())
            for (auto const& name : *list)
                if (name.is_string())
                    required.insert(name.get<std::string>());
        if (auto const properties = schema.find("properties"); properties != schema.end()) {
            if (!properties->is_object())
                return fail(path, "properties must be an object");
            for (auto const& [name, part] : properties->items()) {
                bool const wanted = required.erase(name) == 1;
                if (!wanted && (depth > 4 || below(2) == 0))
                    continue;
                if (!value_of(part, out[name], depth + 1, path + "/" + name))
                    return false;
            }
        }
        for (auto const& name : required) // required, but not described
            out[name] = words(1);
        return true;
    }

    bool array(json const& schema, json& out, int depth, std::string const& path)
    {
        out = json::array();
        auto const prefix = schema.find("prefixItems");
        if (prefix != schema.end() && prefix->is_array())
            for (auto const& part : *prefix)
                if (!value_of(part, out.emplace_back(), depth + 1, path + "/" + std::to_string(out.size() - 1)))
                    return false;
        auto const items = schema.find("items");
        json const any = {{"type", "string"}};
        auto const& item = items == schema.end() ? any : *items;
        auto const least = size_member(schema, "minItems", depth > 8 ? 0 : 1);
        auto const most = std::max(least, size_member(schema, "maxItems", least + 2));
        if (least > 1000)
            return fail(path, "minItems is too large");
        auto const ceiling = std::min(most, least + 2);
        auto const wanted = depth > 8 ? least : std::min(most, least + below(ceiling - least + 1));
        bool const unique = schema.value("uniqueItems", json(false)) == json(true);
        for (std::size_t tries = 0; out.size() < wanted && item != json(false); ++tries) {
            json made;
            if (!value_of(item, made, depth + 1, path + "/items"))
                return false;
            if (!unique || std::find(out.begin(), out.end(), made) == out.end())
                out.push_back(std::move(made));
            else if (tries > 200)
                return out.size() >= size_member(schema, "minItems", 0) || fail(path, "not enough different items");
        }
        return true;
    }

    /// So many words of the prompt; a name first.
    std::string words(std::size_t count)
    {
        if (!material_.names.empty())
            return material_.names[next_name_++ % material_.names.size()];
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += (i == 0 ? "" : " ") + material_.words[below(material_.words.size())];
        return text;
    }

    bool text(json const& schema, json& out, std::string const& path)
    {
        std::string made;
        if (auto const pattern = schema.find("pattern"); pattern != schema.end()) {
            if (!pattern->is_string() || !make_matching(pattern->get<std::string>(), random_(), made))
                return fail(path, "the pattern is not supported");
            out = made;
            return true;
        }
        if (auto const format = schema.find("format"); format != schema.end() && format->is_string())
            made = make_formatted(format->get<std::string>(), material_, random_);
        if (made.empty()) {
            made = words(1 + below(3));
            auto const least = size_member(schema, "minLength", 0);
            auto const most = size_member(schema, "maxLength", std::numeric_limits<std::size_t>::max());
            if (least > 10'000 || most < least)
                return fail(path, "no text has this length");
            auto const ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
            if (made.size() < least || made.size() > most) // lengths count characters, so keep to one byte each
                made.erase(std::remove_if(made.begin(), made.end(), [&](char c) { return !ascii(c); }), made.end());
            while (made.size() < least)
                made += (made.empty() ? "" : " ") + std::string("light");
            if (made.size() > most)
                made.resize(most);
        }
        out = made;
        return true;
    }

    static double bound(json const& schema, char const* name, double fallback)
    {
        auto const found = schema.find(name);
        return found != schema.end() && found->is_number() ? found->get<double>() : fallback;
    }

    bool number(json const& schema, bool whole, json& out, std::string const& path)
    {
        constexpr double none = std::numeric_limits<double>::infinity();
        auto low = bound(schema, "minimum", -none);
        auto high = bound(schema, "maximum", none);
        auto const step = bound(schema, "multipleOf", whole ? 1 : 0);
        auto const above = bound(schema, "exclusiveMinimum", -none);
        auto const under = bound(schema, "exclusiveMaximum", none);
        auto const fits = [&](double x) {
            bool const on_grid = step <= 0 || x / step == std::round(x / step);
            return x >= low && x <= high && x > above && x < under && on_grid && (!whole || x == std::floor(x));
        };
        std::vector<double> candidates;
        for (std::size_t i = 0; i < material_.numbers.size(); ++i)
            candidates.push_back(material_.numbers[next_number_++ % material_.numbers.size()]);
        auto const from = std::max(low, above);
        auto const to = std::min(high, under);
        double const least = std::isfinite(from) ? from : std::isfinite(to) ? to - 100 : 0;
        double const most = std::isfinite(to) ? to : least + 100;
        for (int i = 0; i < 64; ++i) {
            double const x = least + (most - least) * random_unit(random_);
            candidates.push_back(step > 0 ? std::round(x / step) * step : std::round(x * 100) / 100);
        }
        for (double const x : {least, most, std::ceil(least), std::floor(most), (least + most) / 2, 0.0})
            candidates.push_back(x);
        for (auto const x : candidates)
            if (fits(x) && std::abs(x) < 9e15) {
                if (whole)
                    out = static_cast<std::int64_t>(x);
                else
                    out = x;
                return true;
            }
        return fail(path, "no number is in range");
    }

    json const& document_;
    material material_;
    std::set<std::string> said_; ///< its names and words in lower case
    std::mt19937_64 random_;
    std::string problem_;
    std::size_t nodes_ = 0, next_name_ = 0, next_number_ = 0;
};

} // namespace

made_value make_value(json const& schema, std::string_view prompt, std::uint64_t seed)
{
    return maker(schema, prompt, seed).make();
}

} // namespace augur::emulator::llm
