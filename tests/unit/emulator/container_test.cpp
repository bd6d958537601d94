// Models in a process of their own: what the container contract of SageMaker promises them, and what callers get.
#include "support.hpp"

#include <augur/emulator/answer.hpp>
#include <augur/emulator/container.hpp>
#include <augur/emulator/server.hpp>

#include <doctest/doctest.h>

#include <atomic>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view one_row = R"({"instances":[[5.1,3.5,1.4,0.2]]})";

/// Stands for a process that follows the contract. Tells what it was sent, or fails as the body asks: "fail 503 why".
struct model final : service
{
    std::string_view name() const noexcept override { return "model"; }
    bool matches(request const& r) const override { return !r.path().starts_with("/_emulator"); }
    boost::asio::awaitable<response> handle(request const& r, context const&) override
    {
        response answer;
        if (r.path() == "/ping") {
            answer.status = r.method == "GET" && *healthy ? 200 : 503;
            co_return answer;
        }
        answer.headers.add("Content-Type", r.headers.get("accept") == "x/y" ? "x/y" : "text/plain");
        if (r.body.starts_with("fail ")) {
            answer.status = std::stoi(r.body.substr(5, 3));
            answer.body = r.body.substr(9);
            co_return answer;
        }
        answer.headers.add("X-Amzn-SageMaker-Custom-Attributes", "from the model");
        answer.headers.add("X-Of-The-Model", "stays inside");
        answer.body = r.method + " " + r.target + "\n";
        for (auto const& [name, value] : r.headers.lines()) {
            for (char const c : name)
                answer.body += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
            answer.body += "=" + value + "\n";
        }
        answer.body += r.body;
        co_return answer;
    }
    std::shared_ptr<std::atomic<bool>> healthy = std::make_shared<std::atomic<bool>>(true);
};

/// A model's process, and the two clouds before it.
struct pair
{
    server back{with_http()};
    std::shared_ptr<std::atomic<bool>> healthy;
    std::string url = "http://127.0.0.1:" + std::to_string(back.http_port());
    server front{before(url)};

    pair()
    {
        auto served = std::make_unique<model>();
        healthy = served->healthy;
        back.add(std::move(served));
    }
    static server_options with_http()
    {
        server_options o;
        o.plain_http = true;
        return o;
    }
    static server_options before(std::string url)
    {
        server_options o;
        o.clock = [] { return moment; };
        o.container_url = std::move(url);
        return o;
    }

    std::string ask(request const& r) const
    {
        tls_client client(front.ca_pem(), front.port());
        client.write(http_text(r));
        return client.read_one();
    }
    std::string ask_azure(std::string body) const
    {
        auto r = post("/score", std::move(body));
        r.headers.add("authorization", "Bearer " + front.credentials().azure_key);
        r.headers.add("azureml-model-deployment", "green");
        return ask(r);
    }
    request invocation(std::string const& endpoint, std::string body) const
    {
        return post("/endpoints/" + endpoint + "/invocations", std::move(body),
                    "localhost:" + std::to_string(front.port()));
    }
    std::string ask_sagemaker(request r) const
    {
        signing keys;
        keys.access_key = front.credentials().main.access_key;
        keys.secret_key = front.credentials().main.secret_key;
        sign(r, keys);
        return ask(r);
    }
    std::string ask_sagemaker(std::string body) const
    {
        return ask_sagemaker(invocation("iris-prediction-endpoint", std::move(body)));
    }
};

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != text.npos;
}

template <class T>
T finished(boost::asio::awaitable<T> work)
{
    boost::asio::io_context io;
    auto out = boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
    io.run();
    return out.get();
}

container_reply invoke(std::string const& url, container_call call, std::chrono::milliseconds limit = 10s)
{
    forwarding_container container(url, limit);
    return finished(container.invoke(std::move(call)));
}

bool ping(std::string const& url)
{
    forwarding_container container(url);
    return finished(container.ping());
}

} // namespace

TEST_CASE("container: it is ready when GET /ping says 200")
{
    pair p;
    CHECK(ping(p.url));
    *p.healthy = false;
    CHECK_FALSE(ping(p.url));
    p.back.stop();
    CHECK_FALSE(ping(p.url));
}

TEST_CASE("container: both clouds hand the body on and the answer back, and train nothing")
{
    pair p;
    CHECK(p.front.accuracies().empty());
    for (auto const& answer : {p.ask_sagemaker(std::string(one_row)), p.ask_azure(std::string(one_row))}) {
        CAPTURE(answer);
        CHECK(answer.starts_with("HTTP/1.1 200"));
        CHECK(has(answer, "Content-Type: text/plain\r\n"));
        CHECK(has(answer, "POST /invocations\n"));
        CHECK(has(answer, "content-type=application/json\n"));
        CHECK(answer.ends_with("\n" + std::string(one_row)));
    }
    CHECK(p.back.count("/invocations") == 2);
    container_call chat;
    chat.path = "/v1/chat/completions"; // of the path of OpenAI
    CHECK(invoke(p.url, chat).body.starts_with("POST /v1/chat/completions\n"));
}

TEST_CASE("container: it sees the headers of the contract and no other, and only its attributes come back")
{
    pair p;
    auto r = p.invocation("iris-multi-model-endpoint", "x");
    r.headers.add("accept", "x/y");
    r.headers.add("x-amzn-sagemaker-custom-attributes", "a=1");
    r.headers.add("x-amzn-sagemaker-target-model", "neighbours.tar.gz");
    r.headers.add("x-amzn-sagemaker-inference-id", "id-1");
    r.headers.add("x-of-the-caller", "stays outside");
    auto const answer = p.ask_sagemaker(r);
    CAPTURE(answer);
    CHECK(answer.starts_with("HTTP/1.1 200"));
    CHECK(has(answer, "Content-Type: x/y\r\n"));
    CHECK(has(answer, "X-Amzn-SageMaker-Custom-Attributes: from the model\r\n"));
    CHECK(has(answer, "x-Amzn-Invoked-Production-Variant: AllTraffic\r\n"));
    CHECK_FALSE(has(answer, "X-Of-The-Model"));
    auto const seen = answer.substr(answer.find("\r\n\r\n"));
    for (std::string_view const line :
         {"accept=x/y", "x-amzn-sagemaker-custom-attributes=a=1", "x-amzn-sagemaker-target-model=neighbours.tar.gz",
          "x-amzn-sagemaker-inference-id=id-1"}) {
        CAPTURE(line);
        CHECK(has(seen, line));
    }
    for (std::string_view const name : {"authorization", "x-amz-", "x-of-the-caller", "stays outside"}) {
        CAPTURE(name);
        CHECK_FALSE(has(seen, name));
    }

    auto session = p.invocation("iris-stateful-endpoint", "x");
    session.headers.add("x-amzn-sagemaker-session-id", "NEW_SESSION");
    auto const opened = p.ask_sagemaker(session);
    CHECK(has(opened, "x-amzn-sagemaker-session-id=NEW_SESSION\n"));
    CHECK(has(opened, "X-Amzn-SageMaker-New-Session-Id: "));
}

TEST_CASE("container: what is not 200 becomes 424 on both clouds, with the status and words of its own")
{
    pair p;
    for (auto const* const status : {"400", "429", "500", "503"}) {
        CAPTURE(status);
        auto const body = "fail " + std::string(status) + " no \"room\"";
        auto const aws = p.ask_sagemaker(body);
        CHECK(aws.starts_with("HTTP/1.1 424"));
        CHECK(has(aws, "x-amzn-ErrorType: ModelError\r\n"));
        CHECK(has(aws, "\"OriginalStatusCode\":" + std::string(status)));
        CHECK(has(aws, R"("OriginalMessage":"no \"room\"")"));
        CHECK(has(aws, "x-Amzn-Invoked-Production-Variant: "));
        auto const azure = p.ask_azure(body);
        CHECK(azure.starts_with("HTTP/1.1 424"));
        CHECK(has(azure, "ms-azureml-model-error-statuscode: " + std::string(status) + "\r\n"));
        CHECK(has(azure, "ms-azureml-model-error-reason: no \"room\"\r\n"));
        CHECK(has(azure, "azureml-model-deployment: green\r\n"));
        CHECK(azure.ends_with("\r\n\r\nno \"room\""));
    }
}

TEST_CASE("container: one that is gone, or hangs up, is not called slow")
{
    pair p;
    p.back.script("/invocations", answer().hang_up(hang_up::instead));
    CHECK(has(p.ask_sagemaker(std::string(one_row)), "gave no answer that can be read"));
    p.back.stop();
    // AWS counts low-level socket errors as errors of the model, which has no status then.
    auto const aws = p.ask_sagemaker(std::string(one_row));
    CAPTURE(aws);
    CHECK(aws.starts_with("HTTP/1.1 424"));
    CHECK(has(aws, "\"OriginalStatusCode\":0"));
    CHECK(has(aws, "cannot be reached"));
    CHECK_FALSE(has(aws, "timed out"));
    auto const azure = p.ask_azure(std::string(one_row));
    CAPTURE(azure);
    CHECK(azure.starts_with("HTTP/1.1 502"));
    CHECK(has(azure, "cannot be reached"));
}

TEST_CASE("container: one that takes the request and says nothing has timed out")
{
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
    auto const url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    auto const late = invoke(url, {}, 20ms);
    CHECK(late.status == 0);
    CHECK(late.fault == container_fault::timed_out);
    CHECK(has(late.body, "timed out"));
    silent.close();
    auto const gone = invoke(url, {});
    CHECK(gone.status == 0);
    CHECK(gone.fault == container_fault::connection);
}
