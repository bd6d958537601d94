#pragma once

#include <augur/codec/json_writer.hpp>
#include <augur/tools/described.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

template <class T>
void write_value(codec::json::writer& out, T const& from)
{
    static_assert(Describable<T>, "this type has no JSON form: see augur::Describable");
    if constexpr (is_optional<T>::value)
        from ? write_value(out, *from) : static_cast<void>(out.null());
    else if constexpr (is_vector<T>::value) {
        out.begin_array();
        for (auto&& one : from) // of vector<bool> they are no references
            write_value<typename T::value_type>(out, one);
        out.end_array();
    }
    else if constexpr (std::same_as<T, bool>)
        out.boolean(from);
    else if constexpr (std::same_as<T, std::string>)
        out.string(from);
    else if constexpr (std::floating_point<T>)
        out.number(from);
    else if constexpr (std::unsigned_integral<T>)
        out.number(static_cast<std::uint64_t>(from));
    else if constexpr (std::integral<T>)
        out.number(static_cast<std::int64_t>(from));
    else if constexpr (described_enum<T>) {
        bool found = false; // a value without a name has no JSON form
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
            if (found || from != d.value)
                return;
            found = true;
            out.string(d.name);
        });
        if (!found)
            out.number(std::numeric_limits<double>::quiet_NaN());
    }
    else {
        out.begin_object();
        boost::mp11::mp_for_each<boost::describe::describe_members<T, described_members>>([&](auto d) {
            out.key(d.name);
            write_value(out, from.*d.pointer);
        });
        out.end_object();
    }
}

} // namespace detail

/// A described value as JSON text; what is no struct is not wrapped. `errc::invalid_argument` for text that is not
/// UTF-8, a number that is not finite, an enumerator without a name.
template <Describable T>
result<std::string> to_json(T const& value)
{
    codec::json::writer out;
    detail::write_value(out, value);
    return std::move(out).finish();
}

} // namespace augur::inline AUGUR_ABI
