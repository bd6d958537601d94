#pragma once

#include <augur/net/https_transport.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Faults in the client itself, put around it for a test: each must turn exactly the rows red that exist to
/// catch it. Without them nobody would know that the matrix can fail.
namespace faults {

/// Chooses one for all later benches. False: there is none of that name.
bool commit_sabotage(std::string_view name);
/// The names of all.
std::vector<std::string> sabotages();
/// The rows that the chosen one must turn red; all cells of theirs over the wires it touches.
std::vector<std::string> rows_it_must_break();

/// What the bench asks for each client. `heard` is what the client's log collects.
std::shared_ptr<augur::net::dialer> sabotaged(std::shared_ptr<augur::net::dialer> inner);
std::shared_ptr<augur::net::transport> sabotaged(std::shared_ptr<augur::net::transport> inner,
                                                 std::shared_ptr<std::string> heard);

} // namespace faults
