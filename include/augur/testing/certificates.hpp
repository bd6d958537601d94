#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

#include <string>
#include <utility>
#include <vector>

/// Certificates for tests of TLS, good ones and every kind of bad one, made when the test runs.
namespace augur::inline AUGUR_ABI::testing {

enum class key_kind
{
    p256,     ///< an elliptic curve; made in less than a millisecond
    rsa_2048, ///< made in about a tenth of a second
    rsa_1024, ///< weaker than anybody should accept
};

enum class signature_digest
{
    sha256,
    sha1, ///< weaker than anybody should accept
};

/// What a certificate says its key is for (the extended key usage).
enum class key_purpose
{
    server,
    client,
    code_signing, ///< neither
};

/// Who a certificate names and what it promises. By default: an EC key for servers, signed with SHA-256,
/// valid from a day ago for thirty days.
class certificate_options
{
public:
    certificate_options() = default;
    /// Subject alternative names: host names, also `*.wildcards`, and IP addresses. None: no such extension.
    explicit certificate_options(std::vector<std::string> names) : names_(std::move(names)) {}

    /// The subject; what old certificates had in place of alternative names.
    certificate_options& common_name(std::string name) { return common_name_ = std::move(name), *this; }
    certificate_options& key(key_kind kind) noexcept { return key_ = kind, *this; }
    /// Of the signature on this certificate.
    certificate_options& digest(signature_digest d) noexcept { return digest_ = d, *this; }
    certificate_options& purpose(key_purpose p) noexcept { return purpose_ = p, *this; }
    /// Both counted from now; negative is in the past.
    certificate_options& valid(std::chrono::seconds from, std::chrono::seconds until) noexcept
    {
        return from_ = from, until_ = until, *this;
    }

    std::vector<std::string> const& names() const noexcept { return names_; }
    std::string const& common_name() const noexcept { return common_name_; }
    key_kind key() const noexcept { return key_; }
    signature_digest digest() const noexcept { return digest_; }
    key_purpose purpose() const noexcept { return purpose_; }
    std::chrono::seconds valid_from() const noexcept { return from_; }
    std::chrono::seconds valid_until() const noexcept { return until_; }

private:
    std::vector<std::string> names_;
    std::string common_name_ = "Augur test";
    key_kind key_ = key_kind::p256;
    signature_digest digest_ = signature_digest::sha256;
    key_purpose purpose_ = key_purpose::server;
    std::chrono::seconds from_ = -std::chrono::hours(24);
    std::chrono::seconds until_ = std::chrono::hours(24 * 30);
};

/// A key and what proves whose it is, all PEM.
struct identity
{
    std::string certificate_pem;
    std::string intermediates_pem; ///< the authorities between this certificate and the root, nearest first
    std::string key_pem;

    /// What a well configured server sends: the certificate, then the intermediates.
    std::string chain_pem() const { return certificate_pem + intermediates_pem; }
};

/// A certificate authority that lives for one run. A value: copies issue in the same name.
///
/// Every function here throws std::runtime_error when OpenSSL fails, std::invalid_argument when a name
/// has a character that no certificate can carry.
class certificate_authority
{
public:
    /// A root: makes a key and signs its own certificate. Names and purpose of `own` are not used.
    certificate_authority() : certificate_authority(certificate_options().common_name("Augur test authority")) {}
    explicit certificate_authority(certificate_options const& own);
    /// Issues with a certificate that somebody else made, whether or not it may.
    static certificate_authority impostor(identity with);

    /// What a client has to trust.
    std::string const& pem() const noexcept { return self_.certificate_pem; }
    identity issue(certificate_options const& whom) const;
    /// A good server certificate for these names.
    identity issue(std::vector<std::string> names) const { return issue(certificate_options(std::move(names))); }
    /// An authority of its own that this one vouches for, and that may issue certificates but no authorities.
    /// Named like its issuer it would not count as an intermediate (RFC 5280 4.2.1.9).
    certificate_authority
    intermediate(certificate_options const& own = certificate_options().common_name("Augur test intermediate")) const;

private:
    struct as_is
    {
    };
    certificate_authority(as_is, identity self, bool is_root) : self_(std::move(self)), is_root_(is_root) {}

    identity self_;
    bool is_root_ = true;
};

/// A server certificate that nobody vouches for but itself.
identity self_signed(certificate_options const& whom);

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/certificates.ipp>
#endif
