#include <augur/core/impl/rows.ipp>
#include <augur/core/impl/table.ipp>
#include <augur/core/impl/tensor.ipp>
