#include <augur/codec/scoring.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace augur;
using namespace augur::codec::scoring;

namespace {

result<table> read(std::string_view text)
{
    auto found = decode("application/json", std::string(text));
    if (!found)
        return found.error();
    if (auto* t = std::get_if<table>(&*found))
        return std::move(*t);
    return table({"(not a table)"});
}

/// The names, then the types of each row's cells by their first letter.
std::string shape_of(table const& t)
{
    std::string out;
    for (auto const& name : t.column_names())
        out += name + " ";
    for (std::size_t r = 0; r < t.row_count(); ++r) {
        out += '/';
        for (std::size_t c = 0; c < t.column_count(); ++c)
            out += type_name(t(r, c))[0];
    }
    return out;
}

std::string failure(std::string_view text)
{
    auto const found = read(text);
    if (found)
        return "(accepted)";
    CHECK(found.error() == errc::decode_error);
    return std::string(found.error().message());
}

} // namespace

TEST_CASE("json instances: the example of the container contract, both ways")
{
    auto const body = encode(rows{{5.1, 3.5, 1.4, 0.2}, {6.7, 3.1, 4.4, 1.4}, {6.3, 3.3, 6.0, 2.5}}).value();
    CHECK(body.content_type == "application/json");
    CHECK(body.body == R"({"instances":[[5.1,3.5,1.4,0.2],[6.7,3.1,4.4,1.4],[6.3,3.3,6.0,2.5]]})");

    auto const answer = read(R"({"predictions":[{"predicted_class":"setosa","predicted_class_index":0,"probabilities":
        {"setosa":1.0,"versicolor":0.0,"virginica":0.0}},{"predicted_class":"virginica","predicted_class_index":2,
        "probabilities":{"setosa":0.0,"versicolor":0.125,"virginica":0.875}}]})");
    REQUIRE(answer.has_value());
    CHECK(answer->row_count() == 2);
    CHECK(shape_of(*answer) == "predicted_class predicted_class_index probabilities.setosa probabilities.versicolor "
                               "probabilities.virginica /siddd/siddd");
    CHECK(answer->at<double>(1, "probabilities.virginica").value() == 0.875);
    CHECK(answer->at<std::string>(0, "predicted_class").value() == "setosa");
    CHECK(answer->at<std::int64_t>(1, "predicted_class_index").value() == 2);
}

TEST_CASE("json instances: names, tensors, text and keys as the options say")
{
    auto const named = rows{{1, rows::missing}}.with_columns({"a", "b"});
    CHECK(encode(named).value().body == R"({"instances":[[1.0,null]]})");
    CHECK(encode(named, {.rows_as_objects = true}).value().body == R"({"instances":[{"a":1.0,"b":null}]})");
    CHECK(encode(named, {.instances_key = "inputs"}).value().body == R"({"inputs":[[1.0,null]]})");
    CHECK(encode(tensor(std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2})).value().body ==
          R"({"instances":[[[1,2],[3,4]],[[5,6],[7,8]]]})");
    CHECK(encode(tensor(std::vector<std::uint64_t>{~std::uint64_t{0}}, {1})).value().body ==
          R"({"instances":[18446744073709551615]})");
    CHECK(encode(tensor(std::vector<float>{0.1F}, {1, 1})).value().body == R"({"instances":[[0.1]]})");
    CHECK(encode(tensor(std::vector<bool>{true}, {1})).value().body == R"({"instances":[true]})");
    CHECK(encode(tensor(std::vector<std::string>{"a\"b"}, {1})).value().body == R"({"instances":["a\"b"]})");
    CHECK(encode(tensor(std::vector<float>(), {0, 3})).value().body == R"({"instances":[]})");
    CHECK(encode_text("hi").value().body == R"({"instances":["hi"]})");
    CHECK(encode(tensor(std::vector<float>(1), {})).error() == errc::unsupported);
}

TEST_CASE("json instances: a value that JSON cannot say fails before sending")
{
    constexpr auto inf = std::numeric_limits<double>::infinity();
    auto const refused = encode(rows{{inf}});
    CHECK(refused.error() == errc::invalid_argument);
    CHECK(refused.error().outcome() == outcome::not_sent);
    CHECK(encode(tensor(std::vector<float>{std::nanf("")}, {1})).error() == errc::invalid_argument);
    CHECK(encode(tensor(std::vector<std::string>{"\xFF"}, {1})).error() == errc::invalid_argument);
}

TEST_CASE("json predictions: every shape of answer becomes a table, nothing is guessed")
{
    struct row
    {
        std::string_view text;
        std::string_view shape;
    };
    row const rows_[] = {
        {R"({"predictions":[0.5,1,"a",true,null]})", "prediction /d/i/s/b/m"},
        {R"({"predictions":[[0.1,0.9],[1,0]]})", "0 1 /dd/ii"},
        {R"({"predictions":[[1],[2,3],[]]})", "0 1 /im/ii/mm"},
        {R"([0.5,0.25])", "prediction /d/d"},
        {R"([[1,2]])", "0 1 /ii"},
        {R"({"predictions":0.5})", "prediction /d"},
        {R"({"predictions":{"score":0.5}})", "score /d"},
        {R"(0.5)", "prediction /d"},
        {R"("setosa")", "prediction /s"},
        {R"(null)", "prediction /m"},
        {R"({"predictions":[]})", ""},
        {R"({"predictions":[{},{}]})", "//"},
        {R"({"predictions":[{"a":1},{"b":"x"},{"a":null}]})", "a b /im/ms/mm"},
        {R"({"predictions":[{"p":[0.1,[2,3]],"q":{}}]})", "p.0 p.1.0 p.1.1 /dii"},
        {R"({"predictions":[{"0":1},["x"]]})", "0 /i/s"},
        {R"({"predictions":[1,{"a":2},[3]]})", "prediction a 0 /imm/mim/mmi"},
        {R"({"predictions":[{"a.b":1},{"a":{"b":"x"}}]})", "a.b /i/s"},
        {R"({"predictions":[{"":1,"a":{"":2}}]})", " a. /ii"},
        {R"({"predictions":[-0,-0.0,0]})", "prediction /d/d/i"},
        {R"({"model":"m","predictions":[1],"extra":1e999})", "prediction /i"},
    };
    for (auto const& r : rows_) {
        CAPTURE(r.text);
        auto const found = read(r.text);
        REQUIRE_MESSAGE(found.has_value(), found.error().message());
        CHECK(shape_of(*found) == r.shape);
    }
    CHECK(std::signbit(read("[-0]")->at<double>(0, "prediction").value()));
}

TEST_CASE("json predictions: a broken answer is an error with its path")
{
    struct row
    {
        std::string_view text;
        std::string_view message;
    };
    row const rows_[] = {
        {R"({"predictions":[{"s":1},{"s":1e999}]})", "$.predictions[1].s: the number 1e999 is too large for a double"},
        {R"({"predictions":[18446744073709551616]})",
         "$.predictions[0]: the number 18446744073709551616 is not a 64-bit signed integer"},
        {R"({"predictions":[{"s":1,"s":2}]})", "$.predictions[0].s: the row has this cell already"},
        {R"({"predictions":[{"a.b":1,"a":{"b":2}}]})", "$.predictions[0].a.b: the row has this cell already"},
        {R"({"predictions":[{"a":null,"a":2}]})", "$.predictions[0].a: the row has this cell already"},
        {R"({"predictions":[1],"predictions":[2]})", "$.predictions: the key is there more than once"},
        {R"({"predictions":[{"s":nan}]})", "$.predictions[0].s: neither a number nor true, false or null"},
        {R"({"predictions":[+Infinity]})", "$.predictions[0]: neither a number nor true, false or null"},
        {R"({"predictions":["\ud800"]})", "$.predictions[0]: a string with an invalid escape or a lone surrogate"},
        {"", "$: the text is empty"},
    };
    for (auto const& r : rows_) {
        CAPTURE(r.text);
        CHECK(failure(r.text) == r.message);
    }
    CHECK(failure(R"({"predictions":[1)") != "(accepted)");
    CHECK(failure(std::string(100'000, '[')) != "(accepted)");
}

TEST_CASE("json predictions: NaN and Infinity, as Python writes them, are doubles")
{
    auto const t = read(R"({"predictions":[{"a":NaN,"b":Infinity},{"a":1,"b":-Infinity},{"a":2.5,"b":null}]})").value();
    CHECK(shape_of(t) == "a b /dd/id/dm");
    CHECK(std::isnan(t.at<double>(0, "a").value()));
    CHECK(t.at<double>(0, "b").value() == std::numeric_limits<double>::infinity());
    CHECK(t.at<double>(1, "b").value() == -std::numeric_limits<double>::infinity());
    CHECK(t.at<std::int64_t>(0, "a").has_error());
    CHECK(shape_of(read("NaN").value()) == "prediction /d");
    CHECK(shape_of(read("[ -Infinity ]").value()) == "prediction /d");
    auto const lines = decode("application/jsonlines", "NaN\n{\"a\":-Infinity}\n").value();
    CHECK(shape_of(std::get<table>(lines)) == "prediction a /dm/md");
    auto const asked = decode_rows("application/json", R"({"instances":[[1,NaN]]})").value();
    CHECK(asked.is_missing(0, 1));
    auto const other = decode("application/json", R"({"loss":NaN})").value();
    CHECK(std::holds_alternative<opaque>(other));
}

TEST_CASE("json instances: columns of one name cannot be members of one object")
{
    auto const twice = rows{{1, 2, 3}}.with_columns({"a", "b", "a"});
    table t({"x", "x"});
    t.add_row({1.0, 2.0});
    for (auto const f : {format::json_instances, format::json_lines}) {
        options o;
        o.format = f;
        CHECK(encode(twice, o).has_value()); // as arrays they are fine
        o.rows_as_objects = true;
        auto const refused = encode(twice, o);
        REQUIRE(refused.has_error());
        CHECK(refused.error() == errc::invalid_argument);
        CHECK(refused.error().outcome() == outcome::not_sent);
        CHECK(refused.error().message() ==
              "the column \"a\" is there more than once: rows cannot be written as JSON objects");
        CHECK(encode(rows{{1, 2}}, o).has_value());
        CHECK(encode(t, o).error() == errc::invalid_argument);
    }
}

TEST_CASE("json predictions: JSON without predictions is kept byte for byte")
{
    std::string const text = R"( {"generated_text": "hi", "n": 1e999} )";
    auto const found = decode("application/json; charset=utf-8", text).value();
    REQUIRE(std::get_if<opaque>(&found) != nullptr);
    CHECK(std::get<opaque>(found).body == text);
    CHECK(std::get<opaque>(found).content_type == "application/json; charset=utf-8");
    auto const renamed = decode("application/json", R"({"outputs":[1]})", {.predictions_key = "outputs"}).value();
    CHECK(std::get<table>(renamed).row_count() == 1);
}

TEST_CASE("scoring: unknown media types are kept as bytes, text as text")
{
    for (auto const* type :
         {"", "application/octet-stream", "image/png", "application/problem+json", ";", "text/csvx"}) {
        CAPTURE(type);
        auto const found = decode(type, std::string("\x00\xFF{", 3)).value();
        REQUIRE(std::get_if<opaque>(&found) != nullptr);
        CHECK(std::get<opaque>(found) == opaque{type, std::string("\x00\xFF{", 3)});
    }
    CHECK(std::get<std::string>(decode("text/plain; charset=utf-8", "setosa").value()) == "setosa");
    CHECK(std::holds_alternative<opaque>(decode("text/plain", "\xFF").value()));
}

TEST_CASE("scoring: formats have names for configuration")
{
    for (auto const f : {format::json_instances, format::csv, format::json_lines, format::npy, format::raw})
        CHECK(parse_format(to_string(f)) == f);
    CHECK(parse_format("json") == format::json_instances);
    CHECK(parse_format("jsonl") == format::json_lines);
    CHECK_FALSE(parse_format("CSV ").has_value());
}

TEST_CASE("json predictions: a few bytes cannot make rows times columns of memory")
{
    std::string sparse = R"({"predictions":[)";
    for (int i = 0; i < 20'000; ++i)
        sparse += "{\"k" + std::to_string(i) + "\":1},";
    sparse.back() = ']';
    sparse += '}';
    CHECK(failure(sparse).find("too large for its source") != std::string::npos);

    std::string names = R"({"predictions":[{")" + std::string(100'000, 'x') + R"(":{)";
    for (int i = 0; i < 50'000; ++i)
        names += "\"" + std::to_string(i) + "\":1,";
    names.back() = '}';
    names += "}]}";
    CHECK(failure(names).find("names of the columns are too long") != std::string::npos);

    std::string wide = R"({"predictions":[{)";
    for (int i = 0; i < 1'000'000; ++i)
        wide += "\"k" + std::to_string(i) + "\":1,";
    wide.back() = '}';
    wide += "]}";
    CHECK(read(wide).value().column_count() == 1'000'000);
}

TEST_CASE("json: random rows survive the round trip through a server")
{
    std::mt19937_64 random(13);
    for (int round = 0; round < 200; ++round) {
        auto const columns = 1 + random() % 6;
        rows r;
        for (auto count = 1 + random() % 8; count > 0; --count) {
            std::vector<double> cells(columns);
            for (auto& c : cells) {
                c = std::bit_cast<double>(random());
                if (!std::isfinite(c) || random() % 5 == 0)
                    c = rows::missing;
            }
            REQUIRE(r.append(cells).has_value());
        }
        auto const body = encode(r).value();
        CHECK(decode_rows(body.content_type, body.body).value() == r);
        std::vector<std::string> names;
        for (std::size_t c = 0; c < columns; ++c)
            names.push_back("n" + std::to_string(c));
        r.with_columns(names);
        auto const objects = encode(r, {.rows_as_objects = true}).value();
        CHECK(decode_rows(objects.content_type, objects.body).value() == r);
    }
}

TEST_CASE("json: random tables survive the round trip with their types")
{
    std::mt19937_64 random(14);
    std::string_view const texts[] = {"", "a", "1", "null", "\"\\\n", "é😀", "\x01"};
    for (int round = 0; round < 300; ++round) {
        table t(random() % 4 == 0 ? std::vector<std::string>{"prediction"}
                                  : std::vector<std::string>{"label", "probabilities.a", "é \"x\""});
        for (auto count = 1 + random() % 6; count > 0; --count) {
            std::vector<cell> cells;
            for (std::size_t c = 0; c < t.column_count(); ++c) {
                auto const d = std::bit_cast<double>(random());
                switch (random() % 5) {
                case 0: cells.emplace_back(); break;
                case 1: cells.emplace_back(static_cast<std::int64_t>(random())); break;
                case 2: cells.emplace_back(std::isfinite(d) ? d : 0.5); break;
                case 3: cells.emplace_back((random() & 1U) != 0); break;
                default: cells.emplace_back(std::string(texts[random() % std::size(texts)])); break;
                }
            }
            t.add_row(std::move(cells));
        }
        for (auto const f : {format::json_instances, format::json_lines}) {
            auto const body = encode(t, {.format = f}).value();
            CAPTURE(body.body);
            CHECK(std::get<table>(decode(body.content_type, body.body).value()) == t);
        }
    }
}

TEST_CASE("scoring: rows come only from numbers")
{
    CHECK(decode_rows("application/json", R"({"instances":[[1,true,null]]})").value() == rows{{1, 1, rows::missing}});
    CHECK(decode_rows("application/json", R"({"instances":[["x"]]})").error().message() ==
          "row 0, column \"0\" is a string, wanted double");
    CHECK(decode_rows("application/json", R"({"rows":[[1]]})").error() == errc::decode_error);
    CHECK(decode_rows("image/png", "x").error() == errc::decode_error);
    CHECK(decode_rows("text/csv", "1,2\n3,4\n").value() == rows{{1, 2}, {3, 4}});
}
