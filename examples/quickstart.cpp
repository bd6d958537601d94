// The main job from end to end: one function scores real rows on two clouds.
//
// The clouds are the emulator, in this process, on loopback: it checks signatures, keys and
// certificates as the services do and answers with classifiers trained on Fisher's iris data.
#include <augur/augur.hpp>
#include <augur/emulator/server.hpp>

#include <boost/asio/this_coro.hpp>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The whole point: this function does not know which cloud it talks to.
template <augur::InferenceClient Client>
asio::awaitable<augur::result<augur::inference_response>> classify(Client client, augur::rows flowers)
{
    augur::inference_request request(std::move(flowers));
    co_return co_await client.infer(std::move(request), augur::deadline(10s));
}

void print_times(augur::meta const& meta)
{
    std::printf("    request id %s, %d attempt(s), connection %s, time per phase:", meta.request_id.c_str(),
                meta.attempts, meta.connection_reused ? "reused" : "new");
    for (std::size_t i = 0; i < augur::phase_count; ++i)
        if (meta.time[i] > 0ns)
            std::printf(" %s %.2f ms", std::string(to_string(static_cast<augur::phase>(i))).c_str(),
                        std::chrono::duration<double, std::milli>(meta.time[i]).count());
    std::printf("\n");
}

template <augur::InferenceClient Client>
asio::awaitable<bool> score_and_print(Client client, char const* cloud)
{
    augur::rows flowers{{5.1, 3.5, 1.4, 0.2}, {6.7, 3.1, 4.4, 1.4}, {6.3, 3.3, 6.0, 2.5}};
    std::vector<std::string> const species{"setosa", "versicolor", "virginica"}; // as the botanist found them
    auto scored = co_await classify(client, flowers);
    if (!scored) {
        std::cout << "  " << cloud << " failed: " << scored.error() << "\n";
        co_return false;
    }
    std::cout << "  " << cloud << ":\n";
    augur::table const* table = scored->rows();
    std::vector<std::string> found;
    for (std::size_t row = 0; row < table->row_count(); ++row) {
        found.push_back(table->at<std::string>(row, "predicted_class").value());
        std::printf("    flower %zu is %-10s (setosa %.3f, versicolor %.3f, virginica %.3f)\n", row + 1,
                    found.back().c_str(), table->at<double>(row, "probabilities.setosa").value(),
                    table->at<double>(row, "probabilities.versicolor").value(),
                    table->at<double>(row, "probabilities.virginica").value());
    }
    print_times(scored->meta);
    if (found != species) {
        std::cout << "    these are not the species of the flowers\n";
        co_return false;
    }

    augur::rows unseen{{6.0, 3.0, 4.4, 1.4}};
    auto one = co_await classify(client, unseen);
    if (!one) {
        std::cout << "    a row that is not in the data set failed: " << one.error() << "\n";
        co_return false;
    }
    auto const kind = one->template at<std::string>(0, "predicted_class").value();
    std::cout << "    a row that is not in the data set: " << kind << "\n";
    if (kind != "versicolor") {
        std::cout << "    it is far inside the versicolors\n";
        co_return false;
    }

    augur::rows gap{{5.1, 3.5, std::nan(""), 0.2}};
    auto refused = co_await classify(client, gap);
    if (refused) {
        std::cout << "    a row with a missing value was accepted?\n";
        co_return false;
    }
    std::cout << "    a row with a missing value: " << refused.error() << "\n";
    // The model itself has to say so, and which value it misses.
    auto const& why = refused.error();
    bool const names_the_gap = why.service_message().find("petal_length") != std::string_view::npos;
    bool const is_right = why == augur::condition::model_error && names_the_gap;
    co_return is_right;
}

template <augur::InferenceClient Client>
asio::awaitable<bool> expect_error(Client client, char const* what, augur::error_code expected)
{
    augur::rows flowers{{5.1, 3.5, 1.4, 0.2}};
    auto scored = co_await classify(client, flowers);
    if (scored) {
        std::cout << "  " << what << ": no error?\n";
        co_return false;
    }
    std::cout << "  " << what << ":\n    " << scored.error() << "\n";
    co_return scored.error() == expected;
}

asio::awaitable<bool> tour(augur::emulator::server& clouds)
{
    auto const executor = co_await asio::this_coro::executor;
    auto const& keys = clouds.credentials();

    augur::sagemaker::endpoint_config aws{.region = "us-east-1", .endpoint_url = clouds.https_url()};
    aws.credentials = augur::auth::aws::static_credentials(keys.main.access_key, augur::secret(keys.main.secret_key));
    aws.client.tls.ca_pem = clouds.ca_pem();
    aws.client.proxy.emplace();
    augur::azure_ml::endpoint_config azure{.key = augur::secret(keys.azure_key), .deployment = "blue"};
    azure.client.tls.ca_pem = clouds.ca_pem();
    azure.client.proxy.emplace();

    std::cout << "One function, two clouds:\n";
    bool good =
        co_await score_and_print(augur::sagemaker::endpoint(executor, "iris-prediction-endpoint", aws), "SageMaker");
    good &=
        co_await score_and_print(augur::azure_ml::endpoint(executor, clouds.https_url("azure_ml"), azure), "Azure ML");

    std::cout << "The same call when something is wrong:\n";
    auto wrong_secret = aws;
    wrong_secret.credentials =
        augur::auth::aws::static_credentials(keys.main.access_key, augur::secret("not-the-secret"));
    good &= co_await expect_error(augur::sagemaker::endpoint(executor, "iris-prediction-endpoint", wrong_secret),
                                  "a wrong secret", augur::sagemaker::errc::invalid_signature);
    auto dead_port = aws;
    dead_port.endpoint_url = "https://127.0.0.1:1";
    good &= co_await expect_error(augur::sagemaker::endpoint(executor, "iris-prediction-endpoint", dead_port),
                                  "a dead port", augur::errc::connect_failed);
    good &= co_await expect_error(augur::sagemaker::endpoint(executor, "no-such-endpoint", aws),
                                  "an unknown endpoint name", augur::sagemaker::errc::endpoint_not_found);
    co_return good;
}

int main()
{
    augur::emulator::server clouds;
    std::printf("Emulator on %s, classifiers trained on %zu rows of iris data;\n", clouds.https_url().c_str(),
                clouds.sample_count());
    for (auto const& a : clouds.accuracies())
        std::printf("  %s: accuracy %.3f in 10-fold cross-validation\n", a.algorithm.c_str(), a.share);
    bool const good = augur::run(tour(clouds));
    std::cout << (good ? "Everything went as it should.\n" : "Something went wrong, see above.\n");
    return good ? 0 : 1;
}
