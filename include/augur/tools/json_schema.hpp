#pragma once

#include <augur/codec/json_writer.hpp>
#include <augur/tools/described.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// Services allow ten levels; a type that contains itself has no end.
inline constexpr int deepest_schema = 32;

template <class T>
void write_schema(codec::json::writer& out, std::string_view description, int depth)
{
    static_assert(Describable<T>, "a model cannot be asked for this type: see augur::Describable");
    if (depth > deepest_schema)
        throw std::logic_error("a type that contains itself has no JSON schema of finite size");
    out.begin_object();
    if (description.empty())
        description = description_of<T>({});
    if (!description.empty())
        out.key("description").string(description);
    if constexpr (is_optional<T>::value) {
        out.key("anyOf").begin_array();
        write_schema<typename T::value_type>(out, {}, depth + 1);
        out.begin_object().key("type").string("null").end_object().end_array();
    }
    else if constexpr (is_vector<T>::value) {
        out.key("type").string("array").key("items");
        write_schema<typename T::value_type>(out, {}, depth + 1);
    }
    else if constexpr (std::same_as<T, bool>)
        out.key("type").string("boolean");
    else if constexpr (std::same_as<T, std::string>)
        out.key("type").string("string");
    else if constexpr (std::integral<T>)
        out.key("type").string("integer");
    else if constexpr (std::floating_point<T>)
        out.key("type").string("number");
    else if constexpr (described_enum<T>) {
        out.key("type").string("string").key("enum").begin_array();
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&out](auto d) { out.string(d.name); });
        out.end_array();
    }
    else {
        using all = boost::describe::describe_members<T, described_members>;
        out.key("type").string("object").key("properties").begin_object();
        boost::mp11::mp_for_each<all>([&out, depth](auto d) {
            using member = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
            out.key(d.name);
            write_schema<member>(out, description_of<T>(d.name), depth + 1);
        });
        // Strict: all are required, and what may be missing may be null.
        out.end_object().key("required").begin_array();
        boost::mp11::mp_for_each<all>([&out](auto d) { out.string(d.name); });
        out.end_array().key("additionalProperties").boolean(false);
    }
    out.end_object();
}

/// The top of a schema must be an object; anything else becomes its member "value".
template <class T>
inline constexpr bool is_wrapped = !described_struct<T>;

} // namespace detail

/// The JSON schema of a type, as strict structured output wants it: every member is required, no other is allowed,
/// and std::optional may be null. What is no struct becomes the member "value" of an object.
///
/// Throws std::logic_error for a type that contains itself or has descriptions that are not UTF-8.
template <Describable T>
std::string json_schema_of()
{
    codec::json::writer out;
    if constexpr (detail::is_wrapped<T>) {
        out.begin_object().key("type").string("object").key("properties").begin_object().key("value");
        detail::write_schema<T>(out, {}, 1);
        out.end_object().key("required").begin_array().string("value").end_array();
        out.key("additionalProperties").boolean(false).end_object();
    }
    else
        detail::write_schema<T>(out, {}, 0);
    auto text = std::move(out).finish();
    if (!text)
        throw std::logic_error("the description of a type is not UTF-8");
    return std::move(*text);
}

} // namespace augur::inline AUGUR_ABI
