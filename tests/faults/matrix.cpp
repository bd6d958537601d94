#include "faults/bench.hpp"

#include <augur/auth/entra/errc.hpp>
#include <augur/openai_wire/errc.hpp>

#include <algorithm>
#include <sstream>

namespace faults {

namespace {

std::string name_of(error_code code)
{
    if (code.category() == sagemaker::category())
        return to_string(static_cast<sagemaker::errc>(code.value()));
    if (code.category() == azure_ml::category())
        return to_string(static_cast<azure_ml::errc>(code.value()));
    if (code.category() == openai_wire::category())
        return openai_wire::to_string(static_cast<openai_wire::errc>(code.value()));
    if (code.category() == auth::entra::category())
        return std::string(auth::entra::to_string(static_cast<auth::entra::errc>(code.value())));
    if (code.category() != client_category())
        return code.message();
    return std::string(to_string(static_cast<errc>(code.value())));
}

std::string describe(ended const& e)
{
    if (e.is_unheard)
        return "unheard";
    return e.failure ? e.failure->to_string() : "answered \"" + e.content.substr(0, 40) + "\"";
}

/// What must never be heard: each secret and each body of a call, and every proof made with one.
constexpr std::string_view canaries[] = {
    "canary-secret", "canary-session", "canary-azure", "canary-body", "canary-attributes",
    "canary-header", "canary-proxy",   "Signature=",   "Credential=", "Y2FuYXJ5" /* "canary" in base64 */};

/// Holds one call to the ending that its row promises.
void compare(ended const& e, ending const& want, service s, std::vector<std::string>& faults)
{
    auto const differs = [&](std::string const& what) { faults.push_back(what + ": " + describe(e)); };
    if (want.is_starved()) {
        if (e.failure && e.failure->code() != want.code(s))
            differs("the code is not " + name_of(want.code(s)));
        return;
    }
    if (e.is_unheard || want.is_unheard()) {
        if (!e.is_unheard || !want.is_unheard())
            differs(e.is_unheard ? "nobody hears of the call's end" : "somebody hears of the call's end");
        return;
    }
    if (e.failure.has_value() == want.is_success())
        return differs(want.is_success() ? "the call fails" : "the call is answered");
    if (want.is_success()) {
        if (want.is_replayed() != e.meta.replayed)
            differs(want.is_replayed() ? "the repeat is not flagged" : "a repeat is flagged");
    }
    else {
        if (e.failure->code() != want.code(s))
            differs("the code is not " + name_of(want.code(s)));
        if (e.failure->phase() != want.phase())
            differs("the phase is not " + std::string(to_string(want.phase())));
        if (e.failure->outcome() != want.outcome())
            differs("the outcome is not " + std::string(to_string(want.outcome())));
        if (e.failure->http_status() != want.status())
            differs("the status is not " + std::to_string(want.status()));
    }
    if (e.attempts != want.attempts())
        differs(std::to_string(e.attempts) + " attempts instead of " + std::to_string(want.attempts()));
}

} // namespace

services const& all_services()
{
    static services const all = [] {
        services out{service::sagemaker, service::azure_ml};
        out.insert(out.end(), all_whole_answers().begin(), all_whole_answers().end());
        out.insert(out.end(), all_streams().begin(), all_streams().end());
        return out;
    }();
    return all;
}

services const& all_whole_answers()
{
    static services const all{service::openai_chat, service::openai_embeddings, service::openai_create,
                              service::sagemaker_messages, service::sagemaker_openai};
    return all;
}

services const& all_streams()
{
    static services const all{
        service::openai_stream,   service::openai_response_stream, service::openai_response_chat,
        service::sagemaker_parts, service::sagemaker_lines,        service::sagemaker_events,
        service::sagemaker_chat,  service::sagemaker_inputs,       service::sagemaker_openai_stream};
    return all;
}

bool is_stream(service s) noexcept
{
    return s >= service::openai_stream;
}

bool is_chat_stream(service s) noexcept
{
    return s == service::openai_stream || s == service::openai_response_chat || s >= service::sagemaker_chat;
}

bool is_framed(service s) noexcept
{
    return s >= service::sagemaker_parts && s != service::sagemaker_openai_stream;
}

bool is_openai(service s) noexcept
{
    return s == service::openai_chat || s == service::openai_embeddings || s == service::openai_create ||
           (s >= service::openai_stream && s <= service::openai_response_chat);
}

std::string_view name_of(service s) noexcept
{
    switch (s) {
    case service::sagemaker: return "SageMaker";
    case service::azure_ml: return "Azure ML";
    case service::openai_chat: return "Azure OpenAI chat";
    case service::openai_embeddings: return "Azure OpenAI embeddings";
    case service::openai_create: return "Azure OpenAI response";
    case service::sagemaker_messages: return "SageMaker chat";
    case service::sagemaker_openai: return "SageMaker OpenAI chat";
    case service::openai_stream: return "Azure OpenAI chat stream";
    case service::openai_response_stream: return "Azure OpenAI response stream";
    case service::openai_response_chat: return "Azure OpenAI response as chat stream";
    case service::sagemaker_parts: return "SageMaker stream";
    case service::sagemaker_lines: return "SageMaker stream of lines";
    case service::sagemaker_events: return "SageMaker stream of events";
    case service::sagemaker_chat: return "SageMaker chat stream";
    case service::sagemaker_inputs: return "SageMaker chat stream of inputs";
    case service::sagemaker_openai_stream: return "SageMaker OpenAI chat stream";
    }
    return {};
}

bool row::meets(service s) const noexcept
{
    return std::find(to_.begin(), to_.end(), s) != to_.end();
}

std::string const* row::excuse(service s) const noexcept
{
    for (auto const& [many, why] : excused_)
        if (std::find(many.begin(), many.end(), s) != many.end())
            return &why;
    return nullptr;
}

matrix& matrix::all()
{
    static matrix only;
    return only;
}

row& matrix::add(std::string id, std::string fault)
{
    rows_.push_back(std::make_unique<row>(std::move(id), std::move(fault)));
    return *rows_.back();
}

std::vector<matrix::verdict> matrix::run(std::vector<std::string> const& prefixes, bool execute,
                                         services const& to) const
{
    std::vector<row const*> chosen;
    for (auto const& r : rows_)
        if (prefixes.empty() ||
            std::any_of(prefixes.begin(), prefixes.end(), [&r](std::string const& p) { return r->id_.starts_with(p); }))
            chosen.push_back(r.get());
    std::sort(chosen.begin(), chosen.end(),
              [](row const* a, row const* b) { return std::tie(a->id_, a->fault_) < std::tie(b->id_, b->fault_); });
    std::vector<verdict> out;
    for (auto const* r : chosen) {
        for (auto const w : {wire::plain, wire::tls})
            for (auto const s : to)
                if ((w == wire::tls ? r->tls_ : r->plain_) && r->meets(s) && r->excuse(s) == nullptr)
                    out.push_back(execute ? judge(*r, w, s) : verdict{r->id_, s, {}, false, {}});
        for (auto const s : to)
            if (r->meets(s) && r->excuse(s) != nullptr) {
                std::ostringstream line;
                line << "| " << r->id_ << " | " << r->fault_ << " | | " << name_of(s) << " | | n/a: " << *r->excuse(s)
                     << " | | | | | |";
                out.push_back(verdict{r->id_, s, line.str(), true, {}});
            }
    }
    return out;
}

matrix::verdict matrix::judge(row const& r, wire w, service s) const
{
    verdict out;
    out.row = r.id_;
    out.to = s;
    auto& faults = out.faults;
    auto const& want = r.ending_;
    auto const descriptors_before = testing::open_descriptors();
    std::size_t attempts = 0;
    std::size_t counted = 0;
    try {
        bench b(w, s, r.manual_);
        auto& own = *b.state_;
        if (r.memory_ > 0)
            b.memory_cap(r.memory_);
        r.body_(b);
        if (own.calls.empty() || own.is_pending)
            faults.push_back("the body made no call, or left it pending");
        for (auto const& e : own.calls)
            attempts += static_cast<std::size_t>(e.attempts);
        if (r.not_counted_.empty()) // the other end is a thread of its own, and may be about to count
            static_cast<void>(own.run_until([&] { return own.counter() - own.counted_before >= attempts; }));
        counted = own.counter() - own.counted_before;
        // 1. How it ended. 2. How often it was sent. 3. In time.
        for (auto const& e : own.calls) {
            auto const before = faults.size();
            compare(e, want, s, faults);
            for (auto i = before; i < faults.size(); ++i)
                faults[i] = "call " + std::to_string(&e - own.calls.data() + 1) + ": " + faults[i];
            auto const limit = b.options().limits(own.limits).total;
            if (e.took > limit + (r.manual_ ? std::chrono::nanoseconds(1ms) : 250ms))
                faults.push_back("the call outlives its deadline");
        }
        if (r.not_counted_.empty() && counted != attempts)
            faults.push_back("the client made " + std::to_string(attempts) + " attempts, and " +
                             std::to_string(counted) + " were counted");
        // 4. What the pool keeps.
        if (own.now_used.transport) {
            auto const pool = b.pool();
            if (pool.idle != want.kept() || pool.busy != 0 || pool.waiting != 0)
                faults.push_back("the pool has " + std::to_string(pool.idle) + " idle, " + std::to_string(pool.busy) +
                                 " busy, " + std::to_string(pool.waiting) + " waiting");
        }
        // 5. Memory.
        if (own.peak > own.memory_cap)
            faults.push_back("the call took " + std::to_string(own.peak) + " bytes of memory at one time");
        // 6. The next request on the same client.
        if (r.not_followed_.empty()) {
            auto const next = own.call_once();
            if (next.failure || next.content != "[1]")
                faults.push_back("the next request: " + describe(next));
        }
        // 7. Secrets.
        for (auto const canary : canaries)
            if (own.heard->find(canary) != std::string::npos)
                faults.push_back("\"" + std::string(canary) + "\" is in a log or an error");
        if (own.server->unexpected() != 0)
            faults.push_back("the server met a connection without a script");
        faults.insert(faults.end(), own.broken_claims.begin(), own.broken_claims.end());
    }
    catch (std::exception const& e) {
        faults.push_back(e.what());
    }
    // 8. Descriptors.
    if (auto const after = testing::open_descriptors(); after != descriptors_before)
        faults.push_back(std::to_string(descriptors_before) + " descriptors became " + std::to_string(after));

    std::ostringstream line;
    line << "| " << r.id_ << " | " << r.fault_ << " | " << (w == wire::tls ? "TLS" : "plain") << " | " << name_of(s)
         << " | " << r.driven_ << " | ";
    if (want.is_unheard())
        line << "unheard: nobody is left to be told | | ";
    else if (want.is_starved())
        line << "`" << name_of(want.code(s)) << "` wherever it was, or answered | as it was | ";
    else if (want.is_success())
        line << "answered" << (want.is_replayed() ? ", flagged as replayed" : "") << " | | ";
    else
        line << "`" << name_of(want.code(s)) << "` in " << to_string(want.phase()) << " | " << to_string(want.outcome())
             << " | ";
    line << (want.is_starved() ? "at most 2" : std::to_string(attempts)) << " | "
         << (r.not_counted_.empty() ? std::to_string(counted) : "n/a: " + r.not_counted_) << " | " << want.kept()
         << " | " << (r.not_followed_.empty() ? "answered" : "n/a: " + r.not_followed_) << " |";
    out.line = line.str();
    return out;
}

} // namespace faults
