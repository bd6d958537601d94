#include <augur/core/rows.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

using augur::rows;

TEST_CASE("rows: a nested list is stored row after row")
{
    rows const r{{5.1, 3.5, 1.4, 0.2}, {6.7, 3.1, 4.4, 1.4}};
    CHECK(r.row_count() == 2);
    CHECK(r.column_count() == 4);
    CHECK(r.values().size() == 8);
    CHECK(r.values()[4] == 6.7);
    CHECK(r(1, 3) == 1.4);
    CHECK(r.row(1)[0] == 6.7);
}

TEST_CASE("rows: a single list of one row is one row, not a column")
{
    CHECK(rows{{5.1, 3.5}}.row_count() == 1);
    CHECK(rows({{5.1, 3.5}}).column_count() == 2);
    CHECK(rows{{1}, {2}}.column_count() == 1);
    CHECK(rows{}.empty());
}

TEST_CASE("rows: vectors of vectors give the same rows")
{
    std::vector<std::vector<double>> const values{{1, 2}, {3, 4}};
    CHECK(rows(values) == rows{{1, 2}, {3, 4}});
    CHECK(rows::from(values).value() == rows{{1, 2}, {3, 4}});
    CHECK(rows::from({1, 2, 3, 4}, 2).value() == rows{{1, 2}, {3, 4}});
}

TEST_CASE("rows: unequal widths throw from constructors and are an error value elsewhere")
{
    CHECK_THROWS_AS((rows{{1, 2}, {3}}), std::invalid_argument);
    std::vector<std::vector<double>> const ragged{{1}, {2, 3}};
    CHECK_THROWS_AS(rows{ragged}, std::invalid_argument);
    CHECK(rows::from(ragged).error() == augur::errc::invalid_argument);
    CHECK(rows::from({1, 2, 3}, 2).error() == augur::errc::invalid_argument);
    CHECK(rows::from({1, 2, 3}, 0).error() == augur::errc::invalid_argument);
    rows r{{1, 2}};
    auto const appended = r.append(std::vector<double>{1, 2, 3});
    REQUIRE_FALSE(appended.has_value());
    CHECK(appended.error().message() == "rows: row 1 has 3 cells, the rows before it have 2");
    CHECK(r.row_count() == 1);
}

TEST_CASE("rows: NaN is a missing cell and equals another one")
{
    rows const r{{1, rows::missing}};
    CHECK(std::isnan(rows::missing));
    CHECK_FALSE(r.is_missing(0, 0));
    CHECK(r.is_missing(0, 1));
    CHECK(r == rows{{1, rows::missing}});
    CHECK_FALSE(r == rows{{1, 0}});
}

TEST_CASE("rows: names count as many as columns")
{
    auto const named = rows{{1, 2}}.with_columns({"a", "b"});
    REQUIRE(named.column_names().size() == 2);
    CHECK(named.column_names()[1] == "b");
    CHECK_FALSE(named == rows{{1, 2}});
    CHECK_THROWS_AS((rows{{1, 2}}.with_columns({"a"})), std::invalid_argument);
    rows grown = rows().with_columns({"a", "b"});
    CHECK(grown.append(std::vector<double>{1}).has_error());
    CHECK(grown.append(std::vector<double>{1, 2}).has_value());
}

TEST_CASE("rows: what was moved from is empty, and good for new rows")
{
    auto a = rows{{1, 2}, {3, 4}}.with_columns({"a", "b"});
    auto const b(std::move(a));
    CHECK(a == rows()); // NOLINT(bugprone-use-after-move)
    CHECK(b == rows{{1, 2}, {3, 4}}.with_columns({"a", "b"}));
    rows c{{5}};
    a = rows{{6}, {7}};
    c = std::move(a);
    CHECK(a == rows());
    CHECK(c == rows{{6}, {7}});
    REQUIRE(a.append(std::vector<double>{1, 2, 3}).has_value());
    CHECK(a == rows{{1, 2, 3}});
    auto& same = c;
    c = std::move(same);
    CHECK(c == rows{{6}, {7}});
}
