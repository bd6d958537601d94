#include <augur/auth/aws/bearer_token.hpp>
#include <augur/auth/aws/errc.hpp>
#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/key.hpp>
#include <augur/auth/request_signer.hpp>
#include <augur/auth/token_cache.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/bearer_token.ipp>
#include <augur/auth/aws/impl/credential_cache.ipp>
#include <augur/auth/aws/impl/credentials.ipp>
#include <augur/auth/aws/impl/errc.ipp>
#include <augur/auth/aws/impl/profile.ipp>
#include <augur/auth/aws/impl/sigv4.ipp>
#include <augur/auth/impl/key.ipp>
#include <augur/auth/impl/request_signer.ipp>
#include <augur/auth/impl/source_report.ipp>
#include <augur/auth/impl/token_cache.ipp>
#endif
