#include <augur/model/inference.hpp>
#include <augur/model/scoring.hpp>

#include <doctest/doctest.h>

#include <type_traits>

using namespace augur;

static_assert(!std::is_aggregate_v<inference_request> && !std::is_aggregate_v<message> &&
              !std::is_aggregate_v<raw_bytes>);
static_assert(!std::is_default_constructible_v<inference_request>);
static_assert(!std::is_convertible_v<std::string, inference_request>, "constructors are explicit");
static_assert(std::is_default_constructible_v<inference_response>);
static_assert(std::is_nothrow_move_constructible_v<inference_request>);

TEST_CASE("inference_request: each constructor makes its kind")
{
    CHECK(inference_request(rows{{5.1, 3.5, 1.4, 0.2}}).kind() == payload_kind::rows);
    CHECK(inference_request(tensor::row({1.0F})).kind() == payload_kind::tensors);
    CHECK(inference_request(std::vector<tensor>(2)).kind() == payload_kind::tensors);
    CHECK(inference_request("hello").kind() == payload_kind::text);
    CHECK(inference_request(std::string_view("hello")).kind() == payload_kind::text);
    CHECK(inference_request(message("user", "hi")).kind() == payload_kind::messages);
    CHECK(inference_request(std::vector<message>{message("user", "hi")}).kind() == payload_kind::messages);
    CHECK(inference_request::bytes("II*", "image/tiff").kind() == payload_kind::bytes);
    CHECK(to_string(payload_kind::messages) == "messages");
}

TEST_CASE("inference_request: large bytes are moved, never copied")
{
    std::string data(25U << 20, 'x');
    auto const* const where = data.data();
    auto request = inference_request::bytes(std::move(data), "image/tiff").accept("text/plain").with_id("a1");
    auto moved = std::move(request);
    CHECK(moved.bytes()->data().data() == where);
    CHECK(moved.accept() == "text/plain");
    CHECK(moved.id() == "a1");
    auto const body = encode_request(std::move(moved)).value();
    CHECK(body.body.data() == where);
    CHECK(body.content_type == "image/tiff");
}

TEST_CASE("inference: a kind that the format cannot carry is refused by name")
{
    using codec::scoring::format;
    codec::scoring::options o;
    o.format = format::csv;
    auto const refused = encode_request(inference_request(message("user", "hi")), o);
    REQUIRE(refused.has_error());
    CHECK(refused.error() == errc::unsupported);
    CHECK(refused.error().outcome() == outcome::not_sent);
    CHECK(refused.error().message() == "the format csv cannot carry messages");
    o.format = format::raw;
    CHECK(encode_request(inference_request(rows{{1}}), o).error().message() == "the format raw cannot carry rows");
    CHECK(encode_request(inference_request(tensor::row({1.F})), o).error().message() ==
          "the format raw cannot carry tensors");
    CHECK(encode_request(inference_request("hi"), o).value().content_type == "text/plain; charset=utf-8");
    o.format = format::npy;
    CHECK(encode_request(inference_request("hi"), o).error().message() == "the format npy cannot carry text");
    for (auto const f : {format::json_instances, format::csv, format::json_lines, format::npy, format::raw}) {
        o.format = f;
        CHECK(encode_request(inference_request::bytes("\xFF\x00", "a/b"), o).value().content_type == "a/b");
    }
}

TEST_CASE("inference: a const request can be encoded twice")
{
    inference_request const request(rows{{5.1, 3.5, 1.4, 0.2}});
    CHECK(encode_request(request).value().body == R"({"instances":[[5.1,3.5,1.4,0.2]]})");
    CHECK(encode_request(request).value().body == R"({"instances":[[5.1,3.5,1.4,0.2]]})");
}

TEST_CASE("inference_response: at works alike over tables and tensors")
{
    auto const table_answer = decode_response("application/json", R"({"predictions":[[0.25,1],[0.5,2]]})").value();
    REQUIRE(table_answer.rows() != nullptr);
    CHECK(table_answer.at<double>(1).value() == 0.5);
    CHECK(table_answer.at<double>(1, 1).value() == 2.0);
    CHECK(table_answer.at<double>(1, "1").value() == 2.0);
    CHECK(table_answer.content_type() == "application/json");

    std::vector<tensor> tensors;
    tensors.emplace_back(std::vector<float>{0.25F, 1, 0.5F, 2}, std::vector<tensor::dimension>{2, 2});
    inference_response const tensor_answer(std::move(tensors));
    REQUIRE(tensor_answer.tensors() != nullptr);
    CHECK(tensor_answer.at<double>(1).value() == 0.5);
    CHECK(tensor_answer.at<std::int64_t>(1, 1).value() == 2);
    CHECK(tensor_answer.at<double>(2).error() == errc::decode_error);
    CHECK(tensor_answer.at<double>(0, 2).has_error());
    CHECK(tensor_answer.at<double>(0, "x").has_error());
    CHECK(tensor_answer.at<std::string>(0).has_error());
}

TEST_CASE("inference_response: tensors of labels, booleans and large integers keep their type")
{
    auto const one = [](tensor t) {
        std::vector<tensor> all;
        all.push_back(std::move(t));
        return inference_response(std::move(all));
    };
    CHECK(one(tensor(std::vector<std::string>{"a", "b"}, {2})).at<std::string>(1).value() == "b");
    CHECK(one(tensor(std::vector<bool>{false, true}, {2})).at<bool>(1).value());
    constexpr auto large = (std::int64_t{1} << 60) + 1;
    CHECK(one(tensor(std::vector<std::int64_t>{large}, {1})).at<std::int64_t>(0).value() == large);
    CHECK(one(tensor(std::vector<std::int64_t>{large}, {1})).at<double>(0).has_error());
    CHECK(one(tensor(std::vector<std::uint64_t>{7}, {})).at<std::int64_t>(0).value() == 7);
}

TEST_CASE("inference_response: text and bytes have no cells and say what they are")
{
    auto const text = decode_response("text/plain", "setosa").value();
    REQUIRE(text.text() != nullptr);
    CHECK(text.at<double>(0).error().message() == "the answer is text of type text/plain, which has no cells");
    auto const bytes = decode_response("image/png", std::string("\x89PNG", 4)).value();
    REQUIRE(bytes.bytes() != nullptr);
    CHECK(bytes.bytes()->data() == "\x89PNG");
    CHECK(bytes.bytes()->content_type() == "image/png");
    CHECK(inference_response().bytes() != nullptr);
}

TEST_CASE("inference_request: what was moved from sends no rows, or is an error")
{
    using codec::scoring::format;
    for (auto const f : {format::json_instances, format::json_lines, format::csv, format::npy}) {
        codec::scoring::options o;
        o.format = f;
        inference_request request(rows{{1, 2}, {3, 4}});
        auto const taken(std::move(request));
        auto const empty = encode_request(request, o); // NOLINT(bugprone-use-after-move)
        REQUIRE(empty.has_value());
        CHECK(empty->body == encode_request(inference_request(rows()), o).value().body);

        std::vector<tensor> one{tensor::row({1.0F, 2.0F})};
        auto const kept(std::move(one.front()));
        CHECK(encode_request(inference_request(one), o).value().body == // NOLINT(bugprone-use-after-move)
              encode_request(inference_request(tensor()), o).value().body);
        inference_request tensors{std::move(one)};
        auto const also_taken(std::move(tensors));
        auto const refused = encode_request(tensors, o); // NOLINT(bugprone-use-after-move)
        CHECK(refused.error() == errc::unsupported);
    }
}
