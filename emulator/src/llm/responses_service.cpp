#include "openai_route.hpp"
#include "responses.hpp"

#include <algorithm>
#include <charconv>

namespace augur::emulator {

using llm::openai_error;
using llm::problem;

void openai_service::store::add(std::string const& id, entry e, std::size_t most_bytes)
{
    while (!order.empty() && (entries.size() >= most || bytes + e.size > most_bytes))
        remove(std::string(order.front()));
    bytes += e.size;
    entries.emplace(id, std::move(e));
    order.push_back(id);
}

void openai_service::store::remove(std::string_view id)
{
    auto const found = entries.find(id);
    bytes -= found->second.size;
    std::erase(order, id);
    entries.erase(found);
}

openai_service::store::entry* openai_service::store::find(std::string_view id)
{
    auto const found = entries.find(id);
    return found == entries.end() ? nullptr : &found->second;
}

namespace {

response not_found(std::string_view id)
{
    return openai_error({404, "Response with id '" + std::string(id.substr(0, 100)) + "' not found."});
}

response document(json const& value)
{
    return json_response(200, dump(value));
}

/// A page of a list, in the newest-first order that is usual there.
response page(json const& items, std::string const& order, std::string const& after, std::string const& limit)
{
    std::size_t most = 20;
    if (!limit.empty()) {
        auto const [stop, failure] = std::from_chars(limit.data(), limit.data() + limit.size(), most);
        if (failure != std::errc() || stop != limit.data() + limit.size() || most < 1 || most > 100)
            return openai_error(llm::bad("Invalid 'limit': a number from 1 to 100 is expected.", "limit"));
    }
    std::vector<json> list(items.begin(), items.end());
    if (order != "asc")
        std::reverse(list.begin(), list.end());
    auto from = list.begin();
    if (!after.empty()) {
        from = std::find_if(list.begin(), list.end(), [&](json const& i) { return i["id"] == json(after); });
        if (from == list.end())
            return openai_error(llm::bad("There is no item '" + after.substr(0, 100) + "'.", "after"));
        ++from;
    }
    auto const left = static_cast<std::size_t>(list.end() - from);
    json const data(std::vector<json>(from, from + static_cast<std::ptrdiff_t>(std::min(left, most))));
    return document({{"object", "list"},
                     {"data", data},
                     {"first_id", data.empty() ? json(nullptr) : data.front()["id"]},
                     {"last_id", data.empty() ? json(nullptr) : data.back()["id"]},
                     {"has_more", left > most}});
}

} // namespace

response openai_service::responses(request const& r, context const& c, route const& where)
{
    std::string_view rest = where.resource;
    rest.remove_prefix(std::string_view("/responses").size());
    if (rest.empty())
        return r.method == "POST" ? create_response(r, c, where, false) : no_such_resource(where.azure());
    if (rest == "/input_tokens" && r.method == "POST")
        return create_response(r, c, where, true);
    rest.remove_prefix(1);
    auto const slash = std::min(rest.find('/'), rest.size());
    auto const id = rest.substr(0, slash);
    auto const what = rest.substr(slash);
    auto* entry = stored_->find(id);
    if (!entry)
        return not_found(id);
    if (what.empty() && r.method == "DELETE") {
        stored_->remove(id);
        return document({{"id", id}, {"object", "response"}, {"deleted", true}});
    }
    if (what == "/input_items" && r.method == "GET")
        return page(entry->input_items, where.query("order"), where.query("after"), where.query("limit"));
    if (what == "/cancel" && r.method == "POST") {
        if (!entry->background)
            return openai_error(llm::bad("Cannot cancel a synchronous response."));
        if (!entry->done() && !entry->cancelled) {
            entry->made.whole = json(entry->state());
            entry->made.whole["status"] = "cancelled";
            entry->cancelled = true;
        }
        return document(entry->state());
    }
    if (!what.empty() || r.method != "GET")
        return no_such_resource(where.azure());
    if (where.query("stream") == "true") {
        if (!entry->background || !entry->streamed)
            return openai_error(
                llm::bad("This response cannot be streamed because it was not created with background=true "
                         "and stream=true.",
                         "stream"));
        std::size_t from = 0;
        auto const after = where.query("starting_after");
        if (!after.empty()) {
            auto const [stop, failure] = std::from_chars(after.data(), after.data() + after.size(), from);
            if (failure != std::errc() || stop != after.data() + after.size())
                return openai_error(llm::bad("Invalid 'starting_after': a number is expected.", "starting_after"));
            ++from;
        }
        return llm::render_events(entry->made, from, quirks_);
    }
    if (!entry->done())
        ++entry->polls;
    return document(entry->state());
}

response openai_service::create_response(request const& r, context const& c, route const& where, bool only_count)
{
    response answer;
    auto const body = body_of(r, answer);
    auto const* deployment = body ? choose(where, text_member(*body, "model"), openai_deployment::kind::chat, answer)
                                  : nullptr;
    if (!deployment)
        return answer;
    problem p;
    llm::conversation before;
    if (auto const previous = text_member(*body, "previous_response_id")) {
        auto const* entry = stored_->find(*previous);
        if (!entry)
            return openai_error(llm::bad("Previous response with id '" + previous->substr(0, 100) + "' not found.",
                                         "previous_response_id", "previous_response_not_found"));
        before = entry->made.talk;
    }
    auto const call = llm::read_response_call(*body, {deployment->context_window, deployment->reasons}, before, p);
    if (p)
        return openai_error(p);
    if (only_count)
        return document({{"object", "response.input_tokens"}, {"input_tokens", call.input.prompt_tokens}});
    if (where.azure() && call.input.question.find(llm::prompt_filter_word) != std::string::npos)
        return llm::azure_filtered_prompt();
    auto const seed = call.has_seed ? 0 : next_seed();
    store::entry entry;
    entry.made =
        llm::make_response(*model_, call, deployment->reasons, seed, unix_seconds(c.now), deployment->model, p);
    if (p)
        return openai_error(p);
    entry.input_items = call.input_items;
    entry.background = call.background;
    entry.streamed = call.stream;
    entry.size = 8 * r.body.size() + 1024 * entry.made.events.size(); // its states and events repeat the request
    answer = call.stream ? llm::render_events(entry.made, 0, quirks_) : document(entry.state());
    auto const id = entry.made.whole["id"].get<std::string>();
    if (call.store)
        stored_->add(id, std::move(entry), options_.most_stored_bytes);
    add_limits(answer);
    return answer;
}

} // namespace augur::emulator
