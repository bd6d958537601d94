// docs/reference/errors.md against the library itself.
#include <augur/auth/aws/errc.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/azure_ml/errc.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/tools/errc.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using names = std::set<std::string>;

constexpr int condition_count = 15;

template <class Matches>
names conditions_where(Matches matches)
{
    names out;
    for (int i = 1; i <= condition_count; ++i)
        if (matches(static_cast<augur::condition>(i)))
            out.emplace(to_string(static_cast<augur::condition>(i)));
    return out;
}

names conditions_of(augur::error_code code)
{
    return conditions_where([code](augur::condition c) { return code == make_error_condition(c); });
}

names words_of(std::string const& text)
{
    names out;
    std::string word;
    for (char const c : text + " ") {
        if ((c >= 'a' && c <= 'z') || c == '_')
            word += c;
        else if (!word.empty())
            out.insert(std::exchange(word, {}));
    }
    return out;
}

std::vector<std::string> cells_of(std::string const& row)
{
    std::vector<std::string> out;
    std::istringstream in(row.substr(1));
    for (std::string cell; std::getline(in, cell, '|');)
        out.push_back(cell);
    return out;
}

/// The rows of one section: the first cell and the last.
std::map<std::string, std::string> rows_of(std::string const& title)
{
    std::ifstream file("docs/reference/errors.md");
    REQUIRE_MESSAGE(file, "the tests run in the top folder of the project");
    std::map<std::string, std::string> out;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## "))
            inside = line.find(title) != line.npos;
        else if (inside && line.starts_with("| ") && !line.starts_with("| code") && !line.starts_with("| status")) {
            auto const cells = cells_of(line);
            out[cells.front()] = cells.back();
        }
    }
    REQUIRE(!out.empty());
    return out;
}

/// Compares the row of every code; the value of a code is found by its name.
template <class Errc>
int compare(std::string const& title, int last)
{
    std::map<std::string, augur::error_code> codes;
    for (int i = 1; i <= last; ++i)
        codes.emplace(std::string(to_string(static_cast<Errc>(i))), make_error_code(static_cast<Errc>(i)));
    int compared = 0;
    for (auto const& [first, conditions] : rows_of(title)) {
        auto const listed = words_of(first);
        if (listed.size() != 1)
            continue; // the rows of two codes, and of "any other number"
        CAPTURE(first);
        auto const code = codes.find(*listed.begin());
        REQUIRE(code != codes.end());
        CHECK(words_of(conditions) == conditions_of(code->second));
        ++compared;
    }
    return compared;
}

} // namespace

TEST_CASE("docs: the table of errors lists the conditions that each code really has")
{
    CHECK(compare<augur::errc>("`augur::errc`", 60) == 38);
    CHECK(compare<augur::sagemaker::errc>("`sagemaker::errc`", 60) == 19);
    CHECK(compare<augur::azure_ml::errc>("`azure_ml::errc`", 600) == 16);
    CHECK(compare<augur::openai_wire::errc>("`openai_wire::errc`", 60) == 15);
    CHECK(compare<augur::answer_errc>("`answer_errc`", 20) == 5);
    CHECK(compare<augur::auth::aws::source_errc>("`auth::aws::source_errc`", 20) == 2);
}

TEST_CASE("docs: the table by status says what a status really answers")
{
    int compared = 0;
    for (auto const& [first, conditions] : rows_of("By status")) {
        std::vector<int> statuses;
        if (first.find("4xx") != first.npos)
            statuses = {400, 402, 405, 411, 415, 422, 431, 451};
        else if (first.find("5xx") != first.npos)
            statuses = {501, 505, 507, 530, 599};
        else {
            std::istringstream in(first);
            for (std::string number; std::getline(in, number, ',');)
                statuses.push_back(std::stoi(number));
        }
        for (int const status : statuses) {
            CAPTURE(status);
            CHECK(words_of(conditions) ==
                  conditions_where([status](augur::condition c) { return augur::codec::status_is(status, c); }));
            ++compared;
        }
    }
    CHECK(compared >= 20);
}

TEST_CASE("errors: no two categories are the same one")
{
    // Categories compare by their numbers: two with one number would make errors of one provider those of another.
    std::vector<boost::system::error_category const*> const all{
        &augur::client_category(),    &augur::condition_category(),        &augur::sagemaker::category(),
        &augur::azure_ml::category(), &augur::openai_wire::category(),     &augur::auth::entra::category(),
        &augur::answer_category(),    &augur::auth::aws::source_category()};
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            CHECK_FALSE(*all[i] == *all[j]);
}
