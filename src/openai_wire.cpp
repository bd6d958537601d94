#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/models.hpp>
#include <augur/openai_wire/wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/chat.ipp>
#include <augur/openai_wire/impl/embeddings.ipp>
#include <augur/openai_wire/impl/errc.ipp>
#include <augur/openai_wire/impl/models.ipp>
#include <augur/openai_wire/impl/wire.ipp>
#endif
