#include <augur/emulator/identity/imds_service.hpp>

#include <boost/asio/awaitable.hpp>

#include "../json.hpp"
#include "../random.hpp"
#include "text.hpp"

#include <charconv>

namespace augur::emulator {

namespace {

constexpr std::string_view token_path = "/latest/api/token";
constexpr std::string_view role_path = "/latest/meta-data/iam/security-credentials";
constexpr long longest_token = 21600;
constexpr std::size_t most_tokens = 1024;

response page(int status, std::string_view title)
{
    response r;
    r.status = status;
    r.headers.add("Content-Type", "text/html");
    r.headers.add("Server", "EC2ws");
    r.body = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head><title>" + std::to_string(status) + " - " +
             std::string(title) + "</title></head><body><h1>" + std::to_string(status) + " - " + std::string(title) +
             "</h1></body></html>\n";
    return r;
}

response text(std::string body)
{
    response r;
    r.headers.add("Content-Type", "text/plain");
    r.headers.add("Server", "EC2ws");
    r.body = std::move(body);
    return r;
}

} // namespace

bool imds_service::matches(request const& r) const
{
    return r.path().starts_with("/latest/");
}

void imds_service::reset()
{
    set_up({});
}

void imds_service::set_up(imds_setup setup)
{
    std::scoped_lock const lock(mutex_);
    setup_ = std::move(setup);
    tokens_.clear();
    current_.reset();
}

void imds_service::forget_tokens()
{
    std::scoped_lock const lock(mutex_);
    tokens_.clear();
}

boost::asio::awaitable<response> imds_service::handle(request const& r, context const& c)
{
    co_return respond(r, c);
}

response imds_service::respond(request const& r, context const& c)
{
    std::scoped_lock const lock(mutex_);
    if (!setup_.enabled)
        return page(403, "Forbidden");
    if (r.path() == token_path)
        return token(r, c);
    if (r.method != "GET")
        return page(405, "Method Not Allowed");
    if (auto const shown = r.headers.find("x-aws-ec2-metadata-token"); shown || !setup_.version_1) {
        auto const known = tokens_.find(shown.value_or(std::string_view()));
        if (known == tokens_.end() || known->second <= c.now)
            return page(401, "Unauthorized");
    }
    auto path = r.path();
    if (setup_.role.empty() || !path.starts_with(role_path))
        return page(404, "Not Found");
    path.remove_prefix(role_path.size());
    if (path.empty() || path == "/")
        return text(setup_.role);
    if (path.substr(1) != setup_.role)
        return page(404, "Not Found");
    return credentials(c);
}

response imds_service::token(request const& r, context const& c)
{
    if (r.method != "PUT")
        return page(405, "Method Not Allowed");
    // A proxy that forwards requests from elsewhere would say so; the service gives such requests nothing.
    if (r.headers.has("x-forwarded-for"))
        return page(403, "Forbidden");
    auto const wish = r.headers.get("x-aws-ec2-metadata-token-ttl-seconds");
    long seconds = 0;
    auto const [end, failure] = std::from_chars(wish.data(), wish.data() + wish.size(), seconds);
    if (failure != std::errc() || end != wish.data() + wish.size() || seconds < 1 || seconds > longest_token)
        return page(400, "Bad Request");
    if (tokens_.size() >= most_tokens)
        tokens_.clear();
    auto fresh = random_text(54) + "==";
    tokens_[fresh] = c.now + std::chrono::seconds(seconds);
    auto answer = text(std::move(fresh));
    answer.headers.add("x-aws-ec2-metadata-token-ttl-seconds", std::to_string(seconds));
    if (setup_.beyond_hop_limit)
        answer.delay = std::chrono::hours(1);
    return answer;
}

response imds_service::credentials(context const& c)
{
    json body;
    body["Code"] = setup_.code;
    body["LastUpdated"] = iso_time(c.now);
    if (setup_.code != "Success") {
        body["Message"] = "EC2 cannot assume the role " + setup_.role + ".";
        return text(dump(body));
    }
    auto const life = setup_.lifetime;
    if (!current_ || life.count() <= 0 || *current_->key.expires - c.now < life / 4 || c.now < issued_at_) {
        std::string const account = "123456789012";
        std::string const instance = "i-0emulator" + random_text(6);
        current_ = accounts_->issue("arn:aws:sts::" + account + ":assumed-role/" + setup_.role + "/" + instance,
                                    "AROAEMULATORINSTANCE:" + instance, account, c.now + life);
        issued_at_ = c.now;
    }
    body["Type"] = "AWS-HMAC";
    body["AccessKeyId"] = current_->key.access_key;
    body["SecretAccessKey"] = current_->key.secret_key;
    body["Token"] = current_->key.session_token;
    body["Expiration"] = iso_time(*current_->key.expires);
    return text(dump(body));
}

} // namespace augur::emulator
