#include "faults/sabotage.hpp"

namespace faults {

bool commit_sabotage(std::string_view)
{
    return false;
}
std::vector<std::string> sabotages()
{
    return {};
}
std::vector<std::string> rows_it_must_break()
{
    return {};
}
std::shared_ptr<augur::net::dialer> sabotaged(std::shared_ptr<augur::net::dialer> inner)
{
    return inner;
}
std::shared_ptr<augur::net::transport> sabotaged(std::shared_ptr<augur::net::transport> inner,
                                                 std::shared_ptr<std::string>)
{
    return inner;
}

} // namespace faults
