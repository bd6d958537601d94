#pragma once

#include <augur/core/error.hpp>
#include <augur/net/endpoint.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::call::detail {

/// What a call was doing in a phase, and with whom.
inline std::string activity(phase where, net::origin const& to)
{
    bool const is_address = to.host.find(':') != std::string::npos;
    auto const peer = (is_address ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
    switch (where) {
    case phase::prepare: return "the request to " + peer + " was prepared";
    case phase::auth: return "credentials for " + peer + " were fetched";
    case phase::pool_wait: return "all connections to " + peer + " were busy";
    case phase::resolve: return to.host + " was looked up";
    case phase::connect: return peer + " accepted no connection";
    case phase::proxy: return "the proxy had no way to " + peer;
    case phase::tls: return peer + " did not finish the TLS handshake";
    case phase::write: return peer + " did not take the request";
    case phase::first_byte: return peer + " did not answer";
    case phase::body:
    case phase::decode: return peer + " did not go on with its answer";
    case phase::backoff: return "another attempt at " + peer + " was due";
    }
    return "nothing came from " + peer;
}

/// Lets a limit that passed say while what, and who the other side was: where the layers below know only the limit.
inline error with_activity(error failure, net::origin const& to)
{
    if (failure.code().category() != client_category())
        return failure;
    switch (static_cast<errc>(failure.code().value())) {
    case errc::deadline_exceeded:
        return failure.with_message("the call's deadline passed while " + activity(failure.phase(), to));
    case errc::pool_timeout:
    case errc::resolve_timeout:
    case errc::connect_timeout:
    case errc::proxy_timeout:
    case errc::tls_timeout:
    case errc::write_timeout:
    case errc::response_timeout:
    case errc::first_event_timeout:
    case errc::idle_timeout:
        if (failure.message().empty())
            failure.with_message("its limit passed while " + activity(failure.phase(), to));
        return failure;
    default: return failure;
    }
}

} // namespace augur::inline AUGUR_ABI::call::detail
