#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A described type with one member of each kind that a language model is asked for.
namespace game {

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
    game::mood mood = mood::calm;
    std::vector<place> path;
    std::optional<place> goal;
    bool loud = false;
    std::uint8_t level = 0;
    float speed = 0;
};
BOOST_DESCRIBE_STRUCT(npc_action, (), (verb, target, urgency, mood, path, goal, loud, level, speed))

inline std::string_view augur_description(npc_action const*, std::string_view member)
{
    if (member.empty())
        return "What the character does next";
    return member == "urgency" ? "0 is calm, 10 is panic" : "";
}

} // namespace game
