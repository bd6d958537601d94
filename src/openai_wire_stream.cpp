#include <augur/openai_wire/chat_chunk.hpp>
#include <augur/openai_wire/stream.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/chat_chunk.ipp>
#include <augur/openai_wire/impl/stream.ipp>
#endif
