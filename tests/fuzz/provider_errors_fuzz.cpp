// Any answer to the providers' readers. The first byte and the size choose the status; if there is a blank
// line, the lines before it are header fields and the rest is the body, else all is body. Errors must be
// bounded, printable, and agree with the replay rules; answers must come back untouched.

#include "fuzz/json_mutator.hpp"
#include "fuzz/require.hpp"

#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/wire.hpp>
#include <augur/core/error_details.hpp>
#include <augur/policy/retry.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/wire.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace {

using namespace augur;

http_response make_response(std::string_view input)
{
    static constexpr int statuses[] = {200, 204, 302, 400, 401, 403, 404, 408, 409, 413,
                                       424, 429, 431, 500, 502, 503, 504, 529, 530, 999};
    http_response out;
    out.status = statuses[(static_cast<unsigned char>(input.front()) + input.size()) % std::size(statuses)];
    auto const blank = input.find("\n\n");
    auto head = blank == input.npos ? std::string_view() : input.substr(0, blank);
    if (blank != input.npos)
        input.remove_prefix(blank + 2);
    while (!head.empty()) {
        auto const end = head.find('\n');
        auto const line = head.substr(0, end);
        head = end == head.npos ? std::string_view() : head.substr(end + 1);
        if (auto const colon = line.find(':'); colon != line.npos)
            (void)out.fields.add(line.substr(0, colon), line.substr(colon + 1)); // refused fields are left out
    }
    out.content = input;
    return out;
}

void check_error(error const& e, int status)
{
    require(e.http_status() == status);
    require(e.outcome() != outcome::not_sent);
    require(e.service_message().size() <= 4 * 2048 + 3);
    require(e.provider_code().size() <= 4 * 128 + 3);
    require(e.request_id().size() <= 4 * 128 + 3);
    require(e.details().attributes.size() <= 8);
    for (char const c : e.to_string())
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    // An event that may have happened is never risked twice under at_most_once, and no wait is endless.
    for (auto rule : {replay::standard, replay::at_most_once, replay::replay_unknown}) {
        policy::retry_quota quota;
        auto const d = policy::retry_policy().after(e, rule, {}, std::chrono::hours(1000), 0.5, quota);
        if (d.is_stop())
            continue;
        require(e.outcome() == outcome::refused || (e.outcome() == outcome::unknown && rule != replay::at_most_once));
        require(d.delay() >= d.delay().zero() && d.delay() <= std::chrono::seconds(120));
        require(d.replayed() == (e.outcome() == outcome::unknown));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    auto const response = make_response({reinterpret_cast<char const*>(data), size});
    auto const now = wall_time(std::chrono::seconds(1'800'000'000));
    check_error(sagemaker::wire::parse_error(response, now), response.status);
    check_error(azure_ml::wire::parse_error(response, now), response.status);

    auto const invoked = sagemaker::wire::parse_response(http_response(response), now);
    auto const scored = azure_ml::wire::parse_response(http_response(response), now);
    require(invoked.has_value() == (response.status < 300) && scored.has_value() == (response.status < 300));
    if (invoked)
        require(invoked->body == response.content && (!invoked->new_session || !invoked->new_session->id.empty()));
    if (scored)
        require(scored->body == response.content && (!scored->model_time || scored->model_time->count() >= 0));
    return 0;
}
