#include <augur/openai_wire/responses.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/response.ipp>
#include <augur/openai_wire/impl/response_event.ipp>
#include <augur/openai_wire/impl/response_request.ipp>
#include <augur/openai_wire/impl/responses.ipp>
#endif
