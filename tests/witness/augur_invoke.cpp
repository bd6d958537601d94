// Makes the calls that boto3_invoke.py lists, in the same order, against a running emulator, and prints what came back
// in the same form (see there). compare_invoke.py, which starts it, says where the two differ.
//
// usage: augur_invoke READY_FILE
#include <augur/augur.hpp>
#include <augur/call/observer.hpp>
#include <augur/codec/base64.hpp>

#include <boost/asio/this_coro.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace sagemaker = augur::sagemaker;
using nlohmann::json;

constexpr char const* rows = R"({"instances":[[5.1,3.5,1.4,0.2],[6.7,3.1,4.4,1.4],[6.3,3.3,6.0,2.5]]})";
constexpr char const* iris = "iris-prediction-endpoint";

/// Remembers the status of the last attempt, which a success does not tell.
class status_watch final : public augur::call::observer
{
public:
    void on_attempt_end(augur::call::attempt_end const& end) noexcept override { status = end.http_status; }
    int status = 0;
};

json or_null(std::string_view text)
{
    return text.empty() ? json() : json(text);
}

json text_of(std::string const& body)
{
    try {
        json text(body);
        (void)text.dump(); // throws unless it is UTF-8
        return text;
    }
    catch (json::exception const&) {
        return "base64:" + augur::codec::base64_encode(body);
    }
}

json described(sagemaker::invoke_endpoint_response const& r, int status)
{
    return {{"ok", true},
            {"status", status},
            {"body", text_of(r.body)},
            {"content_type", or_null(r.content_type)},
            {"variant", or_null(r.invoked_production_variant)},
            {"custom_attributes", or_null(r.custom_attributes)},
            {"new_session", r.new_session ? json(r.new_session->id) : json()},
            {"closed_session", or_null(r.closed_session_id)}};
}

json described(augur::error const& e)
{
    // Our error keeps a line break as the two characters "\n".
    auto const message = e.service_message();
    json out{{"ok", false},
             {"status", e.http_status()},
             {"type", or_null(e.provider_code())},
             {"message", message.substr(0, message.find("\\n"))}};
    if (e == sagemaker::errc::model_error) {
        auto const number = e.attribute("OriginalStatusCode");
        int status = 0;
        auto const [end, code] = std::from_chars(number.data(), number.data() + number.size(), status);
        out["original_status_code"] = code == std::errc() && end == number.data() + number.size() ? json(status)
                                                                                                  : json();
        out["original_message"] = or_null(e.attribute("OriginalMessage"));
        out["log_stream_arn"] = or_null(e.attribute("LogStreamArn"));
    }
    return out;
}

class caller
{
public:
    caller(asio::any_io_executor executor, json ready)
        : executor_(std::move(executor)),
          ready_(std::move(ready)),
          watch_(std::make_shared<status_watch>()),
          main_(client())
    {
    }

    /// A client with the credentials that the emulator knows, but for what is given here.
    sagemaker::runtime_client client(json const& other = json::object()) const
    {
        auto const text = [&](char const* name) { return other.value(name, ready_.value(name, std::string())); };
        sagemaker::runtime_config config{.region = text("region"), .endpoint_url = text("url")};
        config.credentials =
            augur::auth::aws::static_credentials(text("access_key"), augur::secret(text("secret_key")),
                                                 augur::secret(other.value("session_token", std::string())));
        config.client.tls.ca_file = text("ca");
        config.client.proxy.emplace();
        config.client.max_attempts = 1;
        config.client.observers.push_back(watch_);
        return sagemaker::runtime_client(executor_, std::move(config));
    }
    json const& ready() const noexcept { return ready_; }
    json const& answers() const noexcept { return answers_; }

    asio::awaitable<void> call(std::string name, sagemaker::invoke_endpoint_request request)
    {
        co_await call(std::move(name), std::move(request), main_);
    }

    asio::awaitable<void> call(std::string name, sagemaker::invoke_endpoint_request request,
                               sagemaker::runtime_client by)
    {
        if (!request.content_type())
            request.content_type("application/json");
        auto answered = co_await by.invoke_endpoint(std::move(request));
        answers_[name] = answered ? described(*answered, watch_->status) : described(answered.error());
        if (auto const id = answered ? std::string_view(answered->meta.request_id) : answered.error().request_id();
            id.size() != 36)
            throw std::runtime_error(name + " has no request id");
    }

private:
    asio::any_io_executor executor_;
    json ready_;
    std::shared_ptr<status_watch> watch_;
    sagemaker::runtime_client main_;
    json answers_ = json::object();
};

sagemaker::invoke_endpoint_request ask(char const* endpoint, std::string body = rows)
{
    return sagemaker::invoke_endpoint_request(endpoint, augur::body(std::move(body)));
}

asio::awaitable<json> all_calls(json ready)
{
    auto const executor = co_await asio::this_coro::executor;
    caller c(executor, std::move(ready));

    co_await c.call("rows", ask(iris));
    for (int i = 1; i < 5; ++i)
        co_await c.call("rows_again_" + std::to_string(i), ask(iris));
    co_await c.call("variant_discriminant", ask(iris).target_variant("discriminant"));
    co_await c.call("variant_neighbours", ask(iris).target_variant("neighbours"));
    auto csv = ask(iris, "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n");
    csv.content_type("text/csv").accept("text/csv").target_variant("discriminant");
    co_await c.call("csv", csv);
    co_await c.call("unseen", ask(iris, R"({"instances":[[5.9,3.0,4.9,1.7]]})").target_variant("neighbours"));

    auto const models = "iris-multi-model-endpoint";
    co_await c.call("model_discriminant", ask(models).target_model("discriminant.tar.gz"));
    co_await c.call("model_neighbours", ask(models).target_model("neighbours.tar.gz"));
    co_await c.call("model_unknown", ask(models).target_model("nothing.tar.gz"));
    co_await c.call("model_missing", ask(models));
    auto const components = "iris-components-endpoint";
    co_await c.call("component_discriminant", ask(components).inference_component("iris-discriminant"));
    co_await c.call("component_neighbours", ask(components).inference_component("iris-neighbours"));
    co_await c.call("component_missing", ask(components));
    co_await c.call("host_neighbours", ask("iris-multi-container-endpoint").target_container_hostname("neighbours"));

    auto const stateful = "iris-stateful-endpoint";
    co_await c.call("session_new", ask(stateful).new_session());
    auto const session = c.answers().at("session_new").at("new_session").get<std::string>();
    co_await c.call("session_use", ask(stateful).session_id(session));
    auto close = ask(stateful).session_id(session);
    close.custom_attributes("close-session");
    co_await c.call("session_close", close);
    co_await c.call("session_closed", close);

    auto echo = ask("echo-endpoint", std::string("\x00\x01\xFF", 3));
    echo.content_type("application/x-witness").accept("application/json").custom_attributes("trace=1; tag=a b");
    echo.target_model("m/1.tar.gz").target_variant("other").target_container_hostname("host-1").inference_id("id-1");
    echo.enable_explanations("`true`").inference_component("component-1").session_id("session-1");
    co_await c.call("echo", echo);
    co_await c.call("echo_plain", ask("echo-endpoint", "x").content_type("text/plain"));

    for (int i = 1; i < 4; ++i)
        co_await c.call("cold_" + std::to_string(i), ask("iris-cold-endpoint"));
    auto const gap = R"({"instances":[[5.1,3.5,1.4,0.2],[6.7,3.1,null,1.4]]})";
    co_await c.call("missing_value", ask(iris, gap).target_variant("discriminant"));
    co_await c.call("failing", ask("failing-endpoint"));
    co_await c.call("silent", ask("silent-endpoint"));
    co_await c.call("unknown_endpoint", ask("no-such-endpoint"));
    co_await c.call("unknown_variant", ask(iris).target_variant("nobody"));
    co_await c.call("throttled", ask("throttled-endpoint"));
    co_await c.call("internal_failure", ask("internal-failure-endpoint"));
    co_await c.call("unavailable", ask("unavailable-endpoint"));
    co_await c.call("dependency", ask("dependency-endpoint"));
    auto large = std::string(4 * 1024 * 1024 + 1, '1');
    co_await c.call("too_large", ask("iris-serverless-endpoint", std::move(large)).content_type("text/csv"));

    json other{{"secret_key", "wrong"}};
    co_await c.call("wrong_secret", ask(iris), c.client(other));
    other["access_key"] = "AKIAUNKNOWN";
    co_await c.call("unknown_key", ask(iris), c.client(other));
    co_await c.call("temporary", ask(iris).target_variant("discriminant"), c.client(c.ready().at("temporary")));
    co_await c.call("expired", ask(iris), c.client(c.ready().at("expired")));
    co_await c.call("forbidden", ask(iris), c.client(c.ready().at("forbidden")));
    other = json{{"region", "eu-west-1"}};
    co_await c.call("wrong_region", ask(iris), c.client(other));
    co_return c.answers();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fputs("usage: augur_invoke READY_FILE\n", stderr);
        return 2;
    }
    try {
        std::ifstream file(argv[1]);
        auto const answers = augur::run(all_calls(json::parse(file)));
        std::cout << answers.dump(1) << '\n';
        return 0;
    }
    catch (std::exception const& e) {
        std::fprintf(stderr, "augur_invoke: %s\n", e.what());
        return 1;
    }
}
