#include <augur/core/error.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <type_traits>

using namespace augur;

namespace {

struct row
{
    errc code;
    char const* name;
    std::set<condition> is;
};

using enum condition;

/// What every client-side fault answers to every portable question. Written from the documentation of the
/// codes and the fault matrix (which failures a later attempt may cure), not from the code.
row const table[] = {
    {errc::invalid_argument, "invalid_argument", {invalid_request}},
    {errc::unsupported, "unsupported", {invalid_request}},
    {errc::missing_region, "missing_region", {invalid_request}},
    {errc::credentials_needed, "credentials_needed", {}}, // never leaves the call loop
    {errc::credentials_unavailable, "credentials_unavailable", {unauthenticated}},
    {errc::pool_timeout, "pool_timeout", {timeout, transient}},
    {errc::resolve_failed, "resolve_failed", {}}, // the name does not exist: asking again helps nobody
    {errc::resolve_unavailable, "resolve_unavailable", {transient}},
    {errc::resolve_timeout, "resolve_timeout", {timeout, transient}},
    {errc::connect_failed, "connect_failed", {transient}},
    {errc::connect_timeout, "connect_timeout", {timeout, transient}},
    {errc::proxy_failed, "proxy_failed", {}}, // an answer of the proxy
    {errc::proxy_timeout, "proxy_timeout", {timeout, transient}},
    {errc::tls_failed, "tls_failed", {}},
    {errc::tls_verify_failed, "tls_verify_failed", {}},
    {errc::tls_timeout, "tls_timeout", {timeout, transient}},
    {errc::resource_exhausted, "resource_exhausted", {transient}},
    {errc::write_failed, "write_failed", {transient}},
    {errc::write_timeout, "write_timeout", {timeout, transient}},
    {errc::response_timeout, "response_timeout", {timeout, transient}},
    {errc::idle_timeout, "idle_timeout", {timeout, transient}},
    {errc::first_event_timeout, "first_event_timeout", {timeout, transient}},
    {errc::connection_lost, "connection_lost", {transient}},
    {errc::truncated, "truncated", {transient}},
    {errc::protocol_error, "protocol_error", {}},
    {errc::header_limit, "header_limit", {}},
    {errc::body_limit, "body_limit", {}},
    {errc::unsupported_encoding, "unsupported_encoding", {}},
    {errc::redirect_refused, "redirect_refused", {}},
    {errc::decode_error, "decode_error", {}},
    {errc::frame_error, "frame_error", {}}, // the service has acted: a later attempt is another call
    {errc::event_limit, "event_limit", {}},
    {errc::auth_timeout, "auth_timeout", {timeout}},
    {errc::deadline_exceeded, "deadline_exceeded", {timeout}}, // no time is left for another attempt
    {errc::cancelled, "cancelled", {cancelled}},
    {errc::client_closed, "client_closed", {}},
    {errc::forked, "forked", {}},
    {errc::internal, "internal", {}},
};

struct named_condition
{
    condition value;
    char const* name;
};

named_condition const conditions[] = {
    {invalid_request, "invalid_request"},
    {unauthenticated, "unauthenticated"},
    {forbidden, "forbidden"},
    {not_found, "not_found"},
    {too_large, "too_large"},
    {throttled, "throttled"},
    {not_ready, "not_ready"},
    {overloaded, "overloaded"},
    {model_error, "model_error"},
    {content_filtered, "content_filtered"},
    {context_too_long, "context_too_long"},
    {server_error, "server_error"},
    {timeout, "timeout"},
    {transient, "transient"},
    {cancelled, "cancelled"},
};

} // namespace

static_assert(std::is_error_code_enum<errc>::value == false); // Boost's, not std's
static_assert(boost::system::is_error_code_enum<errc>::value);
static_assert(boost::system::is_error_condition_enum<condition>::value);

TEST_CASE("errc: every client-side fault answers every portable question as the table says")
{
    for (auto const& r : table) {
        CAPTURE(r.name);
        error_code const code = r.code;
        error const e{code};
        for (auto const& c : conditions) {
            CAPTURE(c.name);
            bool const expected = r.is.contains(c.value);
            CHECK((code == make_error_condition(c.value)) == expected);
            CHECK((e == c.value) == expected);
        }
    }
}

TEST_CASE("errc: the table is complete, and every code has a name of its own")
{
    std::set<int> values;
    std::set<std::string_view> names;
    for (auto const& r : table) {
        CHECK(to_string(r.code) == r.name);
        CHECK(error_code(r.code).message() == r.name);
        values.insert(static_cast<int>(r.code));
        names.insert(r.name);
    }
    // The codes count up from 1: whatever lies outside of the table has no name.
    CHECK(values.size() == std::size(table));
    CHECK(names.size() == std::size(table));
    CHECK(*values.begin() == 1);
    CHECK(*values.rbegin() == static_cast<int>(std::size(table)));
    for (int const outside : {0, -1, static_cast<int>(std::size(table)) + 1, 1'000'000})
        CHECK(to_string(static_cast<errc>(outside)) == "unknown");
}

TEST_CASE("errc: the conditions are complete, and every one has a name of its own")
{
    std::set<int> values;
    for (auto const& c : conditions) {
        CHECK(to_string(c.value) == c.name);
        CHECK(make_error_condition(c.value).message() == c.name);
        values.insert(static_cast<int>(c.value));
    }
    CHECK(values.size() == std::size(conditions));
    CHECK(*values.begin() == 1);
    CHECK(*values.rbegin() == static_cast<int>(std::size(conditions)));
    for (int const outside : {0, -1, static_cast<int>(std::size(conditions)) + 1})
        CHECK(to_string(static_cast<condition>(outside)) == "unknown");
}

TEST_CASE("errc: codes fail, differ from other categories' codes, and name their category")
{
    for (auto const& r : table) {
        error_code const code = r.code;
        CHECK(code.failed());
        CHECK(code.category().name() == std::string("augur"));
        // The same number elsewhere is another fault.
        error_code const foreign(static_cast<int>(r.code), boost::system::system_category());
        CHECK(code != foreign);
        for (auto const& c : conditions)
            CHECK(foreign != make_error_condition(c.value));
    }
    CHECK(make_error_condition(throttled).category().name() == std::string("augur.condition"));
    CHECK(client_category() != condition_category());
}

TEST_CASE("errc: an unknown number or condition equals nothing")
{
    for (int const number : {0, -7, 99, 1'000'000}) {
        error_code const code(number, client_category());
        for (auto const& c : conditions)
            CHECK(code != make_error_condition(c.value));
    }
    boost::system::error_condition const strange(77, condition_category());
    for (auto const& r : table)
        CHECK(error_code(r.code) != strange);
}
