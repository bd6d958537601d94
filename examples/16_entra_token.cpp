// Who am I to Azure? Finds an identity as every client here does, says who was asked, takes a token for requests of
// your own, and lets a client of ours use the same identity.
#include <augur/augur.hpp>
#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/token_client.hpp>
#include <augur/auth/entra/token_store.hpp>

#include <cstdlib>
#include <iostream>

namespace entra = augur::auth::entra;

boost::asio::awaitable<int> ask()
{
    auto executor = co_await boost::asio::this_coro::executor;
    entra::source_options options(augur::call::read_environment());
    auto identity = std::make_shared<entra::token_store>(entra::default_chain(options));

    entra::token_client tokens(executor, identity);
    auto token = co_await tokens.get(entra::token_request("https://storage.azure.com/.default"));
    std::cout << to_string(identity->explain()); // holds no secret
    if (!token) {
        std::cout << token.error() << "\n";
        co_return 1;
    }
    // A request of yours would carry "Authorization: Bearer " and token->text.reveal().
    std::cout << "a token for blobs, from " << token->source << "\n";

    augur::azure_ml::endpoint_config config;
    config.client.auth = entra::bearer(identity, entra::token_request("https://ml.azure.com/.default"));
    augur::azure_ml::endpoint iris(executor, std::getenv("AUGUR_AZURE_ML_URL"), config);
    augur::inference_request request(augur::rows{{5.1, 3.5, 1.4, 0.2}});
    auto scored = co_await iris.infer(std::move(request));
    if (!scored) {
        std::cout << scored.error() << "\n";
        co_return 1;
    }
    std::cout << "and without a key: " << scored->at<std::string>(0, "predicted_class").value() << "\n";
    co_return 0;
}

int main()
{
    return augur::run(ask());
}
