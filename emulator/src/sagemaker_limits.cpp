#include "sagemaker_limits.hpp"

#include <algorithm>

namespace augur::emulator {

namespace {

bool alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool any_ascii(std::string_view v)
{
    return std::all_of(v.begin(), v.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

/// [a-zA-Z0-9](-*[a-zA-Z0-9])*
bool name_like(std::string_view v)
{
    return !v.empty() && alphanumeric(v.front()) && alphanumeric(v.back()) &&
           std::all_of(v.begin(), v.end(), [](char c) { return alphanumeric(c) || c == '-'; });
}

/// \A\S[\p{Print}]*\z
bool printable(std::string_view v)
{
    return !v.empty() && v.front() != ' ' &&
           std::all_of(v.begin(), v.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool anything(std::string_view)
{
    return true;
}

bool session(std::string_view v)
{
    return v == "NEW_SESSION" || name_like(v);
}

struct limit
{
    char const* header;
    char const* member;
    std::size_t least;
    std::size_t most;
    bool (*fits)(std::string_view);
    char const* pattern;
};

constexpr char name_pattern[] = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*";
constexpr char component_pattern[] = "^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$";
constexpr char print_pattern[] = "\\A\\S[\\p{Print}]*\\z";
constexpr char session_pattern[] = "^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$";

constexpr limit endpoint_name{"", "endpointName", 0, 63, name_like, name_pattern};

constexpr limit limits[] = {
    {"content-type", "contentType", 0, 1024, any_ascii, "\\p{ASCII}*"},
    {"accept", "accept", 0, 1024, any_ascii, "\\p{ASCII}*"},
    {"x-amzn-sagemaker-accept", "accept", 0, 1024, any_ascii, "\\p{ASCII}*"},
    {"x-amzn-sagemaker-custom-attributes", "customAttributes", 0, 1024, any_ascii, "\\p{ASCII}*"},
    {"x-amzn-sagemaker-target-model", "targetModel", 1, 1024, printable, print_pattern},
    {"x-amzn-sagemaker-target-variant", "targetVariant", 0, 63, name_like, name_pattern},
    {"x-amzn-sagemaker-target-container-hostname", "targetContainerHostname", 0, 63, name_like, name_pattern},
    {"x-amzn-sagemaker-inference-id", "inferenceId", 1, 64, printable, print_pattern},
    {"x-amzn-sagemaker-enable-explanations", "enableExplanations", 1, 64, anything, ".*"},
    {"x-amzn-sagemaker-inference-component", "inferenceComponentName", 0, 63, name_like, component_pattern},
    {"x-amzn-sagemaker-session-id", "sessionId", 0, 256, session, session_pattern},
};

std::optional<std::string> broken(limit const& l, std::string_view value)
{
    std::string rule;
    if (value.size() > l.most)
        rule = "Member must have length less than or equal to " + std::to_string(l.most);
    else if (value.size() < l.least)
        rule = "Member must have length greater than or equal to " + std::to_string(l.least);
    else if (!l.fits(value))
        rule = std::string("Member must satisfy regular expression pattern: ") + l.pattern;
    else
        return std::nullopt;
    // The service keeps sensitive values out of its message; this one does so with all long ones as well.
    bool const hidden = value.size() > 128 || std::string_view(l.member) == "customAttributes";
    return "1 validation error detected: Value " + (hidden ? std::string() : "'" + std::string(value) + "' ") + "at '" +
           l.member + "' failed to satisfy constraint: " + rule;
}

} // namespace

std::optional<std::string> broken_sagemaker_limit(std::string_view endpoint, header_list const& headers)
{
    if (auto message = broken(endpoint_name, endpoint))
        return message;
    for (auto const& l : limits)
        if (auto const value = headers.find(l.header))
            if (auto message = broken(l, *value))
                return message;
    return std::nullopt;
}

} // namespace augur::emulator
