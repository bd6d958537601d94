#include <augur/core/table.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace augur;

namespace {

table sample()
{
    table t({"label", "probabilities.setosa", "rank", "ok", "empty"});
    t.add_row({std::string("setosa"), 0.75, std::int64_t{3}, true, missing_cell()});
    t.add_row({std::string("1"), std::int64_t{2}, 4.0});
    return t;
}

} // namespace

TEST_CASE("table: cells keep the type they came with")
{
    auto const t = sample();
    CHECK(t.row_count() == 2);
    CHECK(t.column_count() == 5);
    CHECK(t.at<double>(0, "probabilities.setosa").value() == 0.75);
    CHECK(t.at<std::string>(0, "label").value() == "setosa");
    CHECK(t.at<std::string_view>(1, 0).value() == "1");
    CHECK(t.at<bool>(0, "ok").value());
    CHECK(t.is_missing(0, 4));
    CHECK(t.is_missing(1, 3)); // the short row
    CHECK(t.column_index("rank") == 2);
    CHECK_FALSE(t.column_index("Rank").has_value());
}

TEST_CASE("table: numbers convert only when nothing is lost")
{
    auto const t = sample();
    CHECK(t.at<double>(1, "probabilities.setosa").value() == 2.0);
    CHECK(t.at<std::int64_t>(1, "rank").value() == 4);
    CHECK(t.at<std::int64_t>(0, "probabilities.setosa").has_error());

    struct row
    {
        cell value;
        bool as_double;
        bool as_int64;
    };
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    row const rows[] = {
        {std::int64_t{1} << 53, true, true},
        {(std::int64_t{1} << 53) + 1, false, true},
        {std::numeric_limits<std::int64_t>::min(), true, true},
        {most, false, true},
        {0x1p63, true, false},
        {-0x1p63, true, true},
        {1e300, true, false},
        {0.5, true, false},
        {std::numeric_limits<double>::quiet_NaN(), true, false},
        {std::numeric_limits<double>::infinity(), true, false},
    };
    for (auto const& r : rows) {
        table one({"x"});
        one.add_row({r.value});
        CAPTURE(r.value.index());
        CHECK(one.at<double>(0, 0).has_value() == r.as_double);
        CHECK(one.at<std::int64_t>(0, 0).has_value() == r.as_int64);
        CHECK(one.at<std::string>(0, 0).has_error());
        CHECK(one.at<bool>(0, 0).has_error());
    }
}

TEST_CASE("table: an error names row, column and types")
{
    auto const t = sample();
    auto const text = [&](auto const& r) { return std::string(r.error().message()); };
    CHECK(text(t.at<double>(0, "label")) == "row 0, column \"label\" is a string, wanted double");
    CHECK(text(t.at<double>(0, "empty")) == "row 0, column \"empty\" is missing, wanted double");
    CHECK(text(t.at<bool>(1, "rank")) == "row 1, column \"rank\" is a double, wanted bool");
    CHECK(text(t.at<double>(2, 0)) == "there is no row 2, column 0 in a table of 2 rows and 5 columns");
    CHECK(text(t.at<double>(0, "none")) ==
          "there is no column \"none\"; there are \"label\", \"probabilities.setosa\", "
          "\"rank\", \"ok\", \"empty\"");
    CHECK(t.at<double>(0, "none").error() == errc::decode_error);
    CHECK(t.at<double>(0, "none").error().phase() == phase::decode);
    CHECK(t.at<double>(0, "none").error().outcome() == outcome::complete);
}

TEST_CASE("table: a hostile column name cannot break a log line")
{
    table t({"a\nb"});
    t.add_row();
    CHECK(t.at<double>(0, 0).error().message().find('\n') == std::string_view::npos);
}

TEST_CASE("table: missing cells that were never stored equal those that were")
{
    table a({"x", "y"});
    table b({"x", "y"});
    a.add_row();
    b.add_row();
    a.set(0, 1, missing_cell());
    CHECK(a == b);
    a.set(0, 1, std::numeric_limits<double>::quiet_NaN());
    CHECK_FALSE(a == b);
    b.set(0, 1, std::numeric_limits<double>::quiet_NaN());
    CHECK(a == b);
    a.set(0, 0, std::int64_t{1});
    b.set(0, 0, 1.0);
    CHECK_FALSE(a == b); // another type is another answer
}

TEST_CASE("table: a new column is missing in the rows before it")
{
    table t({"x"});
    t.add_row({std::int64_t{1}});
    t.add_row({std::int64_t{2}});
    auto const y = t.add_column("y");
    t.set(1, y, 0.5);
    CHECK(t.is_missing(0, y));
    CHECK(t.at<double>(1, "y").value() == 0.5);
}

TEST_CASE("table: what was moved from is empty, and good for new rows")
{
    auto a = sample();
    auto const b(std::move(a));
    CHECK(a == table()); // NOLINT(bugprone-use-after-move)
    CHECK(a.at<double>(0, 0).has_error());
    CHECK(b == sample());
    table c({"other"});
    a = sample();
    c = std::move(a);
    CHECK(a == table());
    CHECK(c == sample());
    a.add_column("x");
    a.add_row({1.5});
    CHECK(a.at<double>(0, "x").value() == 1.5);
    auto& same = c;
    c = std::move(same);
    CHECK(c == sample());
}
