// Runs the recorded exchanges from $AUGUR_SPECS_DIR/azure/fixtures when they are there; scenarios_test.cpp and
// wire_test.cpp state the same facts without them.

#include "source_support.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace entra_test;

namespace {

using json = nlohmann::json;

/// The exchanges of one file; none without the folder.
std::vector<json> exchanges_of(std::string const& name)
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (root == nullptr || *root == '\0') {
        std::cout << "entra fixtures: AUGUR_SPECS_DIR not set: own tables only\n";
        return {};
    }
    std::ifstream in(std::string(root) + "/azure/fixtures/" + name);
    REQUIRE_MESSAGE(in.good(), name);
    return json::parse(in)["exchanges"].get<std::vector<json>>();
}

reply reply_of(json const& response)
{
    reply::field_list fields;
    for (auto const& [key, value] : response["headers"].items())
        fields.emplace_back(key, value.get<std::string>());
    auto const content = response.value("body", json(""));
    return reply::with(response["status"].get<int>(), std::move(fields),
                       content.is_string() ? content.get<std::string>() : content.dump());
}

} // namespace

TEST_CASE("entra fixtures: the recorded grants are what we send, and their answers what we understand")
{
    auto const all = exchanges_of("entra-token.json");
    if (all.empty())
        return;
    REQUIRE(all.size() == 4);
    bench b;
    app_identity const app(tenant_a, "c");
    std::shared_ptr<token_source> const sources[] = {
        client_secret(app, secret("a~b+c="), b.options()),
        client_assertion(app, assertion_from([] { return result<secret>(secret("h.p.s")); }), b.options()),
        client_secret(app, secret("bad"), b.options()),
        client_secret(app, secret("x"), b.options()),
    };
    long long const ends[] = {3599, 86399};
    long long const renewed[] = {-1, 43199};
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        b.expect(reply_of(all[i]["response"]));
        if (i == 3) // it is asked again as late as it wants
            b.expect(reply::with(200, {}, good_token));
        auto const got = b.fetch(sources[i]);
        auto const& sent = b.seen()[i];
        CHECK("https://" + sent.to.host + sent.target == all[i]["request"]["url"].get<std::string>());
        if (i < 2) {
            CHECK(sent.content == all[i]["request"]["body"].get<std::string>());
            REQUIRE(got.has_value());
            CHECK(seconds_of(got->expires) == ends[i]);
            CHECK(seconds_of(got->refresh_at) == renewed[i]);
        }
        if (i == 2) {
            REQUIRE_FALSE(got.has_value());
            CHECK(got.error().provider_code() == "AADSTS7000215");
            CHECK(got.error().attribute("correlation_id") == "c");
        }
        if (i == 3) {
            CHECK(got.has_value());
            CHECK(b.time->elapsed() == std::chrono::seconds(5));
        }
    }
    CHECK(b.transport->ok());
    std::cout << "entra fixtures: " << all.size() << " exchanges\n";
}

TEST_CASE("entra fixtures: the recorded challenge")
{
    for (auto const& one : exchanges_of("cae-challenge.json")) {
        headers fields;
        for (auto const& [key, value] : one["response"]["headers"].items())
            REQUIRE(fields.add(key, value.get<std::string>()).has_value());
        auto const claims = auth::entra::wire::demanded_claims(fields);
        REQUIRE(claims.has_value());
        CHECK(json::parse(*claims)["access_token"]["nbf"]["essential"] == true);
    }
}
