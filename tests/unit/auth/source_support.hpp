#pragma once

// Sources of credentials that talk to somebody, on scripted transports.

#include "support.hpp"

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/codec/base64.hpp>
#include <augur/core/headers.hpp>
#include <augur/testing/transports.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace auth_test {

using credential_result = result<auth::aws::credentials>;

/// One fetch on the manual clock, whose date is the first of January of that year.
inline credential_result fetch_before(std::shared_ptr<auth::aws::credential_source> source, int year)
{
    driver d;
    auto const then = std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
    d.time->manual().jump_wall(then - d.time->clock().wall_now());
    return d.run<auth::aws::credentials>([source](net::operation& op) { return source->fetch(op, op.deadline()); });
}

/// One fetch in real time: for programs that really run.
inline credential_result fetch_for_real(std::shared_ptr<auth::aws::credential_source> source,
                                        std::chrono::nanoseconds total = std::chrono::minutes(1))
{
    boost::asio::io_context context{1};
    net::arena_handle const arena;
    std::optional<credential_result> out;
    net::start<auth::aws::credentials>(
        arena, net::make_timer_service(context.get_executor(), system_clock()), context.get_executor(), total,
        [source](net::operation& op) { return source->fetch(op, op.deadline()); },
        net::completion<auth::aws::credentials>([&out](credential_result r) { out.emplace(std::move(r)); }));
    context.run();
    REQUIRE(out.has_value());
    return std::move(*out);
}

} // namespace auth_test
