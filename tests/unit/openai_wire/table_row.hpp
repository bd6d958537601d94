#pragma once

namespace wire_table {

struct row
{
    char const* what;
    char const* json;
    char const* digest; ///< of the typed value, see digest.hpp
};

} // namespace wire_table
