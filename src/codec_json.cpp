#include <augur/codec/impl/json.ipp>
#include <augur/codec/impl/json_value.ipp>
#include <augur/codec/impl/json_writer.ipp>
