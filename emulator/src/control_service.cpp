#include "control_service.hpp"

#include "json.hpp"

#include <augur/codec/sha256.hpp>

#include <boost/asio/awaitable.hpp>

#include <algorithm>

namespace augur::emulator {

namespace {

response message(int status, std::string const& text)
{
    json body;
    body["message"] = text;
    return json_response(status, dump(body));
}

/// A whole number of an object's member, or the fallback when it is absent. Anything else is a problem.
int number(json const& object, char const* name, int fallback, int least, int most, std::string& problem)
{
    auto const found = object.find(name);
    if (found == object.end())
        return fallback;
    if (found->is_number_integer())
        if (auto const value = found->get<std::int64_t>(); value >= least && value <= most)
            return static_cast<int>(value);
    problem = '"' + std::string(name) + "\" must be a number from " + std::to_string(least) + " to " +
              std::to_string(most);
    return fallback;
}

std::string text(json const& object, char const* name)
{
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<hang_up> read_hang_up(std::string_view word)
{
    if (word == "instead")
        return hang_up::instead;
    if (word == "reset")
        return hang_up::reset;
    if (word == "after")
        return hang_up::after;
    if (word == "after_silently")
        return hang_up::after_silently;
    return std::nullopt;
}

std::optional<stream_cut::ending> read_ending(std::string_view word)
{
    if (word == "clean")
        return stream_cut::ending::clean;
    if (word == "close")
        return stream_cut::ending::close;
    if (word == "reset")
        return stream_cut::ending::reset;
    if (word == "silence")
        return stream_cut::ending::silence;
    return std::nullopt;
}

} // namespace

boost::asio::awaitable<response> control_service::handle(request const& r, context const&)
{
    if (!codec::equal_in_constant_time(r.headers.get("x-emulator-key"), key_))
        co_return message(403, "the header x-emulator-key is missing or wrong");
    if (r.method == "POST" && r.path() == "/_emulator/reset") {
        hooks_.reset();
        co_return message(200, "reset");
    }
    if (r.method == "POST" && r.path() == "/_emulator/script")
        co_return script(r);
    if (r.method == "POST" && r.path() == "/_emulator/quirks")
        co_return quirks(r);
    if (r.method == "POST" && r.path() == "/_emulator/stream-quirks")
        co_return stream_quirks(r);
    if (r.method == "GET" && r.path() == "/_emulator/count") {
        auto const query = r.query();
        json body;
        body["count"] = hooks_.count(query.starts_with("path=") ? query.substr(5) : std::string_view());
        co_return json_response(200, dump(body));
    }
    if (r.method == "GET" && r.path() == "/_emulator/requests") {
        json body = json::array();
        for (auto const& seen : hooks_.requests()) {
            json headers = json::array();
            for (auto const& [name, value] : seen.request.headers.lines())
                headers.push_back({name, value});
            body.push_back({{"method", seen.request.method},
                            {"target", seen.request.target},
                            {"headers", std::move(headers)},
                            {"body", seen.request.body},
                            {"tls", seen.request.tls},
                            {"status", seen.status}});
        }
        co_return json_response(200, dump(body));
    }
    co_return message(404, "there is no such control");
}

response control_service::quirks(request const& r)
{
    auto const parsed = parse_json(r.body);
    if (!parsed.value || !parsed.value->is_object())
        return message(400, parsed.value ? "an object is needed" : parsed.problem);
    openai_quirks q;
    std::string problem;
    std::pair<char const*, bool*> const switches[] = {
        {"prompt_filter_chunk", &q.prompt_filter_chunk},
        {"filter_annotations", &q.filter_annotations},
        {"prompt_annotations", &q.prompt_annotations},
        {"null_usage", &q.null_usage},
        {"asynchronous_filter", &q.asynchronous_filter},
        {"obfuscation", &q.obfuscation},
        {"no_done", &q.no_done},
        {"crlf", &q.crlf},
        {"comments", &q.comments},
        {"byte_order_mark", &q.byte_order_mark},
        {"done_on_responses", &q.done_on_responses},
        {"reasoning_content", &q.reasoning_content},
    };
    for (auto const& [name, value] : parsed.value->items()) {
        auto const found =
            std::find_if(std::begin(switches), std::end(switches), [&](auto const& s) { return s.first == name; });
        if (found != std::end(switches) && value.is_boolean())
            *found->second = value.get<bool>();
        else if (name == "error_after" && value.is_number_unsigned())
            q.error_after = value.get<std::size_t>();
        else if (name == "pace_ms" && value.is_number_unsigned())
            q.pace = std::chrono::milliseconds(number(*parsed.value, "pace_ms", 0, 0, 60'000, problem));
        else
            return message(400, "there is no such quirk, or its value is of another type: " + name.substr(0, 60));
    }
    if (!problem.empty())
        return message(400, problem);
    hooks_.quirks(q);
    return message(200, "set");
}

response control_service::stream_quirks(request const& r)
{
    auto const parsed = parse_json(r.body);
    if (!parsed.value || !parsed.value->is_object())
        return message(400, parsed.value ? "an object is needed" : parsed.problem);
    sagemaker_stream_quirks q;
    for (auto const& [name, value] : parsed.value->items()) {
        if (name == "part_bytes" && value.is_number_unsigned())
            q.part_bytes = value.get<std::size_t>();
        else if (name == "exception_after" && value.is_number_unsigned())
            q.exception_after = value.get<std::size_t>();
        else if (name == "exception" && value.is_string())
            q.exception = value.get<std::string>();
        else if (name == "error_code" && value.is_string())
            q.error_code = value.get<std::string>();
        else if (name == "empty_parts" && value.is_boolean())
            q.empty_parts = value.get<bool>();
        else if (name == "unknown_events" && value.is_boolean())
            q.unknown_events = value.get<bool>();
        else if (name == "as_error" && value.is_boolean())
            q.as_error = value.get<bool>();
        else if (name == "bad_checksum" && value.is_boolean())
            q.bad_checksum = value.get<bool>();
        else
            return message(400, "there is no such quirk, or its value is of another type: " + name.substr(0, 60));
    }
    hooks_.stream_quirks(std::move(q));
    return message(200, "set");
}

response control_service::script(request const& r)
{
    auto const parsed = parse_json(r.body);
    if (!parsed.value || !parsed.value->is_object())
        return message(400, parsed.value ? "an object is needed" : parsed.problem);
    auto const& wish = *parsed.value;
    auto const path = text(wish, "path");
    if (path.empty())
        return message(400, "\"path\" is needed");
    static constexpr std::string_view members[] = {"path",    "times",      "status", "headers", "body", "delay_ms",
                                                   "hang_up", "cut_stream", "insert", "pace_ms", "split"};
    for (auto const& [name, value] : wish.items())
        if (std::find(std::begin(members), std::end(members), name) == std::end(members))
            return message(400, "a script has no member \"" + name.substr(0, 60) + '"');

    answer a;
    std::string problem;
    if (wish.contains("status")) {
        a = answer(number(wish, "status", 200, 100, 999, problem));
        if (auto const body = text(wish, "body"); !body.empty())
            a = std::move(a).body(body);
        if (auto const headers = wish.find("headers"); headers != wish.end() && headers->is_object())
            for (auto const& [name, value] : headers->items())
                if (value.is_string())
                    a = std::move(a).header(name, value.get<std::string>());
    }
    a = std::move(a).after(std::chrono::milliseconds(number(wish, "delay_ms", 0, 0, 600'000, problem)));
    if (wish.contains("hang_up")) {
        auto const how = read_hang_up(text(wish, "hang_up"));
        if (!how)
            return message(400, "\"hang_up\" must be instead, reset, after or after_silently");
        a = std::move(a).hang_up(*how);
    }
    if (auto const cut = wish.find("cut_stream"); cut != wish.end() && cut->is_object()) {
        auto const how = read_ending(text(*cut, "how"));
        if (!how)
            return message(400, "\"how\" must be clean, close, reset or silence");
        a = std::move(a).cut_stream(static_cast<std::size_t>(number(*cut, "at", 0, 0, 1'000'000, problem)), *how);
    }
    if (auto const more = wish.find("insert"); more != wish.end() && more->is_object())
        a = std::move(a).insert(static_cast<std::size_t>(number(*more, "at", 0, 0, 1'000'000, problem)),
                                text(*more, "bytes"));
    if (wish.contains("pace_ms"))
        a = std::move(a).pace(std::chrono::milliseconds(number(wish, "pace_ms", 0, 0, 60'000, problem)));
    if (wish.contains("split"))
        a = std::move(a).split(static_cast<std::size_t>(number(wish, "split", 0, 1, 1'000'000, problem)));
    auto const times = number(wish, "times", 1, 1, 1'000'000, problem);
    if (!problem.empty())
        return message(400, problem);
    hooks_.script(path, std::move(a), times);
    return message(200, "scripted");
}

} // namespace augur::emulator
