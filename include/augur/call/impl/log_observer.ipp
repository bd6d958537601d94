#pragma once

#include <augur/call/observer.hpp>
#include <augur/core/impl/secret_watch.hpp>
#include <augur/core/log.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::call::detail {

/// Tells a `log_sink` what an observer sees: no header value, no body, nothing a service said.
class log_observer final : public observer
{
public:
    explicit log_observer(std::shared_ptr<log_sink> to) noexcept : to_(std::move(to)) {}

    void on_attempt_start(attempt_start const& a) noexcept override
    {
        say(log_level::debug, [&] {
            return "attempt " + std::to_string(a.attempt) + ": " + sanitise(a.method, 16) + " " + a.to.host + ":" +
                   std::to_string(a.to.port) + sanitise(a.target.substr(0, a.target.find('?')), 256);
        });
    }

    void on_attempt_end(attempt_end const& a) noexcept override
    {
        bool const again = a.decision != nullptr && !a.decision->is_stop();
        auto const level = a.failure == nullptr ? log_level::debug : again ? log_level::info : log_level::warning;
        say(level, [&] {
            std::string out = "attempt " + std::to_string(a.attempt) + ": ";
            if (a.failure == nullptr)
                return out + "HTTP " + std::to_string(a.http_status);
            out += a.failure->code().message() + " in phase " + std::string(to_string(a.failure->phase())) +
                   ", outcome " + std::string(to_string(a.failure->outcome()));
            if (a.http_status != 0)
                out += ", HTTP " + std::to_string(a.http_status);
            if (again) {
                auto const delay = std::chrono::duration_cast<std::chrono::milliseconds>(a.decision->delay());
                return out + "; again in " + std::to_string(delay.count()) + " ms";
            }
            if (a.decision != nullptr)
                out.append("; no more: ").append(to_string(a.decision->reason()));
            return out;
        });
    }

    void on_call_end(call_end const& c) noexcept override
    {
        // Nothing to say of it; but what observers are shown must hold no secret either.
        if constexpr (augur::detail::watches_secrets) {
            for (std::string_view const text : {std::string_view(c.meta.request_id), std::string_view(c.meta.variant),
                                                std::string_view(c.meta.deployment)})
                augur::detail::text_shown(text);
            for (auto const& [name, value] : c.meta.rate_limits)
                augur::detail::text_shown(value);
        }
    }

private:
    /// The sentence is built only if somebody wants it; a log that fails does not fail the call.
    template <class Sentence>
    void say(log_level level, Sentence make) noexcept
    {
        bool const wanted = to_ != nullptr && to_->wants(level);
        if (!wanted && !augur::detail::watches_secrets)
            return;
        try {
            auto const sentence = make();
            augur::detail::text_shown(sentence);
            if (wanted)
                to_->write(level, sentence);
        }
        catch (...) {
        }
    }

    std::shared_ptr<log_sink> to_;
};

} // namespace augur::inline AUGUR_ABI::call::detail
