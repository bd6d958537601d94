#pragma once

#include <augur/core/error.hpp>

#include <boost/system/result.hpp>

namespace augur::inline AUGUR_ABI {

/// A value or an `error`. `if (r)` asks, `*r` reads, `.value()` throws `augur::exception`.
template <class T>
using result = boost::system::result<T, error>;

} // namespace augur::inline AUGUR_ABI
