// Rows H09 to H13, H18 and H19: answers that are not what HTTP/1.1 promises.
#include "faults/matrix.hpp"

using namespace faults;

namespace {

ending not_http()
{
    return ending::failed(errc::protocol_error, phase::first_byte, outcome::unknown);
}

std::string head_with(std::string const& fields)
{
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n";
}

/// One call for each text that the server answers with.
void answer_each(bench& b, std::vector<std::string> const& texts)
{
    for (auto const& text : texts) {
        b.server().script(connection_script().read_request().send(text).close_notify().fin());
        b.call();
    }
}

void add_too_much(matrix& m)
{
    m.add("H09", "more bytes than the length says").to_all().ends(ending::answered().keeps(0)).run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok() + "HTTP/1.1 200 OK\r\n").drain());
        b.check(b.call().content == "[1]", "the body is what the length says");
    });
    m.add("H09", "bytes nobody asked for on an idle connection").to_all().run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok()).wait_for_step().send("x").serve(b.ok()));
        b.warm_up();
        b.server().step();
        b.check(b.server().wait_for_sent_bytes(b.ok().size() + 1), "the bytes were sent");
        b.call();
        b.check(b.server().connections() == 2, "the dirty connection is not used again");
    });
    m.add("H09", "a whole answer nobody asked for on an idle connection").to_all().run([](bench& b) {
        auto const poison = b.answer(200, "", "\"poison\"");
        b.server().script(connection_script().read_request().send(b.ok()).wait_for_step().send(poison).serve(b.ok()));
        b.warm_up();
        b.server().step();
        b.check(b.server().wait_for_sent_bytes(b.ok().size() + poison.size()), "the bytes were sent");
        b.check(b.call().content == "[1]", "it is not taken for the answer to the next request");
        b.check(b.server().connections() == 2, "the dirty connection is not used again");
    });
}

void add_lengths(matrix& m)
{
    m.add("H10", "lengths that contradict each other or are no numbers").ends(not_http()).run([](bench& b) {
        std::vector<std::string> texts;
        for (char const* const fields :
             {"content-length: 3\r\ntransfer-encoding: chunked\r\n",
              "transfer-encoding: chunked\r\ncontent-length: 3\r\n", "content-length: 3\r\ncontent-length: 4\r\n",
              "content-length: 3\r\ncontent-length: 3\r\n", "content-length: 3, 3\r\n", "content-length: 3,4\r\n",
              "content-length: +3\r\n", "content-length: -1\r\n", "content-length: 0x3\r\n", "content-length: 3.0\r\n",
              "content-length: 3 3\r\n", "content-length: \r\n", "content-length: three\r\n",
              "content-length: 18446744073709551616\r\n", "content-length: 99999999999999999999999\r\n",
              "content-length : 3\r\n", "content-length: 3\r\ncontent-length: x\r\n"})
            texts.push_back(head_with(fields) + "[1]");
        answer_each(b, texts);
    });
    m.add("H10", "a folded field: accepted, as RFC 9112 allows").run([](bench& b) {
        b.server().script(connection_script().serve(head_with("x-note: a\r\n b\r\ncontent-length: 3\r\n") + "[1]"));
        b.check(b.call().content == "[1]", "a folded field is one field");
    });
    m.add("H11", "transfer codings other than chunked").ends(not_http()).run([](bench& b) {
        std::vector<std::string> texts;
        for (char const* const fields :
             {"transfer-encoding: xchunked\r\n", "transfer-encoding: gzip\r\n", "transfer-encoding: chunked, gzip\r\n",
              "transfer-encoding: gzip, chunked\r\n", "transfer-encoding: chunked, chunked\r\n",
              "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: identity\r\n",
              "transfer-encoding: \r\n", "transfer-encoding: chunked;q=1\r\n", "transfer-encoding: \"chunked\"\r\n"})
            texts.push_back(head_with(fields) + "3\r\n[1]\r\n0\r\n\r\n");
        answer_each(b, texts);
    });
    m.add("H12", "chunks that break the grammar")
        .ends(ending::failed(errc::protocol_error, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            std::vector<std::string> texts;
            for (char const* const chunks :
                 {"3\n[1]\r\n0\r\n\r\n", "0x3\r\n[1]\r\n0\r\n\r\n", "-2\r\n[1]\r\n0\r\n\r\n", "+3\r\n[1]\r\n0\r\n\r\n",
                  " 3\r\n[1]\r\n0\r\n\r\n", "3 \n[1]\r\n0\r\n\r\n", "g\r\n[1]\r\n0\r\n\r\n", "\r\n[1]\r\n0\r\n\r\n",
                  "10000000000000000\r\n[1]\r\n0\r\n\r\n", "fffffffffffffffff\r\n[1]\r\n0\r\n\r\n",
                  "3;a=\"\n\"\r\n[1]\r\n0\r\n\r\n", "3;a\nb\r\n[1]\r\n0\r\n\r\n", "3\r\n[1]0\r\n\r\n",
                  "3\r\n[1]\n0\r\n\r\n", "3\r\n[1]\rx0\r\n\r\n", "3\r\n[1]\r\n0\r\nbad trailer\r\n\r\n"})
                texts.push_back(head_with("transfer-encoding: chunked\r\n") + chunks);
            answer_each(b, texts);
        });
}

void add_interim(matrix& m)
{
    m.add("H13", "100, 102 and 103 before the answer").run([](bench& b) {
        std::string const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                                    "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";
        b.server().script(connection_script().serve(interim + b.ok()));
        b.check(b.call().content == "[1]", "the final answer is the answer");
    });
    m.add("H13", "nine interim answers").ends(not_http()).run([](bench& b) {
        std::string text;
        for (int i = 0; i < 9; ++i)
            text += "HTTP/1.1 100 Continue\r\n\r\n";
        answer_each(b, {text + b.ok()});
    });
    m.add("H13", "interim answers without end").ends(not_http()).run([](bench& b) {
        b.server().script(connection_script().read_request().send_often("HTTP/1.1 100 Continue\r\n\r\n", 1'000'000));
        b.call();
    });
    m.add("H13", "101, which nobody asked for").ends(not_http()).run([](bench& b) {
        answer_each(b, {"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n" + b.ok()});
    });
}

void add_others(matrix& m)
{
    m.add("H18", "codings nobody asked for")
        .ends(ending::failed(errc::unsupported_encoding, phase::first_byte, outcome::complete).status(200))
        .run([](bench& b) {
            for (char const* const coding : {"gzip", "br", "deflate", "gzip, gzip", "identity, gzip", "x-unknown"}) {
                b.server().script(
                    connection_script()
                        .read_request()
                        .send(b.answer(200, "content-encoding: " + std::string(coding) + "\r\n", "\x1f\x8b"))
                        .drain());
                b.call();
            }
        });
    m.add("H19", "HTTP/1.0 answers, and closes").ends(ending::answered().keeps(0)).run([](bench& b) {
        answer_each(b, {"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\n[1]", "HTTP/1.0 200 OK\r\n\r\n[1]"});
    });
    m.add("H19", "other protocols and impossible statuses").ends(not_http()).run([](bench& b) {
        answer_each(b,
                    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "ICY 200 OK\r\ncontent-length: 3\r\n\r\n[1]",
                     "[1, 2, 3, 4, 5, 6, 7, 8]\r\n\r\n", "HTTP/2 200 OK\r\ncontent-length: 3\r\n\r\n[1]",
                     "HTTP/0.9 200 OK\r\n\r\n[1]", "HTTP/1.1 099 X\r\ncontent-length: 3\r\n\r\n[1]",
                     "HTTP/1.1 1000 X\r\ncontent-length: 3\r\n\r\n[1]",
                     "HTTP/1.1 999 X\r\ncontent-length: 3\r\n\r\n[1]", "HTTP/1.1 20 X\r\ncontent-length: 3\r\n\r\n[1]",
                     "HTTP/1.1  200 OK\r\ncontent-length: 3\r\n\r\n[1]", "SSH-2.0-OpenSSH_9.2\r\n\r\n"});
    });
    m.add("H19", "204 with a body").ends(ending::answered().keeps(0)).run([](bench& b) {
        b.server().script(connection_script().read_request().send("HTTP/1.1 204 No Content\r\n\r\n[1]").drain());
        b.check(b.call().content.empty(), "a 204 has no body");
    });
}

registrar const rows([](matrix& m) {
    add_too_much(m);
    add_lengths(m);
    add_interim(m);
    add_others(m);
});

} // namespace
