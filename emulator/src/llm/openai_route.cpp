#include "openai_route.hpp"
#include "dialect.hpp"

#include <algorithm>

namespace augur::emulator {

using llm::azure_openai_error;
using llm::openai_error;

namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        }
        else {
            out += text[i];
        }
    }
    return out;
}

} // namespace

std::string openai_service::route::query(std::string_view name) const
{
    for (std::string_view rest = queries; !rest.empty();) {
        auto const end = std::min(rest.find('&'), rest.size());
        auto const pair = rest.substr(0, end);
        auto const equal = std::min(pair.find('='), pair.size());
        if (decoded(pair.substr(0, equal)) == name)
            return equal == pair.size() ? std::string() : decoded(pair.substr(equal + 1));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

bool openai_service::route::is_own_host(std::string_view host)
{
    for (std::string_view const suffix : {".openai.azure.com", ".openai.azure.us", ".openai.azure.cn",
                                          ".services.ai.azure.com", ".cognitiveservices.azure.com"})
        if (host.ends_with(suffix))
            return true;
    return host == "api.openai.com";
}

bool openai_service::route::is_dated_version(std::string_view version)
{
    constexpr std::string_view shape = "dddd-dd-dd";
    if (version.size() < shape.size() || (version.size() > shape.size() && version.substr(shape.size()) != "-preview"))
        return false;
    return std::equal(shape.begin(), shape.end(), version.begin(),
                      [](char s, char v) { return s == 'd' ? v >= '0' && v <= '9' : s == v; });
}

std::optional<openai_service::route> openai_service::route::of(request const& r)
{
    route where;
    where.queries = r.query();
    auto path = r.path();
    auto const host = r.host();
    // A project of a Foundry resource: /api/projects/{name}/openai/v1/...
    constexpr std::string_view project = "/api/projects/";
    if (path.starts_with(project)) {
        auto const end = path.find('/', project.size());
        if (end == path.npos)
            return std::nullopt;
        path.remove_prefix(end);
        if (!path.starts_with("/openai/v1/"))
            return std::nullopt;
    }
    constexpr std::string_view v1 = "/openai/v1/";
    constexpr std::string_view deployments = "/openai/deployments/";
    if (path.starts_with(v1)) {
        where.style = dialect::azure_v1;
        where.resource = decoded(path.substr(v1.size() - 1));
    }
    else if (path.starts_with(deployments)) {
        where.style = dialect::azure_dated;
        auto const end = path.find('/', deployments.size());
        if (end == path.npos)
            return std::nullopt;
        where.deployment = decoded(path.substr(deployments.size(), end - deployments.size()));
        where.resource = decoded(path.substr(end));
    }
    else if (path.starts_with("/openai/")) {
        where.style = dialect::azure_dated;
        where.resource = decoded(path.substr(std::string_view("/openai").size()));
    }
    else if (path.starts_with("/v1/") && (!is_own_host(host) || host == "api.openai.com")) {
        where.resource = decoded(path.substr(std::string_view("/v1").size()));
    }
    else {
        return std::nullopt;
    }
    return where;
}

response no_such_resource(bool azure)
{
    if (azure)
        return azure_openai_error(404, "404", "Resource not found");
    return openai_error({404, "Invalid URL", "invalid_request_error"});
}

std::optional<json> body_of(request const& r, response& answer)
{
    auto parsed = parse_json(r.body);
    if (parsed.value && parsed.value->is_object())
        return std::move(parsed.value);
    answer = openai_error(llm::bad("We could not parse the JSON body of your request: " +
                                   (parsed.value ? std::string("an object is needed") : parsed.problem) + "."));
    return std::nullopt;
}

std::optional<std::string> text_member(json const& body, char const* name)
{
    auto const named = body.find(name);
    return named != body.end() && named->is_string() ? std::optional(named->get<std::string>()) : std::nullopt;
}

std::int64_t unix_seconds(std::chrono::system_clock::time_point t)
{
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

} // namespace augur::emulator
