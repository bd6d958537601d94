#pragma once

#include <augur/config.hpp>

#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws {

/// One row of the public partition table: regions that share a domain. A region belongs to it when its name is one of
/// the prefixes followed by a word and a number: "us-gov-" + "west" + "-" + "1".
struct partition
{
    std::string_view id;
    std::string_view prefixes; ///< separated by blanks
    std::string_view suffix;
    std::string_view dual_stack_suffix;
};

/// The row of a region; of one that nobody knows, the first.
partition const& partition_for(std::string_view region) noexcept;

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/partition.ipp>
#endif
