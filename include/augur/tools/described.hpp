#pragma once

#include <augur/config.hpp>

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Which C++ types a model can be asked for.
namespace augur::inline AUGUR_ABI {

namespace detail {

template <class T>
struct is_optional : std::false_type
{
};
template <class T>
struct is_optional<std::optional<T>> : std::true_type
{
};
template <class T>
struct is_vector : std::false_type
{
};
template <class T>
struct is_vector<std::vector<T>> : std::true_type
{
};

/// Public members, also those of bases.
inline constexpr unsigned described_members = boost::describe::mod_public | boost::describe::mod_inherited;

template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept described_number = (std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8) || std::same_as<T, float> ||
                           std::same_as<T, double>;

/// What `augur_description` says, if there is one; empty otherwise.
template <class T>
std::string_view description_of(std::string_view member)
{
    if constexpr (requires { augur_description(static_cast<T const*>(nullptr), member); })
        return augur_description(static_cast<T const*>(nullptr), member);
    else
        return {};
}

} // namespace detail

/// bool, numbers, std::string, enums of BOOST_DESCRIBE_ENUM (as their names), structs of BOOST_DESCRIBE_STRUCT, and
/// std::optional and std::vector of these.
///
/// Words for the model about a struct and its members come from a function beside the struct; an empty `member` means
/// the struct itself:
///
///     std::string_view augur_description(npc_action const*, std::string_view member)
///     {
///         return member == "urgency" ? "0 is calm, 10 is panic" : "";
///     }
template <class T>
concept Describable = std::same_as<T, bool> || std::same_as<T, std::string> || detail::described_number<T> ||
                      detail::described_enum<T> || detail::described_struct<T> || detail::is_optional<T>::value ||
                      detail::is_vector<T>::value;

} // namespace augur::inline AUGUR_ABI
