#pragma once

#include <augur/tools/from_json.hpp>

namespace augur::inline AUGUR_ABI::detail {

AUGUR_INLINE bool has_member(codec::json::value object, std::string_view name)
{
    for (auto const [key, value] : object.members())
        if (key == name)
            return true;
    return false;
}

AUGUR_INLINE error not_a_member(codec::json::value object, std::string_view name)
{
    return object.make_decode_error("there is a member \"" + sanitise(name, 80) + "\" that was not asked for");
}

AUGUR_INLINE error missing_member(codec::json::value object, std::string_view name)
{
    return object.make_decode_error(object.is_object()
                                        ? "the member \"" + sanitise(name, 80) + "\" is missing, or there twice"
                                        : "an object with the member \"" + sanitise(name, 80) + "\" is wanted");
}

AUGUR_INLINE error not_one_of(codec::json::value word, std::string_view names)
{
    return word.make_decode_error("the word " + sanitise(word.raw(), 80) + " is none of " + sanitise(names, 400));
}

AUGUR_INLINE error out_of_range(codec::json::value number)
{
    return number.make_decode_error("the number " + sanitise(number.raw(), 40) + " is too large for its type");
}

} // namespace augur::inline AUGUR_ABI::detail
