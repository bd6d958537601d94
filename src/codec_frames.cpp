#include <augur/codec/crc32.hpp>
#include <augur/codec/eventstream.hpp>
#include <augur/codec/json_floats.hpp>
#include <augur/codec/ndjson.hpp>
#include <augur/codec/sse.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/codec/impl/crc32.ipp>
#include <augur/codec/impl/eventstream.ipp>
#include <augur/codec/impl/eventstream_encode.ipp>
#include <augur/codec/impl/json_floats.ipp>
#include <augur/codec/impl/ndjson.ipp>
#include <augur/codec/impl/sse.ipp>
#include <augur/codec/impl/stream_decoder.ipp>
#endif
