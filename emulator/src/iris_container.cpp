#include <augur/emulator/container.hpp>

#include <boost/asio/awaitable.hpp>

#include "json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace augur::emulator {

namespace {

using iris::feature_count;
using iris::features;

struct rows_or_problem
{
    std::vector<features> rows;
    int status = 0; ///< 0: no problem
    std::string problem;
};

rows_or_problem bad(std::string what, int status = 400)
{
    return {{}, status, std::move(what)};
}

/// "row 2: column 3 (petal_length)"; people count from 1.
std::string place(std::size_t row, std::size_t column)
{
    return "row " + std::to_string(row + 1) + ": column " + std::to_string(column + 1) + " (" +
           std::string(iris::feature_names[column]) + ")";
}

std::string wrong_width(std::size_t row, std::size_t width)
{
    return "row " + std::to_string(row + 1) + ": has " + std::to_string(width) + " columns, the model needs 4";
}

std::string_view trim(std::string_view text)
{
    auto const blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool means_missing(std::string_view cell)
{
    return cell.empty() || same_name(cell, "nan") || same_name(cell, "na") || same_name(cell, "null");
}

rows_or_problem read_json(std::string_view body)
{
    auto const parsed = parse_json(body, true);
    if (!parsed.value)
        return bad(parsed.problem);
    auto const& document = *parsed.value;
    if (!document.is_object() || !document.contains("instances"))
        return bad("the body must be an object with the member \"instances\"");
    auto const& instances = document["instances"];
    if (!instances.is_array())
        return bad("\"instances\" must be an array of rows");
    if (instances.size() > iris_container::max_rows)
        return bad("more than " + std::to_string(iris_container::max_rows) + " rows in one request", 413);

    rows_or_problem result;
    for (std::size_t r = 0; r < instances.size(); ++r) {
        auto const& row = instances[r];
        if (!row.is_array())
            return bad("row " + std::to_string(r + 1) + ": is not an array of numbers");
        if (row.size() != feature_count)
            return bad(wrong_width(r, row.size()));
        features x{};
        for (std::size_t c = 0; c < feature_count; ++c) {
            auto const& cell = row[c];
            if (cell.is_null() || (cell.is_string() && means_missing(trim(cell.get_ref<std::string const&>()))))
                return bad(place(r, c) + " is missing");
            if (!cell.is_number())
                return bad(place(r, c) + " is not a number");
            x[c] = cell.get<double>();
            if (!std::isfinite(x[c]))
                return bad(place(r, c) + " is not finite");
        }
        result.rows.push_back(x);
    }
    return result;
}

rows_or_problem read_csv(std::string_view body)
{
    rows_or_problem result;
    bool first = true;
    while (!body.empty()) {
        auto const end = std::min(body.find('\n'), body.size());
        auto const line = trim(body.substr(0, end));
        body.remove_prefix(std::min(end + 1, body.size()));
        bool const header = std::exchange(first, false) && line.starts_with(iris::feature_names[0]);
        if (header || (line.empty() && body.empty()))
            continue;
        auto const r = result.rows.size();
        if (r == iris_container::max_rows)
            return bad("more than " + std::to_string(iris_container::max_rows) + " rows in one request", 413);

        std::vector<std::string_view> cells;
        for (auto rest = line;;) {
            auto const comma = rest.find(',');
            auto cell = trim(rest.substr(0, comma));
            if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
                cell = cell.substr(1, cell.size() - 2);
            cells.push_back(cell);
            if (comma == rest.npos || cells.size() > feature_count)
                break;
            rest.remove_prefix(comma + 1);
        }
        if (cells.size() > feature_count)
            return bad("row " + std::to_string(r + 1) + ": has more than 4 columns, the model needs 4");
        if (cells.size() != feature_count)
            return bad(wrong_width(r, line.empty() ? 0 : cells.size()));
        features x{};
        for (std::size_t c = 0; c < feature_count; ++c) {
            if (means_missing(cells[c]))
                return bad(place(r, c) + " is missing");
            auto const stop = cells[c].data() + cells[c].size();
            auto const parsed = std::from_chars(cells[c].data(), stop, x[c]);
            if (parsed.ec != std::errc() || parsed.ptr != stop)
                return bad(place(r, c) + " is not a number");
            if (!std::isfinite(x[c]))
                return bad(place(r, c) + " is not finite");
        }
        result.rows.push_back(x);
    }
    return result;
}

/// "text/csv" from "Text/CSV; charset=utf-8".
std::string media_type(std::string_view value)
{
    std::string text(trim(value.substr(0, value.find(';'))));
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

enum class wanted
{
    json,
    csv,
    other,
};

wanted negotiate(std::string_view accept)
{
    if (trim(accept).empty())
        return wanted::json;
    for (auto rest = accept;;) {
        auto const comma = rest.find(',');
        auto const type = media_type(rest.substr(0, comma));
        if (type == "application/json" || type == "application/*" || type == "*/*")
            return wanted::json;
        if (type == "text/csv" || type == "text/*")
            return wanted::csv;
        if (comma == rest.npos)
            return wanted::other;
        rest.remove_prefix(comma + 1);
    }
}

container_reply refusal(int status, std::string const& message)
{
    json body;
    body["message"] = message;
    return {status, "application/json", dump(body), {}};
}

/// Six digits are more than the model knows, and keep 1.0 and 0.0 readable.
double rounded(double p)
{
    return std::round(p * 1e6) / 1e6;
}

} // namespace

container_reply iris_container::score(container_call const& call) const
{
    auto const type = media_type(call.content_type);
    if (type != "application/json" && type != "text/csv")
        return refusal(415, "content type \"" + type.substr(0, 80) +
                                "\" is not supported: send application/json or text/csv");
    auto const answer = negotiate(call.accept);
    if (answer == wanted::other)
        return refusal(406, "this model answers application/json or text/csv");
    auto const input = type == "text/csv" ? read_csv(call.body) : read_json(call.body);
    if (input.status != 0)
        return refusal(input.status, input.problem);
    if (input.rows.empty())
        return refusal(400, "there is no row to score");

    if (answer == wanted::csv) {
        std::string text;
        for (auto const& x : input.rows)
            text.append(iris::class_names[model_->predict(x)]).append("\n");
        return {200, "text/csv", std::move(text), {}};
    }
    // Written by hand: a hundred thousand rows as JSON objects in memory would take a hundred times their text.
    std::string text = R"({"predictions":[)";
    for (auto const& x : input.rows) {
        auto const p = model_->probabilities(x);
        auto const best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
        text.append(text.back() == '[' ? "" : ",");
        text.append(R"({"predicted_class":")").append(iris::class_names[best]);
        text.append(R"(","predicted_class_index":)").append(std::to_string(best)).append(R"(,"probabilities":{)");
        for (std::size_t c = 0; c < iris::class_count; ++c) {
            char number[32];
            auto const stop = std::to_chars(number, number + sizeof number, rounded(p[c])).ptr;
            std::string_view const digits(number, static_cast<std::size_t>(stop - number));
            text.append(c == 0 ? "\"" : ",\"").append(iris::class_names[c]).append("\":").append(digits);
            if (digits.find_first_of(".e") == digits.npos)
                text.append(".0");
        }
        text.append("}}");
    }
    text.append("]}");
    return {200, "application/json", std::move(text), {}};
}

boost::asio::awaitable<container_reply> iris_container::invoke(container_call call)
{
    co_return score(call);
}

boost::asio::awaitable<container_reply> function_container::invoke(container_call call)
{
    co_return f_(call);
}

} // namespace augur::emulator
