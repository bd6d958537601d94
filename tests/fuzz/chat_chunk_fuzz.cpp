// What a chunk gives is what a strict reader of the whole JSON finds in the same places, when that reader takes it.
#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/chat_chunk.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string text_at(nlohmann::json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A reader that has seen a chunk like this one finds the same as one that has seen nothing.
void require_same(std::string const& seen, std::string const& chunk)
{
    augur::openai_wire::chat_chunk_reader fresh, used;
    require(used.read(seen).has_value());
    auto const a = fresh.read(chunk);
    auto const b = used.read(chunk);
    require(a.has_value() == b.has_value());
    if (a)
        require(std::ranges::equal(a->deltas, b->deltas) && a->usage == b->usage && a->error == b->error);
    augur::openai_wire::chat_event_reader fresh_event, used_event;
    require(used_event.read(seen).has_value());
    auto const e = fresh_event.read(chunk);
    auto const f = used_event.read(chunk);
    require(e.has_value() == f.has_value());
    if (e)
        require(e->choices() == f->choices() && e->extra() == f->extra() && e->raw() == f->raw());
    // Each in the memory of the one before it, which was like it or not.
    augur::openai_wire::chat_event_reader by_turns;
    auto const s = augur::openai_wire::chat_event_reader().read(seen);
    for (bool const is_seen : {true, true, false, false, true, false}) {
        auto const& alone = is_seen ? s : e;
        auto const event = by_turns.read(is_seen ? seen : chunk);
        require(event.has_value() == alone.has_value());
        if (event)
            require(event->choices() == alone->choices() && event->extra() == alone->extra() &&
                    event->raw() == alone->raw());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    augur::openai_wire::chat_chunk_reader reader;
    auto const chunk = reader.read(text);
    std::string const front = R"({"choices":[{"delta":{"content":")";
    std::string const back = R"("},"finish_reason":null}])";
    auto const padded = [&](std::string_view content, std::string_view padding) {
        return front + std::string(content) + back + R"(,"obfuscation":")" + std::string(padding) + "\"}";
    };
    require_same(front + "x" + back + "}", front + std::string(text) + back + "}");
    auto const cut = std::min(text.find('|'), size);
    require_same(padded("x", "abc"), padded(text.substr(0, cut), text.substr(std::min(cut + 1, size))));
    if (!chunk) {
        require(chunk.error() == augur::errc::decode_error);
        return 0;
    }
    if (chunk->is_end || size > 4096 || text.find("\\u") != text.npos)
        return 0;
    bool duplicate = false;
    std::vector<std::vector<std::string>> keys;
    auto const watch = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        if (event == nlohmann::json::parse_event_t::object_start)
            keys.emplace_back();
        else if (event == nlohmann::json::parse_event_t::object_end)
            keys.pop_back();
        else if (event == nlohmann::json::parse_event_t::key) {
            for (auto const& key : keys.back())
                duplicate = duplicate || key == parsed.get_ref<std::string const&>();
            keys.back().push_back(parsed.get<std::string>());
        }
        return true;
    };
    auto const whole = nlohmann::json::parse(text, watch, false);
    if (whole.is_discarded() || duplicate)
        return 0; // 1e999, or a name twice: nlohmann takes the last
    auto const choices = whole.find("choices");
    std::size_t const count = choices != whole.end() && choices->is_array() ? choices->size() : 0;
    require(chunk->deltas.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
        auto const& choice = (*choices)[i];
        auto const delta = choice.find("delta");
        auto const& d = chunk->deltas[i];
        require(d.finish_reason == text_at(choice, "finish_reason"));
        bool const has_delta = delta != choice.end() && delta->is_object();
        require(d.content == (has_delta ? text_at(*delta, "content") : ""));
        require(d.refusal == (has_delta ? text_at(*delta, "refusal") : ""));
    }
    return 0;
}
