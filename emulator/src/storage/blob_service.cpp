#include <augur/emulator/identity/token_book.hpp>
#include <augur/emulator/storage/blob_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../identity/text.hpp"

#include <utility>

namespace augur::emulator {

namespace {

/// Versions are dates, and dates of this form order as texts. The first that knows bearer tokens.
constexpr std::string_view first_version = "2017-11-09";

response blob_error(int status, std::string_view code, std::string_view message, std::string_view detail,
                    context const& c)
{
    response out;
    out.status = status;
    out.headers.add("Content-Type", "application/xml");
    out.headers.add("x-ms-error-code", std::string(code));
    out.body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>" + xml_text(code) + "</Code><Message>" +
               xml_text(message) + "\nRequestId:" + c.request_id + "\nTime:" + iso_time(c.now) + "</Message>";
    if (!detail.empty())
        out.body += "<AuthenticationErrorDetail>" + xml_text(detail) + "</AuthenticationErrorDetail>";
    out.body += "</Error>";
    return out;
}

std::string_view reason_of(token_state state)
{
    switch (state) {
    case token_state::wrong_audience: return "Audience validation failed. Audience did not match.";
    case token_state::expired: return "Lifetime validation failed. The token is expired.";
    case token_state::revoked: return "The token has been revoked.";
    default: return "Signature validation failed. Signature key not found.";
    }
}

} // namespace

blob_service::blob_service(blob_options options, std::shared_ptr<token_book const> tokens)
    : base_path_("/" + options.account), tokens_(std::move(tokens))
{
}

bool blob_service::matches(request const& r) const
{
    return r.path().starts_with(base_path_ + "/");
}

boost::asio::awaitable<response> blob_service::handle(request const& r, context const& c)
{
    auto answer = respond(r, c);
    answer.headers.add("x-ms-request-id", c.request_id);
    answer.headers.add("x-ms-version", std::string(r.headers.get("x-ms-version").substr(0, 32)));
    co_return answer;
}

response blob_service::respond(request const& r, context const& c)
{
    constexpr std::string_view refused = "Server failed to authenticate the request. Make sure the value of "
                                         "Authorization header is formed correctly including the signature.";
    if (r.headers.get("x-ms-version") < first_version)
        return blob_error(403, "AuthenticationFailed", refused,
                          "Authentication scheme Bearer is not supported in this version.", c);
    auto const state = tokens_->check(bearer_token_of(r), {"https://storage.azure.com"}, c.now);
    if (state == token_state::missing) {
        auto out = blob_error(401, "NoAuthenticationInformation",
                              "Server failed to authenticate the request. Please refer to the information in the "
                              "www-authenticate header.",
                              {}, c);
        out.headers.add("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"
                                            "common/oauth2/authorize resource_id=https://storage.azure.com");
        return out;
    }
    if (state != token_state::good) {
        auto out = blob_error(401, "InvalidAuthenticationInfo", refused, reason_of(state), c);
        if (state == token_state::revoked)
            out.headers.add("WWW-Authenticate", claims_challenge(c.now));
        return out;
    }
    if (r.method == "PUT") {
        if (r.headers.get("x-ms-blob-type") != "BlockBlob")
            return blob_error(400, "MissingRequiredHeader",
                              "An HTTP header that's mandatory for this request is not "
                              "specified: x-ms-blob-type.",
                              {}, c);
        if (!objects_.put(r.path(), r.body))
            return blob_error(413, "RequestBodyTooLarge", "This emulator keeps few blobs, and small ones.", {}, c);
        response out;
        out.status = 201;
        return out;
    }
    if (r.method != "GET")
        return blob_error(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.", {}, c);
    auto found = objects_.get(r.path());
    if (!found)
        return blob_error(404, "BlobNotFound", "The specified blob does not exist.", {}, c);
    response out;
    out.headers.add("Content-Type", "application/octet-stream");
    out.headers.add("x-ms-blob-type", "BlockBlob");
    out.body = std::move(*found);
    return out;
}

} // namespace augur::emulator
