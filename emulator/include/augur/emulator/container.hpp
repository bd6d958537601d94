#pragma once

#include <augur/emulator/awaitable.hpp>
#include <augur/emulator/http.hpp>
#include <augur/emulator/iris.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// What a model container sees of a call: the headers its platform forwards, and the body.
struct container_call
{
    std::string content_type;
    std::string accept;
    header_list headers; ///< the other forwarded ones, such as X-Amzn-SageMaker-Custom-Attributes
    std::string body;
    std::string path = "/invocations"; ///< or "/v1/chat/completions"
};

/// Why a container has no status.
enum class container_fault
{
    timed_out,
    connection ///< it took none, or broke it before its answer was there
};

struct container_reply
{
    int status = 200; ///< 0: none came, see `fault`
    std::string content_type;
    std::string body;
    header_list headers; ///< only those the platform lets through reach the caller
    std::vector<std::string> pieces = {}; ///< of a streamed reply, one for each flush, in place of the body
    container_fault fault = container_fault::timed_out;
};

/// A model server behind a platform. Never throws on bad input.
class container
{
public:
    virtual ~container() = default;
    virtual awaitable<container_reply> invoke(container_call call) = 0;
};

/// Scores iris flowers. Takes `application/json` `{"instances":[[4 numbers],...]}` or `text/csv` rows; answers
/// `{"predictions":[{"predicted_class","predicted_class_index","probabilities":{...}},...]}`, or one class name
/// per line with `accept: text/csv`. Probabilities are rounded to six digits.
/// Refuses with 400 (bad input; the message names row and column, counted from 1), 406, 413 or 415.
class iris_container : public container
{
public:
    explicit iris_container(std::shared_ptr<classifier const> model) : model_(std::move(model)) {}

    /// The whole work, without any waiting.
    container_reply score(container_call const& call) const;
    awaitable<container_reply> invoke(container_call call) override;

    /// More rows are refused with 413: an answer is about twenty times as long as its row.
    static constexpr std::size_t max_rows = 100'000;

private:
    std::shared_ptr<classifier const> model_;
};

/// A container that is one function; for tests and for endpoints with a fixed behaviour.
class function_container : public container
{
public:
    explicit function_container(std::function<container_reply(container_call const&)> f) : f_(std::move(f)) {}
    awaitable<container_reply> invoke(container_call call) override;

private:
    std::function<container_reply(container_call const&)> f_;
};

/// Forwards to a process that follows the SageMaker container contract: `GET /ping`, `POST /invocations`.
/// The URL must be `http://` and loopback. No answer gives status 0, as the platform reports it.
class forwarding_container : public container
{
public:
    /// Throws std::invalid_argument when the URL is not `http://127.0.0.1|[::1]|localhost[:port]`.
    explicit forwarding_container(std::string url, std::chrono::milliseconds limit = std::chrono::seconds(60));

    awaitable<container_reply> invoke(container_call call) override;
    /// True when `/ping` answers 200 within two seconds.
    awaitable<bool> ping();

private:
    std::string host_;
    std::string port_;
    std::chrono::milliseconds limit_;
};

} // namespace augur::emulator
