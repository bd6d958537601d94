// Tokens in requests: kept apart, fetched once, renewed at the right time, and with the claims a service demands.

#include "../auth/cache_support.hpp"
#include "support.hpp"
#include "support/doubles.hpp"

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/token_client.hpp>
#include <augur/azure_ml/endpoint.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace entra_test;
using namespace std::chrono_literals;

namespace {

/// Gives "NAME/TENANT/SCOPE/CLAIMS/CAE#1", and so on.
class naming_source final : public token_source
{
public:
    explicit naming_source(std::string name = "s") : name_(std::move(name)) {}

    net::task<result<access_token>> fetch(net::operation& op, steady_time, token_request what) override
    {
        asked.push_back(what);
        if (failure)
            co_return *failure;
        access_token out;
        std::string const mark = asked.back().continuous_evaluation() ? "/cp1" : "";
        out.text = secret(name_ + "/" + what.tenant() + "/" + what.scope() + "/" + what.claims() + mark + "#" +
                          std::to_string(asked.size()));
        auto const now = op.timers().clock().wall_now();
        out.expires = now + std::chrono::duration_cast<wall_time::duration>(lasts);
        if (refresh_in != 0ns)
            out.refresh_at = now + std::chrono::duration_cast<wall_time::duration>(refresh_in);
        co_return out;
    }
    std::string name() const override { return name_; }

    std::vector<token_request> asked;
    std::chrono::nanoseconds lasts = 1h;
    std::chrono::nanoseconds refresh_in{};
    std::optional<error> failure;

private:
    std::string name_;
};

net::task<result<std::string>> send(net::operation& op, std::shared_ptr<call::authenticator> auth)
{
    auto head = request_head::make("GET", "/", "x.test").value();
    auto proved = auth->sign(head, body(), op.timers().clock().wall_now());
    if (!proved) {
        auto const until = op.deadline();
        auto fresh = co_await auth->refresh(op, until);
        if (!fresh)
            co_return fresh.error();
        proved = auth->sign(head, body(), op.timers().clock().wall_now());
    }
    if (!proved)
        co_return proved.error();
    co_return std::string(*head.find("authorization"));
}

/// The value of the header, fetched if need be.
std::string sent_with(driver& d, std::shared_ptr<call::authenticator> auth)
{
    auto const got = d.run<std::string>([auth](net::operation& op) { return send(op, auth); });
    return got ? *got : got.error().to_string();
}

constexpr char const* challenge = "Bearer realm=\"\", error=\"insufficient_claims\", "
                                  "claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0\"";
std::string const claims = R"({"access_token":{"nbf":{"value":"1"}}})";

struct ml_bench : driver
{
    boost::asio::io_context io{1};
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    std::shared_ptr<naming_source> source = std::make_shared<naming_source>();
    token_request what{ml_scope};

    result<azure_ml::score_response> score()
    {
        if (!auth_)
            auth_ = bearer(source, what);
        azure_ml::endpoint_config config;
        config.client.transport = transport;
        config.client.timers = time;
        config.client.auth = auth_;
        azure_ml::endpoint const client(io.get_executor(), "https://e.r.inference.ml.azure.com/score", config);
        return testing::run(io, *time, go(client));
    }
    static test::asio::awaitable<result<azure_ml::score_response>> go(azure_ml::endpoint c)
    {
        azure_ml::score_request request(body("{}"));
        co_return co_await c.score(std::move(request));
    }

private:
    std::shared_ptr<call::authenticator> auth_;
};

} // namespace

namespace {

/// How often a call of two tenants and two audiences in turn got a token that was not asked for.
template <class Get>
std::size_t wrong_tokens(int calls, Get get)
{
    driver d;
    std::string const tenants[] = {tenant_a, tenant_b};
    std::size_t wrong = 0;
    for (int i = 0; i < calls; ++i) {
        auto const& tenant = tenants[(i * 7 + i / 13) % 2];
        std::string const scope = i % 3 == 0 ? "https://management.azure.com/.default" : ml_scope;
        auto const got = sent_with(d, get(token_request(scope).tenant(tenant)));
        wrong += got.starts_with("Bearer s/" + tenant + "/" + scope + "/#") ? 0 : 1;
    }
    return wrong;
}

} // namespace

TEST_CASE("entra: two tenants interleaved ten thousand times, and never a wrong token")
{
    auto const source = std::make_shared<naming_source>();
    auto const store = std::make_shared<token_store>(source);
    CHECK(wrong_tokens(10'000, [store](token_request what) { return bearer(store, what); }) == 0);
    CHECK(source->asked.size() == 4);
}

TEST_CASE("entra: a cache that forgot the tenant or the scope would be noticed by the test above")
{
    auto const source = std::make_shared<naming_source>();
    auto const store = std::make_shared<token_store>(source);
    auto const first = bearer(store, token_request(ml_scope).tenant(tenant_a));
    CHECK(wrong_tokens(100, [first](token_request const&) { return first; }) > 50);
    auto const without_tenant = [store](token_request what) { return bearer(store, what.tenant(tenant_a)); };
    CHECK(wrong_tokens(100, without_tenant) > 30);
}

TEST_CASE("entra: whatever differs in a request has a token of its own, and equal requests share one")
{
    driver d;
    auto const source = std::make_shared<naming_source>();
    auto const store = std::make_shared<token_store>(source);
    std::vector<token_request> const all{token_request(ml_scope), token_request("https://storage.azure.com/.default"),
                                         token_request(ml_scope).tenant(tenant_a), token_request(ml_scope).claims("{}"),
                                         token_request(ml_scope).with_continuous_evaluation()};
    for (int round = 0; round < 3; ++round)
        for (std::size_t i = 0; i < all.size(); ++i)
            CHECK(contains(sent_with(d, bearer(store, all[i])), "#" + std::to_string(i + 1)));
    CHECK(source->asked.size() == all.size());
    for (int i = 0; i < 1000; ++i) // what nobody holds is forgotten, and nothing grows for ever
        CHECK(store->get(token_request("s" + std::to_string(i))) != nullptr);
    CHECK(store->get(token_request("s999")) == store->get(token_request("s999")));
}

TEST_CASE("entra: a token is renewed when its giver wants to be asked, and used to its end if that fails")
{
    driver d;
    auto const source = std::make_shared<naming_source>();
    source->lasts = 24h;
    source->refresh_in = 12h;
    auto const auth = bearer(source, token_request(ml_scope));
    CHECK(contains(sent_with(d, auth), "#1"));
    d.time->advance(11h);
    CHECK(contains(sent_with(d, auth), "#1"));
    CHECK(source->asked.size() == 1);
    d.time->advance(1h + 1s);
    source->failure = make_error(augur::errc::connect_failed, phase::connect, outcome::not_sent, "down");
    CHECK(contains(sent_with(d, auth), "#1")); // starts a refresh, which fails, and nobody sees it
    CHECK(source->asked.size() == 2);
    for (int minutes = 0; minutes < 11 * 60; minutes += 10) {
        d.time->advance(10min);
        CHECK(contains(sent_with(d, auth), "#1"));
    }
    source->failure.reset();
    d.time->advance(10min);
    sent_with(d, auth);
    CHECK_FALSE(contains(sent_with(d, auth), "#1 "));
}

TEST_CASE("entra: a refused token is fetched anew once, with the claims the service demands")
{
    ml_bench b;
    b.transport->expect(reply::with(401, {{"WWW-Authenticate", challenge}}));
    b.transport->expect(reply::with(200, {}, "[]"));
    b.transport->expect(reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    REQUIRE(b.score().has_value());
    CHECK(b.transport->ok());
    REQUIRE(b.source->asked.size() == 2);
    CHECK(b.source->asked[0].claims().empty());
    CHECK(b.source->asked[1].claims() == claims);
    auto const sent = [&b](std::size_t i) { return std::string(b.transport->seen()[i].field("authorization")); };
    CHECK(sent(0) == "Bearer s//" + std::string(ml_scope) + "/#1");
    CHECK(sent(1) == "Bearer s//" + std::string(ml_scope) + "/" + claims + "#2");
    CHECK(sent(2) == sent(1)); // the new token is everybody's, and later ones are asked for without claims
    b.time->advance(2h);
    b.transport->expect(reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    CHECK(b.source->asked[2].claims().empty());
}

TEST_CASE("entra: a thousand late refusals of an old token, with and without claims, fetch nothing")
{
    driver d;
    auto const source = std::make_shared<naming_source>();
    auto const store = std::make_shared<token_store>(source);
    token_request const what(ml_scope);
    auto const auth = bearer(store, what);
    headers fields;
    REQUIRE(fields.add("WWW-Authenticate", challenge).has_value());
    sent_with(d, auth);
    auth->challenged(1, fields);
    auth->invalidate(1);
    auto const fresh = sent_with(d, auth);
    CHECK(contains(fresh, "#2"));
    for (int i = 0; i < 1000; ++i) {
        if (i % 2 == 0)
            auth->challenged(1, fields);
        auth->invalidate(1);
        CHECK(sent_with(d, auth) == fresh);
    }
    CHECK(source->asked.size() == 2);
    d.time->advance(2h);
    sent_with(d, auth);
    CHECK(source->asked.back().claims().empty()); // nothing is owed any more
}

TEST_CASE("entra: one repeat for a challenge, and no more")
{
    ml_bench b;
    b.transport->expect(reply::with(401, {{"WWW-Authenticate", challenge}}));
    b.transport->expect(reply::with(401, {{"WWW-Authenticate", challenge}}));
    auto const got = b.score();
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == condition::unauthenticated);
    CHECK(b.transport->ok());
    CHECK(b.source->asked.size() == 2);
}

TEST_CASE("entra: a 401 without a challenge renews, too; claims that cannot be met are the call's error")
{
    ml_bench b;
    b.transport->expect(reply::with(401));
    b.transport->expect(reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    CHECK(b.source->asked[1].claims().empty());

    b.time->advance(1min);
    b.transport->expect(reply::with(401, {{"WWW-Authenticate", challenge}}));
    b.source->failure = error(make_error_code(auth::entra::errc::interaction), phase::auth);
    auto const got = b.score();
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == make_error_code(auth::entra::errc::interaction));
    b.time->advance(1min);
    b.source->failure.reset();
    b.transport->expect(reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value()); // the claims are still owed
    CHECK(b.source->asked.back().claims() == claims);
}

TEST_CASE("entra: a token that cannot be renewed is not asked for twice")
{
    driver d;
    auto const fixed = bearer(fixed_token(secret("abc")), token_request(ml_scope));
    CHECK(sent_with(d, fixed) == "Bearer abc");
    CHECK_FALSE(fixed->is_refreshable());
    CHECK(contains(sent_with(d, bearer(fixed_token(secret()), token_request(ml_scope))), "empty"));
    auto const bad = sent_with(d, bearer(fixed_token(secret("CANARY\n")), token_request(ml_scope)));
    CHECK(contains(bad, "cannot stand in a header"));
    CHECK_FALSE(contains(bad, "CANARY"));
}

namespace {

/// What `get` gives, or the error.
std::string got_by(token_client client, token_request what, boost::asio::io_context& io)
{
    std::string out;
    client.async_get(std::move(what), 10s, [&out](result<access_token> r) {
        out = r ? std::string(r->text.reveal()) : r.error().to_string();
    });
    io.restart();
    io.run();
    return out;
}

} // namespace

TEST_CASE("entra: tokens for requests of one's own, kept like all others and renewed when they are refused")
{
    boost::asio::io_context io{1};
    auto const source = std::make_shared<naming_source>();
    token_client client(io.get_executor(), std::make_shared<token_store>(source));
    token_request const what(ml_scope);
    auto const first = got_by(client, what, io);
    CHECK(first == "s//" + std::string(ml_scope) + "/#1");
    CHECK(got_by(client, what, io) == first);
    headers fields;
    REQUIRE(fields.add("WWW-Authenticate", challenge).has_value());
    access_token other;
    other.text = secret("somebody else's");
    client.refused(what, other, fields); // it is not the store's any more
    CHECK(got_by(client, what, io) == first);
    other.text = secret(std::string_view(first));
    client.refused(what, other, fields);
    CHECK(got_by(client, what, io) == "s//" + std::string(ml_scope) + "/" + claims + "#2");
    source->failure = make_error(augur::errc::connect_failed, phase::connect, outcome::not_sent, "down");
    CHECK(contains(got_by(client, token_request("https://x/.default"), io), "down"));
}

TEST_CASE("entra: a token that is to be refreshed soon is renewed, too, when it is refused")
{
    boost::asio::io_context io{1};
    auto const source = std::make_shared<naming_source>();
    auto const now = system_clock()->wall_now();
    source->refresh_in = -5min;
    auto const store = std::make_shared<token_store>(source);
    token_client client(io.get_executor(), store);
    token_request const what(ml_scope);
    // Fetched ten minutes ago, by the date of whoever needed it.
    auto const cache = store->get(what);
    net::arena_handle const arena;
    net::start<void>(
        arena, net::make_timer_service(io.get_executor(), system_clock()), io.get_executor(), 10s,
        [cache, then = now - 10min](net::operation& op) { return cache->refresh(op, op.deadline(), then); },
        net::completion<void>([](result<void> r) { CHECK(r.has_value()); }));
    io.run();
    REQUIRE_FALSE(cache->look(now).value); // who wants it asks first
    headers fields;
    REQUIRE(fields.add("WWW-Authenticate", challenge).has_value());
    access_token refused;
    refused.text = secret("s//" + std::string(ml_scope) + "/#1");
    client.refused(what, refused, fields);
    CHECK(got_by(client, what, io) == "s//" + std::string(ml_scope) + "/" + claims + "#2");
}

TEST_CASE("entra: a cache over one source tells what it said, and so does a store")
{
    auto const transport = std::make_shared<testing::replay_transport>();
    auto const source = client_secret(app_identity(tenant_a, "client-1"), secret("CANARY"),
                                      source_options().transport(transport).random(seeded_random(1)));
    auto const store = std::make_shared<token_store>(source);
    auto const cache = store->get(token_request(ml_scope));
    auto const lone = std::make_shared<access_token_cache>(source, token_request(ml_scope));
    CHECK(store->source() == source);
    CHECK(store->explain().empty());
    CHECK(lone->explain().empty());
    driver d;
    auto const fetch = [&d](std::shared_ptr<access_token_cache> from) {
        return d.run<void>(
            [from](net::operation& op) { return from->refresh(op, op.deadline(), op.timers().clock().wall_now()); });
    };
    std::string const refusal = R"({"error":"invalid_client","error_codes":[7000215]})";
    transport->expect(reply::with(401, {}, refusal));
    CHECK_FALSE(fetch(lone).has_value());
    REQUIRE(lone->explain().size() == 1);
    CHECK(lone->explain()[0].failed);
    CHECK(lone->explain()[0].name == "app client-1 with a secret");
    CHECK(contains(lone->explain()[0].said, "AADSTS7000215"));
    CHECK(store->explain().empty()); // nobody asked it
    transport->expect(reply::with(200, {}, R"({"access_token":"t","expires_in":3600})"));
    CHECK(fetch(cache).has_value());
    for (auto const& told : {cache->explain(), store->explain()})
        CHECK(to_string(told) == "+ app client-1 with a secret: found\n");

    auto const absent =
        std::make_shared<access_token_cache>(workload_identity(source_options()), token_request(ml_scope));
    CHECK_FALSE(fetch(absent).has_value());
    CHECK(to_string(absent->explain()).starts_with("- workload identity: "));
}

TEST_CASE("entra: nobody else sets the header that holds the token")
{
    driver d;
    auto const auth = bearer(fixed_token(secret("abc")), token_request(ml_scope));
    REQUIRE(sent_with(d, auth) == "Bearer abc");
    auto head = request_head::make("GET", "/", "x.test").value();
    REQUIRE(head.add("Authorization", "Basic x"));
    CHECK(auth->sign(head, body(), new_year()).error() == augur::errc::invalid_argument);
}
