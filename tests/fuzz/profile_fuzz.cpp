// The shared AWS files: any bytes are a set of profiles or an error that names a line and never its content.
#include "fuzz/require.hpp"

#include <augur/auth/aws/profile.hpp>

#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace augur::auth::aws;
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    for (auto const kind : {profile_file::config, profile_file::credentials}) {
        auto parsed = parse_profiles(text, kind);
        if (!parsed) {
            require(parsed.error().phase() == augur::phase::auth);
            continue;
        }
        std::size_t bytes = 0;
        for (auto const& [name, values] : *parsed)
            for (auto const& [key, value] : values) {
                bytes += key.size() + value.size();
                require(value.find('\0') == std::string::npos);
            }
        require(bytes <= text.size()); // nothing is made up
        // The same text again, merged over itself, changes nothing.
        auto twice = *parsed;
        merge_profiles(twice, *parsed);
        require(twice == *parsed);
    }
    return 0;
}
