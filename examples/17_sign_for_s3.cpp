// Identity alone: a plain Beast request to Amazon S3, signed with what the AWS chain finds. Needs only augur::auth.
//
// AWS_ENDPOINT_URL_S3 says where S3 is; without it, where the region has it.
#include "support/beast_https.hpp"

#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/request_signer.hpp>
#include <augur/core/url.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
namespace aws = augur::auth::aws;
namespace http = boost::beast::http;

// What is signed is the head as it goes out, and the payload.
asio::awaitable<beast_https::response> call(augur::auth::request_signer who, augur::url to, http::verb method,
                                            std::string payload)
{
    auto const name = std::string(http::to_string(method));
    auto head = augur::request_head::make(name, to.path(), to.authority()).value();
    auto const bytes = augur::body::borrowed(payload);
    auto signed_head = co_await who.sign(std::move(head), bytes);
    if (!signed_head)
        throw std::runtime_error(signed_head.error().to_string());

    beast_https::request request(method, to.path(), 11, std::move(payload));
    for (std::size_t i = 0; i < signed_head->size(); ++i) {
        auto const field = signed_head->at(i);
        request.set(field.name, field.value);
    }
    co_return co_await beast_https::send(to.host(), std::to_string(to.port()), std::move(request));
}

asio::awaitable<int> put_and_get(augur::url object, std::string region)
{
    aws::sigv4_options s3;
    s3.encoding = augur::codec::path_encoding::once;
    s3.normalisation = augur::codec::path_normalisation::off;
    s3.send_payload_hash = true;
    auto source = aws::default_chain(augur::call::read_environment());
    auto const executor = co_await asio::this_coro::executor;
    augur::auth::request_signer who(executor, aws::sigv4(source, region, "s3", s3));

    auto const kept = co_await call(who, object, http::verb::put, "sepal_length,sepal_width\n5.1,3.5\n");
    std::cout << "PUT " << object.path() << ": " << kept.result_int() << "\n";
    auto const read = co_await call(who, object, http::verb::get, "");
    std::cout << "GET " << object.path() << ": " << read.result_int() << "\n" << read.body();
    std::cout << "Signed by whom?\n" << aws::to_string(source->explain());
    co_return kept.result_int() == 200 && read.body().starts_with("sepal_length") ? 0 : 1;
}

int main()
try {
    char const* const region = std::getenv("AWS_REGION");
    char const* const endpoint = std::getenv("AWS_ENDPOINT_URL_S3");
    std::string const where = region != nullptr ? region : "us-east-1";
    std::string const origin = endpoint != nullptr ? endpoint : "https://s3." + where + ".amazonaws.com";
    auto const object = augur::url::parse(origin + "/augur-models/iris%20rows.csv").value();

    asio::io_context context;
    int status = 1;
    asio::co_spawn(context, put_and_get(object, where), [&](std::exception_ptr failed, int s) {
        if (failed)
            std::rethrow_exception(failed);
        status = s;
    });
    context.run();
    return status;
}
catch (std::exception const& e) {
    std::cerr << e.what() << "\n";
    return 1;
}
