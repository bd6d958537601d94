#pragma once

#include <augur/codec/stream_decoder.hpp>

#include <stdexcept>

namespace augur::inline AUGUR_ABI::codec {

AUGUR_INLINE void stream_decoder::feed(std::string_view bytes)
{
    if (failure_)
        return;
    if (!input_.empty())
        throw std::logic_error("augur: feed() before next() has used the last chunk up");
    if (finished_)
        throw std::logic_error("augur: feed() after finish()");
    input_ = bytes;
}

AUGUR_INLINE error const& stream_decoder::fail(errc code, phase where, std::string message)
{
    input_ = {};
    return failure_.emplace(make_error(code, where, outcome::partial, std::move(message)));
}

} // namespace augur::inline AUGUR_ABI::codec
