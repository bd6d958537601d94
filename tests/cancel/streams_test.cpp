// A stream of events while memory runs out at any of its allocations: errors or exceptions, nothing kept, and the
// client goes on.

#include "cancel/world.hpp"

#include <augur/call/impl/stream_source.hpp>
#include <augur/codec/sse.hpp>

using namespace test;

namespace {

result<codec::sse::decoder> new_decoder(call::opened const&, net::event_source<codec::sse::event>&)
{
    return codec::sse::decoder();
}

std::string chunked(std::string const& text)
{
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < text.size(); at += 16)
        out += "10\r\n" + (text + std::string(16, '\n')).substr(at, 16) + "\r\n";
    return out + "0\r\n\r\n";
}

using events = event_stream<codec::sse::event>;

std::string const body_text = ": hello\n\ndata: Blue\n\n: ping\n\ndata: , says \n\ndata: a friend.\n\n";
std::string const whole_text = "Blue, says a friend.";

/// No JSON: simdjson 3.0 does not survive all that its own checks allocate.
class open_call
{
public:
    open_call(std::shared_ptr<call::core> shared, call::plan what) : core_(std::move(shared)), plan_(std::move(what)) {}
    net::task<result<events>> operator()(net::operation& op)
    {
        auto opened = co_await call::open(op, core_, std::move(plan_), call_options());
        if (!opened)
            co_return opened.error();
        using source = net::event_source<codec::sse::event>;
        co_return call::make_stream<events, source>(std::move(*opened), &new_decoder);
    }

private:
    std::shared_ptr<call::core> core_;
    call::plan plan_;
};

/// Opens a stream and reads it to its end, each step from the handler of the one before.
struct reading
{
    std::optional<events> stream;
    std::string text;
    int pending = 0; ///< handlers that live
    bool is_whole = false;
    bool failed = false;

    /// What a handler holds, so that one that is destroyed is noticed.
    struct hold
    {
        explicit hold(reading& r) noexcept : self(&r) { ++self->pending; }
        hold(hold&& other) noexcept : self(std::exchange(other.self, nullptr)) {}
        ~hold()
        {
            if (self != nullptr)
                --self->pending;
        }
        reading* self;
    };

    void next()
    {
        stream->async_next([h = hold(*this)](events::item item) mutable {
            auto& r = *h.self;
            if (!item) {
                r.failed = true;
                CHECK(item.error().outcome() != outcome::not_sent);
                return;
            }
            if (!*item) {
                r.is_whole = true;
                return;
            }
            faults::allocation::pause const ours;
            r.text += (*item)->data;
            asio::post(r.stream->get_executor(), [&r] { r.next(); });
        });
    }

    void open(world& w)
    {
        http_request request{request_head::make("POST", "/ours", "service.test").value(), body("{}")};
        open_call one(w.client, call::plan(w.to, std::move(request), &read_refusal));
        net::start<events>(w.client->arena, w.time, w.io->get_executor(), 10min, std::move(one),
                           [h = hold(*this)](result<events> r) mutable {
                               auto& self = *h.self;
                               if (!r) {
                                   self.failed = true;
                                   return;
                               }
                               self.stream.emplace(std::move(*r));
                               self.next();
                           });
    }
};

} // namespace

TEST_CASE("cancel: out of memory at the n-th allocation of a stream of events")
{
    std::size_t cases = 0;
    for (bool const lasting : {false, true}) {
        bool reached = true;
        for (std::size_t n = 1; reached; ++n) {
            CAPTURE(lasting);
            CAPTURE(n);
            world w;
            w.server.script = {answers(chunked(body_text))};
            w.make_client();
            w.server.waits->by_hand = true;
            {
                reading r;
                auto const out =
                    run_short_of_memory(w, lasting, n, [&] { r.open(w); }, [&r] { return r.pending == 0; });
                reached = out.was_refused;
                CHECK(r.pending == 0);
                if (r.is_whole)
                    CHECK(r.text == whole_text);
                else
                    CHECK((r.failed || out.exceptions > 0));
                CHECK(whole_text.starts_with(r.text));
            }
            w.run_until([] { return false; }); // others that wait
            check_nothing_left(w);
            check_goes_on(w);
            cases += reached ? 1 : 0;
        }
    }
    MESSAGE(cases << " refused allocations");
    CHECK(cases > 50);
}
