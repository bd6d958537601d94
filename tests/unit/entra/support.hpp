#pragma once

// Entra's sources and answers on scripted transports.

#include "../auth/support.hpp"

#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/auth/entra/wire.hpp>
#include <augur/codec/percent.hpp>
#include <augur/testing/transports.hpp>

#include <memory>
#include <string>

namespace entra_test {

using namespace augur;
using namespace augur::auth::entra;
using auth_test::contains;
using auth_test::driver;
using auth_test::folder;
using testing::reply;

inline constexpr char const* ml_scope = "https://ml.azure.com/.default";
inline constexpr char const* tenant_a = "11111111-2222-3333-4444-555555555555";
inline constexpr char const* tenant_b = "66666666-7777-8888-9999-000000000000";

inline http_response answer(int status, std::string content, headers fields = {})
{
    http_response out;
    out.status = status;
    out.content = std::move(content);
    out.fields = std::move(fields);
    return out;
}

/// The first of January 2026.
inline wall_time new_year()
{
    return std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
}

/// "2026-01-01T01:00" as seconds since the new year, or -1.
inline long long seconds_of(std::optional<wall_time> when)
{
    return when ? std::chrono::duration_cast<std::chrono::seconds>(*when - new_year()).count() : -1;
}

} // namespace entra_test
