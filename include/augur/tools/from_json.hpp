#pragma once

#include <augur/codec/json.hpp>
#include <augur/tools/json_schema.hpp>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// Also of an object that has it twice, which find() knows nothing of.
bool has_member(codec::json::value object, std::string_view name);
error not_a_member(codec::json::value object, std::string_view name);
error missing_member(codec::json::value object, std::string_view name);
error not_one_of(codec::json::value word, std::string_view names);
error out_of_range(codec::json::value number);

template <class T>
result<void> read_value(codec::json::value from, T& to);

template <class T>
result<void> read_number(codec::json::value from, T& to)
{
    if constexpr (std::floating_point<T>) {
        auto const number = from.as_double();
        if (!number)
            return number.error();
        if (*number > static_cast<double>(std::numeric_limits<T>::max()) ||
            *number < static_cast<double>(std::numeric_limits<T>::lowest()))
            return out_of_range(from);
        to = static_cast<T>(*number);
    }
    else if constexpr (std::unsigned_integral<T>) {
        auto const number = from.as_uint64();
        if (!number)
            return number.error();
        if (*number > std::numeric_limits<T>::max())
            return out_of_range(from);
        to = static_cast<T>(*number);
    }
    else {
        auto const number = from.as_int64();
        if (!number)
            return number.error();
        if (*number > std::numeric_limits<T>::max() || *number < std::numeric_limits<T>::min())
            return out_of_range(from);
        to = static_cast<T>(*number);
    }
    return {};
}

template <class T>
result<void> read_enum(codec::json::value from, T& to)
{
    auto const word = from.as_string();
    if (!word)
        return word.error();
    bool found = false;
    std::string names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
        names.append(names.empty() ? "" : ", ").append(d.name);
        if (*word != d.name)
            return;
        to = d.value;
        found = true;
    });
    return found ? result<void>() : not_one_of(from, names);
}

template <class T>
result<void> read_struct(codec::json::value from, T& to)
{
    using all = boost::describe::describe_members<T, described_members>;
    if (!from.is_object())
        return from.make_decode_error("an object is wanted");
    result<void> out;
    boost::mp11::mp_for_each<all>([&](auto d) {
        using member = std::remove_cvref_t<decltype(to.*d.pointer)>;
        if (!out)
            return;
        auto const value = from.find(d.name);
        if (value)
            out = read_value<member>(*value, to.*d.pointer);
        else if (!is_optional<member>::value || has_member(from, d.name))
            out = missing_member(from, d.name);
    });
    if (!out)
        return out;
    for (auto const [name, value] : from.members()) {
        bool known = false;
        boost::mp11::mp_for_each<all>([&known, given = name](auto d) { known = known || given == d.name; });
        if (!known)
            return not_a_member(from, name);
    }
    return out;
}

template <class T>
result<void> read_value(codec::json::value from, T& to)
{
    static_assert(Describable<T>, "a model cannot be asked for this type: see augur::Describable");
    if constexpr (is_optional<T>::value) {
        if (from.is_null())
            return to.reset(), result<void>();
        return read_value<typename T::value_type>(from, to.emplace());
    }
    else if constexpr (is_vector<T>::value) {
        if (!from.is_array())
            return from.make_decode_error("an array is wanted");
        to.clear();
        for (auto const element : from.elements()) {
            typename T::value_type one{};
            if (auto read = read_value(element, one); !read)
                return read;
            to.push_back(std::move(one));
        }
        return {};
    }
    else if constexpr (std::same_as<T, bool>) {
        auto const truth = from.as_bool();
        if (!truth)
            return truth.error();
        to = *truth;
        return {};
    }
    else if constexpr (std::same_as<T, std::string>) {
        auto const text = from.as_string();
        if (!text)
            return text.error();
        to = *text;
        return {};
    }
    else if constexpr (described_number<T>)
        return read_number(from, to);
    else if constexpr (described_enum<T>)
        return read_enum(from, to);
    else
        return read_struct(from, to);
}

} // namespace detail

/// A JSON text of the schema `json_schema_of<T>()` as a value.
///
/// Errors: `errc::decode_error`, outcome `complete`, with the path of the first place that does not fit, such as
/// "$.items[2].urgency". Nothing is converted: "5" is no number, 5.5 no integer, and members that the type does not
/// have are refused. A std::optional may be null or missing.
template <Describable T>
result<T> from_json(std::string_view text)
{
    auto const document = codec::json::parse(text);
    if (!document)
        return document.error();
    auto root = document->root();
    if constexpr (detail::is_wrapped<T>) {
        auto const inner = root.find("value");
        if (!inner)
            return detail::missing_member(root, "value");
        for (auto const [name, value] : root.members())
            if (name != "value")
                return detail::not_a_member(root, name);
        root = *inner;
    }
    T out{};
    if (auto read = detail::read_value(root, out); !read)
        return read.error();
    return out;
}

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/tools/impl/from_json.ipp>
#endif
