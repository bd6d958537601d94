#pragma once

// What the identity services read and write besides JSON: forms, times, XML.

#include <augur/emulator/http.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::emulator {

/// Names and values of `a=1&b=2`, decoded; a plus is a blank. A text of more than 256 KiB has none.
class form
{
public:
    explicit form(std::string_view text);

    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::string_view get(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
    bool has(std::string_view name) const noexcept { return find(name).has_value(); }
    /// A name that comes twice; empty if none does.
    std::string_view repeated() const;

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// YYYY-MM-DDThh:mm:ssZ
std::string iso_time(std::chrono::system_clock::time_point at);

/// An audience is the same with and without a slash at its end.
std::string_view without_slash(std::string_view audience) noexcept;

std::string xml_text(std::string_view text);

/// The token after "Bearer ", or nothing.
std::string_view bearer_token_of(request const& r) noexcept;

/// Bytes from outside as they may stand in a message: printable ASCII, at most 200.
std::string quotable(std::string_view text);

} // namespace augur::emulator
