#include <augur/tools/ask.hpp>
#include <augur/tools/converse.hpp>
#include <augur/tools/errc.hpp>
#include <augur/tools/from_json.hpp>
#include <augur/tools/toolbox.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/tools/impl/ask.ipp>
#include <augur/tools/impl/converse.ipp>
#include <augur/tools/impl/errc.ipp>
#include <augur/tools/impl/from_json.ipp>
#include <augur/tools/impl/toolbox.ipp>
#endif
