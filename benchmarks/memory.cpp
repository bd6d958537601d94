// How much memory does a connection keep that nobody uses, or one whose stream waits for its next event, and how
// much does a large upload take?
//
// `rss_kb` is what the resident memory of a process grows by for each further idle TLS connection, or open stream,
// 1,000 of them, after malloc_trim. `peak_kb` is how far the resident memory rises above what it was before one call
// with a body of 25 MB. Every measurement has a process of its own.
#include "support/augur_config.hpp"
#include "support/bench.hpp"
#include "support/loopback_server.hpp"

#include <augur/azure_openai/client.hpp>

#include <boost/asio/io_context.hpp>

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

namespace {

using bench::target;

/// Of /proc/self/status, in KB.
double status_kb(std::string const& name)
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ":"))
            return std::strtod(line.c_str() + name.size() + 1, nullptr);
    bench::give_up("memory", "no " + name);
}

/// Runs `measure` in a child, whose memory nobody else has touched.
template <class Measure>
double in_a_child(Measure measure)
{
    int ends[2];
    if (pipe(ends) != 0)
        bench::give_up("memory", "no pipe");
    int const child = fork();
    if (child == 0) {
        double const value = measure();
        std::_Exit(write(ends[1], &value, sizeof value) == sizeof value ? 0 : 1);
    }
    close(ends[1]);
    double value = 0;
    bool const told = read(ends[0], &value, sizeof value) == sizeof value;
    close(ends[0]);
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0 || !told)
        bench::give_up("memory", "a measurement failed");
    return value;
}

double idle_kb(std::unique_ptr<bench::client> (*make)(target const&), target to)
{
    constexpr int count = 1000;
    bench::latencies ignored(0);
    to.connections = 1;
    auto const first = make(to);
    first->run(4, ignored);
    to.connections = count;
    malloc_trim(0);
    double const before = status_kb("VmRSS");
    auto const many = make(to);
    many->run(4 * count, ignored);
    malloc_trim(0);
    if (many->open_connections() != count)
        bench::give_up("memory", std::to_string(many->open_connections()) + " connections are open");
    return (status_kb("VmRSS") - before) / count;
}

/// Many chats on one thread; each has had its first event and waits for another.
class chats
{
public:
    explicit chats(target const& to)
        : context_(1),
          client_(context_.get_executor(), "https://127.0.0.1:" + std::to_string(to.port) + "/stream/v1",
                  config_for(to))
    {
    }

    void open(std::size_t count)
    {
        streams_.reserve(streams_.size() + count);
        auto const wanted = waiting_ + count;
        for (std::size_t i = 0; i < count; ++i)
            client_.async_stream(augur::chat_request().user("Tell me a story."), {},
                                 [this](augur::result<augur::chat_stream> opened) {
                                     if (!opened)
                                         bench::give_up("augur", opened.error().to_string());
                                     streams_.push_back(std::move(*opened));
                                     next(streams_.size() - 1);
                                 });
        while (waiting_ < wanted)
            context_.run_one();
    }

private:
    static augur::azure_openai::client_config config_for(target const& to)
    {
        augur::azure_openai::client_config out;
        out.deployment = "m";
        out.key = augur::secret("a-key-of-this-benchmark");
        out.client.tls.ca_pem = to.authority_pem;
        out.client.pool.max_connections = static_cast<std::size_t>(to.connections);
        out.client.proxy.emplace();
        return out;
    }

    void next(std::size_t index)
    {
        streams_[index].async_next([this, index](augur::chat_stream::item event) {
            if (!event || !*event || (*event)->text() != "Once")
                bench::give_up("augur", event ? "not the first event" : event.error().to_string());
            next(index);
            ++waiting_;
        });
    }

    boost::asio::io_context context_;
    augur::azure_openai::client client_;
    std::vector<augur::chat_stream> streams_;
    std::size_t waiting_ = 0;
};

double stream_kb(target to)
{
    constexpr int count = 1000;
    to.connections = count + 1;
    chats all(to);
    all.open(1);
    malloc_trim(0);
    double const before = status_kb("VmRSS");
    all.open(count);
    malloc_trim(0);
    return (status_kb("VmRSS") - before) / count;
}

double upload_peak_kb(target const& to)
{
    std::string const large(25'000'000, '7');
    boost::asio::io_context context(1);
    auto const transport = std::make_shared<augur::net::https_transport>(context.get_executor(), https_for(to));
    augur::sagemaker::runtime_client client(context.get_executor(), config_for(to, transport));
    auto const upload = [&](std::string_view content) {
        augur::sagemaker::invoke_endpoint_request request(bench::endpoint, augur::body::borrowed(content));
        client.async_invoke_endpoint(std::move(request), {},
                                     [](augur::result<augur::sagemaker::invoke_endpoint_response> answer) {
                                         if (!answer)
                                             bench::give_up("augur", answer.error().to_string());
                                     });
        context.restart();
        context.run();
    };
    upload("warm");
    std::ofstream("/proc/self/clear_refs") << "5"; // the peak starts from here
    double const before = status_kb("VmRSS");
    upload(large);
    return status_kb("VmHWM") - before;
}

} // namespace

int main(int argc, char** argv)
{
    bench::program program("memory", argc, argv);
    bench::raise_file_limit();
    bench::loopback_server const server;
    target to;
    to.tls = true;
    to.port = server.port(true);
    to.authority_pem = server.authority_pem();
    program
        .add_measured("raw/tls/idle", "rss_kb",
                      [to] { return in_a_child([to] { return idle_kb(&bench::make_raw, to); }); })
        .once();
    program
        .add_measured("beast/tls/idle", "rss_kb",
                      [to] { return in_a_child([to] { return idle_kb(&bench::make_beast, to); }); })
        .once()
        .floor("raw/tls/idle");
    program
        .add_measured("augur/tls/idle", "rss_kb",
                      [to] { return in_a_child([to] { return idle_kb(&bench::make_augur, to); }); })
        .once()
        .floor("raw/tls/idle")
        .value_at_most(48);
    program.add_measured("augur/tls/stream", "rss_kb", [to] { return in_a_child([to] { return stream_kb(to); }); })
        .once()
        .floor("raw/tls/idle")
        .value_at_most(48);
    // The body is borrowed and 25 MB long: a copy of it would show twelve times over.
    program.add_measured("augur/tls/25MB", "peak_kb", [to] { return in_a_child([to] { return upload_peak_kb(to); }); })
        .once()
        .value_at_most(2048);
    return program.run();
}
