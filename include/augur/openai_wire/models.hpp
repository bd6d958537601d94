#pragma once

#include <augur/core/meta.hpp>
#include <augur/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The models of a service. JSON to values and back; no I/O.
namespace augur::inline AUGUR_ABI::openai_wire {

struct model_info
{
    std::string id;
    std::int64_t created = 0; ///< seconds since 1970
    std::string owned_by;
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing
    std::string source; ///< what `raw` gives
    augur::meta meta; ///< of a call that was about this model alone

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

struct model_list
{
    std::vector<model_info> models;
    std::optional<bool> has_more; ///< ask again after the last one
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

/// What a service says when something was deleted.
struct deletion
{
    std::string id;
    std::optional<bool> deleted;
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

/// Errors of all readers: what the service reports in place of an answer; `errc::decode_error`.
result<model_list> parse_model_list(std::string_view text);
result<model_info> parse_model(std::string_view text);
result<deletion> parse_deletion(std::string_view text);
result<std::string> write_model_list(model_list const& list);
result<std::string> write_model(model_info const& model);
result<std::string> write_deletion(deletion const& done);

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/models.ipp>
#endif
