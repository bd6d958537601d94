// Foreign JSON as a value of a described type: it is read to something that is written and read again as the same, or
// refused with the code and outcome that the contract names.
#include <augur/tools/from_json.hpp>
#include <augur/tools/to_json.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <cstdlib>

namespace fuzzed {

enum class mood
{
    calm,
    angry
};
BOOST_DESCRIBE_ENUM(mood, calm, angry)

struct place
{
    double x = 0;
    float y = 0;
};
BOOST_DESCRIBE_STRUCT(place, (), (x, y))

struct npc_action
{
    std::string verb;
    std::optional<std::string> target;
    int urgency = 0;
    fuzzed::mood mood = mood::calm;
    std::vector<place> path;
    std::optional<place> goal;
    bool loud = false;
    std::uint8_t level = 0;
    double speed = 0;
};
BOOST_DESCRIBE_STRUCT(npc_action, (), (verb, target, urgency, mood, path, goal, loud, level, speed))

} // namespace fuzzed

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

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
    check<fuzzed::npc_action>(text);
    check<std::vector<std::optional<std::int64_t>>>(text);
    check<std::vector<bool>>(text);
    return 0;
}
