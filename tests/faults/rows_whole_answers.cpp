// Rows S and E where an answer is no stream but one JSON body: what can befall it, and why the rest cannot.
#include "faults/streams.hpp"

#include <augur/openai_wire/errc.hpp>

#include <tuple>

using namespace faults;

namespace {

row& whole_row(matrix& m, std::string id, std::string fault)
{
    return m.add(std::move(id), std::move(fault)).only_to(all_whole_answers());
}

/// A success that cannot be read: the model ran, and its answer is lost.
ending unreadable()
{
    return ending::refused(200, make_error_code(errc::decode_error), outcome::complete);
}

/// In chunks, of a content type that may be wrong.
std::string in_chunks(std::string const& type, std::string const& content, std::size_t size)
{
    auto out = "HTTP/1.1 200 OK\r\ncontent-type: " + type + "\r\ntransfer-encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < content.size(); at += size)
        out += dialect::chunk(content.substr(at, size));
    return out + dialect::last_chunk();
}

connection_script gives(bench const& b, std::string const& bytes)
{
    return connection_script().read_request().send(bytes).serve(b.ok());
}

void add_bodies(matrix& m)
{
    std::string const numbers = "it holds numbers and no text";
    whole_row(m, "S01", "a JSON body of one byte a packet").run([](bench& b) {
        b.server().script(connection_script().read_request().slice(1).send(b.ok()).slice(1 << 20).serve(b.ok()));
        b.check(b.call().content == "[1]", "the answer is whole");
    });
    whole_row(m, "S03", "an error of the model with status 200")
        .ends(ending::refused(200, make_error_code(openai_wire::errc::server_error), outcome::complete))
        .run([](bench& b) {
            auto const failure = R"({"error":{"message":"engine died","type":"server_error"}})";
            b.server().script(gives(b, b.answer(200, "", failure)));
            b.check(b.call().service_message() == "engine died", "the model's words are there");
        });
    for (std::string const type : {"text/event-stream", "application/json"})
        whole_row(m, "S06", "a stream of events where one JSON body should be, called " + type)
            .ends(unreadable())
            .run([type](bench& b) {
                dialect const d(service::openai_stream);
                auto const content = d.says("Blue") + d.ends();
                b.server().script(gives(b, in_chunks(type, content, content.size())));
                auto const& end = b.call();
                b.check(end.message().find("stream of events (" + type + ")") != std::string_view::npos,
                        "it says what came");
            });
    whole_row(m, "S07", "a JSON body with characters that are cut between chunks and packets")
        .not_for({service::openai_embeddings}, numbers)
        .run([](bench& b) {
            auto const content = whole_answer(b.to(), std::string(whole_text));
            b.server().script(connection_script()
                                  .read_request()
                                  .slice(7)
                                  .send(in_chunks("application/json", content, 1))
                                  .slice(1 << 20)
                                  .serve(b.ok()));
            b.check(b.call().content == whole_text, "the characters are whole");
        });
    whole_row(m, "S07", "a JSON body with bytes that are no UTF-8")
        .not_for({service::openai_embeddings}, numbers)
        .ends(unreadable())
        .run([](bench& b) {
            b.server().script(gives(b, b.answer(200, "", whole_answer(b.to(), "Blue\xc3"))));
            b.call();
        });
}

void add_reasons(matrix& m)
{
    for (auto const& [id, fault, why] : {
             std::tuple("S02", "an event without end, in one JSON body", "it has no events, and its size a limit: H15"),
             std::tuple("S04", "the end before the end mark, of one JSON body", "HTTP alone ends it: H06 to H08"),
             std::tuple("S05", "nothing but keep-alives, in one JSON body", "each of its bytes is progress: H17"),
             std::tuple("S08", "the caller leaves, of one JSON body", "there is only a call to leave: X01 and X02"),
             std::tuple("E01", "a damaged frame, in one JSON body", "it comes in no frames"),
             std::tuple("E02", "a frame with an exception, in one JSON body", "it comes in no frames"),
             std::tuple("E03", "a frame that is cut, in one JSON body", "it comes in no frames"),
         })
        whole_row(m, id, fault).not_for(all_whole_answers(), why);
}

registrar const rows([](matrix& m) {
    add_bodies(m);
    add_reasons(m);
});

} // namespace
