#include <augur/core/call_options.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/core/log.hpp>
#include <augur/core/meta.hpp>
#include <augur/core/secret.hpp>
#include <augur/core/url.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/core/impl/call_options.ipp>
#include <augur/core/impl/clock.ipp>
#include <augur/core/impl/errc.ipp>
#include <augur/core/impl/error.ipp>
#include <augur/core/impl/headers.ipp>
#include <augur/core/impl/http.ipp>
#include <augur/core/impl/log.ipp>
#include <augur/core/impl/secret.ipp>
#include <augur/core/impl/url.ipp>
#endif
