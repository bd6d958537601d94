// Runs the public credential cases from $AUGUR_SPECS_DIR/aws/credentials when they are there; our own tables
// (own_rows.hpp lists them) state the same facts without them.
#include "source_support.hpp"
#include "support/variables.hpp"

#include <augur/auth/aws/profile.hpp>
#include <augur/auth/aws/profile_plan.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using nlohmann::json;
using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::chrono_literals;

namespace {

std::string suite_folder()
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (root == nullptr || *root == '\0') {
        std::cout << "aws credentials: AUGUR_SPECS_DIR not set: own tables only\n";
        return {};
    }
    return std::string(root) + "/aws/credentials/smithy-rs/";
}

std::string text_of_file(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

json load(std::string const& path)
{
    auto const text = text_of_file(path);
    REQUIRE_MESSAGE(!text.empty(), "cannot read " << path);
    return json::parse(text);
}

std::string replaced(std::string text, std::string const& from, std::string const& to)
{
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

/// "a=1&b=2" in order; a session's generated name is everybody's own.
std::string sorted_form(std::string text, bool names_only = false)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = text.find('&');
        auto part = text.substr(0, end);
        if (!part.starts_with("RoleSessionName=") || names_only ||
            !(contains(part, "=assume-role-") || contains(part, "=augur-") || contains(part, "=web-identity-token-")))
            parts.push_back(names_only && !part.starts_with("Action") ? part.substr(0, part.find('=')) : part);
        text = end == text.npos ? std::string() : text.substr(end + 1);
    }
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (auto const& part : parts)
        out += part + "&";
    return out;
}

std::string sorted_uri(std::string const& uri)
{
    auto const mark = uri.find('?');
    auto path = uri.substr(0, mark);
    if (path.ends_with("/"))
        path.pop_back();
    return mark == uri.npos ? path : path + "?" + sorted_form(uri.substr(mark + 1));
}

struct recorded_exchange
{
    json request;
    std::string request_body;
    json response;
    std::string response_body;
};

std::vector<recorded_exchange> read_traffic(json const& traffic)
{
    std::vector<recorded_exchange> out;
    for (auto const& event : traffic.at("events")) {
        auto const at = event.at("connection_id").get<std::size_t>();
        if (out.size() <= at)
            out.resize(at + 1);
        auto const& action = event.at("action");
        if (action.contains("Request"))
            out[at].request = action["Request"]["request"];
        else if (action.contains("Response"))
            out[at].response = action["Response"]["response"]["Ok"];
        else if (action.contains("Data"))
            (action["Data"]["direction"] == "Request" ? out[at].request_body : out[at].response_body) +=
                action["Data"]["data"]["Utf8"].get<std::string>();
    }
    return out;
}

/// What an error of the suite means; its words are another library's.
bool is_of_kind(error const& e, std::string const& words)
{
    struct row
    {
        char const* words;
        errc code;
    };
    constexpr row rows[] = {
        {"not enabled", errc::credentials_unavailable},
        {"IMDS is disabled", errc::credentials_unavailable},
        {"No such file", errc::invalid_argument},
        {"failed to read", errc::invalid_argument},
        {"could not parse", errc::decode_error},
        {"an error occurred while loading credentials", errc::credentials_unavailable},
        {"InvalidIdentityTokenException", errc::credentials_unavailable},
        {"will resolve an access token", errc::invalid_argument},
        {"role_arn", errc::invalid_argument},
    };
    for (auto const& r : rows)
        if (contains(words, r.words))
            return e == r.code || (r.code == errc::credentials_unavailable && e == auth::aws::source_errc::unavailable);
    FAIL("no kind for: " << words);
    return false;
}

/// What a process with these variables reads, its files below `root`.
call::environment environment_of(json const& variables, std::string const& root)
{
    std::map<std::string, std::string> set;
    for (auto const& [name, value] : variables.items())
        set[name] = value.get<std::string>();
    for (auto const* path : {"HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"})
        if (auto const at = set.find(path); at != set.end() && !at->second.empty())
            at->second.insert(0, root);
    test::only const now(set);
    return call::read_environment();
}

/// The case's file system in a folder of ours; its programs without a shell.
void copy_files(std::string const& from, folder const& here)
{
    namespace fs = std::filesystem;
    if (!fs::exists(from))
        return;
    for (auto const& entry : fs::recursive_directory_iterator(from)) {
        auto const name = fs::relative(entry.path(), from).string();
        if (entry.is_directory()) {
            fs::create_directories(here.path(name));
            continue;
        }
        fs::create_directories(fs::path(here.path(name)).parent_path());
        auto text = text_of_file(entry.path().string());
        text = replaced(text, "= /token.jwt", "= " + here.path("token.jwt"));
        text = replaced(text, "credential_process = exit 1", "credential_process = false");
        if (auto const at = text.find("credential_process = echo ey"); at != text.npos) {
            auto const end = text.find('\n', at);
            auto const encoded = text.substr(at + 26, text.find(' ', at + 26) - at - 26);
            auto const printed = codec::base64_decode(encoded);
            REQUIRE(printed);
            text.replace(at, end - at, "credential_process = cat '" + here.write("printed.json", *printed) + "'");
        }
        here.write(name, text);
    }
}

void check_requests(std::vector<testing::seen_request> const& seen, std::vector<recorded_exchange> const& expected)
{
    CHECK(seen.size() == expected.size());
    for (std::size_t i = 0; i < std::min(seen.size(), expected.size()); ++i) {
        CAPTURE(i);
        auto const& want = expected[i].request;
        auto const url_text = std::string(seen[i].to.is_https ? "https://" : "http://") +
                              std::string(seen[i].field("host")) + seen[i].target;
        CHECK(seen[i].method == want.at("method").get<std::string>());
        CHECK(sorted_uri(url_text) == sorted_uri(want.at("uri").get<std::string>()));
        // The recordings of web identity have other roles and tokens than the files beside them.
        bool const web = contains(seen[i].content, "AssumeRoleWithWebIdentity");
        CHECK(sorted_form(seen[i].content, web) == sorted_form(expected[i].request_body, web));
        for (auto const name : {"accept", "content-type", "x-aws-ec2-metadata-token", "x-amz-sso_bearer_token",
                                "x-aws-ec2-metadata-token-ttl-seconds"})
            if (want["headers"].contains(name))
                CHECK(seen[i].field(name) == want["headers"][name][0].get<std::string>());
        if (want["headers"].contains("authorization"))
            CHECK_FALSE(seen[i].field("authorization").empty());
    }
}

/// Runs one folder with recorded traffic.
void run_case(std::string const& path, std::string const& group)
{
    CAPTURE(path);
    auto const test = load(path + "/test-case.json");
    folder const here;
    copy_files(path + "/fs", here);
    auto const e = environment_of(load(path + "/env.json"), here.path(""));
    auto expected = read_traffic(load(path + "/http-traffic.json"));
    auto const transport = std::make_shared<testing::replay_transport>();
    // The recording is of a client that does not repeat what failed.
    if (path.ends_with("sso_server_error"))
        expected.insert(expected.end(), 2, expected.front());
    for (auto const& x : expected)
        transport->expect(testing::reply::with(x.response.at("status").get<int>(), {}, x.response_body));
    source_options options(e);
    options.transport(transport).allow_plain_http();

    auto const& result_of = test.at("result");
    if (group == "default-token-provider-chain") {
        driver d;
        auto const token =
            d.run<bearer_token>([&](net::operation& op) { return fetch_bearer_token(op, op.deadline(), options); });
        REQUIRE_MESSAGE(token.has_value(), token.error().to_string());
        CHECK(token->text.reveal() == result_of["Ok"]["token"].get<std::string>());
        CHECK(token->expires == wire::parse_time(result_of["Ok"]["expiration"].get<std::string>()));
        return;
    }
    auto const source = group == "profile-provider" ? profile_credentials(options) : default_chain(options);
    bool const runs_program = contains(path, "credential_process");
    auto const got = runs_program ? fetch_for_real(source) : fetch_before(source, 2009);
    check_requests(transport->seen(), expected);
    CHECK_MESSAGE(transport->ok(), (transport->problems().empty() ? "not all was asked" : transport->problems()[0]));
    if (result_of.contains("ErrorContains")) {
        REQUIRE_FALSE(got.has_value());
        auto const words = result_of["ErrorContains"].get<std::string>();
        CHECK_MESSAGE(is_of_kind(got.error(), words), words << " / " << got.error().to_string());
        return;
    }
    REQUIRE_MESSAGE(got.has_value(), got.error().to_string());
    auto const& want = result_of.at("Ok");
    CHECK(got->access_key_id == want.at("access_key_id").get<std::string>());
    CHECK(got->secret_access_key.reveal() == want.at("secret_access_key").get<std::string>());
    CHECK(got->session_token.reveal() == want.value("session_token", std::string()));
    CHECK(got->account_id == want.value("account_id", std::string()));
    if (want.contains("expiry")) {
        REQUIRE(got->expires);
        CHECK(std::chrono::floor<std::chrono::seconds>(got->expires->time_since_epoch()).count() ==
              want["expiry"].get<std::int64_t>());
    }
    else {
        CHECK_FALSE(got->expires.has_value());
    }
}

} // namespace

TEST_CASE("aws suite: the published chains, profiles and bearer tokens, with recorded traffic")
{
    auto const root = suite_folder();
    if (root.empty())
        return;
    int cases = 0;
    for (std::string const group :
         {"default-credential-provider-chain", "profile-provider", "default-token-provider-chain"})
        for (auto const& entry : std::filesystem::directory_iterator(root + "aws-config/test-data/" + group)) {
            if (!std::filesystem::exists(entry.path() / "test-case.json"))
                continue;
            run_case(entry.path().string(), group);
            ++cases;
        }
    std::cout << "aws credentials: " << cases
              << " published chain, profile and token cases; 1 skipped: profile-provider/sso_token/fs is a copy of a "
                 "case inside that case's own files\n";
    CHECK(cases == 50);
}

TEST_CASE("aws suite: the published files of profiles")
{
    auto const root = suite_folder();
    if (root.empty())
        return;
    int cases = 0;
    auto const suite = load(root + "aws-runtime/test-data/profile-parser-tests.json");
    for (auto const& test : suite.at("tests")) {
        auto const name = test.at("name").get<std::string>();
        CAPTURE(name);
        ++cases;
        folder const here;
        auto const text = [&test](char const* file) { return test["input"].value(file, std::string()); };
        auto const parsed =
            load_profiles(here.write("config", text("configFile")), here.write("credentials", text("credentialsFile")));
        auto const& want = test.at("output");
        if (want.contains("errorContaining")) {
            REQUIRE_FALSE(parsed.has_value());
            CHECK(parsed.error() == errc::decode_error);
            continue;
        }
        REQUIRE_MESSAGE(parsed.has_value(), parsed.error().to_string());
        profile_set expected;
        auto const take = [&expected](json const& from, std::string const& prefix) {
            for (auto const& [section, values] : from.items())
                for (auto& place = expected[prefix + section]; auto const& [key, value] : values.items())
                    place[key] = value.get<std::string>();
        };
        take(want["config"]["profiles"], "");
        if (want["config"].contains("sso_sessions"))
            take(want["config"]["sso_sessions"], "sso-session ");
        CHECK(*parsed == expected);
    }
    std::cout << "aws credentials: " << cases << " published parser cases\n";
    CHECK(cases == 65);
}

TEST_CASE("aws suite: the published places of the files")
{
    auto const root = suite_folder();
    if (root.empty())
        return;
    int cases = 0;
    int skipped = 0;
    auto const suite = load(root + "aws-runtime/test-data/file-location-tests.json");
    for (auto const& test : suite.at("tests")) {
        CAPTURE(test.at("name").get<std::string>());
        ++cases;
        if (test["platform"] == "windows") {
            ++skipped;
            continue;
        }
        auto const e = environment_of(test["environment"], "");
        CHECK(e.aws_config_file == test["configLocation"].get<std::string>());
        CHECK(e.aws_credentials_file == test["credentialsLocation"].get<std::string>());
        CHECK(source_options(e).profile() == test.value("profile", std::string("default")));
    }
    std::cout << "aws credentials: " << cases << " published file locations, " << skipped << " skipped: Windows only\n";
    CHECK(cases == 9);
}

TEST_CASE("aws suite: the published plans of profiles")
{
    auto const root = suite_folder();
    if (root.empty())
        return;
    int cases = 0;
    auto const suite = load(root + "aws-config/test-data/assume-role-tests.json");
    for (auto const& test : suite) {
        CAPTURE(test.at("docs").get<std::string>());
        ++cases;
        profile_set profiles;
        for (auto const& [name, values] : test["input"]["profiles"].items())
            for (auto& place = profiles[name]; auto const& [key, value] : values.items())
                place[key] = value.get<std::string>();
        if (test["input"].contains("sso_sessions"))
            for (auto const& [name, values] : test["input"]["sso_sessions"].items())
                for (auto& place = profiles["sso-session " + name]; auto const& [key, value] : values.items())
                    place[key] = value.get<std::string>();
        auto const plan = plan_profile(profiles, test["input"]["selected_profile"].get<std::string>());
        auto const& want = test.at("output");
        if (want.contains("Error")) {
            REQUIRE_FALSE(plan.has_value());
            auto const words = want["Error"].get<std::string>();
            bool const absent = words == "No profiles were defined" ||
                                (contains(words, "did not contain credential information") && contains(words, "`A`"));
            CHECK(plan.error() == (absent ? errc::credentials_unavailable : errc::invalid_argument));
            continue;
        }
        REQUIRE_MESSAGE(plan.has_value(), plan.error().to_string());
        auto const& chain = want.at("ProfileChain");
        REQUIRE(plan->roles.size() + 1 == chain.size());
        for (std::size_t i = 1; i < chain.size(); ++i) {
            auto const& role = chain[i].at("AssumeRole");
            CHECK(plan->roles[i - 1].role_arn == role["role_arn"].get<std::string>());
            CHECK(plan->roles[i - 1].session_name == role.value("role_session_name", std::string()));
            CHECK(plan->roles[i - 1].external_id == role.value("external_id", std::string()));
        }
        auto const& first = chain[0].items().begin();
        auto const text = [&first](char const* key) { return first.value().value(key, std::string()); };
        auto const& at = plan->root;
        if (first.key() == "AccessKey") {
            CHECK(at.access_key_id == text("access_key_id"));
            CHECK(at.secret_access_key.reveal() == text("secret_access_key"));
            CHECK(at.account_id == text("account_id"));
        }
        else if (first.key() == "NamedSource") {
            CHECK(at.source == first.value().get<std::string>());
        }
        else if (first.key() == "WebIdentityToken") {
            CHECK(at.token_file == text("web_identity_token_file"));
            CHECK(at.web_role.role_arn == text("role_arn"));
            CHECK(at.web_role.session_name == text("role_session_name"));
        }
        else {
            REQUIRE(first.key() == "Sso");
            CHECK(at.sso_session == text("sso_session"));
            CHECK(at.sso_start_url == text("sso_start_url"));
            CHECK(at.sso_region == text("sso_region"));
            CHECK(at.sso_account_id == text("sso_account_id"));
            CHECK(at.sso_role_name == text("sso_role_name"));
        }
    }
    std::cout << "aws credentials: " << cases << " published plans of profiles\n";
    CHECK(cases == 28);
}

TEST_CASE("aws suite: the published addresses of containers and of instance metadata")
{
    auto const root = suite_folder();
    if (root.empty())
        return;
    int cases = 0;
    for (std::string const file : {"ecs-tests.json", "imds-config/imds-endpoint-tests.json"}) {
        auto const suite = load(root + "aws-config/test-data/" + file);
        for (auto const& test : suite.at("tests")) {
            CAPTURE(test.at("docs").get<std::string>());
            ++cases;
            bool const metadata = file != "ecs-tests.json";
            folder const here;
            auto e = environment_of(test["env"], here.path(""));
            if (test.contains("fs"))
                for (auto const& [name, text] : test["fs"].items())
                    here.write(name, text.get<std::string>());
            if (test.contains("endpoint_override"))
                e.aws_ec2_metadata_endpoint = test["endpoint_override"].get<std::string>();
            if (test.contains("mode_override"))
                e.aws_ec2_metadata_endpoint_mode = test["mode_override"].get<std::string>();
            http_response no;
            no.status = 403;
            auto const transport = std::make_shared<testing::capture_transport>(no);
            auto const options = source_options(e).transport(transport);
            auto const got =
                fetch_before(metadata ? instance_metadata_credentials(options) : container_credentials(options), 2009);
            REQUIRE_FALSE(got.has_value());
            if (!test["result"].contains("Ok")) {
                CHECK(transport->seen().empty());
                bool const unset = test["docs"] == "all fields unset provider is not enabled";
                CHECK(got.error() == (unset ? errc::credentials_unavailable : errc::invalid_argument));
                continue;
            }
            REQUIRE(transport->seen().size() == 1);
            auto const& seen = transport->seen()[0];
            CHECK(std::string(seen.to.is_https ? "https://" : "http://") + std::string(seen.field("host")) +
                      seen.target ==
                  test["result"]["Ok"].get<std::string>());
        }
    }
    std::cout << "aws credentials: " << cases << " published addresses\n";
    CHECK(cases == 25);
}
