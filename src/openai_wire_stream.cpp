#include <augur/openai_wire/chat_chunk.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/chat_chunk.ipp>
#endif
