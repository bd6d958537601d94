// Proofs of identity that are refused, and how often another one is tried.
#include "faults/matrix.hpp"

#include <algorithm>

using namespace faults;

namespace {

std::string typed(char const* name)
{
    return std::string("x-amzn-errortype: ") + name + "\r\n";
}

/// Each request of one connection gets the next of these, then good answers.
void answer_with(bench& b, std::vector<std::string> const& answers)
{
    auto script = connection_script();
    for (auto const& one : answers)
        script.read_request().send(one);
    b.server().script(script.serve(b.ok()));
}

std::string date_of(bench& b, std::size_t request)
{
    return std::string(b.server().received().at(request).field("x-amz-date"));
}

ending signature_refused(sagemaker::errc code)
{
    return ending::refused(403, code, azure_ml::errc::forbidden, outcome::refused);
}

// The manual clock starts at 2026-01-01T00:00:00Z; this server's is an hour ahead.
constexpr auto ahead = "date: Thu, 01 Jan 2026 01:00:00 GMT\r\n";

void add_clocks(matrix& m)
{
    struct refusal
    {
        char const* fault;
        std::string answer;
    };
    static std::vector<refusal> const skewed{
        {"RequestTimeTooSkewed", bench::answer(403, typed("RequestTimeTooSkewed") + ahead, "{}")},
        {"an expired signature by its name", bench::answer(403, typed("SignatureExpired") + ahead, "{}")},
        {"an invalid signature and a date that differs by an hour",
         bench::answer(403, typed("InvalidSignatureException") + ahead, R"({"message":"Signature expired: 1 < 2"})")},
    };
    for (auto const& s : skewed)
        m.add("A03", s.fault)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .only_to(service::sagemaker)
            .ends(ending::answered().attempts(2))
            .run([&s](bench& b) {
                answer_with(b, {s.answer});
                b.call();
                b.check(date_of(b, 0) == "20260101T000000Z", "signed with our clock");
                b.check(date_of(b, 1) == "20260101T010000Z", "signed with the service's clock");
            });
    struct final_refusal
    {
        char const* fault;
        std::vector<std::string> answers;
        sagemaker::errc code;
        int attempts;
    };
    auto const skew = sagemaker::errc::request_time_too_skewed;
    auto const invalid = sagemaker::errc::invalid_signature;
    static std::vector<final_refusal> const final{
        {"RequestTimeTooSkewed, each time", {skewed[0].answer, skewed[0].answer, skewed[0].answer}, skew, 2},
        {"RequestTimeTooSkewed without a date", {bench::answer(403, typed("RequestTimeTooSkewed"), "{}")}, skew, 1},
        {"an invalid signature and a date that differs by four minutes",
         {bench::answer(403, typed("InvalidSignatureException") + "date: Thu, 01 Jan 2026 00:04:00 GMT\r\n", "{}")},
         invalid,
         1},
        {"RequestTimeTooSkewed and a date of another century",
         {bench::answer(403, typed("RequestTimeTooSkewed") + "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "{}")},
         skew,
         1},
    };
    for (auto const& f : final)
        m.add("A03", f.fault)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .only_to(service::sagemaker)
            .ends(signature_refused(f.code).attempts(f.attempts))
            .run([&f](bench& b) {
                answer_with(b, f.answers);
                b.call();
            });
}

void add_refusals(matrix& m)
{
    struct refusal
    {
        char const* fault;
        char const* name;
        sagemaker::errc code;
    };
    static refusal const all[] = {
        {"AccessDenied", "AccessDeniedException", sagemaker::errc::access_denied},
        {"AuthFailure", "AuthFailure", sagemaker::errc::invalid_signature},
    };
    for (auto const& r : all)
        for (bool const rotating : {false, true})
            m.add("A04", std::string("403 ") + r.fault + (rotating ? ", with credentials that could change" : ""))
                .ends(signature_refused(r.code))
                .run([&r, rotating](bench& b) {
                    if (rotating)
                        b.rotate_credentials();
                    answer_with(b, {bench::answer(403, typed(r.name), "{}")});
                    b.call();
                });
    m.add("A02", "401 with credentials that cannot change")
        .ends(
            ending::refused(401, sagemaker::errc::unrecognized_client, azure_ml::errc::unauthorized, outcome::refused))
        .run([](bench& b) {
            answer_with(b, {bench::answer(401, typed("UnrecognizedClientException"), "{}")});
            b.call();
        });
    static auto const expired = bench::answer(401, typed("ExpiredTokenException"), "{}");
    m.add("A05", "expired credentials that can change").ends(ending::answered().attempts(2)).run([](bench& b) {
        b.rotate_credentials();
        answer_with(b, {expired});
        b.call();
        auto const seen = b.server().received();
        b.check(seen.at(0).field("authorization") != seen.at(1).field("authorization"), "other credentials");
        b.check(b.fetched_credentials() == 2, "fetched once more");
    });
    m.add("A05", "expired credentials, each time")
        .ends(ending::refused(401, sagemaker::errc::expired_token, azure_ml::errc::unauthorized, outcome::refused)
                  .attempts(2))
        .run([](bench& b) {
            b.rotate_credentials();
            answer_with(b, {expired, expired, expired});
            b.call();
            b.check(b.fetched_credentials() == 2, "fetched once more, and no more");
        });
    m.add("A01", "a hundred calls refused at once with the same credentials")
        .not_counted("others run beside it")
        .ends(ending::answered().attempts(2).keeps(64))
        .run([](bench& b) {
            b.rotate_credentials();
            b.memory_cap(16 << 20);
            b.warm_up();
            auto const first = std::string(b.server().received().at(0).field("authorization"));
            auto const of = [](std::string_view proof) { return std::string(proof.substr(0, proof.find(", Signed"))); };
            b.server().close_connections();
            b.server().always(connection_script().serve([first, of, good = b.ok()](testing::received_request const& r) {
                return of(r.field("authorization")) == of(first) ? expired : good;
            }));
            std::size_t answered = 0;
            for (int i = 0; i < 100; ++i)
                b.start_other([&answered](ended const& e) { answered += e.failure ? 0 : 1; });
            b.start();
            b.finish();
            b.run_until_other([&answered] { return answered == 100; });
            b.check(b.fetched_credentials() == 2, "one of them fetched, for all");
        });
}

void add_repeats(matrix& m)
{
    m.add("A06", "each repeat proves itself anew")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::answered().attempts(3))
        .run([](bench& b) {
            answer_with(
                b, {bench::answer(503, "retry-after: 5\r\n", "{}"), bench::answer(503, "retry-after: 7\r\n", "{}")});
            b.start();
            for (auto const wait : {5s, 7s}) {
                b.run_until([&b] { return b.pool().idle == 1; }); // the refusal was read: the call waits
                b.time().advance(wait);
                b.settle();
            }
            b.finish();
            auto const seen = b.server().received();
            b.check(seen.size() == 3, "three requests arrived");
            for (auto const& one : seen)
                b.check(one.content == seen[0].content && one.target() == seen[0].target(), "the same request");
            if (b.to() == service::azure_ml) {
                b.check(seen[0].field("x-ms-client-request-id") == seen[2].field("x-ms-client-request-id"),
                        "one id for all");
                return;
            }
            b.check(date_of(b, 0) == "20260101T000000Z" && date_of(b, 1) == "20260101T000005Z" &&
                        date_of(b, 2) == "20260101T000012Z",
                    "each is dated when it is sent");
            b.check(seen[0].field("authorization") != seen[1].field("authorization") &&
                        seen[1].field("authorization") != seen[2].field("authorization"),
                    "each has its own signature");
            b.check(seen[0].field("amz-sdk-invocation-id") == seen[2].field("amz-sdk-invocation-id"), "one id for all");
            b.check(seen[0].field("amz-sdk-request") == "attempt=1; max=3" &&
                        seen[1].field("amz-sdk-request") == "attempt=2; max=3" &&
                        seen[2].field("amz-sdk-request") == "attempt=3; max=3",
                    "numbered");
        });
}

registrar const rows([](matrix& m) {
    add_clocks(m);
    add_refusals(m);
    add_repeats(m);
});

} // namespace
