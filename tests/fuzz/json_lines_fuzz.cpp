// A table that was read can be written, and what was written reads back as the same table, within the promised bounds.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/codec/scoring.hpp>

#include <cstdint>

namespace scoring = augur::codec::scoring;

namespace {

bool unique_names(augur::table const& t)
{
    for (std::size_t i = 0; i < t.column_count(); ++i)
        if (t.column_index(t.column_names()[i]) != i)
            return false;
    return true;
}

bool has_infinity_or_nan(augur::table const& t)
{
    for (std::size_t row = 0; row < t.row_count(); ++row)
        for (std::size_t column = 0; column < t.column_count(); ++column)
            if (auto const* number = std::get_if<double>(&t(row, column)); number && *number - *number != 0)
                return true;
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const text(reinterpret_cast<char const*>(data), size);
    scoring::options o;
    o.format = scoring::format::json_lines;
    auto const first = scoring::decode("application/jsonlines", text, o);
    if (!first) {
        require(first.error() == augur::errc::decode_error);
        return 0;
    }
    auto const& t = std::get<augur::table>(*first);
    require(t.column_count() == 0 || t.row_count() <= (65'536 + size) / t.column_count());
    if (size > 4'096 || !unique_names(t) || t.column_count() == 0 || has_infinity_or_nan(t))
        return 0;
    if (t.column_count() == 1) // one lone missing cell is written as nan or null
        return 0;
    auto const written = scoring::encode(t, o);
    require(written.has_value());
    auto const second = scoring::decode(written->content_type, written->body, o);
    require(second.has_value() && std::get<augur::table>(*second) == t);
    return 0;
}
