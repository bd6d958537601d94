#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

/// What must hold of any input, whatever the build type; else the program ends and says which line of the oracle
/// objects.
inline void require(bool holds, std::source_location where = std::source_location::current())
{
    if (holds)
        return;
    std::fprintf(stderr, "%s:%u: does not hold\n", where.file_name(), static_cast<unsigned>(where.line()));
    std::abort();
}
