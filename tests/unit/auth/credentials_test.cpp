#include "support.hpp"

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/aws/sources.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;

namespace {

result<credentials> fetch(std::shared_ptr<credential_source> source)
{
    driver d;
    return d.run<credentials>([source](net::operation& op) { return source->fetch(op, op.deadline()); });
}

call::environment environment_of(std::string id, std::string secret_key, std::string token = {})
{
    call::environment e;
    e.aws_access_key_id = std::move(id);
    e.aws_secret_access_key = secret(std::move(secret_key));
    e.aws_session_token = secret(std::move(token));
    return e;
}

void check_set(result<credentials> const& c, std::string_view id, std::string_view secret_key, std::string_view token)
{
    REQUIRE_MESSAGE(c.has_value(), (c ? std::string() : c.error().to_string()));
    CHECK(c->access_key_id == id);
    CHECK(c->secret_access_key.reveal() == secret_key);
    CHECK(c->session_token.reveal() == token);
    CHECK_FALSE(c->expires.has_value());
}

void check_error(result<credentials> const& c, errc code, std::initializer_list<std::string_view> words)
{
    REQUIRE_FALSE(c.has_value());
    CHECK_MESSAGE(c.error() == code, c.error().to_string());
    CHECK(c.error().phase() == phase::auth);
    CHECK(c.error().outcome() == outcome::not_sent);
    for (auto const word : words)
        CHECK_MESSAGE(contains(c.error().message(), word), c.error().to_string());
    CHECK_FALSE(contains(c.error().to_string(), "CANARY"));
}

/// Fails or succeeds as told, after `delay`, and counts.
class scripted_source final : public credential_source
{
public:
    scripted_source(std::string name, result<credentials> answer, std::chrono::nanoseconds delay = {})
        : name_(std::move(name)), answer_(std::move(answer)), delay_(delay)
    {
    }
    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        ++asked;
        seen_until = until;
        if (delay_ > 0ns) {
            auto const at = op.now() + std::chrono::duration_cast<steady_time::duration>(delay_);
            co_await net::sleep_until(op, at);
        }
        co_return answer_;
    }
    bool can_change() const noexcept override { return changes; }
    std::string name() const override { return name_; }

    int asked = 0;
    bool changes = false;
    steady_time seen_until{};

private:
    std::string name_;
    result<credentials> answer_;
    std::chrono::nanoseconds delay_;
};

result<credentials> nothing(char const* why)
{
    return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, why);
}

result<credentials> set_of(char const* id)
{
    credentials c;
    c.access_key_id = id;
    c.secret_access_key = secret("s");
    return c;
}

/// The shared files of a test, and sources that read them.
struct files
{
    folder here;
    call::environment e;

    files(std::string const& config, std::string const& credentials_text)
    {
        e.aws_config_file = here.write("config", config);
        e.aws_credentials_file = here.write("credentials", credentials_text);
    }
    result<credentials> profile(std::string name = {}) const { return fetch(profile_credentials(e, std::move(name))); }
};

} // namespace

TEST_CASE("static credentials: given as they are; an incomplete set is an error")
{
    check_set(fetch(static_credentials("AKIDEXAMPLE", secret("s"))), "AKIDEXAMPLE", "s", "");
    check_set(fetch(static_credentials("AKIDEXAMPLE", secret("s"), secret("t"))), "AKIDEXAMPLE", "s", "t");
    check_error(fetch(static_credentials("", secret("CANARY"))), errc::invalid_argument, {"empty"});
    check_error(fetch(static_credentials("CANARY", secret())), errc::invalid_argument, {"empty"});
    check_error(fetch(static_credentials("", secret(), secret("CANARY"))), errc::invalid_argument, {"empty"});
    CHECK_FALSE(static_credentials("a", secret("b"))->can_change());
}

TEST_CASE("environment credentials: a whole set, nothing at all, or half a set, which is an error")
{
    check_set(fetch(environment_credentials(environment_of("A", "S"))), "A", "S", "");
    check_set(fetch(environment_credentials(environment_of("A", "S", "T"))), "A", "S", "T");
    check_error(fetch(environment_credentials(environment_of("", ""))), errc::credentials_unavailable,
                {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"});
    check_error(fetch(environment_credentials(environment_of("", "", "CANARY"))), errc::credentials_unavailable, {});
    check_error(fetch(environment_credentials(environment_of("CANARY", ""))), errc::invalid_argument,
                {"has AWS_ACCESS_KEY_ID", "no AWS_SECRET_ACCESS_KEY"});
    check_error(fetch(environment_credentials(environment_of("", "CANARY"))), errc::invalid_argument,
                {"has AWS_SECRET_ACCESS_KEY", "no AWS_ACCESS_KEY_ID"});
    CHECK(fetch(environment_credentials(environment_of("A", "S")))->source == "the environment");
    CHECK_FALSE(environment_credentials(environment_of("A", "S"))->can_change());
}

TEST_CASE("profile credentials: which profile, from which file")
{
    files const f(
        "[default]\naws_access_key_id = CD\naws_secret_access_key = cd\n"
        "[profile only-config]\naws_access_key_id = OC\naws_secret_access_key = oc\naws_session_token = oct\n"
        "[profile both]\naws_access_key_id = BC\naws_secret_access_key = bc\naws_session_token = bct\nregion = r\n",
        "[only-credentials]\nAWS_ACCESS_KEY_ID = OK\nAWS_SECRET_ACCESS_KEY = ok\n"
        "[both]\naws_access_key_id = BK\naws_secret_access_key = bk\n");
    check_set(f.profile(), "CD", "cd", "");
    check_set(f.profile("default"), "CD", "cd", "");
    check_set(f.profile("only-config"), "OC", "oc", "oct");
    check_set(f.profile("only-credentials"), "OK", "ok", "");
    check_set(f.profile("both"), "BK", "bk", ""); // and not the token of the other set
    CHECK(f.profile("both")->source == "profile both");

    auto e = f.e;
    e.aws_profile = "both";
    check_set(fetch(profile_credentials(e)), "BK", "bk", "");
    check_set(fetch(profile_credentials(e, "only-config")), "OC", "oc", "oct"); // code wins over AWS_PROFILE
    CHECK(profile_credentials(e)->can_change());
}

TEST_CASE("profile credentials: what is missing is named")
{
    files const f("[default]\nregion = r\n[profile id-only]\naws_access_key_id = CANARY\n"
                  "[profile secret-only]\naws_secret_access_key = CANARY\n[profile blank]\naws_access_key_id "
                  "=\naws_secret_access_key =\n"
                  "[profile token-only]\naws_session_token = CANARY\n",
                  "");
    check_error(f.profile(), errc::credentials_unavailable, {"profile default", "nothing of credentials"});
    check_error(f.profile("absent"), errc::credentials_unavailable, {"profile absent", "no such profile"});
    check_error(f.profile("blank"), errc::credentials_unavailable, {"profile blank"});
    check_error(f.profile("token-only"), errc::credentials_unavailable, {"profile token-only"});
    check_error(f.profile("id-only"), errc::invalid_argument, {"profile id-only", "no aws_secret_access_key"});
    check_error(f.profile("secret-only"), errc::invalid_argument, {"profile secret-only", "no aws_access_key_id"});
}

TEST_CASE("profile credentials: broken files are errors that end a chain, without their content")
{
    files const f("[default]\nCANARY\n", "[default]\naws_access_key_id = A\naws_secret_access_key = S\n");
    check_error(f.profile(), errc::decode_error, {"line 2"});
    auto const next = std::make_shared<scripted_source>("next", set_of("NEXT"));
    check_error(fetch(chain({profile_credentials(f.e), next})), errc::decode_error, {"line 2"});
    CHECK(next->asked == 0);
}

TEST_CASE("profile credentials: a hostile profile name is data and cannot break the sentence")
{
    files const f("[default]\naws_access_key_id = A\naws_secret_access_key = S\n[profile ../../etc/passwd]\nregion=r\n",
                  "");
    for (std::string const name :
         {"../x", "../../etc/passwd", "]\n[default", "a\r\nforged log line", "default]", "[default", "profile x",
          " default", "default ", "\x1b[31m", "\xFF\xFE", "DEFAULT", "%s%n", "'; rm -rf", "*"}) {
        CAPTURE(name);
        auto const c = f.profile(name);
        check_error(c, errc::credentials_unavailable, {"profile "});
        for (char const ch : c.error().to_string())
            CHECK((static_cast<unsigned char>(ch) >= 0x20 && ch != 0x7F));
    }
    CHECK(f.profile(std::string(1'000'000, 'x')).error().message().size() < 300);
    check_error(f.profile(std::string("default\0x", 9)), errc::credentials_unavailable, {});
}

TEST_CASE("profile credentials: the files are read at every fetch, so a rotated key is seen")
{
    files const f("", "[default]\naws_access_key_id = A1\naws_secret_access_key = S1\n");
    auto const source = profile_credentials(f.e);
    check_set(fetch(source), "A1", "S1", "");
    f.here.write("credentials",
                 "[default]\naws_access_key_id = A2\naws_secret_access_key = S2\naws_session_token = T2\n");
    check_set(fetch(source), "A2", "S2", "T2");
    std::filesystem::remove(f.here.path("credentials"));
    check_error(fetch(source), errc::credentials_unavailable, {});
    // Replaced by rename, as tools do: old or new, never mixed.
    auto const fresh = f.here.write("new", "[default]\naws_access_key_id = A3\naws_secret_access_key = S3\n");
    std::filesystem::rename(fresh, f.here.path("credentials"));
    check_set(fetch(source), "A3", "S3", "");
    // Caught half-way through a write: half a set is an error, not a signature with a wrong key.
    f.here.write("credentials", "[default]\naws_access_key_id = CANARY\naws_secr");
    check_error(fetch(source), errc::decode_error, {"line 3"});
    f.here.write("credentials", "[default]\naws_access_key_id = CANARY\n");
    check_error(fetch(source), errc::invalid_argument, {});
}

TEST_CASE("chain: sources are asked in order, the first that has something wins, and nobody after it is asked")
{
    auto const a = std::make_shared<scripted_source>("a", nothing("a has nothing"));
    auto const b = std::make_shared<scripted_source>("b", set_of("B"), 3s);
    auto const c = std::make_shared<scripted_source>("c", set_of("C"));
    auto const found = fetch(chain({a, b, c}));
    check_set(found, "B", "s", "");
    CHECK(a->asked == 1);
    CHECK(b->asked == 1);
    CHECK(c->asked == 0);
}

TEST_CASE("chain: a source that is configured and fails ends the search")
{
    for (auto const code : {errc::invalid_argument, errc::decode_error, errc::unsupported, errc::connect_failed,
                            errc::auth_timeout, errc::cancelled, errc::deadline_exceeded}) {
        auto const broken =
            std::make_shared<scripted_source>("broken", make_error(code, phase::auth, outcome::not_sent, "broken"));
        auto const next = std::make_shared<scripted_source>("next", set_of("NEXT"));
        check_error(fetch(chain({broken, next})), code, {"broken"});
        CHECK(next->asked == 0);
    }
}

TEST_CASE("chain: when nobody has anything, the error lists what each one said")
{
    auto const a = std::make_shared<scripted_source>("a", nothing("first reason"));
    auto const b = std::make_shared<scripted_source>("b", nothing("second reason"));
    check_error(fetch(chain({a, b})), errc::credentials_unavailable, {"first reason", "second reason"});
    check_error(fetch(chain({})), errc::credentials_unavailable, {"no source"});
    CHECK(fetch(chain({})).error() == condition::unauthenticated);
}

TEST_CASE("chain: the limit is handed on, and it can change when one of its sources can")
{
    auto const a = std::make_shared<scripted_source>("a", nothing("x"));
    auto const b = std::make_shared<scripted_source>("b", set_of("B"));
    driver d;
    auto const until = d.time->now() + 7s;
    auto const source = chain({a, b});
    auto const found = d.run<credentials>([=](net::operation& op) { return source->fetch(op, until); });
    CHECK(found.has_value());
    CHECK(a->seen_until == until);
    CHECK(b->seen_until == until);
    CHECK_FALSE(source->can_change());
    b->changes = true;
    CHECK(source->can_change());
    CHECK_FALSE(chain({})->can_change());
}

TEST_CASE("default chain: the environment first, unless the code names a profile")
{
    files f("", "[default]\naws_access_key_id = D\naws_secret_access_key = d\n[dev]\naws_access_key_id = "
                "V\naws_secret_access_key = v\n");
    check_set(fetch(default_chain(f.e)), "D", "d", "");
    f.e.aws_profile = "dev";
    check_set(fetch(default_chain(f.e)), "V", "v", "");
    f.e.aws_access_key_id = "E";
    f.e.aws_secret_access_key = secret("e");
    check_set(fetch(default_chain(f.e)), "E", "e", ""); // AWS_PROFILE is weaker than the keys beside it
    check_set(fetch(default_chain(f.e, "dev")), "V", "v", "");
    check_error(fetch(default_chain(f.e, "absent")), errc::credentials_unavailable, {"profile absent"});
    f.e.aws_secret_access_key = secret();
    check_error(fetch(default_chain(f.e)), errc::invalid_argument, {"AWS_SECRET_ACCESS_KEY"}); // no quiet fall-back
    CHECK(default_chain(f.e)->can_change());
    call::environment nothing;
    nothing.aws_ec2_metadata_disabled = true; // this machine may have a role
    check_error(fetch(default_chain(nothing)), errc::credentials_unavailable, {"AWS_ACCESS_KEY_ID", "profile default"});
}
