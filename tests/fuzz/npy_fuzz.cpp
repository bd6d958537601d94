// An array that was read holds no more than its file, and its written form reads back as the same tensor.
#include "fuzz/require.hpp"

#include <augur/codec/scoring.hpp>

#include <algorithm>
#include <cstdint>

namespace scoring = augur::codec::scoring;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string file(reinterpret_cast<char const*>(data), size);
    // A header alone, as the unit tests have them, becomes a file: one line of header, then the data.
    auto const header = std::min(file.find('\n'), file.size());
    if (file.starts_with('{') && header < 65'536) {
        std::string prefix("\x93NUMPY\x01\x00", 8);
        prefix += static_cast<char>(static_cast<unsigned char>(header & 255U));
        prefix += static_cast<char>(static_cast<unsigned char>(header >> 8));
        if (header < file.size())
            file.erase(header, 1);
        file.insert(0, prefix);
    }
    size = file.size();
    auto const read = scoring::read_npy(file);
    if (!read) {
        require(read.error() == augur::errc::decode_error);
        return 0;
    }
    require(read->size() <= size && read->bytes().size() <= size);
    auto const written = scoring::write_npy(*read);
    if (!written) {
        require(read->type() == augur::element_type::string && written.error() == augur::errc::unsupported);
        return 0;
    }
    auto const again = scoring::read_npy(*written);
    require(again.has_value() && *again == *read);
    return 0;
}
