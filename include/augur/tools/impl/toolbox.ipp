#pragma once

#include <augur/tools/toolbox.hpp>

#include <algorithm>
#include <stdexcept>

namespace augur::inline AUGUR_ABI {

namespace detail {

AUGUR_INLINE std::string empty_schema()
{
    return R"({"type":"object","properties":{},"required":[],"additionalProperties":false})";
}

inline bool is_tool_name(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

} // namespace detail

struct toolbox::contents
{
    std::vector<tool> tools;
    std::vector<function> functions; ///< of the tool in the same place
};

AUGUR_INLINE toolbox::toolbox() : contents_(std::make_shared<contents>()) {}

AUGUR_INLINE toolbox& toolbox::add_tool(tool what, function f)
{
    if (!detail::is_tool_name(what.name()))
        throw std::invalid_argument("the name of a tool is 1 to 64 letters, digits, _ and -, and not \"" +
                                    sanitise(what.name(), 80) + "\"");
    if (find(what.name()) != nullptr)
        throw std::invalid_argument("there is a tool \"" + what.name() + "\" already");
    contents_->functions.push_back(std::move(f));
    contents_->tools.push_back(std::move(what));
    return *this;
}

AUGUR_INLINE bool toolbox::empty() const noexcept
{
    return contents_->tools.empty();
}

AUGUR_INLINE std::vector<tool> const& toolbox::tools() const noexcept
{
    return contents_->tools;
}

AUGUR_INLINE toolbox::function const* toolbox::find(std::string_view name) const noexcept
{
    auto const& tools = contents_->tools;
    for (std::size_t i = 0; i < tools.size(); ++i)
        if (tools[i].name() == name)
            return &contents_->functions[i];
    return nullptr;
}

} // namespace augur::inline AUGUR_ABI
