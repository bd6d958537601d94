// Foreign JSON as a value of a described type: it is read to something that is written and read again as the same, or
// refused with the code and outcome that the contract names.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"
#include "support/npc_action.hpp"

#include <augur/tools/from_json.hpp>
#include <augur/tools/to_json.hpp>

namespace {

template <class T>
void check(std::string const& text)
{
    auto const read = augur::from_json<T>(text);
    if (!read) {
        require(read.error() == augur::errc::decode_error);
        require(!read.error().message().empty());
        return;
    }
    auto const written = augur::to_json(*read);
    require(written.has_value());
    if constexpr (!augur::detail::is_wrapped<T>) {
        auto const again = augur::from_json<T>(*written);
        require(again.has_value() && augur::to_json(*again).value() == *written);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const text(reinterpret_cast<char const*>(data), size);
    check<game::npc_action>(text);
    check<std::vector<std::optional<std::int64_t>>>(text);
    check<std::vector<bool>>(text);
    return 0;
}
