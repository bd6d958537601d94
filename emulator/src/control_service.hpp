#pragma once

#include <augur/emulator/answer.hpp>
#include <augur/emulator/openai_service.hpp>
#include <augur/emulator/sagemaker_service.hpp>
#include <augur/emulator/server.hpp>
#include <augur/emulator/service.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// What the control service can do to its server.
struct control_hooks
{
    std::function<void(std::string path, answer a, int times)> script;
    std::function<void()> reset;
    std::function<void(openai_quirks)> quirks;
    std::function<void(sagemaker_stream_quirks)> stream_quirks;
    std::function<std::size_t(std::string_view path)> count;
    std::function<std::vector<recorded_request>()> requests;
};

/// For tests in other programs and languages. Every request carries `x-emulator-key`.
///
///     POST /_emulator/reset
///     POST /_emulator/script   {"path", "times", "status", "headers": {}, "body", "delay_ms", "hang_up"}
///         and for streams: "cut_stream": {"at", "how"}, "insert": {"at", "bytes"}, "pace_ms", "split"
///     POST /_emulator/quirks   the members of `openai_quirks`; `error_after` and `pace_ms` are numbers, the others
///                              true or false; what is not named is as at the start
///     POST /_emulator/stream-quirks   the members of `sagemaker_stream_quirks`
///     GET  /_emulator/count?path=/score      (the path as it is, not percent-encoded)
///     GET  /_emulator/requests               the last 256, as `server::requests` has them
///
/// `hang_up` is "instead", "reset", "after" or "after_silently"; `how` is "clean", "close", "reset" or "silence".
/// Without `status` the service itself answers.
class control_service : public service
{
public:
    control_service(std::string key, control_hooks hooks) : key_(std::move(key)), hooks_(std::move(hooks)) {}

    std::string_view name() const noexcept override { return "control"; }
    bool matches(request const& r) const override { return r.path().starts_with("/_emulator/"); }
    awaitable<response> handle(request const& r, context const& c) override;

private:
    response script(request const& r);
    response quirks(request const& r);
    response stream_quirks(request const& r);

    std::string key_;
    control_hooks hooks_;
};

} // namespace augur::emulator
