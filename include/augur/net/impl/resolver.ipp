#pragma once

#include <augur/net/impl/io_support.ipp>
#include <augur/net/impl/lookup_desk.ipp>
#include <augur/net/resolver.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/query.hpp>

#include <cstring>
#include <iterator>
#include <map>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE resolver::~resolver() = default;

AUGUR_INLINE std::optional<address> parse_address(std::string_view text) noexcept
{
    if (text.size() > 45 || text.empty())
        return std::nullopt;
    char copy[46] = {};
    std::memcpy(copy, text.data(), text.size());
    error_code code;
    auto const parsed = boost::asio::ip::make_address(copy, code);
    if (code || text.find('%') != text.npos)
        return std::nullopt;
    address out;
    out.is_v6 = parsed.is_v6();
    if (out.is_v6) {
        auto const bytes = parsed.to_v6().to_bytes();
        std::memcpy(out.bytes.data(), bytes.data(), 16);
    }
    else {
        auto const bytes = parsed.to_v4().to_bytes();
        std::memcpy(out.bytes.data(), bytes.data(), 4);
    }
    return out;
}

AUGUR_INLINE std::string to_string(address const& a)
{
    namespace ip = boost::asio::ip;
    if (a.is_v6)
        return ip::address_v6(a.bytes).to_string();
    return ip::address_v4({a.bytes[0], a.bytes[1], a.bytes[2], a.bytes[3]}).to_string();
}

namespace detail {

/// Whether a name does not exist, cannot be looked up now, or this machine lacks what a lookup needs.
inline errc lookup_error(int code, int system_error) noexcept
{
    switch (code) {
    case EAI_AGAIN: return errc::resolve_unavailable; // also SERVFAIL and silence
    case EAI_FAIL: return errc::resolve_unavailable;  // the name servers refuse
    case EAI_MEMORY: return errc::resource_exhausted;
#if defined(EAI_SYSTEM)
    case EAI_SYSTEM:
        return is_exhaustion(error_code(system_error, boost::system::system_category())) ? errc::resource_exhausted
                                                                                         : errc::resolve_unavailable;
#endif
    default: return errc::resolve_failed; // and a name without any address
    }
}

class getaddrinfo_resolver final : public resolver
{
public:
    explicit getaddrinfo_resolver(boost::asio::any_io_executor executor) noexcept : executor_(std::move(executor)) {}

    task<result<std::vector<address>>> resolve(operation& op, std::string host, steady_time until) override
    {
        if (auto const literal = parse_address(host))
            co_return std::vector<address>(1, *literal);
        if (host == "localhost" || host.ends_with(".localhost")) { // RFC 6761 6.3
            std::vector<address> here;
            here.push_back(*parse_address("127.0.0.1"));
            here.push_back(*parse_address("::1"));
            co_return here;
        }
        auto& context = boost::asio::query(executor_, boost::asio::execution::context);
        auto desk = boost::asio::use_service<lookup_service>(context).desk();
        lookup_wait wait(op, std::move(desk), host, executor_, until);
        auto const woken = co_await wait;
        if (woken != wake::done)
            co_return op.interrupted(phase::resolve, outcome::not_sent, errc::resolve_timeout);
        auto& answer = wait.answer();
        if (answer.code != 0 || answer.addresses.empty()) {
            std::string why = answer.code != 0 ? ::gai_strerror(answer.code) : "no address";
            co_return make_error(lookup_error(answer.code, answer.system_error), phase::resolve, outcome::not_sent,
                                 "cannot resolve " + host + ": " + why);
        }
        co_return std::move(answer.addresses);
    }

private:
    boost::asio::any_io_executor executor_;
};

class fixed_resolver final : public resolver
{
public:
    explicit fixed_resolver(std::vector<std::pair<std::string, std::vector<address>>> hosts)
        : hosts_(std::make_move_iterator(hosts.begin()), std::make_move_iterator(hosts.end()))
    {
    }

    task<result<std::vector<address>>> resolve(operation&, std::string host, steady_time) override
    {
        if (auto const found = hosts_.find(host); found != hosts_.end())
            co_return found->second;
        co_return make_error(errc::resolve_failed, phase::resolve, outcome::not_sent,
                             host + " is not among the pinned hosts");
    }

private:
    std::map<std::string, std::vector<address>> hosts_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<resolver> system_resolver(boost::asio::any_io_executor executor)
{
    return std::make_shared<detail::getaddrinfo_resolver>(std::move(executor));
}

AUGUR_INLINE std::shared_ptr<resolver> pinned_resolver(std::vector<std::pair<std::string, std::vector<address>>> hosts)
{
    return std::make_shared<detail::fixed_resolver>(std::move(hosts));
}

} // namespace augur::inline AUGUR_ABI::net
