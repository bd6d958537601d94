#include <augur/emulator/container.hpp>

#include <doctest/doctest.h>

using namespace augur::emulator;

namespace {

iris_container& model()
{
    static iris_container host(train_nearest_neighbours(iris::read_csv(iris::embedded_csv())));
    return host;
}

container_reply score(std::string content_type, std::string body, std::string accept = {})
{
    container_call call;
    call.content_type = std::move(content_type);
    call.accept = std::move(accept);
    call.body = std::move(body);
    return model().score(call);
}

} // namespace

TEST_CASE("iris container: the documented rows give the documented text")
{
    auto const reply =
        score("application/json", R"({"instances": [[5.1,3.5,1.4,0.2],[6.7,3.1,4.4,1.4],[6.3,3.3,6.0,2.5]]})");
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    CHECK(
        reply.body ==
        R"({"predictions":[{"predicted_class":"setosa","predicted_class_index":0,"probabilities":{"setosa":1.0,"versicolor":0.0,"virginica":0.0}},)"
        R"({"predicted_class":"versicolor","predicted_class_index":1,"probabilities":{"setosa":0.0,"versicolor":1.0,"virginica":0.0}},)"
        R"({"predicted_class":"virginica","predicted_class_index":2,"probabilities":{"setosa":0.0,"versicolor":0.0,"virginica":1.0}}]})");
}

TEST_CASE("iris container: CSV in, class names out")
{
    auto const names = std::string("setosa\nvirginica\n");
    for (auto const* body : {"5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", "5.1,3.5,1.4,0.2\r\n6.3,3.3,6.0,2.5\r\n",
                             "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5", " 5.1 , 3.5,1.4,0.2\n\"6.3\",3.3,6,2.5",
                             "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n"}) {
        CAPTURE(body);
        auto const reply = score("text/csv; charset=utf-8", body, "text/csv");
        CHECK(reply.status == 200);
        CHECK(reply.content_type == "text/csv");
        CHECK(reply.body == names);
    }
}

TEST_CASE("iris container: bad input names row and column, counted from 1")
{
    struct row
    {
        char const* type;
        char const* body;
        char const* words;
    };
    row const table[] = {
        {"application/json", R"({"instances":[[1,2,3,4],[1,2,null,4]]})", "row 2: column 3 (petal_length) is missing"},
        {"application/json", R"({"instances":[[1,2,NaN,4]]})", "row 1: column 3 (petal_length) is missing"},
        {"application/json", R"({"instances":[["NaN",2,3,4]]})", "row 1: column 1 (sepal_length) is missing"},
        {"application/json", R"({"instances":[[1,2,3,"x"]]})", "row 1: column 4 (petal_width) is not a number"},
        {"application/json", R"({"instances":[[1,true,3,4]]})", "row 1: column 2 (sepal_width) is not a number"},
        {"application/json", R"({"instances":[[1,2,3,4],[1,2,3]]})", "row 2: has 3 columns"},
        {"application/json", R"({"instances":[[1,2,3,4,5]]})", "row 1: has 5 columns"},
        {"application/json", R"({"instances":[[]]})", "row 1: has 0 columns"},
        {"application/json", R"({"instances":[4]})", "row 1: is not an array"},
        {"application/json", R"({"instances":{}})", "must be an array"},
        {"application/json", R"({"instances":[]})", "no row"},
        {"application/json", R"({"inputs":[]})", "\\\"instances\\\""},
        {"application/json", R"([[1,2,3,4]])", "must be an object"},
        {"application/json", R"({"instances":[[1,2,3,4])", "not valid JSON"},
        {"application/json", R"({"instances":[[1e999,2,3,4]]})", "not valid JSON"},
        {"application/json", "", "not valid JSON"},
        {"application/json", "\xff\xfe", "not valid JSON"},
        {"text/csv", "1,2,3,4\n1,2,,4\n", "row 2: column 3 (petal_length) is missing"},
        {"text/csv", "1,2,3,nan\n", "row 1: column 4 (petal_width) is missing"},
        {"text/csv", "1,2,3,\n", "row 1: column 4 (petal_width) is missing"},
        {"text/csv", "1,2,3,inf\n", "row 1: column 4 (petal_width) is not finite"},
        {"text/csv", "1,2,3,4x\n", "row 1: column 4 (petal_width) is not a number"},
        {"text/csv", "1,2,3\n", "row 1: has 3 columns"},
        {"text/csv", "1,2,3,4,5,6\n", "row 1: has more than 4 columns"},
        {"text/csv", "1,2,3,4\n\n1,2,3,4\n", "row 2: has 0 columns"},
        {"text/csv", "", "no row"},
    };
    for (auto const& r : table) {
        CAPTURE(r.body);
        auto const reply = score(r.type, r.body);
        CHECK(reply.status == 400);
        CHECK(reply.content_type == "application/json");
        CHECK_MESSAGE(reply.body.find(r.words) != std::string::npos, reply.body);
    }
}

TEST_CASE("iris container: types it does not speak are 415 and 406, too many rows 413")
{
    CHECK(score("application/x-npy", "x").status == 415);
    CHECK(score("", "x").status == 415);
    CHECK(score("text/csv", "5.1,3.5,1.4,0.2", "image/png").status == 406);
    CHECK(score("text/csv", "5.1,3.5,1.4,0.2", "*/*").status == 200);
    CHECK(score("text/csv", "5.1,3.5,1.4,0.2", "image/png, application/json;q=0.5").status == 200);
    std::string many;
    for (std::size_t i = 0; i <= iris_container::max_rows; ++i)
        many += "1,2,3,4\n";
    CHECK(score("text/csv", many).status == 413);
}

TEST_CASE("iris container: depth 64 is read, depth 65 is refused before the parser sees it")
{
    auto const nested = [](std::size_t depth) {
        return R"({"x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    CHECK(score("application/json", nested(64)).body.find("instances") != std::string::npos);
    CHECK(score("application/json", nested(65)).body.find("deeper than 64") != std::string::npos);
    CHECK(score("application/json", std::string(2'000'000, '[')).status == 400);
    // Brackets inside a string are no nesting.
    CHECK(score("application/json", R"({"x":")" + std::string(200, '[') + R"(\"["})").body.find("instances") !=
          std::string::npos);
}

TEST_CASE("forwarding container: only loopback over http is a container")
{
    for (auto const* good : {"http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://localhost:80", "http://[::1]:1",
                             "http://127.0.0.1"})
        CHECK_NOTHROW(forwarding_container{good});
    for (auto const* bad :
         {"https://127.0.0.1:8080", "http://10.0.0.1:8080", "http://example.com:80", "127.0.0.1:8080",
          "http://127.0.0.1:0", "http://127.0.0.1:99999", "http://127.0.0.1:80/x", "http://[::1", "http://", ""}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(forwarding_container{bad}, std::invalid_argument);
    }
}
