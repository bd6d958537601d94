#pragma once

// Sources of credentials that talk to somebody, on scripted transports.

#include "support.hpp"

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/errc.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/codec/base64.hpp>
#include <augur/core/headers.hpp>
#include <augur/testing/transports.hpp>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// What the services say, all of the same set.
inline std::string const instance_set = R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"TK",)"
                                        R"("Expiration":"2026-01-01T06:00:00Z"})";
inline std::string const container_set = R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Token":"TK","AccountId":"1",)"
                                         R"("Expiration":"2026-01-01T06:00:00Z"})";
inline std::string const role_answer =
    "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::123:assumed-role/r/s</Arn>"
    "</AssumedRoleUser><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>SK</SecretAccessKey>"
    "<SessionToken>TK</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>";
inline std::string const role_refused =
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>you may "
    "not</Message></Error><RequestId>r</RequestId></ErrorResponse>";

/// A machine with files, variables and somebody to talk to.
struct source_bench
{
    folder here;
    call::environment e;
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();

    source_bench()
    {
        e.home = here.path("");
        e.aws_config_file = here.path("config");
        e.aws_credentials_file = here.path("credentials");
        e.aws_region = "eu-west-1";
    }
    auth::aws::source_options options() const { return auth::aws::source_options(e).transport(transport); }
    void expect(std::string method, std::string target, testing::reply r)
    {
        transport->expect(std::move(method), std::move(target), std::move(r));
    }
    std::vector<testing::seen_request> const& seen() const { return transport->seen(); }
};

inline void check_set(credential_result const& c)
{
    REQUIRE_MESSAGE(c.has_value(), c.error().to_string());
    CHECK(c->access_key_id == "AK");
    CHECK(c->secret_access_key.reveal() == "SK");
    CHECK(c->session_token.reveal() == "TK");
    CHECK(c->expires.has_value());
}

inline void check_error(credential_result const& c, error_code code, std::initializer_list<std::string_view> words = {})
{
    REQUIRE_FALSE(c.has_value());
    CHECK_MESSAGE(c.error() == code, c.error().to_string());
    CHECK(c.error().phase() == phase::auth);
    CHECK(c.error().outcome() == outcome::not_sent);
    for (auto const word : words)
        CHECK_MESSAGE(contains(c.error().to_string(), word), c.error().to_string());
    CHECK_FALSE(contains(c.error().to_string(), "CANARY"));
}

} // namespace auth_test
