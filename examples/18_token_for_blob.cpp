// Identity alone: a token of Entra for Azure Blob storage, and a plain Beast request that brings it. Needs only
// augur::auth.
//
// Who asks is found as everywhere: AZURE_CLIENT_ID and its like, a workload's or the machine's identity, the Azure CLI.
// AUGUR_BLOB_URL names the account, such as https://ACCOUNT.blob.core.windows.net.
#include "support/beast_https.hpp"

#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/cloud.hpp>
#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>
#include <augur/auth/request_signer.hpp>
#include <augur/core/url.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
namespace entra = augur::auth::entra;
namespace http = boost::beast::http;

asio::awaitable<beast_https::response> call(augur::auth::request_signer who, augur::url to, http::verb method,
                                            std::string payload)
{
    auto const name = std::string(http::to_string(method));
    auto head = augur::request_head::make(name, to.path(), to.authority()).value();
    auto proved = co_await who.sign(std::move(head));
    if (!proved)
        throw std::runtime_error(proved.error().to_string());

    beast_https::request request(method, to.path(), 11, std::move(payload));
    for (std::size_t i = 0; i < proved->size(); ++i) {
        auto const field = proved->at(i);
        request.set(field.name, field.value);
    }
    request.set("x-ms-version", "2023-11-03"); // without a version from 2017-11-09 on no token is accepted
    request.set("x-ms-blob-type", "BlockBlob");
    co_return co_await beast_https::send(to.host(), std::to_string(to.port()), std::move(request));
}

asio::awaitable<int> put_and_get(augur::url blob)
{
    auto source = entra::default_chain(entra::source_options(augur::call::read_environment()));
    entra::token_request storage(entra::scope_for(entra::audience::storage));
    auto const executor = co_await asio::this_coro::executor;
    augur::auth::request_signer who(executor, entra::bearer(source, storage));

    auto const kept = co_await call(who, blob, http::verb::put, "sepal_length,sepal_width\n5.1,3.5\n");
    std::cout << "PUT " << blob.path() << ": " << kept.result_int() << "\n";
    auto const read = co_await call(who, blob, http::verb::get, "");
    std::cout << "GET " << blob.path() << ": " << read.result_int() << "\n" << read.body();
    std::cout << "Whose token?\n" << augur::auth::to_string(source->explain());
    co_return kept.result_int() == 201 && read.body().starts_with("sepal_length") ? 0 : 1;
}

int main()
try {
    char const* const account = std::getenv("AUGUR_BLOB_URL");
    if (account == nullptr) {
        std::cerr << "AUGUR_BLOB_URL is not set\n";
        return 2;
    }
    auto const blob = augur::url::parse(std::string(account) + "/models/iris.csv").value();
    asio::io_context context;
    int status = 1;
    asio::co_spawn(context, put_and_get(blob), [&](std::exception_ptr failed, int s) {
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
