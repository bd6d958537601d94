#include <augur/codec/base64.hpp>
#include <augur/codec/hex.hpp>
#include <augur/codec/http_date.hpp>
#include <augur/codec/percent.hpp>
#include <augur/codec/retry_after.hpp>
#include <augur/codec/sha256.hpp>
#include <augur/codec/signing_key.hpp>
#include <augur/codec/sigv4.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/codec/impl/base64.ipp>
#include <augur/codec/impl/hex.ipp>
#include <augur/codec/impl/http_date.ipp>
#include <augur/codec/impl/percent.ipp>
#include <augur/codec/impl/retry_after.ipp>
#include <augur/codec/impl/sha256.ipp>
#include <augur/codec/impl/signing_key.ipp>
#include <augur/codec/impl/sigv4.ipp>
#include <augur/codec/impl/sigv4_canonical.ipp>
#include <augur/codec/impl/sigv4_request.ipp>
#endif
