#pragma once

// A service's view of a signed request, and credentials that change.

#include "support.hpp"

#include <augur/auth/aws/sigv4.hpp>
#include <augur/call/authenticator.hpp>

#include <support/sigv4_reference.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace auth_test {

using namespace augur::auth::aws;
using namespace std::chrono_literals;

inline credentials set_of(std::string id, std::string key, std::string token = {},
                          std::optional<wall_time> expires = {})
{
    credentials c;
    c.access_key_id = std::move(id);
    c.secret_access_key = secret(std::move(key));
    c.session_token = secret(std::move(token));
    c.expires = expires;
    c.source = "the test";
    return c;
}

inline std::string const example_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Gives one answer after the other, and its last one for ever.
class rotating_source final : public credential_source
{
public:
    explicit rotating_source(std::deque<result<credentials>> answers) : answers_(std::move(answers)) {}
    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        ++fetched;
        if (delay > 0ns) {
            auto const at = op.now() + std::chrono::duration_cast<steady_time::duration>(delay);
            co_await net::sleep_until(op, at < until ? at : until);
        }
        auto answer = answers_.front();
        if (answers_.size() > 1)
            answers_.pop_front();
        co_return answer;
    }
    bool can_change() const noexcept override { return changes; }
    std::string name() const override { return "rotating"; }

    int fetched = 0;
    bool changes = true;
    std::chrono::nanoseconds delay{};

private:
    std::deque<result<credentials>> answers_;
};

inline std::string line_value(std::vector<std::pair<std::string, std::string>> const& fields, std::string const& name)
{
    std::string out;
    for (auto const& [key, value] : fields)
        if (key == name)
            out += out.empty() ? value : "," + value;
    return out;
}

/// What a service does: takes the bytes of the head and of the payload and computes the signature anew.
/// Empty when it is right, else what is wrong.
inline std::string verify(request_head const& head, std::string_view payload, std::string const& key,
                          std::string const& region, std::string const& service, bool s3 = false)
{
    auto lines = sigv4_reference::split(std::string(head.text()), '\n');
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
        auto const line = lines[i].substr(0, lines[i].size() - 1);
        auto const colon = line.find(": ");
        auto name = line.substr(0, colon);
        for (auto& c : name)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        fields.emplace_back(name, line.substr(colon + 2));
    }
    auto const first = sigv4_reference::split(lines[0], ' ');
    auto const authorization = line_value(fields, "authorization");
    auto const part = [&authorization](std::string const& name) {
        auto const at = authorization.find(name + "=");
        if (at == std::string::npos)
            return std::string();
        auto const begin = at + name.size() + 1;
        return authorization.substr(begin, authorization.find(',', begin) - begin);
    };
    if (authorization.rfind("AWS4-HMAC-SHA256 ", 0) != 0)
        return "no signature";
    auto const date = line_value(fields, "x-amz-date");
    auto const scope = sigv4_reference::split(part("Credential"), '/');
    if (scope.size() != 5 || scope[1] != date.substr(0, 8) || scope[2] != region || scope[3] != service ||
        scope[4] != "aws4_request")
        return "scope " + part("Credential");

    sigv4_reference::request r;
    r.method = first[0];
    r.target = first[1];
    r.encode_twice = !s3;
    r.normalise = !s3;
    auto const hash = line_value(fields, "x-amz-content-sha256");
    r.payload_hash = hash == "UNSIGNED-PAYLOAD" ? hash : codec::hex_encode(codec::view(codec::sha256(payload)));
    auto const names = sigv4_reference::split(part("SignedHeaders"), ';');
    for (auto const& name : names)
        if (name != "x-amz-date")
            r.fields.emplace_back(name, line_value(fields, name));
    // Host and every x-amz-* header must be signed.
    for (auto const& [name, value] : fields)
        if ((name == "host" || name.rfind("x-amz-", 0) == 0) &&
            std::find(names.begin(), names.end(), name) == names.end())
            return name + " is not signed";
    auto const canonical = sigv4_reference::canonical_request(r, date);
    if (!canonical)
        return "no canonical request";
    auto const expected = sigv4_reference::signature(sigv4_reference::string_to_sign(*canonical, date, region, service),
                                                     key, region, service);
    return expected == part("Signature") ? "" : "signature, canonical request:\n" + *canonical;
}

inline result<void> refresh(driver& d, std::shared_ptr<call::authenticator> const& auth)
{
    return d.run<void>([auth](net::operation& op) { return auth->refresh(op, op.deadline()); });
}

struct fixture
{
    driver d;
    std::shared_ptr<rotating_source> source;
    std::shared_ptr<call::authenticator> auth;

    explicit fixture(std::deque<result<credentials>> answers, sigv4_options options = {})
        : source(std::make_shared<rotating_source>(std::move(answers))),
          auth(sigv4(source, "us-east-1", "sagemaker", options))
    {
    }
    wall_time now() const { return d.time->clock().wall_now(); }
    result<void> refresh() { return auth_test::refresh(d, auth); }
};

inline wall_time const start_of_2026{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch()};

} // namespace auth_test
