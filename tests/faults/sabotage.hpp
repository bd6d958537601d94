#pragma once

#include "faults/matrix.hpp"

#include <augur/auth/aws/credentials.hpp>
#include <augur/azure_openai/response_stream.hpp>
#include <augur/model/chat_stream.hpp>
#include <augur/net/dialer.hpp>
#include <augur/net/transport.hpp>
#include <augur/sagemaker/stream.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Faults in the client itself, put around it for a test: each must turn exactly the rows red that exist to
/// catch it. Without them nobody would know that the matrix can fail.
namespace faults {

struct sabotage
{
    std::string name;
    std::vector<std::string> among;  ///< the rows that are executed, by the beginnings of their names
    std::vector<std::string> breaks; ///< those of them that must turn red
    std::vector<std::string> because; ///< one of these stands in what a red row says
    services to{service::sagemaker}; ///< of each of these, wherever there is such a row
};

/// Puts one into all later clients. Null: there is none of that name.
sabotage const* commit_sabotage(std::string_view name);

/// How long a cell waits for what should happen at once; shorter for a client that is known to hang.
std::chrono::seconds patience() noexcept;
/// What the bench asks for each client. `heard` is what the client's log collects.
std::shared_ptr<augur::net::dialer> sabotaged(std::shared_ptr<augur::net::dialer> inner);
std::shared_ptr<augur::net::transport> sabotaged(std::shared_ptr<augur::net::transport> inner,
                                                 std::shared_ptr<std::string> heard);
std::shared_ptr<augur::auth::aws::credential_source>
sabotaged(std::shared_ptr<augur::auth::aws::credential_source> inner);
augur::chat_stream sabotaged(augur::chat_stream inner);
augur::azure_openai::response_stream sabotaged(augur::azure_openai::response_stream inner);
augur::sagemaker::part_stream sabotaged(augur::sagemaker::part_stream inner);
augur::sagemaker::line_stream sabotaged(augur::sagemaker::line_stream inner);
augur::sagemaker::sse_stream sabotaged(augur::sagemaker::sse_stream inner);

} // namespace faults
