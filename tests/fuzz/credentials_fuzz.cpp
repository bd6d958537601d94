// What credential services, tools and caches say: any bytes are credentials fit for a header, or an error of phase
// auth.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/login_wire.hpp>
#include <augur/auth/aws/profile_plan.hpp>
#include <augur/core/headers.hpp>

#include <cstdint>
#include <string_view>

namespace {

using namespace augur;
using namespace augur::auth::aws;

bool fits(std::string_view text)
{
    return text.empty() || is_field_value(text);
}

void check(result<credentials> const& c)
{
    if (!c) {
        require(c.error().phase() == phase::auth && c.error().outcome() == outcome::not_sent);
        require(c.error().to_string().size() < 4096);
        return;
    }
    require(!c->access_key_id.empty() && !c->secret_access_key.empty());
    require(fits(c->access_key_id) && fits(c->secret_access_key.reveal()) && fits(c->session_token.reveal()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    using form = wire::credential_form;
    for (auto const f : {form::container, form::metadata, form::process, form::sso})
        check(wire::parse_credentials(text, f));
    check(wire::parse_role_answer(text));
    (void)wire::parse_caller_identity(text);
    require(wire::refusal("x", 400, text).to_string().size() < 8192);
    (void)wire::parse_time(text);
    // What is written back is read again.
    if (auto const token = wire::parse_sso_token(text)) {
        auto const written = wire::write_sso_token(*token);
        require(written.has_value());
        auto const again = wire::parse_sso_token(*written);
        require(again && again->access_token == token->access_token && again->refresh_token == token->refresh_token);
        (void)wire::parse_refreshed(text, *token, wall_time());
    }
    if (auto const token = wire::parse_login_token(text)) {
        auto const written = wire::write_login_token(*token);
        require(written.has_value());
        auto const again = wire::parse_login_token(*written);
        require(again && again->keys.secret_access_key == token->keys.secret_access_key);
        (void)wire::parse_login_refreshed(text, *token, wall_time());
    }
    if (auto const profiles = parse_profiles(text, profile_file::config))
        for (auto const& [name, values] : *profiles)
            if (auto const plan = plan_profile(*profiles, name); !plan)
                require(plan.error().phase() == phase::auth);
    return 0;
}
