// base64, hexadecimal and percent encoding: what is decoded encodes back to the same text, and every
// text of bytes survives a round trip.
#include "fuzz/require.hpp"

#include <augur/codec/base64.hpp>
#include <augur/codec/hex.hpp>
#include <augur/codec/percent.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace codec = augur::codec;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    for (auto const alphabet : {codec::base64_alphabet::standard, codec::base64_alphabet::url}) {
        auto const encoded = codec::base64_encode(text, alphabet);
        require(encoded.size() == codec::base64_size(size, alphabet));
        require(codec::base64_decode(encoded, alphabet).value() == text);
        if (auto const bytes = codec::base64_decode(text, alphabet)) {
            // Strict means that there is one text for each value; only the padding of `url` may be left out.
            auto again = codec::base64_encode(*bytes, alphabet);
            if (text.ends_with('='))
                again.resize((again.size() + 3) / 4 * 4, '=');
            require(again == text);
        }
    }

    require(codec::hex_decode(codec::hex_encode(text)).value() == text);
    if (auto const bytes = codec::hex_decode(text)) {
        std::string lower(text);
        for (char& c : lower)
            c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
        require(codec::hex_encode(*bytes) == lower);
    }

    for (auto const keep : {codec::percent_keep::nothing, codec::percent_keep::slash}) {
        auto const encoded = codec::percent_encode(text, keep);
        require(codec::percent_decode(encoded).value() == text);
        require(encoded.size() <= size * 3);
        for (char const c : encoded)
            require(c > ' ' && c < 0x7f && (c != '/' || keep == codec::percent_keep::slash));
    }
    if (auto const bytes = codec::percent_decode(text)) {
        require(bytes->size() <= size);
        require(codec::percent_decode(codec::percent_encode(*bytes)).value() == *bytes);
    }
    return 0;
}
