#pragma once

#include <augur/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// How wire codecs reach the fields of requests. Not for users.
struct fields_of
{
    template <class T>
    static auto& get(T& object)
    {
        if constexpr (requires { object.fields(); })
            return object.fields();
        else
            return object.data_;
    }
};

enum class tool_kind : std::uint8_t
{
    function,
    custom,
    other,
};

struct tool_data
{
    tool_kind kind = tool_kind::function;
    std::string name, description;
    std::string schema; ///< JSON text: the parameters of a function, the format of a custom tool
    std::optional<bool> strict;
    std::string extra; ///< JSON object of further members; all of them for `other`

    friend bool operator==(tool_data const&, tool_data const&) = default;
};

struct tool_choice_data
{
    std::string mode; ///< "none", "auto", "required", or the kind of the one tool; empty: all is in `extra`
    std::string name;
    std::string extra;

    friend bool operator==(tool_choice_data const&, tool_choice_data const&) = default;
};

} // namespace detail

/// Something that the model may call. JSON texts are checked when the request is written.
class tool
{
public:
    /// `parameters` is a JSON schema, such as {"type":"object","properties":{...}}; empty for no arguments.
    static tool function(std::string name, std::string description, std::string parameters = {})
    {
        return tool(
            {detail::tool_kind::function, std::move(name), std::move(description), std::move(parameters), {}, {}});
    }
    /// A tool that takes free text. `format` is the service's JSON description of a grammar, or empty.
    static tool custom(std::string name, std::string description, std::string format = {})
    {
        return tool({detail::tool_kind::custom, std::move(name), std::move(description), std::move(format), {}, {}});
    }
    /// A tool of the service itself, such as {"type":"web_search"}, as the service wants it.
    static tool json(std::string object) { return tool({detail::tool_kind::other, {}, {}, {}, {}, std::move(object)}); }

    /// Arguments always match the schema, which must then forbid additional properties and require all.
    tool& strict(bool on = true) { return data_.strict = on, *this; }

    std::string const& name() const noexcept { return data_.name; }
    std::string const& description() const noexcept { return data_.description; }
    /// JSON text; empty if there is none.
    std::string const& schema() const noexcept { return data_.schema; }
    friend bool operator==(tool const&, tool const&) = default;

private:
    friend struct detail::fields_of;
    explicit tool(detail::tool_data data) : data_(std::move(data)) {}
    detail::tool_data data_;
};

/// Whether the model must call a tool, and which.
class tool_choice
{
public:
    static tool_choice none() { return tool_choice({"none", {}, {}}); }
    static tool_choice automatic() { return tool_choice({"auto", {}, {}}); }
    static tool_choice required() { return tool_choice({"required", {}, {}}); }
    static tool_choice function(std::string name) { return tool_choice({"function", std::move(name), {}}); }
    static tool_choice custom(std::string name) { return tool_choice({"custom", std::move(name), {}}); }
    /// Any other form, such as {"type":"allowed_tools",...}, as the service wants it.
    static tool_choice json(std::string object) { return tool_choice({{}, {}, std::move(object)}); }
    friend bool operator==(tool_choice const&, tool_choice const&) = default;

private:
    friend struct detail::fields_of;
    explicit tool_choice(detail::tool_choice_data data) : data_(std::move(data)) {}
    detail::tool_choice_data data_;
};

/// A call that the model wants to be made; in a stream a piece of one.
class tool_call
{
public:
    tool_call() {} // no aggregate: safe in every form inside a co_await expression
    tool_call(std::string call_id, std::string tool_name, std::string text)
        : id(std::move(call_id)), name(std::move(tool_name)), arguments(std::move(text))
    {
    }

    std::string id; ///< to be named by the answer
    std::string name;
    /// A JSON text as the model wrote it, which need not be valid; the text itself if `custom`.
    std::string arguments;
    bool custom = false; ///< of a custom tool
    std::optional<std::int64_t> index; ///< in a stream: pieces of one index belong together
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing

    friend bool operator==(tool_call const&, tool_call const&) = default;
};

} // namespace augur::inline AUGUR_ABI
