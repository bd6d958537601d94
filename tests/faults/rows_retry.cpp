// Servers that refuse for now: what is waited for, how often, and what is not tried again.
#include "faults/matrix.hpp"

#include <atomic>

using namespace faults;

namespace {

auto const unavailable =
    ending::refused(503, sagemaker::errc::service_unavailable, azure_ml::errc::unavailable, outcome::refused);

/// One refusal with these fields, then good answers, all on one connection.
void refuse_once(bench& b, std::string const& fields)
{
    b.server().script(connection_script().read_request().send(bench::answer(503, fields, "{}")).serve(b.ok()));
    b.start();
    b.run_until([&b] { return b.pool().idle == 1; }); // the refusal was read: the call waits
}

void add_waits(matrix& m)
{
    struct wait
    {
        char const* fields; ///< the manual clock starts at 2026-01-01T00:00:00Z
        std::chrono::milliseconds time;
    };
    static wait const all[] = {
        {"retry-after: 5\r\n", 5s},
        {"retry-after: 0\r\n", 0s},
        {"retry-after: 1.5\r\n", 1500ms},
        {"retry-after: 120\r\n", 120s},
        {"retry-after: -1\r\n", 0s},
        {"retry-after: abc\r\n", 0s},
        {"retry-after: Thu, 01 Jan 2026 00:00:07 GMT\r\n", 7s},
        {"retry-after: Thursday, 01-Jan-26 00:00:07 GMT\r\n", 7s},
        {"retry-after: Thu Jan  1 00:00:07 2026\r\n", 7s},
        {"retry-after: Thu, 01 Jan 2015 00:00:00 GMT\r\n", 0s},
        {"date: Thu, 01 Jan 2026 01:00:00 GMT\r\nretry-after: Thu, 01 Jan 2026 01:00:04 GMT\r\n", 4s},
        {"retry-after-ms: 250\r\n", 250ms},
        {"x-ms-retry-after-ms: 250\r\n", 250ms},
        {"x-amz-retry-after: 3000\r\n", 3s},
        {"x-amz-retry-after: 9000\r\n", 5s},
        {"x-amz-retry-after: soon\r\n", 0s},
        {"retry-after: 9\r\nretry-after-ms: 250\r\nretry-after: 4\r\n", 250ms},
        {"retry-after: -1\r\nretry-after: 2\r\n", 2s},
    };
    for (auto const& w : all) {
        std::string shown = w.fields;
        while (shown.find("\r\n") != std::string::npos)
            shown.replace(shown.find("\r\n"), 2, shown.find("\r\n") + 2 == shown.size() ? "" : ", ");
        m.add("R01", "503 with " + shown)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .ends(ending::answered().attempts(2))
            .run([&w](bench& b) {
                refuse_once(b, w.fields);
                if (w.time > 0ms) {
                    b.time().advance(w.time - 1ns);
                    b.settle();
                    b.check(b.server().requests() == 1 && !b.is_over(), "it waits as long as it was asked to");
                    b.time().advance(1ns);
                }
                b.check(b.finish().took == w.time, "it waits no longer than it was asked to");
            });
    }
    for (auto const* const longer : {"121", "1e20", "86400", "Thu, 01 Jan 2026 00:02:01 GMT"})
        m.add("R01", std::string("503 with retry-after: ") + longer)
            .driven_by("FS, CLK")
            .on_manual_clock()
            .ends(unavailable)
            .run([longer](bench& b) {
                b.server().script(connection_script()
                                      .read_request()
                                      .send(bench::answer(503, std::string("retry-after: ") + longer + "\r\n", "{}"))
                                      .serve(b.ok()));
                auto const& e = b.call();
                b.check(e.took == 0ns, "it does not wait");
                b.check(e.failure && e.failure->retry_after().value_or(0s) >= 121s, "it tells the wait");
            });
    m.add("R05", "the wait that was asked for does not fit into the deadline")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(unavailable)
        .run([](bench& b) {
            b.options().deadline(4s);
            b.server().script(
                connection_script().read_request().send(bench::answer(503, "retry-after: 5\r\n", "{}")).serve(b.ok()));
            auto const& e = b.call();
            b.check(e.took == 0ns, "it does not wait");
            b.check(e.failure && e.failure->retry_after() == 5s, "it tells the wait");
        });
    m.add("R06", "cancelled while it waits to repeat")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::cancelled, phase::backoff, outcome::refused).status(503).keeps(1))
        .run([](bench& b) {
            refuse_once(b, "retry-after: 60\r\n");
            b.time().advance(10s);
            b.settle();
            b.cancel();
            b.settle();
            b.check(b.is_over() && b.finish().took == 10s, "it ends at once");
        });
}

void add_statuses(matrix& m)
{
    struct status
    {
        int number;
        char const* what;
        std::string fields;
        std::string content;
        sagemaker::errc aws;
        azure_ml::errc azure;
        outcome known;
        int attempts;
        bool only_aws, only_azure;
    };
    using a = sagemaker::errc;
    using z = azure_ml::errc;
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    std::string const none;
    std::string const json = "{}";
    std::string const not_ready = "x-amzn-errortype: ModelNotReadyException\r\n";
    static std::vector<status> const all{
        {408, "408", none, json, a::request_timeout, z::model_timeout, refused, 3, true, false},
        {408, "408, the model ran out of time", none, json, a::request_timeout, z::model_timeout, unknown, 1, false,
         true},
        {409, "409", none, json, static_cast<a>(409), z::conflict, refused, 1, false, false},
        {424, "424, the model failed", none, json, a::model_error, z::model_error, outcome::complete, 1, false, false},
        {424, "424 around the model's 429", "ms-azureml-model-error-statuscode: 429\r\n", json, a::model_error,
         z::model_throttled, refused, 3, false, true},
        {424, "424 around the model's 503", "ms-azureml-model-error-statuscode: 503\r\n", json, a::model_error,
         z::model_overloaded, refused, 3, false, true},
        {424, "424 around the model's 500", "ms-azureml-model-error-statuscode: 500\r\n", json, a::model_error,
         z::model_error, outcome::complete, 1, false, true},
        {429, "429", none, json, a::throttling, z::throttled, refused, 3, false, false},
        {429, "429, the model is not ready", not_ready, json, a::model_not_ready, z::throttled, refused, 3, false,
         false},
        {500, "500", none, json, a::internal_failure, z::internal_error, unknown, 3, false, false},
        {501, "501", none, json, static_cast<a>(501), static_cast<z>(501), refused, 1, false, false},
        {502, "502 with a page of HTML", none, "<html><h1>Bad gateway</h1></html>", static_cast<a>(502), z::bad_gateway,
         unknown, 3, false, false},
        {503, "503", none, json, a::service_unavailable, z::unavailable, refused, 3, false, false},
        {504, "504 without a body", none, none, static_cast<a>(504), z::gateway_timeout, unknown, 3, false, false},
        {529, "529", none, json, static_cast<a>(529), static_cast<z>(529), refused, 3, false, false},
        {530, "530", none, json, a::internal_dependency, static_cast<z>(530), unknown, 1, false, false},
    };
    for (auto const& s : all) {
        auto& r = m.add("R04", std::string(s.what) + (s.attempts > 1 ? ", each time" : ""));
        r.ends(ending::refused(s.number, s.aws, s.azure, s.known).attempts(s.attempts)).run([&s](bench& b) {
            auto script = connection_script();
            for (int i = 0; i < s.attempts; ++i)
                script.read_request().send(bench::answer(s.number, s.fields, s.content));
            b.server().script(script.serve(b.ok()));
            b.call();
        });
        if (s.only_aws)
            r.only_to(service::sagemaker);
        if (s.only_azure)
            r.only_to(service::azure_ml);
    }
    for (int const number : {500, 502, 504})
        m.add("R04", std::to_string(number) + ", then an answer")
            .ends(ending::answered().attempts(2).replayed())
            .run([number](bench& b) {
                b.server().script(
                    connection_script().read_request().send(bench::answer(number, "", "{}")).serve(b.ok()));
                b.call();
            });
    m.add("R04", "500 for a call that may not be executed twice")
        .ends(ending::refused(500, a::internal_failure, z::internal_error, unknown))
        .run([](bench& b) {
            b.options().replay(replay::at_most_once);
            b.server().script(connection_script().read_request().send(bench::answer(500, "", "{}")).serve(b.ok()));
            b.call();
        });
}

/// A service that fails as long as it is told to.
class storm
{
public:
    explicit storm(bench& b) : bench_(&b)
    {
        b.server().always(
            connection_script().serve([failing = failing_, good = b.ok()](testing::received_request const&) {
                return *failing ? bench::answer(503, "", "{}") : good;
            }));
    }
    void ends() noexcept { *failing_ = false; }

    /// Makes so many calls one after the other and gives their attempts.
    std::size_t calls(int n)
    {
        auto const before = bench_->server().requests();
        for (int i = 0; i < n; ++i) {
            bool over = false;
            bench_->start_other([&over](ended const&) { over = true; });
            bench_->run_until_other([&over] { return over; });
        }
        return bench_->server().requests() - before;
    }

private:
    bench* bench_;
    std::shared_ptr<std::atomic<bool>> failing_ = std::make_shared<std::atomic<bool>>(true);
};

void add_storms(matrix& m)
{
    m.add("R02", "every answer is 503, 10,000 calls").only_to(service::sagemaker).ends(unavailable).run([](bench& b) {
        storm weather(b);
        auto const attempts = weather.calls(10'000);
        b.check(attempts == 10'035, "500 tokens pay for 35 repeats of 14, and for no more");
        b.check(static_cast<double>(attempts) / 10'000 <= 1.004, "at most 1.004 attempts per call");
        b.call(); // fails fast
        weather.ends();
    });
    m.add("R03", "the service heals after a storm").ends(ending::answered().attempts(2)).run([](bench& b) {
        storm weather(b);
        b.check(weather.calls(100) == 135, "the quota is empty");
        weather.ends();
        b.check(weather.calls(20) == 20, "each success gives one token back");
        b.server().close_connections();
        b.server().always(connection_script().read_request().send(bench::answer(503, "", "{}")).serve(b.ok()));
        b.start();
        b.finish();
    });
}

registrar const rows([](matrix& m) {
    add_waits(m);
    add_statuses(m);
    add_storms(m);
});

} // namespace
