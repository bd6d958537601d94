// The same user, who wants identity alone: signs a request to S3 that somebody else will send. Nobody is asked.
// Links augur::auth and nothing above it.
#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/request_signer.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>

int main()
{
    boost::asio::io_context context;
    augur::auth::aws::sigv4_options s3;
    s3.encoding = augur::codec::path_encoding::once;
    s3.normalisation = augur::codec::path_normalisation::off;
    s3.send_payload_hash = true;
    auto const keys = augur::auth::aws::static_credentials("AKIDEXAMPLE", augur::secret("not-a-real-secret"));
    augur::auth::request_signer who(context.get_executor(), augur::auth::aws::sigv4(keys, "us-east-1", "s3", s3));

    int status = 1;
    auto head = augur::request_head::make("GET", "/bucket/key", "s3.us-east-1.amazonaws.com").value();
    who.async_sign(
        std::move(head), augur::body(), who.default_limit, [&](augur::result<augur::request_head> signed_head) {
            if (!signed_head) {
                std::cout << signed_head.error() << '\n';
                return;
            }
            std::cout << signed_head->text();
            status = signed_head->find("authorization").value_or("").starts_with("AWS4-HMAC-SHA256 ") ? 0 : 1;
        });
    context.run();
    return status;
}
