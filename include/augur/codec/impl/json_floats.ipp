#pragma once

#include <augur/codec/impl/float_text.hpp>
#include <augur/codec/json_floats.hpp>

namespace augur::inline AUGUR_ABI::codec::json {

AUGUR_INLINE result<void> read_floats(std::string_view array, std::vector<float>& out)
{
    auto const before = out.size();
    detail::float_array_reader reader(array);
    if (reader.read(out))
        return {};
    return make_error(errc::decode_error, phase::decode, outcome::complete,
                      "$[" + std::to_string(out.size() - before) + "]: " + reader.what());
}

} // namespace augur::inline AUGUR_ABI::codec::json
