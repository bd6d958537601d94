// What Entra, its relatives and the tools say: any bytes are a token that can be sent, or an error that repeats none.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/auth/entra/wire.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>
#include <augur/codec/auth_challenge.hpp>
#include <augur/core/error_details.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace augur;

void check(result<auth::entra::access_token> const& got, wall_time now)
{
    if (!got) {
        require(got.error().phase() == phase::auth);
        return;
    }
    require(!got->text.empty() && is_field_value(got->text.reveal()));
    require(got->expires && *got->expires <= now + std::chrono::hours(24 * 31));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    namespace wire = auth::entra::wire;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    wall_time const now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    check(wire::parse_token(text, now), now);
    check(azure_ml::wire::parse_endpoint_token(text, now), now);

    http_response answer;
    answer.content = text;
    for (int const status : {200, 302, 400, 401, 429, 503}) {
        answer.status = status;
        auto const e = wire::parse_error("Entra", answer, now, {"canary-secret"});
        require(e.phase() == phase::auth && e.outcome() == outcome::not_sent);
        require(e.to_string().find("canary-secret") == std::string::npos);
        require(e.to_string().size() < 16 * 1024);
    }

    auto const challenges = codec::parse_auth_challenges(text);
    require(challenges.size() <= 16);
    std::size_t bytes = 0;
    for (auto const& one : challenges) {
        require(is_token(one.scheme) && one.parameters.size() <= 32);
        bytes += one.scheme.size() + one.token68.size();
        for (auto const& [name, value] : one.parameters)
            bytes += name.size() + value.size();
    }
    require(bytes <= text.size()); // nothing is made up
    headers fields(1 << 20, 16);
    if (fields.add("www-authenticate", text))
        if (auto const claims = wire::demanded_claims(fields)) {
            auth::entra::token_request asked("https://x/.default");
            asked.claims(*claims).with_continuous_evaluation();
            auto const merged = wire::claims_of(asked);
            require(!merged || merged->find("cp1") != std::string::npos);
        }
    return 0;
}
