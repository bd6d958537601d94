#pragma once

#include <augur/core/headers.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI {

enum class log_level : std::uint8_t
{
    trace,
    debug,
    info,
    warning,
    error,
};

/// Where the library's rare sentences go. The default client has none and builds none.
///
/// Called on the client's executor. Sentences hold no secret at any level: header values pass
/// `redact`, bodies are never logged.
class AUGUR_DECL log_sink
{
public:
    virtual ~log_sink();
    virtual bool wants(log_level level) const noexcept = 0;
    virtual void write(log_level level, std::string_view sentence) noexcept = 0;
};

/// The value, if this header is known to be harmless; "(12 bytes)" otherwise. An allow-list: a header
/// nobody thought of stays hidden.
std::string redact(std::string_view header_name, std::string_view value);

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/log.ipp>
#endif
