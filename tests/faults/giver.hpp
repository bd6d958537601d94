#pragma once

#include "faults/matrix.hpp"

#include <augur/call/environment.hpp>

#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace faults {

/// Gives credentials or tokens, beside the service that wants them. An answer is an HTTP response; an empty one is
/// silence until the client hangs up.
class giver
{
public:
    using answer_function = connection_script::answer_function;

    explicit giver(answer_function good)
    {
        server_.always(connection_script().serve([this, good = std::move(good)](testing::received_request const& r) {
            std::scoped_lock const lock(mutex_);
            if (down_)
                return *down_;
            if (next_.empty())
                return good(r);
            auto one = std::move(next_.front());
            next_.pop_front();
            return one;
        }));
    }
    /// The next requests get these, whatever they want.
    void say(std::vector<std::string> const& answers)
    {
        std::scoped_lock const lock(mutex_);
        next_.insert(next_.end(), answers.begin(), answers.end());
    }
    /// All requests get this, until nothing is given.
    void always_say(std::optional<std::string> answer)
    {
        std::scoped_lock const lock(mutex_);
        down_ = std::move(answer);
    }
    std::size_t requests() const { return server_.requests(); }
    std::vector<testing::received_request> received() const { return server_.received(); }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

private:
    std::mutex mutex_;
    std::deque<std::string> next_;
    std::optional<std::string> down_;
    testing::fault_server server_; // last: its threads use the rest
};

/// A set of AWS keys as a container's agent or instance metadata gives it.
inline std::string key_set(std::string const& expires)
{
    return R"({"Code":"Success","AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"canary-secret-key",)"
           R"("Token":"canary-session-token","Expiration":")" +
           expires + R"("})";
}

inline std::string token_set(std::string const& expires_in)
{
    return R"({"access_token":"canary-azure-token","token_type":"Bearer","expires_in":)" + expires_in + "}";
}

inline std::string good_answer(std::string const& content)
{
    return bench::answer(200, "content-type: application/json\r\n", content);
}

} // namespace faults
