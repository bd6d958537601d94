// Those who give credentials and tokens fail, and calls go on as long as what they gave is good.
#include "faults/giver.hpp"
#include "faults/streams.hpp"

#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/managed_identity.hpp>

using namespace faults;

namespace {

namespace aws = auth::aws;
namespace entra = auth::entra;

/// A giver whose credentials last an hour from the manual clock's start, in use by the bench: a container's agent
/// for AWS, App Service for Azure.
std::shared_ptr<giver> lasting_an_hour(bench& b)
{
    auto const azure = b.to() == service::azure_ml || is_openai(b.to());
    auto const made = std::make_shared<giver>([azure, n = 0](testing::received_request const&) mutable {
        ++n; // the second one lasts a day
        if (azure)
            return good_answer(token_set(n == 1 ? "3600" : "86400"));
        return good_answer(key_set(n == 1 ? "2026-01-01T01:00:00Z" : "2026-01-02T00:00:00Z"));
    });
    b.keep(made);
    call::environment e;
    if (azure) {
        e.identity_endpoint = made->url() + "/msi/token";
        e.identity_header = secret("canary-header");
        b.use(entra::managed_identity(entra::source_options(e)));
    }
    else {
        e.aws_container_full_uri = made->url() + "/c";
        e.aws_container_token = secret("canary-header");
        b.use(aws::container_credentials(aws::source_options(e)));
    }
    return made;
}

void add_outages(matrix& m)
{
    struct outage
    {
        char const* fault;
        std::string answer;
    };
    static std::vector<outage> const all{
        {"503 from who gives credentials, for five minutes, while the old ones are good", bench::answer(503, "", "{}")},
        {"nonsense from who gives credentials, for five minutes, while the old ones are good",
         bench::answer(200, "", "<html>")},
        {"silence of who gives credentials, for five minutes, while the old ones are good", ""},
    };
    for (auto const& o : all)
        m.add("A07", o.fault).driven_by("FS, CLK").on_manual_clock().memory(2 << 20).run([&o](bench& b) {
            auto const from = lasting_an_hour(b);
            b.warm_up();
            b.check(from->requests() == 1, "fetched at the first call");
            from->always_say(o.answer);
            b.time().advance(46min); // both windows are behind us: a refresh is due
            for (int i = 0; i < 30; ++i) {
                b.call();
                if (i == 0) // a refresh is tried, by real sockets; the clock must not run away from it
                    b.run_until_other([&from] { return from->requests() >= 2; });
                b.time().advance(10s);
                b.settle();
            }
            b.check(from->requests() <= 60, "and not with every call");
            from->always_say(std::nullopt);
        });
    m.add("A08", "the credentials end during a stream of forty minutes")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .memory(2 << 20)
        .only_to(all_streams())
        .run([](bench& b) {
            auto const from = lasting_an_hour(b);
            b.warm_up();
            b.time().advance(40min);
            b.settle();
            auto const stages = dialect(b.to()).short_stages(true);
            b.server().close_connections();
            b.server().script(connection_script()
                                  .read_request()
                                  .send(stages.bytes.substr(0, stages.body))
                                  .wait_for_step()
                                  .send(stages.bytes.substr(stages.body))
                                  .serve(b.ok()));
            b.options().deadline(3h).first_event(3h).idle(3h).first_byte(3h);
            auto const sent = b.server().sent_bytes();
            b.start();
            b.run_until([&] { return b.server().sent_bytes() == sent + stages.body; });
            b.time().advance(40min); // the credentials have been over for twenty
            b.settle();
            b.check(!b.is_over(), "the stream does not mind");
            b.check(from->requests() == 1, "nobody fetches for a stream that runs");
            b.server().step();
            b.check(b.finish().content == "[1]", "the whole text came");
            b.call();
            b.check(from->requests() == 2, "the next call fetched");
        });
}

std::shared_ptr<giver> entra_in_use(bench& b)
{
    auto const made =
        std::make_shared<giver>([](testing::received_request const&) { return good_answer(token_set("3600")); });
    b.keep(made);
    entra::source_options options;
    options.authority(made->url()).allow_plain_http();
    entra::app_identity app("11111111-2222-3333-4444-555555555555", "client");
    b.use(entra::client_secret(std::move(app), secret("canary-secret-of-the-app"), std::move(options)));
    return made;
}

void add_answers(matrix& m)
{
    struct refusal
    {
        char const* fault;
        std::string answer;
        error_code code;
        int status;
        std::chrono::seconds kept{1}; ///< a failure is remembered for one, or for as long as was asked
    };
    auto const error = [](int status, std::string const& fields, std::string const& content) {
        return bench::answer(status, fields, content);
    };
    static std::vector<refusal> const refusals{
        {"400 invalid_client that repeats the secret",
         error(400, "",
               R"({"error":"invalid_client","error_description":"AADSTS7000215: canary-secret-of-the-app is wrong.",)"
               R"("error_codes":[7000215]})"),
         make_error_code(entra::errc::refused), 400},
        {"401, the assertion's time", error(401, "", R"({"error":"invalid_client","error_codes":[700024]})"),
         make_error_code(entra::errc::wrong_clock), 401},
        {"400, another factor is wanted", error(400, "", R"({"error":"invalid_grant","error_codes":[50076]})"),
         make_error_code(entra::errc::interaction), 400},
        {"429, for longer than anybody waits", error(429, "retry-after: 60\r\n", ""),
         make_error_code(entra::errc::throttled), 429, 60s},
        {"429, for an hour", error(429, "retry-after: 3600\r\n", ""), make_error_code(entra::errc::throttled), 429,
         300s},
        {"400, a loop was found", error(400, "", R"({"error":"invalid_grant","error_codes":[50196]})"),
         make_error_code(entra::errc::back_off), 400, 60s},
        {"503, for longer than anybody waits", error(503, "retry-after: 60\r\n", ""),
         make_error_code(entra::errc::unavailable), 503, 60s},
        {"HTML", error(200, "content-type: text/html\r\n", "<html>sign in</html>"), make_error_code(errc::decode_error),
         0},
        {"no token", good_answer("{}"), make_error_code(errc::decode_error), 0},
        {"a token of another type", good_answer(R"({"access_token":"t","token_type":"pop","expires_in":1})"),
         make_error_code(errc::decode_error), 0},
        {"a token that is no header", good_answer(R"({"access_token":"a\r\nb","expires_in":3600})"),
         make_error_code(errc::decode_error), 0},
        {"expires_in 0", good_answer(token_set("0")), make_error_code(errc::credentials_unavailable), 0},
        {"expires_in -1", good_answer(token_set("-1")), make_error_code(errc::credentials_unavailable), 0},
    };
    for (auto const& r : refusals)
        m.add("A09", std::string("the token endpoint: ") + r.fault)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .memory(2 << 20)
            .only_to(service::azure_ml)
            .ends(ending::unproved(r.code, r.status))
            .run([&r](bench& b) {
                auto const from = entra_in_use(b);
                from->say({r.answer});
                std::size_t told = 0;
                b.start_other([&told](ended const& e) { told += e.failure ? 1 : 0; });
                b.call();
                b.run_until_other([&told] { return told == 1; });
                b.check(from->requests() == 1, "one fetch for both");
                b.time().advance(r.kept - 500ms);
                bool over = false;
                b.start_other([&](ended const& e) {
                    told += e.failure ? 1 : 0;
                    over = true;
                });
                b.run_until_other([&over] { return over; });
                b.check(told == 2 && from->requests() == 1, "nobody asks again so soon");
                b.time().advance(1s);
            });
    struct oddity
    {
        char const* fault;
        std::string answer;
        std::chrono::hours life;
    };
    static std::vector<oddity> const odd{
        {"expires_in as text", good_answer(token_set("\"3600\"")), 0h},
        {"expires_in 1e12", good_answer(token_set("1e12")), 24h * 7},
    };
    for (auto const& o : odd)
        m.add("A09", std::string("the token endpoint: ") + o.fault)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .memory(2 << 20)
            .only_to(service::azure_ml)
            .run([&o](bench& b) {
                auto const from = entra_in_use(b);
                from->say({o.answer});
                b.call();
                b.check(from->requests() == 1, "fetched");
                if (o.life == 0h)
                    return;
                b.time().advance(o.life + 1min);
                b.server().close_connections();
                b.call();
                b.check(from->requests() == 2, "its life was cut");
            });
    m.add("A09", "the token endpoint: 503, then well").memory(2 << 20).only_to(service::azure_ml).run([](bench& b) {
        auto const from = entra_in_use(b);
        from->say({bench::answer(503, "", "")});
        b.call();
        b.check(from->requests() == 2, "asked again");
    });
    m.add("A09", "the token endpoint: silence")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .memory(2 << 20)
        .only_to(service::azure_ml)
        .ends(ending::unproved(make_error_code(errc::deadline_exceeded)))
        .not_followed("the fetch, which belongs to nobody, goes on")
        .run([](bench& b) {
            auto const from = entra_in_use(b);
            from->always_say("");
            b.options().deadline(3s);
            b.start();
            b.run_until([&] { return from->requests() == 1; });
            b.passes(3s);
        });
}

registrar const rows([](matrix& m) {
    add_outages(m);
    add_answers(m);
});

} // namespace
