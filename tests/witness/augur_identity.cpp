// Asks for credentials or a token with our sources, as the environment says, and prints what came.
// compare_identity.py asks botocore and azure-identity in the same environment.
//
// usage: augur_identity aws [PROFILE]                      the default chain of AWS, or one profile
//        augur_identity caller                             the same, and whom STS sees
//        augur_identity managed FOLDER [KIND ID]           a managed identity; FOLDER has Arc's keys, KIND is client,
//                                                          object or resource
//        augur_identity application                       AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH
//        augur_identity workload                          AZURE_FEDERATED_TOKEN_FILE
//        augur_identity device TENANT CLIENT_ID           a device code, which goes to standard error
//
// Prints {"ok": true, ...} or {"ok": false, "error": ...}.
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/auth/entra/tool_sources.hpp>
#include <augur/call/environment.hpp>
#include <augur/core/clock.hpp>
#include <augur/net/start.hpp>

#include <boost/asio/io_context.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using nlohmann::json;
namespace aws = augur::auth::aws;
namespace entra = augur::auth::entra;

template <class T, class Body>
augur::result<T> run(Body body)
{
    boost::asio::io_context context{1};
    augur::net::arena_handle const arena;
    auto const timers = augur::net::make_timer_service(context.get_executor(), augur::system_clock());
    std::optional<augur::result<T>> out;
    augur::net::start<T>(arena, timers, context.get_executor(), std::chrono::seconds(60), std::move(body),
                         augur::net::completion<T>([&out](augur::result<T> r) { out.emplace(std::move(r)); }));
    context.run();
    return std::move(*out);
}

json failure(augur::error const& e)
{
    return {{"ok", false}, {"error", e.to_string()}, {"code", std::string(e.provider_code())}};
}

json seconds(std::optional<augur::wall_time> when)
{
    if (!when)
        return nullptr;
    return std::chrono::duration_cast<std::chrono::seconds>(when->time_since_epoch()).count();
}

json from_aws(std::vector<std::string> const& words, bool caller)
{
    aws::source_options options(augur::call::read_environment());
    auto const source = words.size() > 1 ? aws::profile_credentials(options.profile(words[1]))
                                         : aws::default_chain(options);
    auto const got =
        run<aws::credentials>([source](augur::net::operation& op) { return source->fetch(op, op.deadline()); });
    if (!got)
        return failure(got.error());
    if (!caller)
        return {{"ok", true},
                {"access_key", got->access_key_id},
                {"secret_key", std::string(got->secret_access_key.reveal())},
                {"session_token", std::string(got->session_token.reveal())},
                {"expires", seconds(got->expires)}};
    auto const who = run<aws::wire::caller_identity>([with = *got, options](augur::net::operation& op) {
        return aws::get_caller_identity(op, op.deadline(), with, options);
    });
    if (!who)
        return failure(who.error());
    return {{"ok", true}, {"arn", who->arn}, {"account", who->account}, {"user_id", who->user_id}};
}

json from_entra(std::shared_ptr<entra::token_source> const& source)
{
    auto const got = run<entra::access_token>([source](augur::net::operation& op) {
        return source->fetch(op, op.deadline(), entra::token_request("https://ml.azure.com/.default"));
    });
    if (!got)
        return failure(got.error());
    return {{"ok", true}, {"token", std::string(got->text.reveal())}, {"expires", seconds(got->expires)}};
}

json managed(std::vector<std::string> const& words)
{
    entra::managed_identity_id which;
    if (words.size() == 4) {
        if (words[2] == "client")
            which = entra::managed_identity_id::client(words[3]);
        else if (words[2] == "object")
            which = entra::managed_identity_id::object(words[3]);
        else
            which = entra::managed_identity_id::resource(words[3]);
    }
    entra::managed_identity_options how(which);
    if (words.size() > 1)
        how.arc_folder(words[1]);
    return from_entra(entra::managed_identity(entra::source_options(augur::call::read_environment()), how));
}

} // namespace

int main(int count, char** words)
{
    try {
        std::vector<std::string> const arguments(words + 1, words + count);
        auto const kind = arguments.empty() ? std::string() : arguments[0];
        json out;
        if (kind == "aws" || kind == "caller")
            out = from_aws(arguments, kind == "caller");
        else if (kind == "managed")
            out = managed(arguments);
        else if (kind == "application")
            out = from_entra(entra::environment_application(entra::source_options(augur::call::read_environment())));
        else if (kind == "workload")
            out = from_entra(entra::workload_identity(entra::source_options(augur::call::read_environment())));
        else if (kind == "device" && arguments.size() == 3)
            out = from_entra(entra::device_code(
                arguments[1], arguments[2],
                [](entra::device_prompt const& p) { std::fprintf(stderr, "%s\n", p.message.c_str()); },
                entra::source_options(augur::call::read_environment())));
        else
            throw std::invalid_argument("usage: augur_identity aws|caller|managed|application|workload|device ...");
        std::cout << out.dump() << '\n';
        return 0;
    }
    catch (std::exception const& e) {
        std::fprintf(stderr, "augur_identity: %s\n", e.what());
        return 1;
    }
}
