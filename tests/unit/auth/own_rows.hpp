#pragma once

// The project's own tables of what the published cases of aws_suite_test.cpp state: all there is without
// AUGUR_SPECS_DIR.

#include <doctest/doctest.h>

#include <cstddef>
#include <iostream>

namespace auth_test {

struct own_table
{
    char const* what;
    std::size_t rows; ///< at least
};

inline constexpr own_table grammar{"what the grammar of the shared files accepts", 70};
inline constexpr own_table malformed{"malformed lines", 25};
inline constexpr own_table merging{"two files that are merged", 9};
inline constexpr own_table metadata_answers{"answers of instance metadata", 19};
inline constexpr own_table container_places{"addresses of containers", 24};
inline constexpr own_table contradictions{"profiles that contradict themselves", 18};
inline constexpr own_table metadata_places{"addresses of instance metadata", 10};
inline constexpr own_table named_sources{"sources that a profile names", 3};
inline constexpr own_table endpoints{"endpoint URLs of credential services", 16};
inline constexpr own_table sts_hosts{"hosts of STS", 9};
inline constexpr own_table bearer_tokens{"bearer tokens", 6};
static_assert(grammar.rows + malformed.rows + merging.rows + metadata_answers.rows + container_places.rows +
                  contradictions.rows + metadata_places.rows + named_sources.rows + endpoints.rows + sts_hosts.rows +
                  bearer_tokens.rows >=
              190);

/// The output says which tables ran.
inline void tell(own_table const& t, std::size_t rows)
{
    std::cout << "aws credentials: " << rows << " own rows: " << t.what << '\n';
    CHECK(rows >= t.rows);
}

} // namespace auth_test
