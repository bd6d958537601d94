#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/models.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <ctime>
#include <limits>
#include <string>
#include <vector>

using namespace augur;
using openai_wire::parse_embedding_response;

namespace {

std::string written(embedding_request const& request)
{
    auto const text = openai_wire::write_embedding_request(request);
    return text ? *text : text.error().to_string();
}

std::string answer(std::string const& vectors)
{
    return R"({"object":"list","data":[)" + vectors + R"(],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}})";
}

} // namespace

TEST_CASE("embeddings: each setter has its member, and base64 is asked for unless told otherwise")
{
    CHECK(written(embedding_request("a").model("m")) == R"({"model":"m","input":"a","encoding_format":"base64"})");
    CHECK(written(
              embedding_request(std::vector<std::string>{"a", "b"}).dimensions(4).user_name("u").input_type("query")) ==
          R"({"input":["a","b"],"encoding_format":"base64","dimensions":4,"input_type":"query","user":"u"})");
    CHECK(written(embedding_request("a").decimal()) == R"({"input":"a","encoding_format":"float"})");
    CHECK(written(embedding_request::of_tokens({{1, 2}, {3}})) ==
          R"({"input":[[1,2],[3]],"encoding_format":"base64"})");
    CHECK(written(embedding_request("a").extra_body(R"({"encoding_format":"ubinary","x":1})")) ==
          R"({"input":"a","encoding_format":"ubinary","x":1})");
    CHECK(openai_wire::write_embedding_request(embedding_request("\xff")).error() == errc::invalid_argument);
    CHECK(embedding_request::of_tokens({{1}, {2}}).size() == 2);
    CHECK(embedding_request("a").extra_header("X-A", "b").extra_headers().size() == 1);
}

TEST_CASE("embeddings: base64 is little-endian binary32, and vectors come in the order of the texts")
{
    auto const r =
        parse_embedding_response(answer(R"({"object":"embedding","index":1,"embedding":"AAAAvwAAoD8AAEDAlb/Wsw=="},)"
                                        R"({"object":"embedding","index":0,"embedding":"AAAAPwAAoL8AAEBAlb/WMw=="})"),
                                 2)
            .value();
    CHECK(r.embeddings[0].values == std::vector<float>{0.5F, -1.25F, 3.0F, 1e-7F});
    CHECK(r.embeddings[1].values == std::vector<float>{-0.5F, 1.25F, -3.0F, -1e-7F});
    CHECK(r.embeddings[0].position == 1);
    CHECK(r.usage->input_tokens == 2);
    CHECK(r.model == "m");
    auto const odd = parse_embedding_response(answer(R"({"index":0,"embedding":"AADAfwAAgH8="})")).value();
    CHECK(std::isnan(odd.embeddings[0].values[0]));
    CHECK(odd.embeddings[0].values[1] == std::numeric_limits<float>::infinity());
}

TEST_CASE("embeddings: numbers in decimal are the nearest floats")
{
    auto const r =
        parse_embedding_response(answer(R"({"index":0,"embedding":[0.0023064255,-1e-7,3,-0.0,1e-60]})"), 1).value();
    CHECK(r.embeddings[0].values == std::vector<float>{0.0023064255F, -1e-7F, 3.0F, -0.0F, 0.0F});
    CHECK(parse_embedding_response(answer(R"({"index":0,"embedding":[]})"))->embeddings[0].values.empty());
    CHECK(parse_embedding_response(answer(R"({"index":0,"embedding":""})"))->embeddings[0].values.empty());
}

TEST_CASE("embeddings: what is no vector, and a vector that is missing, are errors with their place")
{
    struct row
    {
        char const* vectors;
        std::size_t expected;
        char const* message;
    };
    row const rows[] = {
        {R"({"index":0})", 0, "$.data[0]: there is no member \"embedding\""},
        {R"({"index":0,"embedding":null})", 0, "$.data[0].embedding: wanted array, found null"},
        {R"({"index":0,"embedding":"AAA"})", 0, "$.data[0].embedding: not base64 of whole floats"},
        {R"({"index":0,"embedding":"AAAA"})", 0, "$.data[0].embedding: not base64 of whole floats"},
        {R"({"index":0,"embedding":"AAA*AA=="})", 0, "$.data[0].embedding: not base64 of whole floats"},
        {R"({"index":0,"embedding":[1,null]})", 0, "$.data[0].embedding[1]: wanted number, found null"},
        {R"({"index":0,"embedding":[1e39]})", 0, "$.data[0].embedding[0]: the number is too large for a float"},
        {R"({"index":0,"embedding":[1e999]})", 0, "$.data[0].embedding[0]: the number 1e999 is too large for a double"},
        {"1", 0, "$.data[0]: wanted object, found number"},
        {R"({"index":0,"embedding":[1]})", 2, "$.data: 1 vectors for 2 texts"},
        {R"({"index":0,"embedding":[1]},{"index":0,"embedding":[1]})", 2, "$.data: there is no vector of index 1"},
        {R"({"index":1,"embedding":[1]},{"index":2,"embedding":[1]})", 2, "$.data: there is no vector of index 0"},
    };
    for (auto const& row : rows) {
        CAPTURE(std::string(row.vectors));
        auto const r = parse_embedding_response(answer(row.vectors), row.expected);
        REQUIRE(!r.has_value());
        CHECK(r.error() == errc::decode_error);
        CHECK(r.error().outcome() == outcome::complete);
        CHECK(std::string(r.error().message()) == std::string(row.message));
    }
    CHECK(std::string(parse_embedding_response("{}").error().message()) == "$: there is no member \"data\"");
    CHECK((parse_embedding_response(R"({"error":{"code":"DeploymentNotFound"}})").error() ==
           openai_wire::errc::deployment_not_found));
}

TEST_CASE("embeddings: an answer is the same with a byte order mark, which keeps it from the quick reader")
{
    std::string const a = R"({"index":0,"embedding":[0.5,-1.25]})";
    std::string const b = R"({"index":1,"embedding":"AAAAvwAAoD8="})";
    std::string deep = "1";
    for (int i = 0; i < 58; ++i)
        deep = "[" + deep + "]";
    std::vector<std::string> texts{
        answer(""),
        answer(a),
        answer(b),
        answer(a + "," + b),
        answer(b + "," + a),
        "{}",
        "[]",
        "",
        "7",
        "{\"data\":",
        R"({"data":null})",
        R"({"data":7})",
        R"({"data":{"embedding":[1]}})",
        R"({"data":[[1]]})",
        R"({"data":[7]})",
        R"({"embedding":[1],"data":[],"x":{"embedding":"AAAA"}})", // no vectors
        R"({"data":[{"x":{"embedding":[1]},"embedding":[2],"y":[{"embedding":[3]}]}]})",
        R"({"data":[{"embedding":[1]}],"data":[{"embedding":[2]}]})",
        R"({"data":[{"embedding":[1],"embedding":[2]}]})",
        R"({"data":[{"embedding":[1],"embedding":[2]},{}]})",
        R"({"data":[{"index":0},{"index":1,"embedding":[1]}]})",
        R"({"d\u0061ta":[{"\u0065mbedding":[1,2],"index":5}]})",
        " {\n\"data\" : [ { \"embedding\" : [ 1 , 2 ] } ] } ",
        R"({"data":[{"embedding":"AAAA\/w=="}]})",
        R"({"data":[{"embedding":"AA\u0041Avw=="}]})",
        R"({"data":[{"embedding":"\x"}]})",

        R"({"data":[{"embedding":"AAAA)",
        R"({"data":[{"embedding":[1,]}]})",
        R"({"data":[{"embedding":[1}]})",
        R"({"data":[{"embedding":[[1]]}]})",
        R"({"data":[{"embedding":["]"]}]})",
        R"({"data":[{"embedding":[1]}]}x)",
        R"({"data":[{"embedding":[1]}],})",
        R"({"data":[{"embedding":[1]}],"object":"\x"})",
        R"({"data":[{"embedding":[1]}],"x":01})",
        R"({"data":[{"embedding":{}}]})",
        R"({"data":[{"embedding":true}]})",
        R"({"data":[{"embedding":1}]})",
        // Halfway between two floats but for a bit that a double does not hold.
        R"({"data":[{"embedding":[1.00000017881393432617187499,1.00000017881393432617187501,3.4028235677973366e38]}]})",
        R"({"data":[{"embedding":[1e-46,-1e-45,1.17549431e-38,0.1,16777217,123456789012345678901234567890]}]})",
        R"({"data":[{"embedding":[1e38,1e39]}]})",
        R"({"error":{"code":"429"},"data":[{"embedding":[1]}]})",
        R"({"data":[{"embedding":[1],"x":)" + deep + "}]}",
        R"({"data":[{"embedding":[1],"x":[[[[[[)" + deep + "]]]]]]}]}",
    };
    for (auto const& text : texts) {
        CAPTURE(text);
        auto const quick = parse_embedding_response(text);
        auto const patient = parse_embedding_response("\xEF\xBB\xBF" + text);
        REQUIRE(quick.has_value() == patient.has_value());
        if (!quick)
            CHECK(quick.error().to_string() == patient.error().to_string());
        else {
            CHECK(quick->embeddings == patient->embeddings);
            CHECK(quick->extra == patient->extra);
            CHECK(openai_wire::write_embedding_response(*quick).value() ==
                  openai_wire::write_embedding_response(*patient).value());
        }
    }
    MESSAGE("texts: " << texts.size());
    // With a mark in front the byte has another place.
    CHECK(parse_embedding_response("{\"data\":[{\"embedding\":\"AAAA\xFF\"}]}").error().message() ==
          "$: byte 27 is not valid UTF-8");
}

TEST_CASE("embeddings: what no vector needs is not kept for it")
{
    // Room as for the one before would be 40 GB.
    std::string list = R"({"index":0,"embedding":[1)";
    for (int i = 1; i < 100'000; ++i)
        list += ",1";
    list += "]}";
    for (int i = 1; i < 100'000; ++i)
        list += R"(,{"embedding":[]})";
    auto const r = parse_embedding_response(answer(list)).value();
    REQUIRE(r.embeddings.size() == 100'000);
    std::size_t room = 0;
    for (auto const& e : r.embeddings)
        room += e.values.capacity();
    CHECK(room < 300'000);
}

TEST_CASE("embeddings: a hundred thousand numbers are read at once")
{
    std::string list = "0.5";
    for (int i = 1; i < 100'000; ++i)
        list += ",0.5";
    auto const r = parse_embedding_response(answer(R"({"index":0,"embedding":[)" + list + "]}"), 1).value();
    CHECK(r.embeddings[0].values.size() == 100'000);
}

TEST_CASE("embeddings: three hundred thousand faults cost as much as the first")
{
    // Minutes if each is looked for from the front of the text.
    std::string list = R"({"x":0})";
    for (int i = 1; i < 300'000; ++i)
        list += R"(,{"x":0})";
    auto const started = std::clock();
    auto const r = parse_embedding_response(answer(list));
    CHECK(r.error().message() == "$.data[0]: there is no member \"embedding\"");
    CHECK((std::clock() - started) / CLOCKS_PER_SEC < 20); // of the processor's time, whoever else uses the machine
}

TEST_CASE("models: a list, one, and one that was deleted")
{
    auto const list = openai_wire::parse_model_list(R"({"object":"list","has_more":true,"data":[{"id":"a","created":5,)"
                                                    R"("owned_by":"o","capabilities":{"chat":true}},{"id":"b"}]})")
                          .value();
    CHECK(list.models.size() == 2);
    CHECK(list.models[0].id == "a");
    CHECK(list.models[0].created == 5);
    CHECK(list.models[0].owned_by == "o");
    CHECK(list.models[0].extra == R"({"capabilities":{"chat":true}})");
    CHECK(list.has_more == true);
    CHECK(openai_wire::parse_model(R"({"id":"a"})")->id == "a");
    CHECK(openai_wire::parse_deletion(R"({"id":"a","deleted":true})")->deleted == true);
    CHECK(openai_wire::parse_model("{}").error() == errc::decode_error);
    CHECK((openai_wire::parse_model(R"({"error":{"code":"model_not_found"}})").error() ==
           openai_wire::errc::model_not_found));
}
