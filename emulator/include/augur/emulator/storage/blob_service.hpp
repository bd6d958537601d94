#pragma once

#include <augur/emulator/service.hpp>
#include <augur/emulator/storage/object_store.hpp>

#include <memory>
#include <string>

namespace augur::emulator {

class token_book;

struct blob_options
{
    std::string account = "auguraccount"; ///< in the path: https://HOST/auguraccount/CONTAINER/BLOB
};

/// One account of Azure Blob storage: block blobs are put and got by whoever brings a token of Entra for
/// https://storage.azure.com. Source: Azure Storage REST API, "Authorize with Microsoft Entra ID".
class blob_service final : public service
{
public:
    blob_service(blob_options options, std::shared_ptr<token_book const> tokens);

    std::string_view name() const noexcept override { return "blob"; }
    std::string_view base_path() const noexcept override { return base_path_; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override { objects_.clear(); }

private:
    response respond(request const& r, context const& c);

    std::string base_path_;
    std::shared_ptr<token_book const> tokens_;
    object_store objects_;
};

} // namespace augur::emulator
