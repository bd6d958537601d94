// InvokeEndpoint in its own terms: any bytes, every request header, every response header.
//
// Set only what your endpoint understands; `echo-endpoint` of the emulator takes all of them and answers what it got.
#include <augur/augur.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;

asio::awaitable<int> invoke(std::string endpoint)
{
    auto const executor = co_await asio::this_coro::executor;
    augur::sagemaker::runtime_client client(executor);

    std::string bytes("\x00\x01\xFF", 3);
    augur::sagemaker::invoke_endpoint_request request(std::move(endpoint), augur::body(std::move(bytes)));
    request.content_type("application/x-tick")
        .accept("application/json")
        .custom_attributes("trace=1; tag=a b")  // handed to the container as it is
        .target_model("m/1.tar.gz")             // multi-model endpoints
        .target_variant("other")                // overrides the traffic split
        .target_container_hostname("host-1")    // endpoints with several containers
        .inference_id("id-1")                   // your own id in captured data
        .enable_explanations("`true`")          // a JMESPath expression, for SageMaker Clarify
        .inference_component("component-1")     // endpoints with inference components
        .session_id("session-1");               // stateful sessions; `new_session()` opens one

    auto const answered = co_await client.invoke_endpoint(std::move(request));
    if (!answered) {
        std::cout << answered.error() << '\n';
        co_return 1;
    }
    std::cout << "body:              " << answered->body << '\n'
              << "content type:      " << answered->content_type << '\n'
              << "variant:           " << answered->invoked_production_variant << '\n'
              << "custom attributes: " << answered->custom_attributes << '\n'
              << "new session:       " << (answered->new_session ? answered->new_session->id : "none") << '\n'
              << "closed session:    " << answered->closed_session_id << '\n'
              << "request id:        " << answered->meta.request_id << '\n';
    co_return 0;
}

int main(int argc, char** argv)
{
    return augur::run(invoke(argc > 1 ? argv[1] : "echo-endpoint"));
}
