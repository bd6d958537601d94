// The straight-line reference that the fuzz entry compares with must itself be right.
#include "../../support/sigv4_reference.hpp"
#include "sigv4_table.hpp"

#include <doctest/doctest.h>

TEST_CASE("sigv4 reference: it signs every row of the table in header form")
{
    int rows = 0;
    for (auto const& row : sigv4_table::rows) {
        if (row.expires != 0)
            continue;
        CAPTURE(row.name);
        sigv4_reference::request r{std::string(row.method),       std::string(row.target), {},
                                   std::string(row.payload_hash), row.encoded_twice,       row.normalised};
        for (auto const& [name, value] : row.fields)
            r.fields.emplace_back(name, value);
        std::string const time(row.time), region(row.region), service(row.service);
        auto const canonical = sigv4_reference::canonical_request(r, time);
        REQUIRE(canonical.has_value());
        auto const to_sign = sigv4_reference::string_to_sign(*canonical, time, region, service);
        CHECK(sigv4_reference::signature(to_sign, std::string(row.secret), region, service) == row.signature);
        ++rows;
    }
    CHECK(rows >= 40);
}
