#pragma once

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/impl/report.ipp>
#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/auth/entra/tool_sources.hpp>
#include <augur/core/headers.hpp>
#include <augur/net/task.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <string>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

class source_chain final : public token_source
{
public:
    explicit source_chain(std::vector<chain_link> links) noexcept : links_(std::move(links)) {}

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        if (auto const known = winner_.load(std::memory_order_acquire); known < links_.size()) {
            auto got = co_await links_[known].source()->fetch(op, until, std::move(what));
            std::vector<source_report> reports;
            reports.push_back(report_of(*links_[known].source(), got));
            remember(std::move(reports));
            co_return got;
        }
        std::string said;
        std::vector<source_report> reports;
        for (std::size_t i = 0; i < links_.size(); ++i) {
            auto asked = what;
            auto got = co_await links_[i].source()->fetch(op, until, std::move(asked));
            reports.push_back(report_of(*links_[i].source(), got));
            bool const ours = op.stopped() != net::stop_reason::none || op.now() >= until;
            bool const next = !got && !ours && (links_[i].moves_on() || is_nothing_here(got.error()));
            if (!next) {
                if (got)
                    winner_.store(i, std::memory_order_release);
                else
                    reports.back().failed = true;
                remember(std::move(reports));
                co_return got;
            }
            auto const& why = got.error();
            said += (said.empty() ? "" : "; ") + (is_nothing_here(why)
                                                      ? std::string(why.message())
                                                      : links_[i].source()->name() + ": " + why.to_string());
        }
        remember(std::move(reports));
        co_return nothing_here("no Entra token: " + (said.empty() ? "no source was given" : said));
    }
    bool can_change() const noexcept override
    {
        for (auto const& link : links_)
            if (link.source()->can_change())
                return true;
        return false;
    }
    std::chrono::nanoseconds longest_fetch() const noexcept override
    {
        std::chrono::nanoseconds out{};
        for (auto const& link : links_)
            out = std::max(out, link.source()->longest_fetch());
        return out;
    }
    std::string name() const override { return "the chain of Entra sources"; }
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

    std::vector<chain_link> links_;
    std::atomic<std::size_t> winner_{static_cast<std::size_t>(-1)};
    std::mutex mutable mutex_; ///< over what follows: a chain may serve several executors
    std::vector<source_report> reports_;
};

/// With AZURE_CLIENT_ID as the identity that a user assigned, as in the other SDKs.
inline std::shared_ptr<token_source> own_managed_identity(source_options const& options, bool alone)
{
    auto const& id = options.environment().azure_client_id;
    managed_identity_options how(id.empty() ? managed_identity_id() : managed_identity_id::client(id));
    how.in_chain(!alone);
    return managed_identity(options, std::move(how));
}

/// `managed`: of the caller; null: our own. `alone`: somebody asked for this one by its name.
inline chain_link make_link(link_kind kind, source_options const& options, std::shared_ptr<token_source> managed,
                            bool alone)
{
    auto const tool = [alone](std::shared_ptr<token_source> source) {
        return chain_link(std::move(source)).always_moves_on(!alone);
    };
    switch (kind) {
    case link_kind::environment: return environment_application(options);
    case link_kind::workload_identity: return workload_identity(options);
    case link_kind::managed_identity: break;
    case link_kind::azure_cli: return tool(azure_cli(options));
    case link_kind::azure_powershell: return tool(azure_powershell(options));
    case link_kind::azure_developer_cli: return tool(azure_developer_cli(options));
    }
    return managed ? managed : own_managed_identity(options, alone);
}

/// A bad setting is an error of the call, not of the constructor.
class default_source final : public token_source
{
public:
    default_source(source_options options, std::shared_ptr<token_source> managed)
    {
        auto const kinds = choose_links(options.environment().azure_token_credentials);
        if (!kinds) {
            wrong_ = kinds.error();
            return;
        }
        std::vector<chain_link> links;
        for (auto const kind : *kinds)
            links.push_back(make_link(kind, options, managed, kinds->size() == 1));
        chain_ = chain(std::move(links));
    }

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        if (!chain_)
            co_return *wrong_;
        auto got = co_await chain_->fetch(op, until, std::move(what));
        co_return got;
    }
    std::chrono::nanoseconds longest_fetch() const noexcept override
    {
        return chain_ ? chain_->longest_fetch() : std::chrono::nanoseconds(0);
    }
    std::string name() const override { return "the default chain of Entra sources"; }
    std::vector<source_report> explain() const override
    {
        return chain_ ? chain_->explain() : std::vector<source_report>();
    }

private:
    std::optional<error> wrong_;
    std::shared_ptr<token_source> chain_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<token_source> chain(std::vector<chain_link> links)
{
    return std::make_shared<detail::source_chain>(std::move(links));
}

AUGUR_INLINE result<std::vector<link_kind>> choose_links(std::string_view setting)
{
    using enum link_kind;
    constexpr std::array<std::pair<std::string_view, link_kind>, 6> names{{
        {"EnvironmentCredential", environment},
        {"WorkloadIdentityCredential", workload_identity},
        {"ManagedIdentityCredential", managed_identity},
        {"AzureCliCredential", azure_cli},
        {"AzurePowerShellCredential", azure_powershell},
        {"AzureDeveloperCliCredential", azure_developer_cli},
    }};
    auto const begin = setting.find_first_not_of(" \t\r\n");
    if (begin == setting.npos)
        return std::vector<link_kind>{environment, workload_identity, managed_identity,
                                      azure_cli,   azure_powershell,  azure_developer_cli};
    setting = setting.substr(begin, setting.find_last_not_of(" \t\r\n") + 1 - begin);
    if (equal_ignoring_case(setting, "prod"))
        return std::vector<link_kind>{environment, workload_identity, managed_identity};
    if (equal_ignoring_case(setting, "dev"))
        return std::vector<link_kind>{azure_cli, azure_powershell, azure_developer_cli};
    for (auto const& [name, kind] : names)
        if (equal_ignoring_case(setting, name))
            return std::vector<link_kind>{kind};
    for (std::string_view const other : {"VisualStudioCodeCredential", "VisualStudioCredential", "BrokerCredential",
                                         "InteractiveBrowserCredential", "SharedTokenCacheCredential"})
        if (equal_ignoring_case(setting, other))
            return make_error(augur::errc::unsupported, phase::auth, outcome::not_sent,
                              "AZURE_TOKEN_CREDENTIALS is " + std::string(other) + ", which is not implemented");
    return detail::bad_setting("AZURE_TOKEN_CREDENTIALS is \"" + sanitise(setting, 60) +
                               "\"; it may be prod, dev or one name such as ManagedIdentityCredential");
}

AUGUR_INLINE std::shared_ptr<token_source> default_chain(source_options options, std::shared_ptr<token_source> managed)
{
    return std::make_shared<detail::default_source>(std::move(options), std::move(managed));
}

} // namespace augur::inline AUGUR_ABI::auth::entra
