#pragma once

#include <augur/core/error.hpp>
#include <augur/core/headers.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::openai_wire::detail {

/// What came where one JSON text was wanted.
enum class wrong_body : std::uint8_t
{
    unknown, ///< the parser's own words are the best there are
    page,
    events,
};

/// `content`: its beginning is enough. Asked before the parser, which may consume it, and believed when that fails:
/// JSON is read whatever its content type says.
inline wrong_body wrong_body_of(std::string_view content_type, std::string_view content) noexcept
{
    auto const bare = content_type.substr(0, content_type.find_first_of("; "));
    auto const begins = [content](std::initializer_list<std::string_view> words) {
        for (auto const word : words)
            if (content.starts_with(word))
                return true;
        return false;
    };
    if (begins({"<"}) || equal_ignoring_case(bare, "text/html"))
        return wrong_body::page;
    bool const is_stream = equal_ignoring_case(bare, "text/event-stream") && !begins({"{", "["});
    return is_stream || begins({"data:", "event:", ":"}) ? wrong_body::events : wrong_body::unknown;
}

/// A decode error in words about what came instead, if that is known.
inline error about_wrong_body(error failure, wrong_body what, std::string_view content_type)
{
    auto const type = " (" + (content_type.empty() ? "no content type" : sanitise(content_type, 80)) + ") ";
    if (failure != augur::errc::decode_error || what == wrong_body::unknown)
        return failure;
    if (what == wrong_body::page)
        failure.with_message("the answer is a web page" + type +
                             "and not JSON: is this the address of the service, or of a portal or proxy?");
    else
        failure.with_message("the answer is a stream of events" + type +
                             "and not one JSON body: is \"stream\" among the extra members of the request? A chat is "
                             "read event by event with stream()");
    return failure;
}

} // namespace augur::inline AUGUR_ABI::openai_wire::detail
