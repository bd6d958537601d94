#include <augur/core/impl/rows.ipp>
#include <augur/core/impl/table.ipp>
#include <augur/core/impl/tensor.ipp>

namespace augur::inline AUGUR_ABI {

template result<bool> table::read(std::size_t, std::size_t) const;
template result<std::int64_t> table::read(std::size_t, std::size_t) const;
template result<double> table::read(std::size_t, std::size_t) const;
template result<std::string> table::read(std::size_t, std::size_t) const;
template result<std::string_view> table::read(std::size_t, std::size_t) const;
template result<bool> table::read(std::size_t, std::string_view) const;
template result<std::int64_t> table::read(std::size_t, std::string_view) const;
template result<double> table::read(std::size_t, std::string_view) const;
template result<std::string> table::read(std::size_t, std::string_view) const;
template result<std::string_view> table::read(std::size_t, std::string_view) const;

} // namespace augur::inline AUGUR_ABI
