#pragma once

#include <augur/emulator/awaitable.hpp>
#include <augur/emulator/http.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace augur::emulator {

/// What a service may know beside the request.
struct context
{
    std::chrono::system_clock::time_point now;
    std::string request_id; ///< a fresh UUID
};

/// One cloud service behind the listener. A new service is a class in a file of its own, given to
/// `server::add`. The server asks the services in order; the first that matches answers.
///
/// All functions are called on the server's thread. What a test changes meanwhile needs the service's own lock.
/// A service decides from the received bytes and never trusts them; it throws nothing on bad input.
class service
{
public:
    virtual ~service() = default;

    virtual std::string_view name() const noexcept = 0;
    /// Added to the origin by `server::https_url(name)`, such as "/score".
    virtual std::string_view base_path() const noexcept { return {}; }
    virtual bool matches(request const& r) const = 0;
    /// Both arguments live until the answer is there.
    virtual awaitable<response> handle(request const& r, context const& c) = 0;
    /// Back to the state after construction: sessions, counters, seeded choices.
    virtual void reset() {}
};

} // namespace augur::emulator
