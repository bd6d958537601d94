// How an application proves to Entra who it is.
#include "entra_proofs.hpp"

#include <augur/codec/base64.hpp>
#include <augur/codec/sha256.hpp>

#include "identity_json.hpp"
#include "jwt.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr double skew = 300; // seconds that clocks may differ
constexpr std::size_t most_seen = 65536;

entra_problem invalid_client(int aadsts, std::string message)
{
    return {aadsts, "invalid_client", std::move(message), 401};
}

/// `exp` and `nbf`, as numbers.
entra_problem check_times(json const& claims, std::chrono::system_clock::time_point now)
{
    auto const at = unix_time(now);
    auto const exp = claims.find("exp");
    auto const nbf = claims.find("nbf");
    // RFC 7519 2: a NumericDate may have a fraction, and azure-identity's has.
    bool const over = exp == claims.end() || !exp->is_number() || exp->get<double>() + skew <= double(at);
    bool const early = nbf != claims.end() && (!nbf->is_number() || nbf->get<double>() - skew > double(at));
    if (over || early)
        return invalid_client(
            700024, "Client assertion is not within its valid time range. Current time: " + iso_time(now) + ".");
    return {};
}

} // namespace

response entra_error(request const& r, context const& c, entra_problem const& p)
{
    auto const sent_id = r.headers.get("client-request-id");
    auto const correlation = sent_id.empty() ? c.request_id : quotable(sent_id);
    auto time = iso_time(c.now);
    time[10] = ' ';
    json body;
    body["error"] = p.error;
    body["error_description"] = "AADSTS" + std::to_string(p.aadsts) + ": " + p.message + " Trace ID: " + c.request_id +
                                " Correlation ID: " + correlation + " Timestamp: " + time;
    body["error_codes"] = json::array({p.aadsts});
    body["timestamp"] = time;
    body["trace_id"] = c.request_id;
    body["correlation_id"] = correlation;
    body["error_uri"] = "https://login.microsoftonline.com/error?code=" + std::to_string(p.aadsts);
    return json_response(p.status, dump(body));
}

auto entra_service::check_client(request const& r, form const& f, context const& c) -> proof
{
    auto const id = f.get("client_id");
    if (id == options_.public_client_id)
        return {invalid_client(7000218, "The request body must contain the following parameter: 'client_assertion' or "
                                        "'client_secret'.")};
    if (id != options_.client_id)
        return {{700016, "unauthorized_client",
                 "Application with identifier '" + quotable(id) + "' was not found in the directory.", 400}};
    if (auto const secret = f.find("client_secret")) {
        if (f.has("client_assertion"))
            return {invalid_client(90013, "Invalid input received from the user: a secret and an assertion.")};
        if (!codec::equal_in_constant_time(options_.client_secret, *secret))
            return {invalid_client(7000215, "Invalid client secret provided. Ensure the secret being sent in the "
                                            "request is the client secret value, not the client secret ID.")};
        return {};
    }
    if (!f.has("client_assertion"))
        return {invalid_client(7000218, "The request body must contain the following parameter: 'client_assertion' or "
                                        "'client_secret'.")};
    if (f.get("client_assertion_type") != assertion_type)
        return {invalid_client(50027, "JWT token is invalid or malformed: client_assertion_type.")};
    return check_assertion(r, f.get("client_assertion"), c);
}

auto entra_service::check_assertion(request const& r, std::string_view assertion, context const& c) -> proof
{
    auto const jwt = parse_jwt(assertion);
    if (!jwt)
        return {invalid_client(50027, "JWT token is invalid or malformed.")};
    if (text_of(jwt->claims, "iss") != options_.client_id)
        return check_federated(assertion, c);

    auto& key = client_key();
    auto const algorithm = text_of(jwt->header, "alg");
    // Some clients pad what RFC 7515 wants without padding, and break the lines of x5c; the service takes both.
    auto const without = [](std::string text, std::string_view what) {
        std::erase_if(text, [what](char ch) { return what.find(ch) != what.npos; });
        return text;
    };
    auto const thumbprint = without(text_of(jwt->header, "x5t#S256"), "=");
    auto const old_thumbprint = without(text_of(jwt->header, "x5t"), "=");
    bool const registered = thumbprint.empty() ? old_thumbprint == key.sha1() : thumbprint == key.sha256();
    if (!registered)
        return {invalid_client(700027, "The certificate with identifier used to sign the client assertion is not "
                                       "registered on application.")};
    if (auto const chain = jwt->header.find("x5c"); chain != jwt->header.end()) {
        bool const leaf_first = chain->is_array() && !chain->empty() && chain->front().is_string() &&
                                without(chain->front().get<std::string>(), "\r\n") ==
                                    codec::base64_encode(key.certificate_der());
        if (!leaf_first)
            return {invalid_client(700027, "The chain in x5c does not begin with the certificate.")};
    }
    if (!key.verify(algorithm, jwt->signed_text, jwt->signature))
        return {invalid_client(700027, "Client assertion failed signature validation.")};
    auto const url = std::string(r.tls ? "https://" : "http://") + std::string(r.headers.get("host")) +
                     std::string(r.path());
    if (text_of(jwt->claims, "aud") != url)
        return {invalid_client(700023, "Client assertion audience claim does not match Realm issuer.")};
    if (text_of(jwt->claims, "sub") != options_.client_id)
        return {invalid_client(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")};
    if (auto const wrong = check_times(jwt->claims, c.now))
        return {wrong};
    auto const id = text_of(jwt->claims, "jti");
    if (id.empty() || seen_.contains(id))
        return {invalid_client(50027, "JWT token is invalid or malformed: jti is missing or was seen before.")};
    if (seen_.size() >= most_seen)
        seen_.clear();
    seen_.insert(id);
    return {};
}

auto entra_service::check_federated(std::string_view assertion, context const& c) -> proof
{
    auto const jwt = parse_jwt(assertion);
    auto const mismatch = [](int aadsts, std::string const& what, std::string_view value) {
        return proof{{aadsts, "invalid_client",
                      "No matching federated identity record found for presented assertion " + what + " '" +
                          quotable(value) + "'.",
                      401}};
    };
    auto const& trusted = options_.federation;
    if (auto const issuer = text_of(jwt->claims, "iss"); issuer != trusted.issuer)
        return mismatch(700211, "issuer", issuer);
    if (!provider_key().verify(text_of(jwt->header, "alg"), jwt->signed_text, jwt->signature))
        return {invalid_client(5000611, "Symmetric Key Derivation Function or signature of the assertion is invalid.")};
    if (auto const audience = text_of(jwt->claims, "aud"); audience != trusted.audience)
        return mismatch(700212, "audience", audience);
    if (auto const subject = text_of(jwt->claims, "sub"); subject != trusted.subject)
        return mismatch(700213, "subject", subject);
    return {check_times(jwt->claims, c.now)};
}

} // namespace augur::emulator
