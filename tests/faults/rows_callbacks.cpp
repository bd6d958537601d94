// Row X07: what a user plugs in throws.
#include "faults/matrix.hpp"

#include <augur/auth/entra/token.hpp>
#include <augur/call/observer.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/log.hpp>
#include <augur/net/next_turn.hpp>

#include <stdexcept>
#include <utility>

using namespace faults;

namespace {

/// What a call comes to when something that is not ours throws in it.
ending internal()
{
    return ending::failed(errc::internal, phase::prepare, outcome::unknown).attempts(0);
}

[[noreturn]] void complain()
{
    throw std::runtime_error("canary-free complaint");
}

/// The first lookup throws: before it is a coroutine, in it, or something that is no std::exception.
class throwing_resolver final : public net::resolver
{
public:
    enum class how
    {
        at_once,
        later,
        a_number,
    };
    throwing_resolver(how h, net::address to) noexcept : how_(h), to_(to) {}
    net::task<result<std::vector<net::address>>> resolve(net::operation& op, std::string, steady_time) override
    {
        bool const throws = !std::exchange(has_thrown_, true);
        if (throws && how_ == how::at_once)
            complain();
        if (throws && how_ == how::a_number)
            throw 42;
        return look(op, throws);
    }

private:
    net::task<result<std::vector<net::address>>> look(net::operation& op, bool throws)
    {
        co_await net::next_turn(op);
        if (throws)
            complain();
        std::vector<net::address> out{to_};
        co_return std::move(out);
    }
    how how_;
    net::address to_;
    bool has_thrown_ = false;
};

class throwing_source final : public auth::aws::credential_source
{
public:
    net::task<result<auth::aws::credentials>> fetch(net::operation&, steady_time) override
    {
        if (!std::exchange(has_thrown_, true))
            complain();
        co_return good_credentials();
    }
    std::string name() const override { return "a test"; }

private:
    bool has_thrown_ = false;
};

class throwing_tokens final : public auth::entra::token_source
{
public:
    net::task<result<auth::entra::access_token>> fetch(net::operation&, steady_time,
                                                       auth::entra::token_request) override
    {
        if (!std::exchange(has_thrown_, true))
            complain();
        auth::entra::access_token out;
        out.text = secret("canary-azure-token");
        co_return out;
    }
    std::string name() const override { return "a test"; }

private:
    bool has_thrown_ = false;
};

class throwing_authenticator final : public call::authenticator
{
public:
    explicit throwing_authenticator(bool when_it_signs) noexcept : when_it_signs_(when_it_signs) {}
    result<void> sign(request_head& head, body const&, wall_time) override
    {
        if (when_it_signs_ && !std::exchange(has_thrown_, true))
            complain();
        if (!has_key_)
            return error(make_error_code(errc::credentials_needed), phase::auth);
        return head.add("authorization", "Bearer canary-azure-key");
    }
    net::task<result<void>> refresh(net::operation&, steady_time) override
    {
        if (!when_it_signs_ && !std::exchange(has_thrown_, true))
            complain();
        has_key_ = true;
        co_return result<void>();
    }

private:
    bool when_it_signs_;
    bool has_thrown_ = false;
    bool has_key_ = false;
};

void add_resolvers(matrix& m)
{
    using how = throwing_resolver::how;
    for (auto const& [what, h] : {std::pair<char const*, how>("at once", how::at_once),
                                  std::pair<char const*, how>("after a while", how::later),
                                  std::pair<char const*, how>("something that is no exception", how::a_number)}) {
        auto const when = h;
        m.add("X07", std::string("the user's resolver throws ") + what)
            .driven_by("RES")
            .ends(internal())
            .run([when](bench& b) {
                b.use(std::make_shared<throwing_resolver>(when, *net::parse_address("127.0.0.1")));
                b.call();
                b.check(b.server().connections() == 0, "nothing is sent");
            });
    }
}

void add_proofs(matrix& m)
{
    auto const no_proof = ending::unproved(make_error_code(errc::internal));
    m.add("X07", "the user's source of credentials throws")
        .only_to(service::sagemaker)
        .driven_by("throw, CLK")
        .on_manual_clock()
        .ends(no_proof)
        .run([](bench& b) {
            b.use(std::make_shared<throwing_source>());
            b.call();
            b.time().advance(1s); // for so long a failure is everybody's
        });
    m.add("X07", "the user's source of tokens throws")
        .only_to(service::azure_ml)
        .driven_by("throw, CLK")
        .on_manual_clock()
        .ends(no_proof)
        .run([](bench& b) {
            b.use(std::make_shared<throwing_tokens>());
            b.call();
            b.time().advance(1s);
        });
    for (bool const when_it_signs : {false, true})
        m.add("X07", std::string("the user's authenticator throws when it ") + (when_it_signs ? "signs" : "refreshes"))
            .only_to(service::azure_ml)
            .driven_by("throw")
            .ends(internal())
            .run([when_it_signs](bench& b) {
                b.use(std::make_shared<throwing_authenticator>(when_it_signs));
                b.call();
            });
}

void add_handlers(matrix& m)
{
    m.add("X07", "the handler of another call throws").to_all().driven_by("throw").run([](bench& b) {
        int called = 0;
        int thrown = 0;
        b.start_other([&called](ended const&) {
            ++called;
            complain();
        });
        try {
            b.run_until_other([&called] { return called > 0; });
            b.settle();
        }
        catch (std::runtime_error const& e) {
            thrown += e.what() == std::string("canary-free complaint") ? 1 : 0;
        }
        b.settle();
        b.check(called == 1 && thrown == 1, "it is called once, and what it throws leaves the event loop once");
        b.check(b.pool().busy == 0, "its connection is free");
        b.call();
    });
    static_assert(
        noexcept(std::declval<log_sink&>().write(log_level::info, "")) &&
        noexcept(std::declval<log_sink&>().wants(log_level::info)) &&
        noexcept(std::declval<call::observer&>().on_call_end(std::declval<call::call_end const&>())) &&
        noexcept(std::declval<call::observer&>().on_attempt_end(std::declval<call::attempt_end const&>())) &&
        noexcept(std::declval<call::observer&>().on_attempt_start(std::declval<call::attempt_start const&>())) &&
        noexcept(std::declval<random_source&>().bits()));
    m.add("X07", "a log, an observer or a source of randomness throws")
        .not_for({service::sagemaker, service::azure_ml}, "their functions are noexcept: what throws does not compile")
        .run([](bench&) {});
}

registrar const rows([](matrix& m) {
    add_resolvers(m);
    add_proofs(m);
    add_handlers(m);
});

} // namespace
