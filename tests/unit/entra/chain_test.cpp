// The tools, and who is asked in which order.

#include "source_support.hpp"

#include <augur/auth/impl/process.ipp>
#include <augur/codec/base64.hpp>

#include <fstream>
#include <iostream>

#if !defined(_WIN32)
#include <fcntl.h>
#include <unistd.h>
#endif

using namespace entra_test;
using namespace std::chrono_literals;

namespace {

error_code ours(augur::errc e)
{
    return make_error_code(e);
}
error_code theirs(auth::entra::errc e)
{
    return make_error_code(e);
}

/// Says what it is told, and counts.
class scripted final : public token_source
{
public:
    scripted(std::string name, std::vector<result<access_token>> says) : says_(std::move(says)), name_(std::move(name))
    {
    }
    net::task<result<access_token>> fetch(net::operation&, steady_time, token_request) override
    {
        auto const i = std::min(static_cast<std::size_t>(asked++), says_.size() - 1);
        co_return says_[i];
    }
    std::string name() const override { return name_; }
    int asked = 0;

private:
    std::vector<result<access_token>> says_;
    std::string name_;
};

result<access_token> token(std::string text)
{
    access_token out;
    out.text = secret(std::move(text));
    return out;
}
result<access_token> absent()
{
    return make_error(augur::errc::credentials_unavailable, phase::auth, outcome::not_sent, "not here");
}
result<access_token> broken()
{
    return error(theirs(auth::entra::errc::refused), phase::auth).with_http_status(401);
}

} // namespace

TEST_CASE("entra, chain: absent moves on, a failure stops, a tool always moves on")
{
    struct row
    {
        char const* what;
        result<access_token> first, second;
        bool tool; ///< the first
        char const* comes;
        int asked; ///< the second
    };
    row const rows[] = {
        {"the first wins", token("a"), token("b"), false, "a", 0},
        {"absent", absent(), token("b"), false, "b", 1},
        {"failed", broken(), token("b"), false, "refused", 0},
        {"a tool that failed", broken(), token("b"), true, "b", 1},
        {"a tool that is absent", absent(), token("b"), true, "b", 1},
        {"both absent", absent(), absent(), false, "no Entra token: not here; not here", 1},
        {"a tool failed, then nobody", broken(), absent(), true, "one: ", 1},
        {"absent, then failed", absent(), broken(), false, "refused", 1},
    };
    for (auto const& r : rows) {
        CAPTURE(r.what);
        bench b;
        auto const one = std::make_shared<scripted>("one", std::vector<result<access_token>>{r.first});
        auto const two = std::make_shared<scripted>("two", std::vector<result<access_token>>{r.second});
        auto const all = chain({chain_link(one).always_moves_on(r.tool), two});
        auto const got = b.fetch(all);
        CHECK(contains(got ? std::string(got->text.reveal()) : got.error().to_string(), r.comes));
        CHECK(two->asked == r.asked);
    }
    bench b;
    CHECK(b.fetch(chain({})).error() == augur::errc::credentials_unavailable);
}

TEST_CASE("entra, chain: whoever gave a token is asked alone from then on")
{
    bench b;
    auto const first = std::make_shared<scripted>("first", std::vector{absent(), token("other")});
    auto const second = std::make_shared<scripted>("second", std::vector{token("mine"), broken(), token("mine")});
    auto const all = chain({first, second});
    CHECK(b.fetch(all)->text.reveal() == "mine");
    REQUIRE(all->explain().size() == 2);
    CHECK(to_string(all->explain()) ==
          "- first: credentials_unavailable (phase auth, outcome not_sent): not here\n+ second: found\n");
    CHECK_FALSE(b.fetch(all).has_value());
    CHECK(b.fetch(all)->text.reveal() == "mine");
    CHECK(first->asked == 1);
    CHECK(all->explain().size() == 1);
}

TEST_CASE("entra, chain: what AZURE_TOKEN_CREDENTIALS may say")
{
    using enum link_kind;
    using kinds = std::vector<link_kind>;
    kinds const all{environment, workload_identity, managed_identity, azure_cli, azure_powershell, azure_developer_cli};
    CHECK(choose_links("").value() == all);
    CHECK(choose_links("  ").value() == all);
    CHECK(choose_links("prod").value() == kinds{environment, workload_identity, managed_identity});
    CHECK(choose_links(" Dev\n").value() == kinds{azure_cli, azure_powershell, azure_developer_cli});
    CHECK(choose_links("ENVIRONMENTCREDENTIAL").value() == kinds{environment});
    CHECK(choose_links("WorkloadIdentityCredential").value() == kinds{workload_identity});
    CHECK(choose_links("managedidentitycredential").value() == kinds{managed_identity});
    CHECK(choose_links("AzureCliCredential").value() == kinds{azure_cli});
    CHECK(choose_links("AzurePowerShellCredential").value() == kinds{azure_powershell});
    CHECK(choose_links("AzureDeveloperCliCredential").value() == kinds{azure_developer_cli});
    CHECK(choose_links("production").error() == augur::errc::invalid_argument);
    CHECK(choose_links("prod,dev").error() == augur::errc::invalid_argument);
    CHECK(choose_links("VisualStudioCodeCredential").error() == augur::errc::unsupported);
    bench b;
    b.e.azure_token_credentials = "production";
    check_ending(b.fetch(default_chain(b.options())), {ours(augur::errc::invalid_argument), {"production"}});
}

TEST_CASE("entra, chain: the default one asks in its order, and explain says what each said")
{
    bench b;
    auto const managed = std::make_shared<scripted>("managed identity", std::vector{absent()});
    auto const source = default_chain(b.options(), managed);
    check_ending(b.fetch(source), {ours(augur::errc::credentials_unavailable),
                                   {"AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "not here", "\"az\"", "\"azd\""},
                                   true});
    auto const told = source->explain();
    REQUIRE(told.size() == 6);
    char const* const names[] = {"the environment", "workload identity", "managed identity",
                                 "Azure CLI",       "Azure PowerShell",  "Azure Developer CLI"};
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(told[i].name == names[i]);
        CHECK_FALSE(told[i].won);
    }
    b.e.azure_tenant_id = tenant_a;
    b.e.azure_client_id = "c";
    b.e.azure_client_secret = secret("CANARY");
    b.expect(refused(7000215, 401)); // configured and wrong: nobody else is asked
    auto const wrong = default_chain(b.options(), managed);
    check_ending(b.fetch(wrong), {theirs(auth::entra::errc::refused), {"AADSTS7000215"}});
    CHECK(wrong->explain().size() == 1);
    CHECK(wrong->explain()[0].failed);
    CHECK(managed->asked == 1);
}

TEST_CASE("entra, chain: managed identity is knocked at, and asked at once when it is named")
{
    std::string const target =
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fml.azure.com"
        "&client_id=c";
    bench b;
    b.e.azure_client_id = "c"; // of the identity that a user assigned
    b.transport->expect("GET", "", reply::with(400));
    b.transport->expect("GET", target, reply::with(200, {}, R"({"access_token":"tok","expires_in":"86399"})"));
    check_ending(b.fetch(default_chain(b.options())), {});
    REQUIRE(b.transport->ok());
    CHECK(b.seen()[0].field("metadata").empty());
    CHECK(b.seen()[1].field("metadata") == "true");
    b.e.azure_token_credentials = "ManagedIdentityCredential";
    b.transport->expect("GET", target, reply::with(200, {}, R"({"access_token":"tok","expires_in":"86399"})"));
    check_ending(b.fetch(default_chain(b.options())), {});
    CHECK(b.transport->ok());
}

TEST_CASE("entra, chain: a machine without managed identities costs the chain a second, not more")
{
    bench b;
    b.transport->expect("GET", "", reply::never());
    auto const got = b.fetch(default_chain(b.options()));
    check_ending(got, {ours(augur::errc::credentials_unavailable), {"no virtual machine of Azure", "\"az\""}, true});
    CHECK(b.time->elapsed() <= 2s);
}

#if !defined(_WIN32)

namespace {

std::string const cli_answer =
    R"({"accessToken":"tok","expiresOn":"2099-01-01 01:00:00.000000","expires_on":4070908800,)"
    R"("tenant":"t","tokenType":"Bearer"})";

struct tool_row
{
    char const* what;
    char const* program;
    std::string script;
    ending comes;
    token_request asked{ml_scope};
};

std::shared_ptr<token_source> source_of(bench const& b, std::string const& program)
{
    auto options = b.options().allow_tenant(tenant_b);
    if (program == "az")
        return azure_cli(options, tool_options().timeout(2s));
    if (program == "azd")
        return azure_developer_cli(options, tool_options().timeout(2s));
    return azure_powershell(options, tool_options().timeout(2s));
}

} // namespace

TEST_CASE("entra, tools: whatever they print, and however they end")
{
    auto const print = [](std::string const& text) { return "printf '%s' '" + text + "'"; };
    auto const complain = [](std::string const& text, int status = 1) {
        return "echo '" + text + "' >&2; exit " + std::to_string(status);
    };
    auto const absent_with = [](char const* word) {
        return ending{ours(augur::errc::credentials_unavailable), {word}, true};
    };
    ending const good{};
    ending const wrong{ours(augur::errc::invalid_argument)};
    ending const unreadable{ours(augur::errc::decode_error)};
    std::string const azd_answer = R"({"token":"tok","expiresOn":"2099-01-01T01:00:00Z"})";
    tool_row const rows[] = {
        {"a token", "az", print(cli_answer), good},
        {"by local time only", "az", print(R"({"accessToken":"tok","expiresOn":"2099-01-01 01:00:00.000000"})"), good},
        {"warnings around it", "az", "echo WARNING: old; " + print(cli_answer), good},
        {"warnings aside", "az", "echo CANARY >&2; " + print(cli_answer), good},
        {"not signed in", "az", complain("ERROR: Please run 'az login' to setup account."), absent_with("az login")},
        {"no subscription", "az", complain("ERROR: run 'az account set'"), absent_with("az login")},
        {"a refusal",
         "az",
         complain("ERROR: AADSTS700082: The refresh token has expired CANARY"),
         {theirs(auth::entra::errc::refused), {"AADSTS700082", "status 1"}}},
        {"Conditional Access",
         "az",
         complain("ERROR: AADSTS53003: blocked"),
         {theirs(auth::entra::errc::interaction), {"AADSTS53003"}}},
        {"a crash", "az", "kill -9 $$", {theirs(auth::entra::errc::refused), {"status 128"}}},
        {"no JSON", "az", print("CANARY"), unreadable},
        {"half a JSON", "az", print("{\"accessToken\":\"CANARY\""), unreadable},
        {"no token", "az", print("{\"expires_on\":4070908800}"), unreadable},
        {"no end", "az", print("{\"accessToken\":\"CANARY\"}"), unreadable},
        {"a token with a break", "az", print(R"({"accessToken":"CAN\nARY","expires_on":4070908800})"), unreadable},
        {"too much", "az", "yes CANARY", {ours(augur::errc::decode_error), {"more than 65536 bytes"}}},
        {"complaints without end", "az", "head -c 300000 /dev/zero >&2; " + print(cli_answer), good},
        {"claims",
         "az",
         "echo >&2; exit 1",
         {theirs(auth::entra::errc::interaction), {"--claims-challenge eyJhIjoxfQ=="}},
         token_request(ml_scope).claims("{\"a\":1}")},
        {"a scope with a command", "az", "exit 0", wrong, token_request("https://x; touch y")},
        {"a scope like an option", "az", "exit 0", wrong, token_request("--debug")},
        {"a tenant that nobody allowed", "az", "exit 0", wrong, token_request(ml_scope).tenant("x")},
        {"a token", "azd", print(azd_answer), good},
        {"not signed in", "azd", complain("ERROR: not logged in, run `azd auth login` to login"),
         absent_with("azd auth login")},
        {"a refusal",
         "azd",
         complain("failed: AADSTS50076"),
         {theirs(auth::entra::errc::interaction), {"AADSTS50076"}}},
        {"claims", "azd", print(azd_answer), good, token_request(ml_scope).claims("{\"a\":1}")},
        {"a token", "pwsh", print(R"({"token":"tok","expires_on":4070908800})"), good},
        {"not signed in", "pwsh", complain("Run Connect-AzAccount to login."), absent_with("Connect-AzAccount")},
        {"no module", "pwsh", complain("The specified module Az.Accounts was not loaded"),
         absent_with("Connect-AzAccount")},
        {"claims",
         "pwsh",
         "exit 0",
         {theirs(auth::entra::errc::interaction), {"Connect-AzAccount -ClaimsChallenge"}},
         token_request(ml_scope).claims("{\"a\":1}")},
    };
    for (auto const& r : rows) {
        CAPTURE(r.program);
        CAPTURE(r.what);
        bench b;
        b.tool(r.program, r.script);
        check_ending(fetch_for_real(source_of(b, r.program), r.asked), r.comes);
    }
    std::cout << "entra: " << std::size(rows) << " scenarios of tools\n";
}

TEST_CASE("entra, tools: one that complains without end is stopped by its limit")
{
    bench b;
    std::string const flood = "for i in 1 2 3 4 5 6 7 8; do yes CANARY >&2 & done; ";
    b.tool("az", flood + "wait");
    auto const got = fetch_for_real(azure_cli(b.options(), tool_options().timeout(50ms)));
    check_ending(got, {ours(augur::errc::auth_timeout), {"Azure CLI did not end in time"}});
    b.tool("az", "exec >&-; " + flood + "wait"); // the same without anything to read
    auto const silent = fetch_for_real(azure_cli(b.options(), tool_options().timeout(50ms)));
    check_ending(silent, {ours(augur::errc::auth_timeout), {"Azure CLI did not end in time"}});
    // Whatever the machine does meanwhile: there is always more to read here.
    int const endless = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    REQUIRE(endless >= 0);
    std::string said;
    auth::detail::take_some(endless, said);
    ::close(endless);
    CHECK(said.size() == 8 * 1024);
}

TEST_CASE("entra, tools: the arguments to the letter, and no shell between")
{
    bench b;
    auto const seen = b.here.path("seen");
    std::string const record = "for a in \"$@\"; do printf '%s|' \"$a\"; done > " + seen + "; printf '%s' '" +
                               cli_answer + "'";
    auto const arguments = [&](std::string const& program, token_request what) {
        b.tool(program, record);
        auto const got = fetch_for_real(source_of(b, program), what);
        REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
        std::ifstream in(seen);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    CHECK(arguments("az", token_request(ml_scope)) ==
          "account|get-access-token|--output|json|--resource|https://ml.azure.com|");
    CHECK(arguments("az", token_request(ml_scope).tenant(tenant_b)) ==
          "account|get-access-token|--output|json|--resource|https://ml.azure.com|--tenant|" + std::string(tenant_b) +
              "|");
    CHECK(arguments("azd", token_request(ml_scope).tenant(tenant_b).claims("{}")) ==
          "auth|token|--output|json|--no-prompt|--scope|https://ml.azure.com/.default|--tenant-id|" +
              std::string(tenant_b) + "|--claims|e30=|");
    auto const power = arguments("pwsh", token_request(ml_scope));
    std::string const front = "-NoProfile|-NonInteractive|-EncodedCommand|";
    REQUIRE(power.starts_with(front));
    auto const wide = codec::base64_decode(power.substr(front.size(), power.size() - front.size() - 1)).value();
    std::string script;
    for (std::size_t i = 0; i < wide.size(); i += 2)
        script += wide[i];
    CHECK(contains(script, "Get-AzAccessToken -ResourceUrl 'https://ml.azure.com'"));
    CHECK(contains(script, "SecureString"));
}

TEST_CASE("entra, tools: only absolute folders of PATH are looked into, and only programs are started")
{
    bench b;
    b.tool("az", "printf '%s' '" + cli_answer + "'");
    auto const folder = b.e.path;
    b.e.path = ":.:bin:" + b.here.path("nowhere");
    check_ending(fetch_for_real(azure_cli(b.options())), {ours(augur::errc::credentials_unavailable), {"PATH"}, true});
    b.e.path = ".:" + b.here.path("nowhere") + ":" + folder;
    check_ending(fetch_for_real(azure_cli(b.options())), {});
    std::filesystem::permissions(folder + "/az", std::filesystem::perms::owner_read);
    check_ending(fetch_for_real(azure_cli(b.options())), {ours(augur::errc::credentials_unavailable), {"PATH"}, true});
    b.e.path.clear();
    check_ending(fetch_for_real(azure_cli(b.options())), {ours(augur::errc::credentials_unavailable), {"PATH"}, true});
}

TEST_CASE("entra, tools: one that never ends is killed in time, and the chain goes on without it")
{
    bench b;
    b.tool("az", "sleep 600 & sleep 600");
    auto const slow = azure_cli(b.options(), tool_options().timeout(200ms));
    auto const started = std::chrono::steady_clock::now();
    check_ending(fetch_for_real(slow), {ours(augur::errc::auth_timeout), {"Azure CLI did not end in time"}});
    auto const other = std::make_shared<scripted>("other", std::vector{token("tok")});
    auto const all = chain({chain_link(slow).always_moves_on(), other});
    auto const got = fetch_for_real(all);
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    CHECK(other->asked == 1);
    CHECK(std::chrono::steady_clock::now() - started < 10s);
}

TEST_CASE("entra, tools: the default chain takes the tools' tokens when nothing else is configured")
{
    bench b;
    b.tool("azd", "printf '%s' '{\"token\":\"tok\",\"expiresOn\":\"2099-01-01T01:00:00Z\"}'");
    b.tool("az", "echo 'AADSTS700082: expired' >&2; exit 1"); // left over from another time
    b.e.azure_token_credentials = "dev";
    auto const source = default_chain(b.options());
    check_ending(fetch_for_real(source), {});
    auto const told = source->explain();
    REQUIRE(told.size() == 3);
    CHECK(contains(told[0].said, "AADSTS700082"));
    CHECK_FALSE(told[0].failed);
    CHECK(told[2].won);
    b.e.azure_token_credentials = "AzureCliCredential";
    check_ending(fetch_for_real(default_chain(b.options())), {theirs(auth::entra::errc::refused), {"AADSTS700082"}});
}

#endif
