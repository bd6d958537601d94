#pragma once

#include <augur/azure_openai/impl/explain.hpp>
#include <augur/azure_openai/wire.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/percent.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/impl/unreadable_answer.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/impl/wrong_body.hpp>
#include <augur/openai_wire/responses.hpp>
#include <augur/openai_wire/wire.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::azure_openai::wire {

namespace detail {

/// Set by us, or the business of the connection and the authenticator.
inline constexpr std::array<std::string_view, 16> reserved_headers{
    "accept",           "api-key", "authorization", "connection",        "content-length",
    "content-type",     "expect",  "host",          "keep-alive",        "proxy-authorization",
    "proxy-connection", "te",      "trailer",       "transfer-encoding", "upgrade",
    "user-agent",
};

using header_list = std::vector<std::pair<std::string, std::string>>;

inline error bad_member(std::string_view member, std::string_view rule)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                      std::string(member) + " must be " + std::string(rule));
}

/// Azure's deployments have narrow names; elsewhere a model may be called "org/model:tag".
inline result<void> check_model(std::string_view name, resolved_host const& host)
{
    if (!host.is_azure())
        return {};
    if (name.empty())
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "no deployment: set `deployment` in the client's configuration, or the request's model to "
                          "the deployment's name");
    if (!is_deployment_name(name))
        return bad_member("deployment", "1 to 64 letters, digits and -_., and is \"" + sanitise(name, 80) + "\"");
    return {};
}

/// One segment of a path. Ids come from the service or a caller and may be anything.
inline result<std::string> segment(std::string_view member, std::string_view text)
{
    if (text.empty() || text.size() > 512 || text == "." || text == "..")
        return bad_member(member, "1 to 512 characters and no dots alone, and is \"" + sanitise(text, 80) + "\"");
    return codec::percent_encode(text);
}

/// "?api-version=...&query", whichever of both there is.
inline std::string query_of(resolved_host const& host, std::string_view query = {})
{
    std::string out;
    if (!host.api_version.empty())
        out.append("?api-version=").append(host.api_version);
    if (!query.empty())
        out.append(out.empty() ? "?" : "&").append(query);
    return out;
}

inline result<void> add_extra_headers(request_head& head, header_list const& extra)
{
    for (auto const& field : extra) {
        auto const& name = field.first;
        auto const same = [&name](std::string_view reserved) { return equal_ignoring_case(reserved, name); };
        if (std::any_of(reserved_headers.begin(), reserved_headers.end(), same))
            return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                              "header \"" + sanitise(name, 64) + "\" is not free: it belongs to HTTP or to the key");
        if (auto added = head.add(name, field.second); !added)
            return added;
    }
    return {};
}

class head_maker
{
public:
    head_maker(resolved_host const& host, request_head memory) noexcept : host_(&host), memory_(std::move(memory)) {}

    /// `path`: behind the prefix.
    result<request_head> make(std::string_view method, std::initializer_list<std::string_view> path,
                              std::string_view query = {}, delivery how = delivery::whole)
    {
        std::string target = host_->prefix;
        for (auto const part : path)
            target.append(part);
        target.append(query_of(*host_, query));
        auto head = request_head::make(method, {std::string_view(target)}, host_->base, std::move(memory_));
        if (!head)
            return head;
        auto added = head->add("Accept", how == delivery::stream ? "text/event-stream" : "application/json");
        if (added && method == "POST")
            added = head->add("Content-Type", "application/json");
        if (!added)
            return added.error();
        return head;
    }

private:
    resolved_host const* host_;
    request_head memory_;
};

inline result<http_request> with_body(result<request_head> head, result<std::string> text, header_list const& extra)
{
    if (!text)
        return text.error();
    if (!head)
        return head.error();
    if (auto added = add_extra_headers(*head, extra); !added)
        return added.error();
    return http_request{std::move(*head), body(std::move(*text))};
}

inline result<http_request> without_body(result<request_head> head)
{
    if (!head)
        return head.error();
    return http_request{std::move(*head), body()};
}

/// In the dated style a model is part of the path, in the other ones of the body.
inline result<request_head> model_head(resolved_host const& host, std::string_view model, std::string_view operation,
                                       delivery how, request_head memory)
{
    if (auto checked = check_model(model, host); !checked)
        return checked.error();
    head_maker heads(host, std::move(memory));
    if (host.style == path_style::dated)
        return heads.make("POST", {"/deployments/", model, operation}, {}, how);
    return heads.make("POST", {operation}, {}, how);
}

inline result<void> check_model_of(response_request const& request, resolved_host const& host)
{
    // A stored prompt among the extra members may name the model.
    bool const elsewhere = request.model().empty() && !augur::detail::fields_of::get(request).extra.empty();
    return elsewhere ? result<void>() : check_model(request.model(), host);
}

/// Among the extra members the input may be what has no setter, such as pictures. What is no JSON is refused when it
/// is written.
inline bool has_input(std::string const& extra)
{
    if (extra.empty())
        return false;
    auto const members = codec::json::parse(extra);
    return !members || members->root().find("input") || members->root().find("messages");
}

/// Reads a body with status 2xx; a page or a stream in its place is called so, with its content type.
template <class Read>
auto read_answer(http_response&& response, wall_time now, Read read) -> decltype(read(std::string()))
{
    if (response.status < 200 || response.status >= 300)
        return parse_error(response, now);
    auto const type = response.fields["content-type"];
    auto const what = openai_wire::detail::wrong_body_of(type, response.content);
    auto out = read(std::move(response.content));
    if (!out) {
        auto failure = openai_wire::detail::about_wrong_body(out.error(), what, type);
        failure.with_http_status(response.status);
        return augur::detail::with_request_id(std::move(failure), openai_wire::request_id_of(response.fields));
    }
    read_meta(out->meta, response.fields);
    return out;
}

/// Gives what was read the text that it was read from.
template <class Read>
auto keeping_source(Read read)
{
    return [read](std::string text) {
        auto out = read(std::string_view(text));
        if (out)
            out->source = std::move(text);
        return out;
    };
}

} // namespace detail

AUGUR_INLINE result<http_request> build_request(chat_request const& request, resolved_host const& host, delivery how,
                                                request_head memory)
{
    auto head = detail::model_head(host, request.model(), "/chat/completions", how, std::move(memory));
    if (!head)
        return head.error();
    auto text = how == delivery::stream ? openai_wire::write_chat_stream_request(request)
                                        : openai_wire::write_chat_request(request);
    return detail::with_body(std::move(head), std::move(text), request.extra_headers());
}

AUGUR_INLINE result<http_request> build_request(embedding_request const& request, resolved_host const& host,
                                                request_head memory)
{
    if (request.size() == 0 && !detail::has_input(augur::detail::fields_of::get(request).extra))
        return detail::bad_member("the input of an embedding request", "one text at least, and is empty");
    auto head = detail::model_head(host, request.model(), "/embeddings", delivery::whole, std::move(memory));
    if (!head)
        return head.error();
    return detail::with_body(std::move(head), openai_wire::write_embedding_request(request), request.extra_headers());
}

AUGUR_INLINE result<http_request> build_request(response_request const& request, resolved_host const& host,
                                                delivery how, request_head memory)
{
    if (auto checked = detail::check_model_of(request, host); !checked)
        return checked.error();
    auto head = detail::head_maker(host, std::move(memory)).make("POST", {"/responses"}, {}, how);
    return detail::with_body(std::move(head), openai_wire::write_response_request(request, how == delivery::stream),
                             request.extra_headers());
}

AUGUR_INLINE result<http_request> build_count_tokens(response_request const& request, resolved_host const& host,
                                                     request_head memory)
{
    if (auto checked = detail::check_model_of(request, host); !checked)
        return checked.error();
    auto head = detail::head_maker(host, std::move(memory)).make("POST", {"/responses/input_tokens"});
    return detail::with_body(std::move(head), openai_wire::write_response_request(request), request.extra_headers());
}

AUGUR_INLINE result<http_request> build_request(get_response_request const& request, resolved_host const& host,
                                                delivery how, std::optional<std::int64_t> starting_after,
                                                request_head memory)
{
    auto const id = detail::segment("response id", request.id());
    if (!id)
        return id.error();
    auto const query = openai_wire::response_query(how == delivery::stream ? starting_after : std::nullopt,
                                                   request.include(), how == delivery::stream);
    return detail::without_body(
        detail::head_maker(host, std::move(memory)).make("GET", {"/responses/", *id}, query, how));
}

AUGUR_INLINE result<http_request> build_request(input_items_request const& request, resolved_host const& host,
                                                request_head memory)
{
    auto const id = detail::segment("response id", request.id());
    if (!id)
        return id.error();
    if (request.limit() && (*request.limit() < 1 || *request.limit() > 100))
        return detail::bad_member("limit", "1 to 100, and is " + std::to_string(*request.limit()));
    auto query = openai_wire::response_query(std::nullopt, request.include());
    auto const add = [&query](std::string_view name, std::string const& value) {
        query.append(query.empty() ? "" : "&").append(name).append("=").append(codec::percent_encode(value));
    };
    if (request.limit())
        add("limit", std::to_string(*request.limit()));
    if (request.is_oldest_first())
        add("order", "asc");
    if (!request.after().empty())
        add("after", request.after());
    return detail::without_body(
        detail::head_maker(host, std::move(memory)).make("GET", {"/responses/", *id, "/input_items"}, query));
}

AUGUR_INLINE result<http_request> build_delete_response(std::string_view id, resolved_host const& host,
                                                        request_head memory)
{
    auto const part = detail::segment("response id", id);
    if (!part)
        return part.error();
    return detail::without_body(detail::head_maker(host, std::move(memory)).make("DELETE", {"/responses/", *part}));
}

AUGUR_INLINE result<http_request> build_cancel_response(std::string_view id, resolved_host const& host,
                                                        request_head memory)
{
    auto const part = detail::segment("response id", id);
    if (!part)
        return part.error();
    return detail::without_body(
        detail::head_maker(host, std::move(memory)).make("POST", {"/responses/", *part, "/cancel"}));
}

AUGUR_INLINE result<http_request> build_list_models(resolved_host const& host, request_head memory)
{
    return detail::without_body(detail::head_maker(host, std::move(memory)).make("GET", {"/models"}));
}

AUGUR_INLINE result<http_request> build_get_model(std::string_view name, resolved_host const& host, request_head memory)
{
    auto const part = detail::segment("model", name);
    if (!part)
        return part.error();
    return detail::without_body(detail::head_maker(host, std::move(memory)).make("GET", {"/models/", *part}));
}

AUGUR_INLINE result<chat_response> parse_chat(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now,
                               [](std::string text) { return openai_wire::parse_chat_response(std::move(text)); });
}

AUGUR_INLINE result<embedding_response> parse_embeddings(http_response&& response, wall_time now, std::size_t expected)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source([expected](std::string_view text) {
                                   return openai_wire::parse_embedding_response(text, expected);
                               }));
}

AUGUR_INLINE result<openai_wire::response> parse_response(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now,
                               [](std::string text) { return openai_wire::parse_response(std::move(text)); });
}

AUGUR_INLINE result<item_list> parse_item_list(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source(&openai_wire::parse_item_list));
}

AUGUR_INLINE result<input_token_count> parse_input_tokens(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source(&openai_wire::parse_input_tokens));
}

AUGUR_INLINE result<deletion> parse_deletion(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source(&openai_wire::parse_deletion));
}

AUGUR_INLINE result<model_list> parse_model_list(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source(&openai_wire::parse_model_list));
}

AUGUR_INLINE result<model_info> parse_model(http_response&& response, wall_time now)
{
    return detail::read_answer(std::move(response), now, detail::keeping_source(&openai_wire::parse_model));
}

AUGUR_INLINE void read_meta(augur::meta& into, headers const& fields)
{
    into.request_id = openai_wire::request_id_of(fields);
    into.deployment = sanitise(fields["x-ms-deployment-name"], 128);
    into.rate_limits = codec::rate_limit_fields(fields);
}

AUGUR_INLINE error parse_error(http_response const& response, wall_time now)
{
    auto const plain = openai_wire::parse_error(response, now);
    auto const limits = codec::rate_limit_fields(response.fields);
    if (limits.empty())
        return plain;
    auto details = plain.details();
    for (auto const& [name, value] : limits) {
        std::string lower(name); // whatever the case of the gateway in front
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
        details.attributes.emplace_back(std::move(lower), sanitise(value, 128));
    }
    error out(plain.code(), plain.phase(), plain.outcome(), std::move(details));
    out.with_http_status(response.status);
    return out;
}

AUGUR_INLINE error explain(error failure, resolved_host const& host, call_facts const& facts)
{
    if (failure == augur::errc::response_timeout)
        return failure.with_message(detail::silence(host, facts));
    if (failure.code().category() != openai_wire::category())
        return failure;
    auto words = detail::explanation(failure, host, facts);
    return words.empty() ? failure : failure.with_message(std::move(words));
}

} // namespace augur::inline AUGUR_ABI::azure_openai::wire
