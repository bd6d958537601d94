#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/sigv4_verifier.hpp>
#include <augur/emulator/storage/s3_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../identity/text.hpp"

#include <array>
#include <utility>

namespace augur::emulator {

namespace {

response s3_error(int status, std::string_view code, std::string_view message, request const& r, context const& c)
{
    response out;
    out.status = status;
    out.headers.add("Content-Type", "application/xml");
    out.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + xml_text(code) + "</Code><Message>" +
               xml_text(message) + "</Message><Resource>" + xml_text(r.path().substr(0, 1024)) +
               "</Resource><RequestId>" + c.request_id + "</RequestId></Error>";
    return out;
}

/// S3 has its own names for what the verifier finds.
std::string_view s3_code(std::string_view code)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names{{
        {"MissingAuthenticationTokenException", "AccessDenied"},
        {"IncompleteSignatureException", "AuthorizationHeaderMalformed"},
        {"InvalidSignatureException", "SignatureDoesNotMatch"},
        {"UnrecognizedClientException", "InvalidAccessKeyId"},
        {"ExpiredTokenException", "ExpiredToken"},
    }};
    for (auto const& [theirs, ours] : names)
        if (code == theirs)
            return ours;
    return code;
}

} // namespace

s3_service::s3_service(s3_options options, std::shared_ptr<aws_accounts const> accounts)
    : options_(std::move(options)), base_path_("/" + options_.bucket), accounts_(std::move(accounts))
{
}

bool s3_service::matches(request const& r) const
{
    return r.path().starts_with(base_path_ + "/");
}

boost::asio::awaitable<response> s3_service::handle(request const& r, context const& c)
{
    auto answer = respond(r, c);
    answer.headers.add("x-amz-request-id", c.request_id);
    co_return answer;
}

response s3_service::respond(request const& r, context const& c)
{
    if (r.headers.has("authorization") && !r.headers.has("x-amz-content-sha256"))
        return s3_error(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", r, c);
    sigv4_policy policy;
    policy.service = "s3";
    policy.regions = options_.regions;
    policy.normalise_path = false;
    policy.double_encode = false;
    policy.window = std::chrono::minutes(15);
    auto const keys = accounts_->credentials(); // the verdict points into them
    auto const verdict = verify_sigv4(r, keys, policy, c.now);
    if (verdict.failure)
        return s3_error(verdict.failure->status, s3_code(verdict.failure->code), verdict.failure->message, r, c);
    if (!verdict.credential->may_invoke)
        return s3_error(403, "AccessDenied", "Access Denied", r, c);
    if (r.method == "PUT") {
        if (!objects_.put(r.path(), r.body))
            return s3_error(400, "EntityTooLarge", "This emulator keeps few objects, and small ones.", r, c);
        return {};
    }
    if (r.method != "GET")
        return s3_error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", r, c);
    auto found = objects_.get(r.path());
    if (!found)
        return s3_error(404, "NoSuchKey", "The specified key does not exist.", r, c);
    response out;
    out.headers.add("Content-Type", "binary/octet-stream");
    out.body = std::move(*found);
    return out;
}

} // namespace augur::emulator
