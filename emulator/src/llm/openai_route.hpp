#pragma once

#include <augur/emulator/http.hpp>
#include <augur/emulator/openai_service.hpp>

#include "../json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

/// Where a request goes: the three ways to write the same paths.
struct openai_service::route
{
    enum class dialect
    {
        azure_v1,
        azure_dated,
        openai,
    };

    dialect style = dialect::openai;
    std::string deployment; ///< of a dated path
    std::string resource;   ///< "/chat/completions"
    std::string queries;

    bool azure() const noexcept { return style != dialect::openai; }
    /// The value of a query parameter, percent-encoding undone; empty without one.
    std::string query(std::string_view name) const;

    /// Nothing for paths of other services.
    static std::optional<route> of(request const& r);
    static bool is_own_host(std::string_view host);
    /// "2024-10-21" or "2025-04-01-preview".
    static bool is_dated_version(std::string_view version);
};

response no_such_resource(bool azure);
/// Without a value when the body is not a JSON object; then `answer` says so.
std::optional<json> body_of(request const& r, response& answer);
std::optional<std::string> text_member(json const& body, char const* name);
std::int64_t unix_seconds(std::chrono::system_clock::time_point t);

namespace llm {

/// `POST /embeddings`
response embed_request(json const& body, std::string const& model, std::size_t dimensions, std::size_t window);

} // namespace llm

} // namespace augur::emulator
