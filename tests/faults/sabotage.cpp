#include "faults/sabotage.hpp"
#include "faults/sabotage_tls.hpp"

#include <augur/core/url.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <utility>

namespace faults {

using namespace augur;

namespace {

/// Sends through another transport what `change` makes of each exchange.
net::task<result<http_response>> send_changed(net::operation& op, std::shared_ptr<net::transport> through,
                                              net::exchange& x, net::origin to, phase_limits limits)
{
    net::exchange other(to, x.head(), x.payload(), limits);
    other.on_fresh_connection(x.wants_fresh_connection());
    auto out = co_await through->send(op, other);
    x.report = other.report;
    co_return std::move(out);
}

class wrapping_transport : public net::transport
{
public:
    explicit wrapping_transport(std::shared_ptr<net::transport> inner) noexcept : inner_(std::move(inner)) {}
    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override
    {
        return inner_->open(op, x);
    }

protected:
    std::shared_ptr<net::transport> const& inner() const noexcept { return inner_; }

private:
    std::shared_ptr<net::transport> inner_;
};

/// Sends by itself again what the service may have acted on.
class replaying_transport final : public wrapping_transport
{
public:
    using wrapping_transport::wrapping_transport;
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        auto out = co_await inner()->send(op, x);
        if (!out && out.error().outcome() == outcome::unknown)
            out = co_await inner()->send(op, x);
        co_return std::move(out);
    }
};

/// For a dialer that did TLS already, in its own way.
class plain_transport final : public wrapping_transport
{
public:
    using wrapping_transport::wrapping_transport;
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        auto to = x.to();
        to.is_https = false;
        auto const limits = x.limits();
        return send_changed(op, inner(), x, std::move(to), limits);
    }
};

/// Knows no limit but the call's own end.
class patient_transport final : public wrapping_transport
{
public:
    using wrapping_transport::wrapping_transport;
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        phase_limits limits;
        for (auto* const one : {&limits.pool_wait, &limits.resolve, &limits.connect, &limits.proxy, &limits.tls,
                                &limits.write, &limits.first_byte, &limits.idle})
            *one = std::chrono::hours(24);
        auto to = x.to();
        return send_changed(op, inner(), x, std::move(to), limits);
    }
};

/// Follows redirects, with every header.
class following_transport final : public wrapping_transport
{
public:
    using wrapping_transport::wrapping_transport;
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        auto out = co_await inner()->send(op, x);
        if (!out || out->status < 300 || out->status > 399)
            co_return std::move(out);
        auto const target = url::parse(out->fields["location"]);
        if (!target)
            co_return std::move(out);
        net::origin to;
        to.host = target->host();
        to.port = target->port();
        to.is_https = target->is_https();
        auto const limits = x.limits();
        co_return co_await send_changed(op, inner(), x, std::move(to), limits);
    }
};

/// Does not hear when the service would like to be asked again.
class impatient_transport final : public wrapping_transport
{
public:
    using wrapping_transport::wrapping_transport;
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        auto out = co_await inner()->send(op, x);
        if (!out)
            co_return std::move(out);
        headers heard;
        for (std::size_t i = 0; i < out->fields.size(); ++i) {
            auto const field = out->fields.at(i);
            if (field.name.find("retry-after") == field.name.npos)
                static_cast<void>(heard.add(field.name, field.value));
        }
        out->fields = std::move(heard);
        co_return std::move(out);
    }
};

/// Writes what it sends into the log.
class talkative_transport final : public wrapping_transport
{
public:
    talkative_transport(std::shared_ptr<net::transport> inner, std::shared_ptr<std::string> heard) noexcept
        : wrapping_transport(std::move(inner)), heard_(std::move(heard))
    {
    }
    net::task<result<http_response>> send(net::operation& op, net::exchange& x) override
    {
        *heard_ += x.head().text();
        return inner()->send(op, x);
    }

private:
    std::shared_ptr<std::string> heard_;
};

/// Hides what arrives on an idle connection from whoever looks, and shows it to the next reader.
class hiding_stream final : public net::stream
{
public:
    explicit hiding_stream(std::unique_ptr<net::stream> inner) noexcept : inner_(std::move(inner)) {}
    net::io_result try_read(char* to, std::size_t size) noexcept override
    {
        if (size == 1) // the pool's look at an idle connection
            return {net::io_status::want_read, 0, {}};
        return inner_->try_read(to, size);
    }
    net::io_result try_write(char const* from, std::size_t size) noexcept override
    {
        return inner_->try_write(from, size);
    }
    void start_wait(net::direction what, net::wake_token token) override { inner_->start_wait(what, std::move(token)); }
    void cancel() noexcept override { inner_->cancel(); }
    void close() noexcept override { inner_->close(); }

private:
    std::unique_ptr<net::stream> inner_;
};

class hiding_dialer final : public net::dialer
{
public:
    explicit hiding_dialer(std::shared_ptr<net::dialer> inner) noexcept : inner_(std::move(inner)) {}
    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string host, std::uint16_t port,
                                                         phase_limits limits, net::exchange_report& report) override
    {
        auto made = co_await inner_->dial(op, std::move(host), port, limits, report);
        if (!made)
            co_return made.error();
        std::unique_ptr<net::stream> out = std::make_unique<hiding_stream>(std::move(*made));
        co_return std::move(out);
    }

private:
    std::shared_ptr<net::dialer> inner_;
};

/// Takes a stream that was cut for one that has ended.
template <class Stream, class Source>
class believing_source final : public Source
{
public:
    using typename Source::handler;
    using typename Source::item;

    explicit believing_source(Stream inner) : inner_(std::move(inner))
    {
        if constexpr (std::is_base_of_v<chat_source, Source>)
            this->show(inner_.response());
        else if constexpr (std::is_base_of_v<azure_openai::response_source, Source>)
            this->show(inner_.progress());
        else
            this->head = inner_.head();
    }

    boost::asio::awaitable<item> next() override { return inner_.next(); }
    void start_next(typename Source::pointer, handler to, bool) override
    {
        auto const slot = boost::asio::get_associated_cancellation_slot(to);
        auto const executor = boost::asio::get_associated_executor(to, inner_.get_executor());
        auto believe = [to = std::move(to)](item got) mutable {
            if (!got && got.error() == errc::truncated)
                got = item(typename item::value_type());
            std::move(to)(std::move(got));
        };
        inner_.async_next(
            boost::asio::bind_cancellation_slot(slot, boost::asio::bind_executor(executor, std::move(believe))));
    }
    void close() noexcept override { inner_.close(); }
    augur::meta const& meta() const noexcept override { return inner_.meta(); }
    boost::asio::any_io_executor get_executor() const override { return inner_.get_executor(); }

private:
    Stream inner_;
};

/// Fetches twice whatever is wanted once.
class hasty_source final : public auth::aws::credential_source
{
public:
    explicit hasty_source(std::shared_ptr<auth::aws::credential_source> inner) noexcept : inner_(std::move(inner)) {}
    net::task<result<auth::aws::credentials>> fetch(net::operation& op, steady_time until) override
    {
        auto first = co_await inner_->fetch(op, until);
        if (!first)
            co_return std::move(first);
        auto second = co_await inner_->fetch(op, until);
        co_return std::move(second);
    }
    bool can_change() const noexcept override { return inner_->can_change(); }
    std::string name() const override { return inner_->name(); }

private:
    std::shared_ptr<auth::aws::credential_source> inner_;
};

std::vector<sabotage> const& all_sabotages()
{
    static std::vector<sabotage> const all{
        {"replays_unknown", {"C01", "H0"}, {"H01", "H02", "H04", "H05", "H06"}, {"were counted", "does not end"}},
        {"skips_host_check", {"T01", "T02", "T03"}, {"T01"}, {"the call is answered"}},
        {"reuses_dirty_connection", {"H02", "H03", "H09"}, {"H03", "H09"}, {""}},
        {"ignores_time_outs",
         {"C02", "C04", "C06", "C09", "H03", "H04", "H05"},
         {"C04", "C06", "C09", "H04", "H05"},
         {"does not end"}},
        {"follows_redirects", {"H22", "H23"}, {"H22"}, {"nothing goes to the other host"}},
        {"ignores_retry_after",
         {"R01", "R05", "R06"},
         {"R01", "R05", "R06"},
         {"as it was asked to", "the call is answered"}},
        {"believes_cut_streams", {"S0", "E0", "H08"}, {"S04", "E03", "H08"}, {"the call is answered"}, all_streams()},
        {"refreshes_twice",
         {"A01", "A02", "A05", "A07"},
         {"A01", "A05", "A07"},
         {"fetched, for all", "fetched once more", "fetched at the first call"}},
        {"logs_headers", {"C02", "H23"}, {"C02", "H23"}, {"is in a log or an error"}},
    };
    return all;
}

sabotage const* committed = nullptr;

bool is(std::string_view name) noexcept
{
    return committed != nullptr && committed->name == name;
}

} // namespace

sabotage const* commit_sabotage(std::string_view name)
{
    for (auto const& one : all_sabotages())
        if (one.name == name)
            committed = &one;
    return committed;
}

std::chrono::seconds patience() noexcept
{
    return std::chrono::seconds(committed != nullptr ? 3 : 20);
}

std::shared_ptr<net::dialer> sabotaged(std::shared_ptr<net::dialer> inner)
{
    if (is("reuses_dirty_connection"))
        return std::make_shared<hiding_dialer>(std::move(inner));
    if (is("skips_host_check"))
        return without_host_check(std::move(inner));
    return inner;
}

std::shared_ptr<net::transport> sabotaged(std::shared_ptr<net::transport> inner, std::shared_ptr<std::string> heard)
{
    if (is("replays_unknown"))
        return std::make_shared<replaying_transport>(std::move(inner));
    if (is("skips_host_check"))
        return std::make_shared<plain_transport>(std::move(inner));
    if (is("ignores_time_outs"))
        return std::make_shared<patient_transport>(std::move(inner));
    if (is("follows_redirects"))
        return std::make_shared<following_transport>(std::move(inner));
    if (is("ignores_retry_after"))
        return std::make_shared<impatient_transport>(std::move(inner));
    if (is("logs_headers"))
        return std::make_shared<talkative_transport>(std::move(inner), std::move(heard));
    return inner;
}

std::shared_ptr<auth::aws::credential_source> sabotaged(std::shared_ptr<auth::aws::credential_source> inner)
{
    if (is("refreshes_twice"))
        return std::make_shared<hasty_source>(std::move(inner));
    return inner;
}

template <class Source, class Stream>
static Stream believed(Stream inner)
{
    if (is("believes_cut_streams"))
        return Stream(std::make_shared<believing_source<Stream, Source>>(std::move(inner)));
    return inner;
}

chat_stream sabotaged(chat_stream inner)
{
    return believed<chat_source>(std::move(inner));
}

azure_openai::response_stream sabotaged(azure_openai::response_stream inner)
{
    return believed<azure_openai::response_source>(std::move(inner));
}

sagemaker::part_stream sabotaged(sagemaker::part_stream inner)
{
    return believed<sagemaker::model_source<sagemaker::payload_part>>(std::move(inner));
}

sagemaker::line_stream sabotaged(sagemaker::line_stream inner)
{
    return believed<sagemaker::model_source<std::string_view>>(std::move(inner));
}

sagemaker::sse_stream sabotaged(sagemaker::sse_stream inner)
{
    return believed<sagemaker::model_source<codec::sse::event>>(std::move(inner));
}

} // namespace faults
