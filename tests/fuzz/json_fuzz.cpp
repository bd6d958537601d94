// The reader accepts exactly what nlohmann accepts (within the depth limit), finds the same values, and the source of
// every value is that value again.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/codec/json.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>

namespace json = augur::codec::json;

namespace {

void compare(json::value mine, nlohmann::json const& theirs)
{
    require(nlohmann::json::accept(mine.raw()));
    switch (mine.kind()) {
    case json::kind::null: require(theirs.is_null()); break;
    case json::kind::boolean: require(theirs.is_boolean() && theirs.get<bool>() == *mine.as_bool()); break;
    case json::kind::string:
        require(theirs.is_string() && theirs.get_ref<std::string const&>() == *mine.as_string());
        break;
    case json::kind::number: {
        auto const number = mine.as_double();
        require(theirs.is_number() && number.has_value());
        require(theirs.get<double>() == *number);
        if (theirs.is_number_unsigned() && mine.is_integer())
            require(mine.as_uint64().value() == theirs.get<std::uint64_t>());
        break;
    }
    case json::kind::array: {
        require(theirs.is_array() && theirs.size() == mine.size());
        std::size_t i = 0;
        for (auto const element : mine.elements())
            compare(element, theirs[i++]);
        break;
    }
    case json::kind::object:
        require(theirs.is_object());
        for (auto const& [key, content] : mine.members()) {
            auto const unique = mine.find(key);
            if (unique) // of two members with one key nlohmann keeps the last
                compare(*unique, theirs.at(std::string(key)));
            require(content.path().size() < 2'000);
        }
        break;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const mine = json::parse(text);
    if (!mine)
        require(mine.error() == augur::errc::decode_error && mine.error().message().starts_with('$'));
    if (!augur::codec::depth_ok(text, 64)) {
        require(!mine.has_value());
        return 0;
    }
    if (text.find('\0') != text.npos) { // the end of the text for nlohmann 3.11, but no JSON has it
        require(!mine.has_value());
        return 0;
    }
    // Numbers that overflow are judged when they are asked for, nlohmann judges them at once.
    try {
        auto const theirs = nlohmann::json::parse(text);
        require(mine.has_value());
        compare(mine->root(), theirs);
    }
    catch (nlohmann::json::out_of_range const&) {
    }
    catch (nlohmann::json::parse_error const&) {
        require(!mine.has_value());
    }
    return 0;
}
