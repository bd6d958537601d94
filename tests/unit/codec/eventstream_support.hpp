#pragma once

#include <augur/codec/eventstream.hpp>
#include <augur/codec/hex.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace eventstream_support {

inline std::string from_hex(std::string_view text)
{
    return augur::codec::hex_decode(text).value();
}

/// "type:value", with the names of the published vectors.
struct value_text
{
    std::string operator()(bool v) const { return v ? "bool:true" : "bool:false"; }
    std::string operator()(std::int8_t v) const { return "byte:" + std::to_string(v); }
    std::string operator()(std::int16_t v) const { return "short:" + std::to_string(v); }
    std::string operator()(std::int32_t v) const { return "integer:" + std::to_string(v); }
    std::string operator()(std::int64_t v) const { return "long:" + std::to_string(v); }
    std::string operator()(augur::codec::eventstream::bytes v) const
    {
        return "bytes:" + augur::codec::hex_encode(v.value);
    }
    std::string operator()(std::string_view v) const { return "string:" + std::string(v); }
    std::string operator()(augur::codec::eventstream::timestamp v) const
    {
        return "timestamp:" + std::to_string(v.time_since_epoch().count());
    }
    std::string operator()(augur::codec::eventstream::uuid const& v) const
    {
        return "uuid:" + augur::codec::hex_encode({reinterpret_cast<char const*>(v.data()), v.size()});
    }
};

/// "[name=type:value name=type:value]payload".
inline std::string show(augur::codec::eventstream::frame const& f)
{
    std::string out;
    for (auto const& h : f.headers)
        out += (out.empty() ? "" : " ") + std::string(h.name) + "=" + std::visit(value_text{}, h.value);
    return "[" + out + "]" + std::string(f.payload);
}

} // namespace eventstream_support
