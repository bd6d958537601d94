// g++ 12 destroys an aggregate made by braces inside a co_await expression twice. Requests and options are classes with
// explicit constructors, so that this way of writing is not C++ in the first place.
// expect: designated initializer|designated-initializer|non-aggregate|could not convert .*brace-enclosed
// expect: explicit constructor|no matching function|no viable conversion|no matching constructor|no known conversion
// variants: 8
#include <augur/azure_ml/request.hpp>
#include <augur/core/call_options.hpp>
#include <augur/model/inference.hpp>
#include <augur/sagemaker/request.hpp>

#include <boost/asio/awaitable.hpp>

#include <type_traits>
#include <utility>

namespace asio = boost::asio;

static_assert(!std::is_aggregate_v<augur::sagemaker::invoke_endpoint_request>);
static_assert(!std::is_aggregate_v<augur::azure_ml::score_request>);
static_assert(!std::is_aggregate_v<augur::inference_request>);
static_assert(!std::is_aggregate_v<augur::call_options>);
static_assert(!std::is_aggregate_v<augur::message>);
static_assert(!std::is_aggregate_v<augur::raw_bytes>);

asio::awaitable<int> invoke(augur::sagemaker::invoke_endpoint_request request, augur::call_options options = {});
asio::awaitable<int> score(augur::azure_ml::score_request request, augur::call_options options = {});
asio::awaitable<int> infer(augur::inference_request request, augur::call_options options = {});

asio::awaitable<int> control()
{
    augur::sagemaker::invoke_endpoint_request request("iris");
    request.content_type("text/csv");
    int sum = co_await invoke(std::move(request));
    sum += co_await infer(augur::inference_request("text"), augur::deadline(std::chrono::seconds(1)));
    co_return sum;
}

#ifdef AUGUR_MUST_FAIL
asio::awaitable<int> dangerous()
{
#if AUGUR_MUST_FAIL == 1
    co_return co_await invoke({.endpoint_name = "iris"});
#elif AUGUR_MUST_FAIL == 2
    co_return co_await invoke(augur::sagemaker::invoke_endpoint_request{.endpoint_name = "iris"});
#elif AUGUR_MUST_FAIL == 3
    co_return co_await invoke({"iris"});
#elif AUGUR_MUST_FAIL == 4
    co_return co_await infer({.text = "hello"});
#elif AUGUR_MUST_FAIL == 5
    co_return co_await infer({"hello"});
#elif AUGUR_MUST_FAIL == 6
    co_return co_await infer(augur::inference_request("hello"), {.deadline = std::chrono::seconds(1)});
#elif AUGUR_MUST_FAIL == 7
    co_return co_await infer(augur::inference_request("hello"),
                             augur::call_options{.deadline = std::chrono::seconds(1)});
#else
    co_return co_await score({.payload = "hello"});
#endif
}
#endif
