// The main job: one function scores rows through both clouds, over real sockets and TLS, and what comes back is right.
#include <augur/augur.hpp>
#include <augur/emulator/iris.hpp>
#include <augur/emulator/server.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using names = std::vector<std::string>;

/// The one function: it does not know its cloud.
template <InferenceClient Client>
asio::awaitable<result<inference_response>> score(Client client, rows flowers)
{
    inference_request request(std::move(flowers));
    co_return co_await client.infer(std::move(request), deadline(10s));
}

struct sagemaker_cloud
{
    static constexpr std::array<char const*, 2> models{"discriminant", "neighbours"};

    static sagemaker::endpoint client(asio::any_io_executor executor, emulator::server const& clouds, char const* model)
    {
        sagemaker::endpoint_config config{.region = "us-east-1", .endpoint_url = clouds.https_url()};
        auto const& keys = clouds.credentials().main;
        config.credentials = auth::aws::static_credentials(keys.access_key, secret(keys.secret_key));
        config.target_variant = model;
        config.client.tls.ca_pem = clouds.ca_pem();
        config.client.proxy.emplace();
        return sagemaker::endpoint(executor, "iris-prediction-endpoint", config);
    }
    static std::string placed(meta const& m) { return m.variant; }
};

struct azure_ml_cloud
{
    static constexpr std::array<char const*, 2> models{"blue", "green"};

    static azure_ml::endpoint client(asio::any_io_executor executor, emulator::server const& clouds, char const* model)
    {
        azure_ml::endpoint_config config{.key = secret(clouds.credentials().azure_key), .deployment = model};
        config.client.tls.ca_pem = clouds.ca_pem();
        config.client.proxy.emplace();
        return azure_ml::endpoint(executor, clouds.https_url("azure_ml"), config);
    }
    static std::string placed(meta const& m) { return m.deployment; }
};

template <class Cloud>
asio::awaitable<result<inference_response>> ask(emulator::server const* clouds, char const* model, rows flowers)
{
    auto client = Cloud::client(co_await asio::this_coro::executor, *clouds, model);
    co_return co_await score(std::move(client), std::move(flowers));
}

template <class Cloud>
result<inference_response> answer_of(emulator::server const& clouds, char const* model, rows flowers)
{
    return augur::run(ask<Cloud>(&clouds, model, std::move(flowers)));
}

names classes_of(inference_response const& answer)
{
    names out;
    REQUIRE(answer.rows() != nullptr);
    for (std::size_t row = 0; row < answer.rows()->row_count(); ++row)
        out.push_back(answer.at<std::string>(row, "predicted_class").value());
    return out;
}

/// The row that the quick start says is not in the data set, as it stands there.
std::vector<double> unseen_row()
{
    std::ifstream file("examples/quickstart.cpp");
    std::string const text(std::istreambuf_iterator<char>(file), {});
    auto const at = text.find("augur::rows unseen{{");
    REQUIRE_MESSAGE(at != text.npos, "the tests run in the top folder of the project");
    std::istringstream in(text.substr(at + 20, text.find('}', at) - at - 20));
    std::vector<double> out;
    for (std::string number; std::getline(in, number, ',');)
        out.push_back(std::stod(number));
    REQUIRE(out.size() == 4);
    return out;
}

std::vector<emulator::iris::sample> data_set()
{
    std::ifstream file("examples/data/iris.csv");
    std::string const text(std::istreambuf_iterator<char>(file), {});
    auto out = emulator::iris::read_csv(text);
    REQUIRE(out.size() == 150);
    return out;
}

} // namespace

TEST_CASE_TEMPLATE("two clouds: one function scores flowers on either, and each model is right", Cloud, sagemaker_cloud,
                   azure_ml_cloud)
{
    emulator::server clouds;
    rows const flowers{{5.1, 3.5, 1.4, 0.2}, {6.7, 3.1, 4.4, 1.4}, {6.3, 3.3, 6.0, 2.5}};
    for (char const* const model : Cloud::models) {
        CAPTURE(model);
        auto const scored = answer_of<Cloud>(clouds, model, flowers);
        REQUIRE_MESSAGE(scored.has_value(), scored.error());
        CHECK(classes_of(*scored) == names{"setosa", "versicolor", "virginica"});
        CHECK(scored->template at<double>(0, "probabilities.setosa").value() > 0.9);
        CHECK(Cloud::placed(scored->meta) == model);
        CHECK_FALSE(scored->meta.request_id.empty());

        auto const gap = answer_of<Cloud>(clouds, model, rows{{5.1, 3.5, rows::missing, 0.2}});
        REQUIRE_FALSE(gap.has_value());
        CHECK(gap.error() == condition::model_error); // the model's own word, not ours and not the platform's
        CHECK(gap.error().outcome() == outcome::complete);
        CHECK(gap.error().service_message().find("column 3 (petal_length) is missing") != std::string_view::npos);
    }
}

TEST_CASE("two clouds: what the quick start calls new to the models is not in their data, and they agree on it")
{
    auto const unseen = unseen_row();
    for (auto const& known : data_set())
        CHECK_FALSE(std::equal(unseen.begin(), unseen.end(), known.x.begin()));
    emulator::server clouds;
    auto const one = rows::from(unseen, 4).value();
    names said;
    for (char const* const model : sagemaker_cloud::models)
        said.push_back(classes_of(answer_of<sagemaker_cloud>(clouds, model, one).value()).at(0));
    for (char const* const model : azure_ml_cloud::models)
        said.push_back(classes_of(answer_of<azure_ml_cloud>(clouds, model, one).value()).at(0));
    CHECK(said == names(4, "versicolor"));
}
