// Each limit once by a real clock: the matrix's other times are those of a manual one.
#include "faults/matrix.hpp"
#include "faults/streams.hpp"

using namespace faults;

namespace {

constexpr auto limit = 60ms;

ending not_sent(errc code, phase where)
{
    return ending::failed(code, where, outcome::not_sent);
}

/// Credentials that do not come in time.
class silent_source final : public auth::aws::credential_source
{
public:
    net::task<result<auth::aws::credentials>> fetch(net::operation& op, steady_time until) override
    {
        if (!std::exchange(was_asked_, true)) {
            co_await net::sleep_until(op, until);
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        }
        co_return good_credentials();
    }
    std::string name() const override { return "a test"; }

private:
    bool was_asked_ = false;
};

void add_before_sending(matrix& m)
{
    m.add("C04", "a lookup hangs for 60 ms of real time")
        .driven_by("RES")
        .ends(not_sent(errc::resolve_timeout, phase::resolve))
        .run([](bench& b) {
            b.names().never().answer({"127.0.0.1"});
            b.count([&b] { return b.lookups(); });
            b.options().max_attempts(1).resolve(limit);
            b.call_in_real_time(limit);
            b.options().resolve(5s);
        });
    m.add("C06", "nothing answers for 60 ms of real time")
        .driven_by("BH")
        .ends(not_sent(errc::connect_timeout, phase::connect))
        .run([](bench& b) {
            testing::black_hole const silent("127.0.0.2", b.server().port());
            b.names().answer({"127.0.0.2"}).answer({"127.0.0.1"});
            b.count([&b] { return b.lookups(); });
            b.options().max_attempts(1).connect(limit);
            b.call_in_real_time(limit);
            b.options().connect(5s);
        });
    m.add("C09", "the pool is full for 60 ms of real time")
        .ends(not_sent(errc::pool_timeout, phase::pool_wait))
        .not_counted("it never left the queue")
        .run([](bench& b) {
            b.settings().pool.max_connections = 1;
            b.server().script(connection_script().read_request().wait_for_step().fin());
            b.options().max_attempts(1);
            b.start_other();
            b.run_until_other([&b] { return b.server().requests() == 1; });
            b.options().pool_wait(limit);
            b.call_in_real_time(limit);
            b.options().pool_wait(10s);
            b.server().step();
            b.run_until_other([&b] { return b.pool().busy == 0; });
        });
    m.add("P01", "the proxy does not answer CONNECT for 60 ms of real time")
        .only_tls()
        .ends(not_sent(errc::proxy_timeout, phase::proxy))
        .run([](bench& b) {
            auto const proxy = std::make_shared<testing::fault_server>();
            proxy->script(connection_script().read_request().hold());
            proxy->always(connection_script()
                              .read_request()
                              .send("HTTP/1.1 200 OK\r\n\r\n")
                              .start_tls(bench::good_tls())
                              .serve(b.ok()));
            b.settings().proxy.url = "http://proxy.test:" + std::to_string(proxy->port());
            b.count([proxy] { return proxy->requests(); });
            b.options().max_attempts(1).proxy(limit);
            b.call_in_real_time(limit);
            b.options().proxy(5s);
        });
    m.add("T06", "the handshake stalls for 60 ms of real time")
        .driven_by("TFS")
        .only_tls()
        .ends(not_sent(errc::tls_timeout, phase::tls))
        .run([](bench& b) {
            b.server().script(connection_script().handshake_until(100).hold());
            b.count([&b] { return b.server().connections(); });
            b.options().max_attempts(1).tls(limit);
            b.call_in_real_time(limit);
            b.options().tls(5s);
            b.check(b.server().request_bytes() == 0, "no byte of a request arrived");
        });
    m.add("A09", "credentials do not come for 60 ms of real time")
        .only_to(service::sagemaker)
        .driven_by("sleep")
        .not_followed("for a second the failure is everybody's")
        .ends(not_sent(errc::auth_timeout, phase::auth).attempts(0))
        .run([](bench& b) {
            b.use(std::make_shared<silent_source>());
            b.options().auth(limit);
            b.call_in_real_time(limit);
            b.options().auth(5s);
        });
}

void add_after_sending(matrix& m)
{
    m.add("H21", "nobody reads the request for 60 ms of real time")
        .ends(ending::failed(errc::write_timeout, phase::write, outcome::unknown))
        .run([](bench& b) {
            b.memory_cap(32 << 20);
            b.request_size(8 << 20); // more than the kernel takes
            b.server().small_buffers().script(connection_script().read_head().hold());
            b.options().write(limit);
            b.call_in_real_time(limit);
            b.options().write(30s);
            b.request_size(0);
        });
    m.add("H05", "no response for 60 ms of real time")
        .to_all()
        .ends(ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.options().first_byte(limit);
            b.server().script(connection_script().read_request().hold());
            b.call_in_real_time(limit);
            b.options().first_byte(75s);
        });
    m.add("H05", "no response before a deadline of 60 ms of real time")
        .to_all()
        .ends(ending::failed(errc::deadline_exceeded, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().send(b.ok()).read_request().hold());
            b.warm_up(); // so that connecting takes no time
            b.options().deadline(limit);
            b.call_in_real_time(limit);
            b.options().deadline(10min);
        });
    m.add("H17", "a body that stops for 60 ms of real time")
        .to_all()
        .ends(ending::failed(errc::idle_timeout, phase::body, outcome::partial).status(200))
        .run([](bench& b) {
            b.options().idle(limit);
            b.server().script(connection_script().read_request().send(b.ok().substr(0, b.ok().size() - 2)).hold());
            b.call_in_real_time(limit);
            b.options().idle(60s);
        });
    m.add("S05", "no event of a stream for 60 ms of real time")
        .only_to(all_streams())
        .ends(ending::broken(make_error_code(errc::first_event_timeout), phase::body))
        .run([](bench& b) {
            b.options().first_event(limit);
            b.server().script(connection_script().read_request().send(dialect(b.to()).head()).hold());
            b.call_in_real_time(limit);
            b.options().first_event(60s);
        });
}

registrar const rows([](matrix& m) {
    add_before_sending(m);
    add_after_sending(m);
});

} // namespace
