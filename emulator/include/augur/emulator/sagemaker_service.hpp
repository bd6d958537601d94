#pragma once

#include <augur/emulator/container.hpp>
#include <augur/emulator/service.hpp>
#include <augur/emulator/sigv4_verifier.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace augur::emulator {

class aws_accounts;

/// An error in the shape of the SageMaker runtime: status, `x-amzn-ErrorType`, `{"Message": ...}`.
response sagemaker_error(int status, std::string_view type, std::string_view message);

struct sagemaker_variant
{
    std::string name;
    double weight = 1;
    std::shared_ptr<container> host;
};

/// One endpoint. At most one of `models`, `components` and `hosts` is usually filled; then a call must name one.
struct sagemaker_endpoint
{
    using targets = std::map<std::string, std::shared_ptr<container>>;

    std::string name;
    std::vector<sagemaker_variant> variants;
    targets models = {};     ///< multi-model endpoint: X-Amzn-SageMaker-Target-Model
    targets components = {}; ///< X-Amzn-SageMaker-Inference-Component
    targets hosts = {};      ///< direct invocation: X-Amzn-SageMaker-Target-Container-Hostname
    /// Takes `NEW_SESSION`; a call in a session with the custom attribute `close-session` closes it. Answers carry
    /// the custom attribute `session-calls=N`.
    bool stateful = false;
    /// Takes every target and session header unchecked and forwards them all; for looking at what was sent.
    bool permissive = false;
    int cold_answers = 0; ///< so many calls are answered 429 ModelNotReadyException first
    bool serverless = false; ///< 4 MB bodies in place of 25 MB, refused with 400 in place of 413
    std::optional<response> fault = {}; ///< what this endpoint always answers
};

/// What goes wrong, or looks odd, inside of response streams.
struct sagemaker_stream_quirks
{
    std::size_t part_bytes = 0; ///< cut the container's bytes into parts of this size; 0: one part for each flush
    bool empty_parts = false;    ///< an empty part between any two
    bool unknown_events = false; ///< an event of an unknown type and a part with an unknown header between any two
    std::optional<std::size_t> exception_after = {}; ///< after so many parts `exception` comes in place of the rest
    std::string exception = "ModelStreamError"; ///< or "InternalStreamFailure"; anything else goes as it is
    std::string error_code = "StreamBroken";    ///< of ModelStreamError
    bool as_error = false;                      ///< a frame of the type error in place of the exception
    bool bad_checksum = false;                  ///< the first frame's last byte is wrong
};

struct sagemaker_options
{
    std::vector<aws_credential> credentials;
    std::shared_ptr<aws_accounts const> accounts; ///< whose issued keys are good here, too; may be null
    std::vector<std::string> regions = {"us-east-1"};
    std::uint64_t seed = 1936; ///< of variant choices and session ids
    std::chrono::seconds session_lifetime = std::chrono::minutes(20);
    std::vector<sagemaker_endpoint> endpoints;
};

/// The SageMaker runtime: `POST /endpoints/{name}/invocations` and `.../invocations-response-stream`, signed with
/// Signature Version 4, and `.../openai/v1/chat/completions` with a bearer token made from a presigned URL.
class sagemaker_service : public service
{
public:
    explicit sagemaker_service(sagemaker_options options);

    std::string_view name() const noexcept override { return "sagemaker"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    /// The next `answers` calls of the endpoint find the model not ready. Any thread.
    void cool(std::string_view endpoint, int answers);
    /// How many of them are left. Any thread.
    int cold_answers_left(std::string_view endpoint) const;
    /// From the next stream on, until a reset. Any thread.
    void set_stream_quirks(sagemaker_stream_quirks quirks);
    /// Sessions that are open now, expired ones included. Any thread.
    std::size_t open_sessions() const;

private:
    struct session
    {
        std::string endpoint;
        std::chrono::system_clock::time_point expires;
        int calls = 0;
    };
    /// What the deciding half of a call hands to the waiting half: an answer, or a container to ask.
    struct plan;

    plan decide(request const& r, context const& c);
    void choose_target(request const& r, sagemaker_endpoint const& e, plan& p);
    void enter_session(request const& r, sagemaker_endpoint const& e, context const& c, plan& p);
    void forward_headers(request const& r, plan& p) const;
    response conclude(plan& p, container_reply reply);
    void add_success(plan const& p, container_reply reply, response& answer);
    void add_frames(container_reply reply, response& answer);
    std::string new_session_id();

    sagemaker_options const options_;
    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    sagemaker_stream_quirks quirks_;
    std::map<std::string, int, std::less<>> cold_;
    std::map<std::string, session, std::less<>> sessions_;
};

} // namespace augur::emulator
