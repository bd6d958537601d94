#pragma once

#include <augur/emulator/service.hpp>
#include <augur/emulator/storage/object_store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace augur::emulator {

class aws_accounts;

struct s3_options
{
    std::string bucket = "augur-models"; ///< in the path: https://HOST/augur-models/KEY
    std::vector<std::string> regions = {"us-east-1"};
};

/// One bucket of Amazon S3: objects are put and got, signed as S3 wants it (the path once encoded and as it is, the
/// payload's hash in x-amz-content-sha256). Sources: Amazon S3 API reference, "Authenticating requests" and "Error
/// responses".
class s3_service final : public service
{
public:
    s3_service(s3_options options, std::shared_ptr<aws_accounts const> accounts);

    std::string_view name() const noexcept override { return "s3"; }
    std::string_view base_path() const noexcept override { return base_path_; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override { objects_.clear(); }

private:
    response respond(request const& r, context const& c);

    s3_options options_;
    std::string base_path_;
    std::shared_ptr<aws_accounts const> accounts_;
    object_store objects_;
};

} // namespace augur::emulator
