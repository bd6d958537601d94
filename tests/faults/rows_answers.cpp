// Rows H14, H15, H22 and H23: answers that are too large, lead elsewhere, or are not what a service says.
#include "faults/matrix.hpp"

using namespace faults;

namespace {

constexpr std::size_t body_limit = 256 * 1024;
/// What a call takes beside the body: a buffer, TLS, and the frames of a first call.
#ifdef NDEBUG
constexpr std::size_t of_a_call = 64 * 1024;
#else // frames are larger in an unoptimised build (66 KB with clang)
constexpr std::size_t of_a_call = 80 * 1024;
#endif

void add_sizes(matrix& m)
{
    m.add("H14", "a response head over 16 KiB")
        .ends(ending::failed(errc::header_limit, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script()
                                  .read_request()
                                  .send(b.answer(200, "x-large: " + std::string(16 * 1024, 'x') + "\r\n", "[1]"))
                                  .drain());
            b.call();
        });
    m.add("H14", "a response head without end")
        .ends(ending::failed(errc::header_limit, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 OK\r\nx-endless: ")
                                  .send_often(std::string(4096, 'x'), 1'000'000));
            b.call();
        });
    m.add("H14", "1,000 response fields")
        .ends(ending::failed(errc::header_limit, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            std::string fields;
            for (int i = 0; i < 1000; ++i)
                fields += "x-" + std::to_string(i) + ": y\r\n";
            b.server().script(connection_script().read_request().send(b.answer(200, fields, "[1]")).drain());
            b.call();
        });
    m.add("H15", "a chunked body without end")
        .ends(ending::failed(errc::body_limit, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            b.settings().sizes.response_body = body_limit;
            b.memory_cap(body_limit * 3 / 2 + of_a_call); // the body, while it moves to its last place
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                                  .send_often("1000\r\n" + std::string(4096, 'x') + "\r\n", 1'000'000));
            b.call();
        });
    m.add("H15", "a body without length and without end")
        .ends(ending::failed(errc::body_limit, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            b.settings().sizes.response_body = body_limit;
            b.memory_cap(body_limit * 3 / 2 + of_a_call); // the body, while it moves to its last place
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 OK\r\n\r\n")
                                  .send_often(std::string(4096, 'x'), 1'000'000));
            b.call();
        });
    m.add("H15", "a length over the limit")
        .ends(ending::failed(errc::body_limit, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            b.settings().sizes.response_body = body_limit;
            b.memory_cap(of_a_call);
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n")
                                  .hold());
            b.call();
        });
}

void add_redirects(matrix& m)
{
    auto const refused = [] {
        auto out = ending::failed(errc::redirect_refused, phase::decode, outcome::refused);
        return out.keeps(1);
    };
    for (int const status : {301, 302, 303, 307, 308})
        m.add("H22", std::to_string(status) + " to another host, to plain HTTP, to another path, to itself")
            .ends(refused().status(status))
            .run([status](bench& b) {
                testing::fault_server elsewhere;
                elsewhere.always(connection_script().serve(b.ok()));
                auto const there = "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/stolen";
                std::vector<std::string> const targets{there, "//127.0.0.1:" + std::to_string(elsewhere.port()) + "/x",
                                                       "/other", "", "https://service.test/score"};
                for (auto const& to : targets) {
                    b.server().always(connection_script().serve(b.answer(status, "location: " + to + "\r\n", "moved")));
                    b.server().close_connections();
                    b.call();
                }
                b.check(elsewhere.connections() == 0, "nothing goes to the other host");
                b.server().always(connection_script().serve(b.ok()));
                b.server().close_connections();
            });
}

void add_foreign_words(matrix& m)
{
    auto const add = [&m](std::string fault, std::string fields, std::string content, std::string message) {
        m.add("H23", std::move(fault))
            .ends(ending::refused(502, sagemaker::errc(502), azure_ml::errc::bad_gateway, outcome::unknown))
            .run([=](bench& b) {
                b.options().replay(replay::at_most_once);
                b.server().script(
                    connection_script().read_request().send(b.answer(502, fields, content)).serve(b.ok()));
                auto const& end = b.call();
                b.check(end.service_message() == message, "the service's words are kept and made harmless");
            });
    };
    add("a page of HTML with 502", "content-type: text/html\r\n", "<html>\r\n<h1>Bad \x1b[31mgateway</h1></html>",
        R"(<html>\r\n<h1>Bad \x1b[31mgateway</h1></html>)");
    add("nothing but the status 502", "", "", "");
    add("a content type that lies", "content-type: image/png\r\n", R"({"message":"no"})", "no");
    add("100 KiB of words with 502", "", std::string(100 * 1024, 'x'), std::string(2048, 'x') + "...");
    m.add("H23", "502 three times: repeated within the quota")
        .ends(ending::refused(502, sagemaker::errc(502), azure_ml::errc::bad_gateway, outcome::unknown)
                  .attempts(3)
                  .keeps(0))
        .run([](bench& b) {
            for (int i = 0; i < 3; ++i)
                b.server().script(
                    connection_script().read_request().send(b.answer(502, "connection: close\r\n", "no")).drain());
            b.call();
        });
    m.add("H23", "502, then an answer").ends(ending::answered().attempts(2).replayed()).run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.answer(502, "", "no")).serve(b.ok()));
        b.call();
    });
    m.add("H23", "200 around the words of an error: what the model says is the model's").run([](bench& b) {
        auto const text = R"({"error":{"code":"x","message":"no"}})";
        b.server().script(connection_script().read_request().send(b.answer(200, "", text)).serve(b.ok()));
        b.check(b.call().content == text, "the body comes as it is");
    });
}

registrar const rows([](matrix& m) {
    add_sizes(m);
    add_redirects(m);
    add_foreign_words(m);
});

} // namespace
