#pragma once

#include <augur/emulator/container.hpp>
#include <augur/emulator/service.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace augur::emulator {

class token_book;

struct azure_deployment
{
    std::string name;
    int traffic = 0; ///< per cent; 0 is reached by its name only
    std::shared_ptr<container> host;
    std::optional<response> fault = {}; ///< what this deployment always answers, such as 408 or 429
};

struct azure_ml_options
{
    std::string endpoint = "iris";
    std::string region = "westeurope";
    std::vector<std::string> keys; ///< primary and secondary
    std::shared_ptr<token_book const> tokens; ///< whose tokens for ml.azure.com or this endpoint open, too; may be null
    std::vector<azure_deployment> deployments;
    std::uint64_t seed = 1936; ///< of the traffic split
    std::size_t max_body = 25u << 20;
};

/// `{"error":{"code":...,"message":...}}`
response azure_ml_error(int status, std::string_view code, std::string_view message);

/// An Azure ML managed online endpoint: `POST /score` with a bearer key or token, on
/// `{endpoint}.{region}.inference.ml.azure.com` or any loopback name. Another endpoint's host, and a path such as
/// `/other/score`, are 404.
class azure_ml_service : public service
{
public:
    explicit azure_ml_service(azure_ml_options options);

    std::string_view name() const noexcept override { return "azure_ml"; }
    std::string_view base_path() const noexcept override { return "/score"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

private:
    std::optional<response> refuse(request const& r, context const& c) const;
    std::optional<response> refuse_token(std::string_view token, context const& c) const;
    azure_deployment const* choose(request const& r);

    azure_ml_options const options_;
    std::mutex mutex_;
    std::mt19937_64 random_;
};

} // namespace augur::emulator
