#include <augur/emulator/sigv4_verifier.hpp>

#include "sigv4_canonical.hpp"

#include <augur/codec/hex.hpp>
#include <augur/codec/sha256.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <map>

namespace augur::emulator {

namespace {

using namespace sigv4;
using std::chrono::system_clock;

/// What a signature claims, from the authorization header or from the query.
struct claims
{
    std::string access_key, date, region, service, terminator;
    std::vector<std::string> signed_headers;
    std::string signature;
    std::string timestamp; // yyyymmddThhmmssZ
    std::string token;
    bool has_token = false;
    bool in_query = false;
    long expires = 0; // seconds; query only
};

sigv4_failure incomplete(std::string message)
{
    return {403, "IncompleteSignatureException", std::move(message)};
}

sigv4_failure invalid(std::string message)
{
    return {403, "InvalidSignatureException", std::move(message)};
}

/// In seconds: the clock's nanoseconds end in the year 2262, and this may be any year.
std::optional<std::chrono::sys_seconds> parse_timestamp(std::string_view t)
{
    auto const number = [&](std::size_t at, std::size_t size) {
        int value = -1;
        auto const end = t.data() + at + size;
        auto const [stop, failure] = std::from_chars(t.data() + at, end, value);
        return failure == std::errc() && stop == end ? value : -1;
    };
    if (t.size() != 16 || t[8] != 'T' || t[15] != 'Z')
        return std::nullopt;
    using namespace std::chrono;
    int const y = number(0, 4), mo = number(4, 2), d = number(6, 2), h = number(9, 2), mi = number(11, 2),
              s = number(13, 2);
    if (y < 1970 || mo < 1 || d < 1 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59)
        return std::nullopt;
    year_month_day const date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!date.ok())
        return std::nullopt;
    return sys_days(date) + hours(h) + minutes(mi) + seconds(s);
}

std::string timestamp(system_clock::time_point at)
{
    using namespace std::chrono;
    auto const whole = floor<seconds>(at);
    auto const midnight = floor<days>(whole);
    year_month_day const date(midnight);
    hh_mm_ss const time(whole - midnight);
    char text[40];
    std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), int(time.hours().count()), int(time.minutes().count()),
                  int(time.seconds().count()));
    return text;
}

/// Reads `Credential=AK/date/region/service/aws4_request`. An access key holds no slash.
std::optional<sigv4_failure> read_credential(std::string_view text, claims& c)
{
    auto const parts = split(text, '/');
    if (parts.size() != 5 || parts[0].empty())
        return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. "
                          "keyid/date/region/service/term.");
    c.access_key = parts[0];
    c.date = parts[1];
    c.region = parts[2];
    c.service = parts[3];
    c.terminator = parts[4];
    return std::nullopt;
}

std::optional<sigv4_failure> read_header_claims(request const& r, std::string_view authorization, claims& c)
{
    static constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
    if (!authorization.starts_with("AWS4-"))
        return sigv4_failure{403, "MissingAuthenticationTokenException", "Missing Authentication Token"};
    if (!authorization.starts_with(algorithm) || authorization.size() <= algorithm.size() ||
        authorization[algorithm.size()] != ' ')
        return incomplete("Unsupported AWS 'algorithm': '" +
                          std::string(authorization.substr(0, authorization.find(' '))) + "'.");

    std::map<std::string_view, std::string_view> fields;
    for (auto part : split(authorization.substr(algorithm.size() + 1), ',')) {
        part = trim(part);
        auto const equals = part.find('=');
        if (equals == part.npos)
            return incomplete("'" + std::string(part.substr(0, 80)) +
                              "' not a valid key=value pair (missing equal-sign) in Authorization header.");
        fields[part.substr(0, equals)] = part.substr(equals + 1);
    }
    c.timestamp = r.headers.get("x-amz-date");
    std::string missing;
    for (std::string_view const name : {"Credential", "Signature", "SignedHeaders"})
        if (fields[name].empty())
            missing += (missing.empty() ? "" : " ") + ("Authorization header requires '" + std::string(name)) +
                       "' parameter.";
    if (c.timestamp.empty())
        missing += (missing.empty() ? "" : " ") +
                   std::string("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
    if (!missing.empty())
        return incomplete(missing);

    for (auto const name : split(fields["SignedHeaders"], ';'))
        c.signed_headers.emplace_back(name);
    c.signature = fields["Signature"];
    if (auto const token = r.headers.find("x-amz-security-token")) {
        c.token = *token;
        c.has_token = true;
    }
    return read_credential(fields["Credential"], c);
}

std::optional<sigv4_failure> read_query_claims(request const& r, sigv4_policy const& policy, claims& c)
{
    std::map<std::string, std::string> fields;
    for (auto const part : split(r.query(), '&')) {
        auto const equals = part.find('=');
        if (equals != part.npos)
            fields[decode(part.substr(0, equals))] = decode(part.substr(equals + 1));
    }
    if (fields["X-Amz-Algorithm"].empty())
        return sigv4_failure{403, "MissingAuthenticationTokenException", "Missing Authentication Token"};
    std::string missing;
    for (auto const* name :
         {"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"})
        if (fields[name].empty())
            missing += (missing.empty() ? "" : " ") +
                       ("AWS query-string parameters must include '" + std::string(name)) + "'.";
    if (!missing.empty())
        return incomplete(missing);
    auto const& expires = fields["X-Amz-Expires"];
    auto const [stop, failure] = std::from_chars(expires.data(), expires.data() + expires.size(), c.expires);
    if (failure != std::errc() || stop != expires.data() + expires.size() || c.expires < 1 ||
        std::chrono::seconds(c.expires) > policy.longest_query)
        return incomplete("X-Amz-Expires must be a number of seconds between 1 and " +
                          std::to_string(policy.longest_query.count()) + ".");
    c.in_query = true;
    c.timestamp = fields["X-Amz-Date"];
    c.signature = fields["X-Amz-Signature"];
    for (auto const name : split(fields["X-Amz-SignedHeaders"], ';'))
        c.signed_headers.emplace_back(name);
    c.has_token = fields.contains("X-Amz-Security-Token");
    if (c.has_token)
        c.token = fields["X-Amz-Security-Token"];
    return read_credential(fields["X-Amz-Credential"], c);
}

std::optional<sigv4_failure> check_token(claims const& c, aws_credential const& known, system_clock::time_point now)
{
    if (c.has_token == known.session_token.empty() || c.token != known.session_token)
        return sigv4_failure{403, "UnrecognizedClientException",
                             "The security token included in the request is invalid."};
    if (known.expires && *known.expires <= now)
        return sigv4_failure{403, "ExpiredTokenException", "The security token included in the request is expired"};
    return std::nullopt;
}

std::optional<sigv4_failure> check_scope(claims const& c, sigv4_policy const& policy)
{
    if (c.terminator != "aws4_request")
        return invalid("Credential should be scoped with a valid terminator: 'aws4_request', not '" + c.terminator +
                       "'.");
    if (c.service != policy.service)
        return invalid("Credential should be scoped to correct service: '" + policy.service + "'.");
    auto const& regions = policy.regions;
    if (!regions.empty() && std::find(regions.begin(), regions.end(), c.region) == regions.end())
        return invalid("Credential should be scoped to a valid region, not '" + c.region + "'.");
    if (c.timestamp.substr(0, 8) != c.date)
        return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
                       c.date + "' != '" + c.timestamp.substr(0, 8) + "', from '" + c.timestamp + "'.");
    return std::nullopt;
}

std::optional<sigv4_failure> check_date(claims const& c, sigv4_policy const& policy, system_clock::time_point clock)
{
    auto const now = std::chrono::floor<std::chrono::seconds>(clock);
    auto const signed_at = parse_timestamp(c.timestamp);
    if (!signed_at)
        return incomplete("Date must be in ISO-8601 'basic format'. Got '" + c.timestamp +
                          "'. See http://en.wikipedia.org/wiki/ISO_8601");
    auto const minutes = std::to_string(std::chrono::duration_cast<std::chrono::minutes>(policy.window).count());
    auto const oldest = c.in_query ? now - std::chrono::seconds(c.expires) : now - policy.window;
    if (*signed_at < oldest)
        return invalid("Signature expired: " + c.timestamp + " is now earlier than " + timestamp(oldest) + " (" +
                       timestamp(now) + " - " + (c.in_query ? std::to_string(c.expires) + " sec" : minutes + " min") +
                       ".)");
    if (*signed_at > now + policy.window)
        return invalid("Signature not yet current: " + c.timestamp + " is still later than " +
                       timestamp(now + policy.window) + " (" + timestamp(now) + " + " + minutes + " min.)");
    return std::nullopt;
}

std::optional<sigv4_failure> check_signed_headers(claims const& c, header_list const& headers)
{
    auto const& names = c.signed_headers;
    auto const has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    for (auto const& name : names)
        if (name != lower(name) || name.empty())
            return incomplete("SignedHeaders must be lower-case header names, separated by ';'.");
    if (!std::is_sorted(names.begin(), names.end()) || std::adjacent_find(names.begin(), names.end()) != names.end())
        return invalid("SignedHeaders must be sorted and hold no name twice.");
    if (!has("host"))
        return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    for (auto const& name : names)
        if (!headers.has(name))
            return invalid("The signed header '" + name + "' is not in the request.");
    for (auto const& [name, value] : headers.lines()) {
        auto const small = lower(name);
        if (small.starts_with("x-amz-") && !has(small))
            return invalid("There were headers present in the request which were not signed: '" + small + "'.");
    }
    return std::nullopt;
}

std::string hex_sha256(std::string_view bytes)
{
    return std::string(codec::view(codec::sha256_hex(bytes)));
}

codec::sha256_digest key_of_day(std::string_view secret, claims const& c)
{
    auto key = codec::hmac_sha256("AWS4" + std::string(secret), c.date);
    for (auto const& part : {c.region, c.service, c.terminator})
        key = codec::hmac_sha256(codec::view(key), part);
    return key;
}

} // namespace

sigv4_verdict verify_sigv4(request const& r, std::vector<aws_credential> const& credentials, sigv4_policy const& policy,
                           std::chrono::system_clock::time_point now)
{
    sigv4_verdict verdict;
    claims c;
    auto const authorization = r.headers.find("authorization");
    if (authorization)
        verdict.failure = read_header_claims(r, *authorization, c);
    else if (policy.allow_query && !r.query().empty())
        verdict.failure = read_query_claims(r, policy, c);
    else
        verdict.failure = sigv4_failure{403, "MissingAuthenticationTokenException", "Missing Authentication Token"};
    if (verdict.failure)
        return verdict;
    verdict.region = c.region;

    auto const known = std::find_if(credentials.begin(), credentials.end(),
                                    [&](aws_credential const& k) { return k.access_key == c.access_key; });
    if (known == credentials.end()) {
        verdict.failure =
            sigv4_failure{403, "UnrecognizedClientException", "The security token included in the request is invalid."};
        return verdict;
    }
    verdict.credential = &*known;

    // Everything that is cheap and tells the caller more than "does not match" comes before the signature.
    verdict.failure = check_token(c, *known, now);
    if (!verdict.failure)
        verdict.failure = check_scope(c, policy);
    if (!verdict.failure)
        verdict.failure = check_date(c, policy, now);
    if (!verdict.failure)
        verdict.failure = check_signed_headers(c, r.headers);
    if (verdict.failure)
        return verdict;

    auto const actual_hash = hex_sha256(r.body);
    auto const claimed_hash = r.headers.find("x-amz-content-sha256");
    if (claimed_hash && *claimed_hash != actual_hash) {
        verdict.failure = invalid("The provided 'x-amz-content-sha256' header does not match what was computed.");
        return verdict;
    }

    std::string names;
    for (auto const& name : c.signed_headers)
        names.append(names.empty() ? "" : ";").append(name);
    verdict.canonical_request = r.method + '\n' + canonical_path(r.path(), policy) + '\n' + canonical_query(r.query()) +
                                '\n' + canonical_headers(r.headers, c.signed_headers) + '\n' + names + '\n' +
                                actual_hash;
    verdict.string_to_sign = "AWS4-HMAC-SHA256\n" + c.timestamp + '\n' + c.date + '/' + c.region + '/' + c.service +
                             '/' + c.terminator + '\n' + hex_sha256(verdict.canonical_request);
    auto const key = key_of_day(known->secret_key, c);
    auto const right = codec::hex_encode(codec::view(codec::hmac_sha256(codec::view(key), verdict.string_to_sign)));
    if (!codec::equal_in_constant_time(right, c.signature))
        verdict.failure = invalid("The request signature we calculated does not match the signature you provided. "
                                  "Check your AWS Secret Access Key and signing method. Consult the service "
                                  "documentation for details.\n\nThe Canonical String for this request should have "
                                  "been\n'" +
                                  verdict.canonical_request + "'\n\nThe String-to-Sign should have been\n'" +
                                  verdict.string_to_sign + "'\n");
    return verdict;
}

} // namespace augur::emulator
