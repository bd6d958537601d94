#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/impl/wire_support.ipp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

AUGUR_INLINE credential_source::~credential_source() = default;
AUGUR_INLINE bool credential_source::can_change() const noexcept
{
    return true;
}

AUGUR_INLINE std::vector<source_report> credential_source::explain() const
{
    return {};
}

namespace detail {

class fixed_source final : public credential_source
{
public:
    explicit fixed_source(credentials c) noexcept : credentials_(std::move(c)) {}
    net::task<result<credentials>> fetch(net::operation&, steady_time) override
    {
        if (credentials_.access_key_id.empty() || credentials_.secret_access_key.empty())
            co_return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                                 "the access key or its secret is empty");
        co_return credentials_;
    }
    bool can_change() const noexcept override { return false; }
    std::string name() const override { return credentials_.source; }

private:
    credentials credentials_;
};

class environment_source final : public credential_source
{
public:
    explicit environment_source(call::environment e) noexcept : environment_(std::move(e)) {}
    net::task<result<credentials>> fetch(net::operation&, steady_time) override
    {
        auto const& e = environment_;
        if (e.aws_access_key_id.empty() && e.aws_secret_access_key.empty())
            co_return nothing_here("the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
        if (e.aws_access_key_id.empty())
            co_return incomplete("the environment", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID");
        if (e.aws_secret_access_key.empty())
            co_return incomplete("the environment", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        credentials out;
        out.access_key_id = e.aws_access_key_id;
        out.secret_access_key = e.aws_secret_access_key;
        out.session_token = e.aws_session_token;
        out.account_id = e.aws_account_id;
        out.source = name();
        if (!e.aws_credential_expiration.empty()) {
            out.expires = auth::detail::parse_rfc3339(e.aws_credential_expiration);
            if (!out.expires)
                co_return bad_setting("AWS_CREDENTIAL_EXPIRATION is no date such as 2026-01-31T12:00:00Z");
        }
        co_return out;
    }
    bool can_change() const noexcept override { return false; }
    std::string name() const override { return "the environment"; }

private:
    call::environment environment_;
};

class source_chain final : public credential_source
{
public:
    explicit source_chain(std::vector<std::shared_ptr<credential_source>> sources) noexcept
        : sources_(std::move(sources))
    {
    }

    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        std::string said;
        std::vector<source_report> reports;
        for (auto const& source : sources_) {
            auto found = co_await source->fetch(op, until);
            source_report report;
            report.name = source->name();
            report.won = found.has_value();
            report.failed = !found && !is_nothing_here(found.error());
            report.said = found ? "found" : found.error().to_string();
            reports.push_back(std::move(report));
            if (found || !is_nothing_here(found.error())) {
                remember(std::move(reports));
                co_return found;
            }
            said += (said.empty() ? "" : "; ") + std::string(found.error().message());
        }
        remember(std::move(reports));
        co_return nothing_here("no AWS credentials: " + (said.empty() ? "no source was given" : said));
    }
    bool can_change() const noexcept override
    {
        return std::any_of(sources_.begin(), sources_.end(), [](auto const& source) { return source->can_change(); });
    }
    std::string name() const override { return "the credential chain"; }
    std::vector<source_report> explain() const override
    {
        std::lock_guard const lock(mutex_);
        return reports_;
    }

private:
    void remember(std::vector<source_report> reports)
    {
        std::lock_guard const lock(mutex_);
        reports_ = std::move(reports);
    }

    std::mutex mutable mutex_; ///< over what follows: a chain may serve several executors
    std::vector<source_report> reports_;
    std::vector<std::shared_ptr<credential_source>> sources_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<credential_source> static_credentials(std::string access_key_id, secret secret_access_key,
                                                                   secret session_token)
{
    credentials c;
    c.access_key_id = std::move(access_key_id);
    c.secret_access_key = std::move(secret_access_key);
    c.session_token = std::move(session_token);
    c.source = "code";
    return std::make_shared<detail::fixed_source>(std::move(c));
}

AUGUR_INLINE std::shared_ptr<credential_source> environment_credentials(call::environment e)
{
    return std::make_shared<detail::environment_source>(std::move(e));
}

AUGUR_INLINE std::shared_ptr<credential_source> chain(std::vector<std::shared_ptr<credential_source>> sources)
{
    return std::make_shared<detail::source_chain>(std::move(sources));
}

} // namespace augur::inline AUGUR_ABI::auth::aws
