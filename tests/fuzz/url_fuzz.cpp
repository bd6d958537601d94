// URLs, hosts, request targets and NO_PROXY lists: what parses is sent as it stands, so it must read back the same
// and hold no byte that could end a line or move a secret to another host.
#include "fuzz/require.hpp"

#include <augur/core/http.hpp>
#include <augur/core/url.hpp>
#include <augur/net/proxy.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    if (auto const parsed = augur::url::parse(text)) {
        for (char const c : parsed->to_string())
            require(c > ' ' && c < 0x7F);
        require(augur::is_host(parsed->host()));
        require(augur::is_request_target(parsed->path()));
        require(parsed->host().find('@') == std::string::npos);
        auto const again = augur::url::parse(parsed->to_string());
        require(again && again->to_string() == parsed->to_string() && again->origin() == parsed->origin());
        auto const target = parsed->query().empty() ? parsed->path() : parsed->path() + "?" + parsed->query();
        auto const head = augur::request_head::make("POST", target, parsed->authority());
        if (target.size() <= 64 * 1024)
            require(head.has_value() && head->authority() == parsed->authority());
    }
    else {
        require(!parsed.error().message().empty());
    }
    auto const cut = text.find('\n');
    auto const list = text.substr(0, cut);
    auto const host = cut == text.npos ? std::string_view() : text.substr(cut + 1);
    static_cast<void>(augur::net::bypasses_proxy(list, host, 443));
    require(augur::net::bypasses_proxy("*", host, 443));
    require(augur::net::bypasses_proxy(list, "127.0.0.1", 443));
    static_cast<void>(augur::net::parse_proxy(text));
    return 0;
}
