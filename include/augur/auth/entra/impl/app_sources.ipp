#pragma once

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/impl/certificate.ipp>
#include <augur/auth/entra/impl/token_call.ipp>
#include <augur/net/task.hpp>

namespace augur::inline AUGUR_ABI::auth::entra {

AUGUR_INLINE assertion_source::~assertion_source() = default;

namespace detail {

/// Client credentials: what the proofs have in common.
class app_source : public token_source
{
public:
    app_source(app_identity app, source_settings settings) noexcept
        : app_(std::move(app)), settings_(std::move(settings))
    {
    }

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        if (!is_client_id(app_.client_id()))
            co_return bad_setting("the client id \"" + sanitise(app_.client_id(), 80) + "\" is no application's id");
        auto const tenant = settings_->tenant_for(what.tenant(), app_.tenant());
        if (!tenant)
            co_return tenant.error();
        // Entra would say so in the words of a tenant that does not exist.
        for (std::string_view const any : {"common", "organizations"})
            if (equal_ignoring_case(*tenant, any))
                co_return bad_setting("an application gets its tokens from one tenant, and \"" + *tenant +
                                      "\" stands for any: name its own");
        auto const to = token_endpoint(settings_->authority(), *tenant, settings_->allows_plain_http());
        if (!to)
            co_return to.error();
        auto form = wire::begin_grant(app_.client_id(), "client_credentials", what, *tenant);
        if (!form)
            co_return form.error();
        auto const endpoint = to->to_string();
        auto proof = co_await prove(op, until, endpoint);
        if (!proof)
            co_return proof.error();
        add_proof(*form, *proof);
        auto got = co_await post_form(op, settings_, *to, form->finish());
        if (!got)
            co_return got.error();
        co_return read_grant(*got, op.timers().clock().wall_now(), *proof, name());
    }

protected:
    virtual net::task<result<secret>> prove(net::operation& op, steady_time until, std::string endpoint) = 0;
    virtual void add_proof(wire::form& to, secret const& proof) const
    {
        to.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        to.add("client_assertion", proof);
    }
    app_identity const& app() const noexcept { return app_; }
    source_options const& settings() const noexcept { return *settings_; }
    std::string label(std::string_view with) const
    {
        return "app " + sanitise(app_.client_id(), 64) + " with " + std::string(with);
    }

private:
    app_identity app_;
    source_settings settings_;
};

class secret_source final : public app_source
{
public:
    secret_source(app_identity app, secret text, source_settings settings) noexcept
        : app_source(std::move(app), std::move(settings)), text_(std::move(text))
    {
    }
    std::string name() const override { return label("a secret"); }

private:
    net::task<result<secret>> prove(net::operation&, steady_time, std::string) override
    {
        if (text_.empty())
            co_return bad_setting("the client secret is empty");
        co_return text_;
    }
    void add_proof(wire::form& to, secret const& proof) const override { to.add("client_secret", proof); }

    secret text_;
};

class certificate_source final : public app_source
{
public:
    certificate_source(app_identity app, certificate proof, source_settings settings) noexcept
        : app_source(std::move(app), std::move(settings)), proof_(std::move(proof))
    {
    }
    std::string name() const override { return label("a certificate"); }

private:
    net::task<result<secret>> prove(net::operation& op, steady_time, std::string endpoint) override
    {
        auto const random = settings().random() ? settings().random() : system_random();
        auto how = proof_;
        if (app().tenant() == "adfs")
            how.rs256(); // which knows nothing else
        co_return make_assertion(how, app().client_id(), endpoint, make_uuid(*random), op.timers().clock().wall_now());
    }

    certificate proof_;
};

class asserted_source final : public app_source
{
public:
    asserted_source(app_identity app, std::shared_ptr<assertion_source> from, source_settings settings) noexcept
        : app_source(std::move(app), std::move(settings)), from_(std::move(from))
    {
    }
    std::string name() const override { return label("an assertion"); }

private:
    net::task<result<secret>> prove(net::operation& op, steady_time until, std::string) override
    {
        auto got = co_await from_->get(op, until);
        if (got && got->empty())
            co_return bad_setting("the assertion is empty");
        co_return got;
    }

    std::shared_ptr<assertion_source> from_;
};

class function_assertion final : public assertion_source
{
public:
    explicit function_assertion(std::function<result<secret>()> get) noexcept : get_(std::move(get)) {}
    net::task<result<secret>> get(net::operation&, steady_time) override { co_return get_(); }

private:
    std::function<result<secret>()> get_;
};

class file_assertion final : public assertion_source
{
public:
    explicit file_assertion(std::string path) noexcept : path_(std::move(path)) {}
    net::task<result<secret>> get(net::operation&, steady_time) override
    {
        co_return auth::detail::read_token_file(path_);
    }

private:
    std::string path_;
};

/// Whatever the variables make of it, at the first fetch and not before.
class workload_source final : public token_source
{
public:
    workload_source(source_options options, std::string client_id) noexcept
        : options_(std::move(options)), client_id_(std::move(client_id))
    {
    }
    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        auto const& e = options_.environment();
        auto const& client = client_id_.empty() ? e.azure_client_id : client_id_;
        if (e.azure_federated_token_file.empty() || e.azure_tenant_id.empty() || client.empty())
            co_return nothing_here("workload identity: AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                                   "AZURE_FEDERATED_TOKEN_FILE are not all set");
        if (!e.azure_kubernetes_token_proxy.empty())
            co_return make_error(augur::errc::unsupported, phase::auth, outcome::not_sent,
                                 "workload identity: AZURE_KUBERNETES_TOKEN_PROXY is set, and the token proxy of AKS "
                                 "identity bindings is not implemented");
        app_identity app(e.azure_tenant_id, client);
        auto const source =
            client_assertion(std::move(app), std::make_shared<file_assertion>(e.azure_federated_token_file), options_);
        auto got = co_await source->fetch(op, until, std::move(what));
        if (got)
            got->source = name();
        co_return got;
    }
    std::string name() const override { return "workload identity"; }

private:
    source_options options_;
    std::string client_id_;
};

class environment_source final : public token_source
{
public:
    explicit environment_source(source_options options) noexcept : options_(std::move(options)) {}

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        auto source = choose();
        if (!source)
            co_return source.error();
        auto got = co_await (*source)->fetch(op, until, std::move(what));
        if (got)
            got->source = name();
        co_return got;
    }
    std::string name() const override { return "the environment"; }

private:
    result<std::shared_ptr<token_source>> choose() const
    {
        auto const& e = options_.environment();
        if (e.azure_tenant_id.empty() || e.azure_client_id.empty())
            return nothing_here("the environment: AZURE_TENANT_ID and AZURE_CLIENT_ID are not both set");
        app_identity app(e.azure_tenant_id, e.azure_client_id);
        if (!e.azure_client_secret.empty())
            return client_secret(std::move(app), e.azure_client_secret, options_);
        if (!e.azure_client_certificate_path.empty()) {
            auto proof = certificate::file(e.azure_client_certificate_path);
            proof.passphrase(e.azure_client_certificate_password);
            proof.send_chain(e.azure_client_send_certificate_chain);
            return client_certificate(std::move(app), std::move(proof), options_);
        }
        if (!e.azure_username.empty())
            return make_error(augur::errc::unsupported, phase::auth, outcome::not_sent,
                              "the environment: AZURE_USERNAME is set, and signing in with a password is not "
                              "implemented, because Entra is about to refuse it");
        return nothing_here("the environment: neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set");
    }

    source_options options_;
};

inline source_settings shared(source_options options)
{
    return std::make_shared<source_options const>(std::move(options));
}

} // namespace detail

AUGUR_INLINE std::shared_ptr<assertion_source> assertion_from(std::function<result<secret>()> get)
{
    return std::make_shared<detail::function_assertion>(std::move(get));
}

AUGUR_INLINE std::shared_ptr<token_source> client_secret(app_identity app, secret text, source_options options)
{
    return std::make_shared<detail::secret_source>(std::move(app), std::move(text), detail::shared(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<token_source> client_certificate(app_identity app, certificate proof,
                                                              source_options options)
{
    return std::make_shared<detail::certificate_source>(std::move(app), std::move(proof),
                                                        detail::shared(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<token_source> client_assertion(app_identity app, std::shared_ptr<assertion_source> from,
                                                            source_options options)
{
    return std::make_shared<detail::asserted_source>(std::move(app), std::move(from),
                                                     detail::shared(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<token_source> workload_identity(source_options options, std::string client_id)
{
    return std::make_shared<detail::workload_source>(std::move(options), std::move(client_id));
}

AUGUR_INLINE std::shared_ptr<token_source> environment_application(source_options options)
{
    return std::make_shared<detail::environment_source>(std::move(options));
}

} // namespace augur::inline AUGUR_ABI::auth::entra
