#include <augur/emulator/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace augur::emulator {

namespace {

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

void need(bool ok, char const* what)
{
    if (!ok)
        throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

std::string text_of(BIO* bio)
{
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

bio_ptr reading(std::string const& pem)
{
    bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    need(bio != nullptr, "no memory");
    return bio;
}

identity to_pem(X509* certificate, EVP_PKEY* key)
{
    bio_ptr c(BIO_new(BIO_s_mem()));
    bio_ptr k(BIO_new(BIO_s_mem()));
    need(c && k && PEM_write_bio_X509(c.get(), certificate) == 1, "PEM");
    need(PEM_write_bio_PrivateKey(k.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
    return {text_of(c.get()), text_of(k.get())};
}

void add_extension(X509* certificate, X509* issuer, int nid, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    need(extension != nullptr, value.c_str());
    auto const added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    need(added == 1, value.c_str());
}

x509_ptr unsigned_certificate(EVP_PKEY* key, char const* common_name)
{
    x509_ptr c(X509_new());
    need(c && X509_set_version(c.get(), X509_VERSION_3) == 1, "X509_new");
    unsigned char serial[16];
    need(RAND_bytes(serial, sizeof serial) == 1, "random");
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7F) | 0x40); // positive and never zero
    auto* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(c.get()));
    BN_free(number);
    constexpr long day = 24 * 3600;
    X509_gmtime_adj(X509_getm_notBefore(c.get()), -day);
    X509_gmtime_adj(X509_getm_notAfter(c.get()), 30 * day);
    need(X509_set_pubkey(c.get(), key) == 1, "key");
    auto* name = X509_get_subject_name(c.get());
    need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(common_name), -1,
                                    -1, 0) == 1,
         "name");
    return c;
}

} // namespace

certificate_authority::certificate_authority()
{
    key_ptr key(EVP_EC_gen("P-256"));
    need(key != nullptr, "key");
    auto c = unsigned_certificate(key.get(), "Augur emulator, one run only");
    need(X509_set_issuer_name(c.get(), X509_get_subject_name(c.get())) == 1, "issuer");
    add_extension(c.get(), c.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(c.get(), c.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(c.get(), c.get(), NID_subject_key_identifier, "hash");
    need(X509_sign(c.get(), key.get(), EVP_sha256()) > 0, "signature");
    self_ = to_pem(c.get(), key.get());
}

identity certificate_authority::issue(std::vector<std::string> const& names) const
{
    auto const authority_text = reading(self_.certificate_pem);
    auto const key_text = reading(self_.key_pem);
    x509_ptr authority(PEM_read_bio_X509(authority_text.get(), nullptr, nullptr, nullptr));
    key_ptr authority_key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
    key_ptr key(EVP_EC_gen("P-256"));
    need(authority && authority_key && key, "key");

    std::string alternatives;
    for (auto const& name : names) {
        boost::system::error_code not_an_address;
        boost::asio::ip::make_address(name, not_an_address);
        alternatives += (alternatives.empty() ? "" : ",") + std::string(not_an_address ? "DNS:" : "IP:") + name;
    }
    auto c = unsigned_certificate(key.get(), "augur-emulator");
    need(X509_set_issuer_name(c.get(), X509_get_subject_name(authority.get())) == 1, "issuer");
    add_extension(c.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(c.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(c.get(), authority.get(), NID_ext_key_usage, "serverAuth");
    add_extension(c.get(), authority.get(), NID_subject_key_identifier, "hash");
    add_extension(c.get(), authority.get(), NID_authority_key_identifier, "keyid:always");
    add_extension(c.get(), authority.get(), NID_subject_alt_name, alternatives);
    need(X509_sign(c.get(), authority_key.get(), EVP_sha256()) > 0, "signature");
    return to_pem(c.get(), key.get());
}

void write_private_file(std::string const& path, std::string_view content)
{
    auto temporary = path + ".XXXXXX";
    auto const descriptor = ::mkstemp(temporary.data()); // mode 0600
    auto const fail = [&](char const* what) {
        auto const reason = errno;
        if (descriptor >= 0) {
            ::close(descriptor);
            ::unlink(temporary.c_str());
        }
        throw std::system_error(reason, std::generic_category(), std::string(what) + " " + path);
    };
    if (descriptor < 0)
        fail("cannot create");
    while (!content.empty()) {
        auto const n = ::write(descriptor, content.data(), content.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail("cannot write");
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0)
        fail("cannot name");
    ::close(descriptor);
}

} // namespace augur::emulator
