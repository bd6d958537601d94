// Twelve kinds of secrets, each on its way: it arrives where it belongs, or proves what it must prove without leaving;
// no other request has it, and no log at its most talkative, no error, no report of a source and nothing that observers
// are shown. Each is used twice, rightly and with a value that the service refuses.

#include "unit/auth/source_support.hpp"
#include "unit/entra/source_support.hpp"

#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/app_sources.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/call/observer.hpp>
#include <augur/codec/base64.hpp>
#include <augur/codec/percent.hpp>
#include <augur/core/log.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/server.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/fault_server.hpp>

#include <boost/asio/io_context.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace augur;
using auth_test::contains;
using auth_test::folder;
namespace asio = boost::asio;
namespace aws = augur::auth::aws;
namespace entra = augur::auth::entra;

namespace {

using strings = std::vector<std::string>;

/// Everything that somebody other than a service gets to read.
class audience final : public log_sink, public call::observer
{
public:
    bool wants(log_level) const noexcept override { return true; }
    void write(log_level, std::string_view sentence) noexcept override
    {
        ++sentences;
        hear(sentence);
    }
    void on_attempt_start(call::attempt_start const& a) noexcept override
    {
        hear(a.method);
        hear(a.target);
        hear(a.to.host);
    }
    void on_attempt_end(call::attempt_end const& a) noexcept override
    {
        if (a.failure != nullptr)
            hear(*a.failure);
    }
    void on_call_end(call::call_end const& c) noexcept override
    {
        ++ended;
        if (c.failure != nullptr)
            hear(*c.failure);
        for (auto const& text : {c.meta.request_id, c.meta.variant, c.meta.deployment})
            hear(text);
        for (auto const& [name, value] : c.meta.rate_limits)
            hear(value);
    }
    void hear(std::string_view text) { heard.append(text).append("\n"); }
    void hear(error const& e)
    {
        hear(e.to_string());
        for (std::string_view const text : {e.message(), e.service_message(), e.provider_code(), e.request_id()})
            hear(text);
        for (auto const& [name, value] : e.details().attributes)
            hear(value);
    }

    std::string heard;
    int sentences = 0;
    int ended = 0; ///< calls
};

/// As it is, and as forms, headers and texts may carry it.
strings forms_of(std::string const& value)
{
    auto const form = codec::percent_encode(value);
    return {value, form, codec::base64_encode(value), codec::base64_encode("user:" + value)};
}

bool has(std::string_view text, std::string const& value)
{
    auto const forms = forms_of(value);
    return std::any_of(forms.begin(), forms.end(), [text](std::string const& f) { return contains(text, f); });
}

/// One program that uses secrets, and the services it talks to.
struct stage
{
    folder here;
    emulator::server cloud;
    std::shared_ptr<audience> who = std::make_shared<audience>();
    call::environment e;
    asio::io_context context;

    stage() : cloud(options())
    {
        e.home = here.path("");
        e.home.pop_back();
        e.aws_region = "us-east-1";
        e.aws_endpoint_url_sts = e.aws_endpoint_url_sso = e.aws_endpoint_url_sso_oidc = cloud.https_url();
        e.azure_authority_host = cloud.https_url();
        e.aws_ca_bundle = e.ssl_cert_file = cloud.ca_file();
        e.aws_config_file = here.write("config", "[profile p]\nsso_session = team\nsso_account_id = 123456789012\n"
                                                 "sso_role_name = emulator-permission-set\n[sso-session team]\n"
                                                 "sso_region = us-east-1\nsso_start_url = https://emulator.test\n");
    }
    static emulator::server_options options()
    {
        emulator::server_options o;
        o.plain_http = true;
        return o;
    }
    /// A secret that nobody knows.
    static std::string unknown() { return "canary+" + make_uuid(*system_random()) + "/="; }

    void prepare(call::client_config& client)
    {
        client.log = who;
        client.observers.push_back(who);
        client.tls.ca_pem = cloud.ca_pem();
        if (!client.proxy)
            client.proxy.emplace();
    }
    template <class T>
    bool ended(std::optional<result<T>> const& got)
    {
        REQUIRE(got.has_value());
        if (!*got)
            who->hear(got->error());
        return got->has_value();
    }

    bool infer(std::shared_ptr<aws::credential_source> source)
    {
        sagemaker::endpoint_config config;
        config.region = "us-east-1";
        config.endpoint_url = cloud.https_url();
        config.credentials = source;
        prepare(config.client);
        sagemaker::endpoint iris(context.get_executor(), "iris-prediction-endpoint", config);
        std::optional<result<inference_response>> got;
        rows const flower{{5.1, 3.5, 1.4, 0.2}};
        iris.async_infer(inference_request(flower), call_options(),
                         [&got](result<inference_response> r) { got = std::move(r); });
        context.restart();
        context.run();
        who->hear(to_string(source->explain()));
        return ended(got);
    }
    bool score(azure_ml::endpoint_config config, std::string const& url)
    {
        auto const source = config.credentials;
        prepare(config.client);
        azure_ml::endpoint endpoint(context.get_executor(), url, std::move(config));
        std::optional<result<azure_ml::score_response>> got;
        endpoint.async_score(azure_ml::score_request(body(R"({"instances":[[5.1,3.5,1.4,0.2]]})")), call_options(),
                             [&got](result<azure_ml::score_response> r) { got = std::move(r); });
        context.restart();
        context.run();
        if (source)
            who->hear(to_string(source->explain()));
        return ended(got);
    }
    bool score(std::shared_ptr<entra::token_source> source)
    {
        azure_ml::endpoint_config config;
        config.credentials = std::move(source);
        return score(std::move(config), cloud.https_url("azure_ml"));
    }
    entra::app_identity app()
    {
        auto const& known = cloud.identity().entra().options();
        return {known.tenant, known.client_id};
    }
    entra::source_options entra_options() const { return entra::source_options(e); }
    aws::source_options aws_options() const { return aws::source_options(e); }
    /// What `aws sso login` leaves behind.
    void remember(emulator::sso_login const& login, char const* expires)
    {
        std::filesystem::create_directories(e.home + "/.aws/sso/cache");
        here.write(".aws/sso/cache/d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json", // SHA-1 of "team"
                   R"({"accessToken":")" + login.access_token + R"(","expiresAt":")" + expires +
                       R"(","refreshToken":")" + login.refresh_token + R"(","clientId":")" + login.client_id +
                       R"(","clientSecret":")" + login.client_secret +
                       R"(","registrationExpiresAt":"2099-01-01T00:00:00Z","region":"us-east-1"})");
    }
};

struct secret_value
{
    std::string text;
    char const* place = nullptr; ///< the end of the path at which it arrives, and only there; null: on no wire
};

/// What came of using one.
struct use
{
    bool accepted;
    std::vector<secret_value> values;
    strings elsewhere = {}; ///< what a server of the row's own has seen of it
};

struct canary
{
    char const* kind;
    use (*run)(stage& s, bool rightly);
};

std::string locked(std::string const& key_pem, std::string passphrase)
{
    auto* const from = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
    auto* const key = PEM_read_bio_PrivateKey(from, nullptr, nullptr, nullptr);
    auto* const to = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(to, key, EVP_aes_256_cbc(), nullptr, 0, nullptr, passphrase.data());
    char* data = nullptr;
    auto const size = BIO_get_mem_data(to, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(to);
    EVP_PKEY_free(key);
    BIO_free(from);
    return out;
}

/// The lines between BEGIN and END.
strings lines_of(std::string const& pem)
{
    strings out;
    for (std::size_t at = 0; at < pem.size();) {
        auto const end = std::min(pem.find('\n', at), pem.size());
        if (auto line = pem.substr(at, end - at); line.size() >= 16 && line.front() != '-')
            out.push_back(std::move(line));
        at = end + 1;
    }
    return out;
}

canary const canaries[] = {
    {"AWS secret",
     [](stage& s, bool rightly) {
         auto const& known = s.cloud.credentials().main;
         auto const value = rightly ? known.secret_key : stage::unknown();
         return use{s.infer(aws::static_credentials(known.access_key, secret(std::string_view(value)))), {{value}}};
     }},
    {"session token",
     [](stage& s, bool rightly) {
         auto const& known = s.cloud.credentials().temporary;
         auto const value = rightly ? known.session_token : stage::unknown();
         auto const source = aws::static_credentials(known.access_key, secret(std::string_view(known.secret_key)),
                                                     secret(std::string_view(value)));
         return use{s.infer(source), {{value, "/endpoints/iris-prediction-endpoint/invocations"}, {known.secret_key}}};
     }},
    {"SSO access token",
     [](stage& s, bool rightly) {
         auto login = s.cloud.identity().sso().log_in(std::chrono::system_clock::now() + std::chrono::hours(1));
         if (!rightly)
             login.access_token = stage::unknown();
         s.remember(login, "2099-01-01T00:00:00Z");
         return use{s.infer(aws::profile_credentials(s.aws_options().profile("p"))),
                    {{login.access_token, "/federation/credentials"}, {login.refresh_token}, {login.client_secret}}};
     }},
    {"SSO refresh token",
     [](stage& s, bool rightly) {
         auto login = s.cloud.identity().sso().log_in(std::chrono::system_clock::now() + std::chrono::hours(1));
         if (!rightly)
             login.refresh_token = stage::unknown();
         s.remember(login, "2020-01-01T00:00:00Z");
         return use{s.infer(aws::profile_credentials(s.aws_options().profile("p"))),
                    {{login.refresh_token, "/token"}, {login.client_secret, "/token"}, {login.access_token}}};
     }},
    {"web identity token",
     [](stage& s, bool rightly) {
         auto const value = rightly ? s.cloud.credentials().web_identity_token : stage::unknown();
         s.e.aws_web_identity_token_file = s.here.write("web", value + "\n");
         s.e.aws_role_arn = "arn:aws:iam::123456789012:role/emulator-role";
         return use{s.infer(aws::web_identity_credentials(s.aws_options())), {{value, "/"}}};
     }},
    {"container authorization token",
     [](stage& s, bool rightly) {
         auto const value = rightly ? s.cloud.credentials().container_token : stage::unknown();
         s.e.aws_container_full_uri = s.cloud.http_url("container");
         s.e.aws_container_token = secret(std::string_view(value));
         return use{s.infer(aws::container_credentials(s.aws_options())), {{value, "/v1/credentials"}}};
     }},
    {"api-key",
     [](stage& s, bool rightly) {
         auto const value = rightly ? s.cloud.credentials().azure_openai_key : stage::unknown();
         azure_openai::client_config config;
         config.deployment = "gpt-4o-mini";
         config.key = secret(std::string_view(value));
         s.prepare(config.client);
         azure_openai::client llm(s.context.get_executor(), s.cloud.https_url(), config);
         std::optional<result<chat_response>> got;
         chat_request request;
         request.user("Hello");
         llm.async_chat(request, call_options(), [&got](result<chat_response> r) { got = std::move(r); });
         s.context.restart();
         s.context.run();
         return use{s.ended(got), {{value, "*/chat/completions"}}};
     }},
    {"bearer token",
     [](stage& s, bool rightly) {
         auto const value = rightly ? s.cloud.credentials().azure_key : stage::unknown();
         azure_ml::endpoint_config config;
         config.key = secret(std::string_view(value));
         return use{s.score(std::move(config), s.cloud.https_url("azure_ml")), {{value, "/score"}}};
     }},
    {"client secret",
     [](stage& s, bool rightly) {
         auto const value = rightly ? s.cloud.credentials().entra_client_secret : stage::unknown();
         return use{s.score(entra::client_secret(s.app(), secret(std::string_view(value)), s.entra_options())),
                    {{value, "*/oauth2/v2.0/token"}}};
     }},
    {"private key with passphrase",
     [](stage& s, bool rightly) {
         auto& known = s.cloud.identity().entra();
         auto const passphrase = stage::unknown();
         auto const key = known.key_pem();
         auto const file = locked(key, passphrase);
         auto proof = entra::certificate::file(s.here.write("app.pem", known.certificate_pem() + file));
         proof.passphrase(secret(rightly ? passphrase : "not " + passphrase));
         std::vector<secret_value> values{{passphrase}};
         for (auto const& lines : {lines_of(key), lines_of(file)})
             for (auto const& line : lines)
                 values.push_back({line});
         return use{s.score(entra::client_certificate(s.app(), std::move(proof), s.entra_options())), values};
     }},
    {"client assertion",
     [](stage& s, bool rightly) {
         auto const later = std::chrono::system_clock::now() + std::chrono::hours(1);
         auto value = s.cloud.identity().entra().federated_token(later);
         if (!rightly)
             std::reverse(value.begin() + static_cast<std::ptrdiff_t>(value.rfind('.')) + 1, value.end());
         auto const source = entra::assertion_from([value] { return result<secret>(secret(std::string_view(value))); });
         return use{s.score(entra::client_assertion(s.app(), source, s.entra_options())),
                    {{value, "*/oauth2/v2.0/token"}}};
     }},
    {"proxy password",
     [](stage& s, bool rightly) {
         testing::certificate_authority const authority;
         auto const server = authority.issue({"service.test"});
         testing::fault_tls tls;
         tls.certificate_pem = server.chain_pem();
         tls.key_pem = server.key_pem;
         testing::fault_server proxy;
         auto script = testing::connection_script().read_request();
         if (rightly)
             script.send("HTTP/1.1 200 OK\r\n\r\n")
                 .start_tls(tls)
                 .serve("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]");
         else
             script.send("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n");
         proxy.always(script);
         std::string const value = make_uuid(*system_random());
         azure_ml::endpoint_config config;
         config.key = secret("canary-key-behind-the-proxy");
         config.client.proxy.emplace().url = "http://user:" + value + "@127.0.0.1:" + std::to_string(proxy.port());
         config.client.max_attempts = 1;
         s.prepare(config.client);
         config.client.tls.ca_pem = authority.pem();
         azure_ml::endpoint endpoint(s.context.get_executor(), "https://service.test/score", std::move(config));
         std::optional<result<azure_ml::score_response>> got;
         endpoint.async_score(azure_ml::score_request(body("{}")), call_options(),
                              [&got](result<azure_ml::score_response> r) { got = std::move(r); });
         s.context.restart();
         s.context.run();
         use out{s.ended(got),
                 {{value, "CONNECT service.test:443 HTTP/1.1"},
                  {"canary-key-behind-the-proxy", rightly ? "POST /score HTTP/1.1" : nullptr}}};
         for (auto const& seen : proxy.received())
             out.elsewhere.push_back(seen.head + seen.content);
         return out;
     }},
};

/// Which requests hold the value: "PATH" each, or the first line of what another server has seen.
strings holders_of(std::string const& value, stage const& s, use const& u)
{
    strings out;
    for (auto const& one : s.cloud.requests()) {
        auto text = one.request.target + "\n" + one.request.body;
        for (auto const& [name, field] : one.request.headers.lines())
            text += "\n" + field;
        if (has(text, value))
            out.emplace_back(one.request.path());
    }
    for (auto const& text : u.elsewhere)
        if (has(text, value))
            out.push_back(text.substr(0, text.find('\r')));
    return out;
}

/// A star stands for what a tenant, a resource or a port of the test adds in front.
bool is_at(std::string_view holder, std::string_view place)
{
    return place.starts_with('*') ? holder.ends_with(place.substr(1)) : holder == place;
}

} // namespace

TEST_CASE("twelve canaries: each arrives where it belongs and is found nowhere else")
{
    std::set<std::string> kinds;
    for (auto const& one : canaries) {
        kinds.insert(one.kind);
        for (bool const rightly : {true, false}) {
            CAPTURE(std::string(one.kind));
            CAPTURE(rightly);
            stage s;
            auto const u = one.run(s, rightly);
            CHECK_MESSAGE(u.accepted == rightly, s.who->heard);
            CHECK(s.who->ended == 1);
            CHECK((s.who->sentences > 0 || !rightly)); // nothing is sent without credentials, so nothing is logged
            REQUIRE_FALSE(u.values.empty());
            for (auto const& [value, place] : u.values) {
                CHECK(value.size() >= 16);
                CHECK_MESSAGE(!has(s.who->heard, value), s.who->heard);
                auto const holders = holders_of(value, s, u);
                CHECK(holders.empty() == (place == nullptr));
                for (auto const& holder : holders)
                    CHECK_MESSAGE((place != nullptr && is_at(holder, place)), holder);
            }
        }
    }
    CHECK(kinds.size() == 12);
}

TEST_CASE("twelve canaries: the search would find one, in each of its forms")
{
    auto const value = stage::unknown();
    for (auto const& form : forms_of(value))
        CHECK(has("something " + form + " else", value));
    audience a;
    CHECK_FALSE(has(a.heard, value));
    a.hear(make_error(errc::internal, phase::auth, outcome::not_sent, "it was " + value.substr(0, 9)));
    CHECK_FALSE(has(a.heard, value));
    a.heard += value;
    CHECK(has(a.heard, value));
}
