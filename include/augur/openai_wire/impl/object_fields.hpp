#pragma once

#include <augur/codec/json.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/embedding.hpp>
#include <augur/openai_wire/response_request.hpp>

#include <concepts>
#include <string_view>

namespace augur::inline AUGUR_ABI::openai_wire::detail {

namespace json = codec::json;

/// A word of the wire and the value of our enum that it stands for.
struct enum_name
{
    int value;
    std::string_view name;
};

/// Types of the vocabulary that hide their fields from users.
template <class T>
concept closed_type = std::same_as<T, message> || std::same_as<T, content_part> || std::same_as<T, tool> ||
                      std::same_as<T, tool_choice> || std::same_as<T, answer_format> || std::same_as<T, chat_request> ||
                      std::same_as<T, embedding_request> || std::same_as<T, response_request>;

template <class T>
auto& fields(T& object) noexcept
{
    if constexpr (closed_type<std::remove_const_t<T>>)
        return augur::detail::fields_of::get(object);
    else
        return object;
}

/// An object that nothing is known of yet.
template <class T>
T make()
{
    if constexpr (std::same_as<T, message>)
        return message({}, std::vector<content_part>());
    else if constexpr (std::same_as<T, content_part>)
        return content_part::text({});
    else if constexpr (std::same_as<T, tool>)
        return tool::function({}, {});
    else if constexpr (std::same_as<T, answer_format>)
        return answer_format::json({});
    else if constexpr (std::same_as<T, tool_choice>)
        return tool_choice::json({});
    else if constexpr (std::same_as<T, embedding_request>)
        return embedding_request(std::vector<std::string>());
    else if constexpr (std::same_as<T, response_request>)
        return response_request(std::string());
    else
        return T();
}

template <class T, class Data>
concept of = std::same_as<std::remove_const_t<T>, Data>;

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
