// How to test code that calls models, without a network, a key or a clock.
//
// `is_setosa` stands for your own code. It is tested three times: over a client of four lines; over the real SageMaker
// client on a transport that answers from a script, with time that passes only on paper; and over the real client and
// sockets of this machine, against a server that breaks off in the middle of its answer.
#include <augur/augur.hpp>
#include <augur/testing/fault_server.hpp>
#include <augur/testing/manual_time.hpp>
#include <augur/testing/transports.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>
#include <memory>

namespace asio = boost::asio;
namespace testing = augur::testing;
using namespace std::chrono_literals;

template <augur::InferenceClient Client>
asio::awaitable<augur::result<bool>> is_setosa(Client client, augur::rows flower)
{
    augur::inference_request request(std::move(flower));
    auto scored = co_await client.infer(std::move(request), augur::call_options());
    if (!scored)
        co_return scored.error();
    auto species = scored->template at<std::string>(0, "predicted_class");
    if (!species)
        co_return species.error();
    co_return *species == "setosa";
}

// A client is whatever has these two functions.
class always_setosa
{
public:
    explicit always_setosa(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    asio::awaitable<augur::result<augur::inference_response>> infer(augur::inference_request, augur::call_options)
    {
        augur::table answer({"predicted_class"});
        answer.add_row({augur::cell("setosa")});
        co_return augur::inference_response(std::move(answer));
    }
    asio::any_io_executor get_executor() const { return executor_; }

private:
    asio::any_io_executor executor_;
};

int failures = 0;

void check(bool holds, char const* what)
{
    std::cout << (holds ? "ok    " : "FAIL  ") << what << '\n';
    failures += holds ? 0 : 1;
}

void test_with_a_client_of_our_own()
{
    asio::io_context context;
    always_setosa client(context.get_executor());
    augur::rows flower{{5.1, 3.5, 1.4, 0.2}};
    auto const answer = augur::run(is_setosa(client, flower));
    check(answer && *answer, "a setosa is a setosa");
}

void test_that_a_busy_service_is_asked_again()
{
    asio::io_context context;
    auto time = std::make_shared<testing::manual_time>();
    auto service = std::make_shared<testing::replay_transport>();
    auto const path = "/endpoints/iris/invocations";
    service->expect("POST", path, testing::reply::with(503));
    service->expect("POST", path, testing::reply::with(429, {{"retry-after", "2"}}));
    service->expect("POST", path,
                    testing::reply::with(200, {{"content-type", "application/json"}},
                                         R"({"predictions":[{"predicted_class":"virginica"}]})"));

    augur::sagemaker::endpoint_config config{.region = "eu-west-1"};
    config.credentials = augur::auth::aws::static_credentials("AKIDEXAMPLE", augur::secret("not-a-real-secret"));
    config.client.transport = service;
    config.client.timers = time;
    config.client.random = augur::seeded_random(1);
    augur::sagemaker::endpoint client(context.get_executor(), "iris", std::move(config));

    augur::rows flower{{6.3, 3.3, 6.0, 2.5}};
    auto const answer = testing::run(context, *time, is_setosa(client, flower));
    check(answer && !*answer, "a virginica is no setosa");
    check(service->ok(), "three requests, as the script says, and no other");
    check(time->elapsed() >= 2s, "the wait that the service asked for was kept");
    check(
        service->seen().back().field("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/"),
        "the request is signed with the key and the date of the test");
}

void test_that_half_an_answer_is_not_taken_for_an_answer()
{
    testing::fault_server server;
    server.script(
        testing::connection_script().read_request().send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n[").rst());

    augur::sagemaker::endpoint_config config{.region = "eu-west-1"};
    config.endpoint_url = "http://127.0.0.1:" + std::to_string(server.port());
    config.credentials = augur::auth::aws::static_credentials("AKIDEXAMPLE", augur::secret("not-a-real-secret"));
    asio::io_context context;
    augur::sagemaker::endpoint client(context.get_executor(), "iris", std::move(config));

    augur::rows flower{{6.3, 3.3, 6.0, 2.5}};
    auto answer = asio::co_spawn(context, is_setosa(client, flower), asio::use_future);
    context.run();
    auto const scored = answer.get();
    check(!scored && scored.error() == augur::errc::truncated, "half an answer is an error");
    check(!scored && scored.error().outcome() == augur::outcome::partial, "the error says that the model did run");
    check(server.requests() == 1, "and the request is not sent again");
}

int main()
{
    test_with_a_client_of_our_own();
    test_that_a_busy_service_is_asked_again();
    test_that_half_an_answer_is_not_taken_for_an_answer();
    return failures == 0 ? 0 : 1;
}
