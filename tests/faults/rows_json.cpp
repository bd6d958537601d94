// Answers that are well framed and make no sense as JSON, or too much of it.
#include "faults/matrix.hpp"

using namespace faults;

namespace {

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + "1" + std::string(depth, ']');
}

std::string many_keys(std::size_t n)
{
    std::string out = R"({"predictions":[{)";
    for (std::size_t i = 0; i < n; ++i)
        out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
    return out + "}]}";
}

/// The answer may take so many times its size, and what any call takes.
void answer_with(bench& b, std::string const& content, std::size_t times = 48)
{
    b.decode_answers();
    b.memory_cap(256 * 1024 + times * content.size());
    b.server().script(connection_script().read_request().send(bench::answer(200, "", content)).serve(b.ok()));
    b.call();
}

void add_answers(matrix& m)
{
    auto const undecoded = ending::failed(errc::decode_error, phase::decode, outcome::complete).status(200).keeps(1);
    struct answer
    {
        char const* fault;
        std::string content;
    };
    static std::vector<answer> const wrong{
        {"nothing", ""},
        {"a page of HTML", "<html>502</html>"},
        {"JSON that breaks off", R"({"predictions":[1)"},
        {"JSON and something behind it", "[1]x"},
        {"two documents", "[1][2]"},
        {"the same key twice", R"({"predictions":[1],"predictions":[2]})"},
        {"a number beyond a double", "[1e999]"},
        {"an integer of 2^64", "[18446744073709551616]"},
        {"an integer of 2^63, which no cell can hold", "[9223372036854775808]"},
        {"NaN in small letters", "[nan]"},
        {"infinity with a plus", "[+Infinity]"},
        {"a leading plus", "[+1]"},
        {"a leading zero", "[01]"},
        {"a trailing comma", "[1,]"},
        {"single quotes", "['a']"},
        {"a comment", "[1/*one*/]"},
        {"a lone high surrogate", R"(["\ud800"])"},
        {"a lone low surrogate", R"(["\udc00"])"},
        {"a surrogate pair the wrong way round", R"(["\udc00\ud800"])"},
        {"bytes that are no UTF-8", "[\"\xFF\xFE\"]"},
        {"UTF-8 that breaks off", "[\"\xE2\x82\"]"},
        {"an overlong UTF-8 sequence", "[\"\xC0\xAF\"]"},
        {"a control character in a text", "[\"a\nb\"]"},
        {"an unknown escape", R"(["\x41"])"},
        {"NUL", std::string("[1\0]", 4)},
        {"a byte order mark of UTF-16", "\xFF\xFE[\0001\000]"},
    };
    for (auto const& w : wrong)
        m.add("J01", std::string("200 with ") + w.fault).ends(undecoded).run([&w](bench& b) {
            answer_with(b, w.content);
        });
    static std::vector<answer> const odd{
        {"minus zero", "[-0]"},
        {"NaN", "[NaN]"}, // not JSON, but what Python and TensorFlow Serving write
        {"infinity", "[1,-Infinity]"},
        {"fields nobody knows", R"({"model":"x","predictions":[1],"extra":{"a":[null]}})"},
        {"blanks all around", " \r\n\t[ 1 ] \r\n"},
        {"a surrogate pair", R"(["\ud83d\ude00"])"},
    };
    for (auto const& o : odd)
        m.add("J01", std::string("200 with ") + o.fault + ": understood").run([&o](bench& b) {
            answer_with(b, o.content);
        });

    m.add("J02", "JSON of a million levels").ends(undecoded).run([](bench& b) { answer_with(b, nested(1'000'000)); });
    m.add("J02", "JSON of 65 levels").ends(undecoded).run([](bench& b) { answer_with(b, nested(65)); });
    m.add("J02", "JSON that opens a million levels and never closes them").ends(undecoded).run([](bench& b) {
        answer_with(b, std::string(1'000'000, '['));
    });
    m.add("J02", "JSON of 512 levels").ends(undecoded).run([](bench& b) { answer_with(b, nested(512)); });
    m.add("J02", "a million keys").only_to(service::sagemaker).run([](bench& b) {
        answer_with(b, many_keys(1'000'000), 32); // each is a column of a table
    });
    m.add("J02", "a text of 100 MiB, where so much is allowed").only_to(service::sagemaker).run([](bench& b) {
        b.settings().sizes.response_body = 128 << 20;
        answer_with(b, "[\"" + std::string(100 << 20, 'a') + "\"]", 9); // simdjson's index has 4 bytes a byte
    });
    m.add("J02", "a text of 100 MiB")
        .only_to(service::sagemaker)
        .ends(ending::failed(errc::body_limit, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            b.decode_answers();
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 OK\r\ncontent-length: 104857604\r\n\r\n[\"")
                                  .send_often(std::string(1 << 20, 'a'), 100)
                                  .send("\"]"));
            b.call();
        });
}

/// Whatever an error's body is, its status says what it means.
void add_error_bodies(matrix& m)
{
    static std::vector<std::pair<std::string, std::string>> const bodies{
        {"nothing", ""},
        {"a page of HTML", "<html><h1>400</h1></html>"},
        {"JSON that breaks off", R"({"message":"no)"},
        {"members of other types", R"({"message":[1],"code":{"a":1},"error":7})"},
        {"JSON of a million levels", R"({"message":)" + nested(1'000'000) + "}"},
        {"a lone surrogate", R"({"message":"\ud800"})"},
        {"terminal control", "{\"message\":\"\\u001b[2J\\u0000\"}\x1b[2J"},
        {"a text of 1 MiB", R"({"message":")" + std::string(1 << 20, 'a') + "\"}"},
    };
    for (auto const& content : bodies)
        m.add("J01", "400 with " + content.first)
            .ends(
                ending::refused(400, static_cast<sagemaker::errc>(400), azure_ml::errc::bad_request, outcome::refused))
            .run([&content](bench& b) {
                b.memory_cap(256 * 1024 + 8 * content.second.size());
                b.server().script(
                    connection_script().read_request().send(bench::answer(400, "", content.second)).serve(b.ok()));
                auto const& e = b.call();
                if (!e.failure)
                    return; // and the ending is not what it has to be
                for (char const c : e.failure->to_string())
                    b.check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "the error can be printed");
                b.check(e.service_message().size() < 2200, "the service's words are cut");
            });
}

registrar const rows([](matrix& m) {
    add_answers(m);
    add_error_bodies(m);
});

} // namespace
