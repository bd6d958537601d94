#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/entra/token.hpp>
#include <augur/azure_ml/errc.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/core/call_options.hpp>
#include <augur/core/meta.hpp>
#include <augur/net/config.hpp>
#include <augur/net/dialer.hpp>
#include <augur/net/endpoint.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/fault_network.hpp>
#include <augur/testing/fault_server.hpp>
#include <augur/testing/manual_time.hpp>
#include <augur/testing/memory_stream.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The fault matrix: every cell injects a fault beneath real calls of a real client and is held to the
/// same eight rules. docs/reference/faults.md is what it prints.
namespace faults {

using namespace augur;
using namespace std::chrono_literals;
using testing::connection_script;

enum class wire : std::uint8_t
{
    plain,
    tls,
};
/// Whose call. Rows are for the first two unless they say otherwise.
enum class service : std::uint8_t
{
    sagemaker,
    azure_ml,
    openai_chat,
    openai_embeddings,
    openai_create,      ///< a response of the Responses API
    sagemaker_messages, ///< a chat through an endpoint's invocations
    sagemaker_openai,   ///< and over its OpenAI-compatible path
    openai_stream,          ///< of a chat
    openai_response_stream, ///< of the Responses API, in its own vocabulary and in that of chats
    openai_response_chat,
    sagemaker_parts,        ///< a response stream, read as it comes, as lines, as events and as a chat
    sagemaker_lines,
    sagemaker_events,
    sagemaker_chat,
    sagemaker_inputs, ///< a chat of a container that takes `inputs` and answers in lines of JSON
    sagemaker_openai_stream,
};

using services = std::vector<service>;
services const& all_services();
/// Language models whose answer is one JSON body.
services const& all_whole_answers();
/// Those whose answer is a stream.
services const& all_streams();
bool is_stream(service s) noexcept;
/// Read as a `chat_stream`.
bool is_chat_stream(service s) noexcept;
/// In AWS's frames.
bool is_framed(service s) noexcept;
/// Azure's clients.
bool is_openai(service s) noexcept;
std::string_view name_of(service s) noexcept;

/// How a call has to end, and what it leaves behind.
class ending
{
public:
    /// Answered well; its connection is kept.
    static ending answered();
    /// A failure found on our side; nothing is kept.
    static ending failed(errc code, phase where, outcome what);
    /// A stream that broke behind the head of its success.
    static ending broken(error_code code, phase where);
    /// There is no proof of identity: nothing was sent. `status`: of whoever refused to give one.
    static ending unproved(error_code code, int status = 0);
    /// A refusal of the service, in the words of each provider; the connection is kept.
    static ending refused(int status, sagemaker::errc one, azure_ml::errc other, outcome what);
    /// The same for rows of one provider.
    static ending refused(int status, error_code code, augur::outcome what);
    /// Memory ran out at some place of the call: `resource_exhausted` wherever that was, or an exception that left the
    /// context, or a good answer if the place could do without. The body says what the server may have seen.
    static ending starved();
    /// The handler is destroyed and not called: its context went away.
    static ending unheard();

    ending& attempts(int n) noexcept { return attempts_ = n, *this; }
    /// Idle connections afterwards.
    ending& keeps(std::size_t n) noexcept { return kept_ = n, *this; }
    ending& status(int n) noexcept { return status_ = n, *this; }
    ending& replayed() noexcept { return replayed_ = true, *this; }

    bool is_success() const noexcept { return !code_[0] && !unheard_; }
    bool is_unheard() const noexcept { return unheard_; }
    bool is_starved() const noexcept { return starved_; }
    error_code code(service s) const noexcept { return code_[s == service::azure_ml ? 1 : is_openai(s) ? 2 : 0]; }
    augur::phase phase() const noexcept { return phase_; }
    augur::outcome outcome() const noexcept { return outcome_; }
    int attempts() const noexcept { return attempts_; }
    std::size_t kept() const noexcept { return kept_; }
    int status() const noexcept { return status_; }
    bool is_replayed() const noexcept { return replayed_; }

private:
    error_code code_[3];
    augur::phase phase_ = augur::phase::prepare;
    augur::outcome outcome_ = augur::outcome::complete;
    int attempts_ = 1;
    int status_ = 0;
    std::size_t kept_ = 0;
    bool replayed_ = false;
    bool unheard_ = false;
    bool starved_ = false;
};

/// How the client meets the network. (Not `https_config`: in header-only mode that brings all of HTTP and TLS.)
struct network
{
    net::tls_config tls;
    net::pool_config pool;
    net::proxy_config proxy;
    size_limits sizes;
    std::shared_ptr<net::dialer> dialer; ///< null: TCP
};

struct pool_state
{
    std::size_t idle = 0;
    std::size_t busy = 0;
    std::size_t waiting = 0;
    std::uint64_t opened = 0;
    std::uint64_t reused = 0;
    std::uint64_t tls_resumed = 0;
};

/// What came of one call.
struct ended
{
    std::optional<error> failure;
    std::string content; ///< of a success; of a stream the text so far, also when it failed
    augur::meta meta; ///< of a success
    std::chrono::nanoseconds took{};
    int attempts = 0;
    bool is_unheard = false; ///< nobody was told

    /// Of the failure; empty when there is none, which is for the row's ending to complain about.
    std::string_view message() const noexcept { return failure ? failure->message() : std::string_view(); }
    std::string_view service_message() const noexcept
    {
        return failure ? failure->service_message() : std::string_view();
    }
};

/// Of somebody whom the servers let in.
inline auth::aws::credentials good_credentials()
{
    auth::aws::credentials out;
    out.access_key_id = "AKIDEXAMPLE";
    out.secret_access_key = secret("canary-secret-key");
    return out;
}

/// One client and the network that fails beneath it. A cell's body sets the fault, makes its calls and
/// leaves; the matrix judges.
///
/// The host is called `service.test` and is on 127.0.0.1. The server answers everything well unless a
/// script says otherwise. Change `settings`, `names` and `limits` before the first call.
class bench
{
public:
    bench(wire w, service s, bool on_manual_clock);
    ~bench();
    bench(bench const&) = delete;
    bench& operator=(bench const&) = delete;

    wire over() const noexcept;
    service to() const noexcept;

    testing::fault_server& server();
    testing::scripted_resolver& names();
    testing::manual_time& time(); ///< of a cell on the manual clock
    network& settings(); ///< for the client's connections
    phase_limits& limits(); ///< for the client
    call_options& options(); ///< for each call
    /// A good certificate of `service.test`, from the only authority that the client trusts.
    static testing::fault_tls const& good_tls();
    static testing::certificate_authority const& authority();
    /// A good answer, whose content is "[1]"; of a stream a whole one, with a length.
    std::string const& ok() const;
    static std::string answer(int status, std::string fields, std::string content);
    /// Connects to another port than the server's.
    void use_port(std::uint16_t port);
    /// Bytes come from memory instead of the server; the last script serves all later connections.
    void use_memory(std::vector<testing::stream_script> scripts);
    void request_size(std::size_t bytes); ///< of each call's body
    /// What is counted instead of requests that the server read.
    void count(std::function<std::size_t()> counter);
    void memory_cap(std::size_t bytes);
    /// Credentials that have to be fetched, and are others after each fetch.
    void rotate_credentials();
    int fetched_credentials() const;
    /// Credentials of AWS, or for Azure tokens, from this source.
    void use(std::shared_ptr<auth::aws::credential_source> source);
    void use(std::shared_ptr<auth::entra::token_source> source);
    /// Who proves an Azure ML call.
    void use(std::shared_ptr<call::authenticator> auth);
    /// Looks up names instead of `names`.
    void use(std::shared_ptr<net::resolver> names);
    /// Lives until the bench is gone.
    void keep(std::shared_ptr<void> what);
    /// Calls go through the endpoint that turns rows into a request and an answer into rows.
    void decode_answers();

    /// A call that has to succeed and is not judged: it leaves a warm connection.
    void warm_up();
    /// Makes a call and waits for its end.
    ended const& call();
    /// The same to another port of the host, over the same pool.
    void warm_up_at(std::uint16_t port);
    /// Starts a call; one of these, and no more, is judged by `finish`.
    void start();
    /// Makes a call that this limit has to end by a real clock, within 250 ms.
    ended const& call_in_real_time(std::chrono::nanoseconds limit);
    /// Makes a call whose n-th allocation is refused, and those after it if that is `lasting`. False: it made fewer.
    bool call_short_of_memory(std::size_t n, bool lasting);
    ended const& last() const noexcept;
    /// Runs until `met`. False: the call ended before, or nothing moves any more.
    bool run_until(std::function<bool()> met);
    /// Runs what can run now; the manual clock stands still.
    void settle();
    bool is_over() const noexcept;
    /// On the manual clock: the call that was started is not over a nanosecond before this much time has
    /// passed from now, and is over at most 1 ms after.
    void passes(std::chrono::nanoseconds limit);
    void cancel();
    /// The client goes away, whatever is pending; the next call is of a new one.
    void drop_client();
    /// The client and its context go away; the next call is of new ones.
    void drop_context();
    /// What a program that forks has to tell its context.
    void tell_of_fork(boost::asio::execution_context::fork_event event);
    /// Calls of one client on a strand of four threads, which start and are handled on other executors.
    void call_on_threads(std::size_t calls);
    /// Of streams: how much text has come; asks for no more after the next event; goes on; goes away.
    std::string const& text_so_far() const noexcept;
    void pause_reading();
    void resume_reading();
    void leave_stream();
    ended const& finish();
    /// Calls besides the judged one, such as those that fill a pool.
    void start_other(std::function<void(ended const&)> then = {}, boost::asio::cancellation_slot slot = {});
    /// Runs, whether or not the judged call is over, until `met`.
    void run_until_other(std::function<bool()> met);
    pool_state pool() const;
    std::size_t lookups() const; ///< that `names` answered

    /// A claim of the cell's own.
    void check(bool holds, std::string_view claim);

private:
    friend class matrix;
    struct state;
    static std::function<void(ended)> end_of_call(state& own);
    std::unique_ptr<state> state_;
};

/// One row of the matrix and the cells it is executed in.
class row
{
public:
    using body = std::function<void(bench&)>;

    row(std::string id, std::string fault) : id_(std::move(id)), fault_(std::move(fault)) {}

    /// How the fault comes about: FS, TFS, RES, BH, CLK, MEM, TMP, RLIM (reliability notes in docs).
    row& driven_by(std::string how) { return driven_ = std::move(how), *this; }
    row& on_manual_clock() noexcept { return manual_ = true, *this; }
    row& only_plain() noexcept { return tls_ = false, *this; }
    row& only_tls() noexcept { return plain_ = false, *this; }
    row& only_to(service s) noexcept { return to_ = {s}, *this; }
    row& only_to(services many) noexcept { return to_ = std::move(many), *this; }
    row& to_all() noexcept { return to_ = all_services(), *this; }
    /// The row makes no sense there; the reason is printed.
    row& not_for(services many, std::string why)
    {
        excused_.emplace_back(std::move(many), std::move(why));
        return *this;
    }
    row& ends(ending e) { return ending_ = std::move(e), *this; }
    /// Another cap than 512 KiB.
    row& memory(std::size_t bytes) noexcept { return memory_ = bytes, *this; }
    /// There is nothing that could count attempts; the reason is printed.
    row& not_counted(std::string why) { return not_counted_ = std::move(why), *this; }
    /// The fault lasts: no request on this client can succeed; the reason is printed.
    row& not_followed(std::string why) { return not_followed_ = std::move(why), *this; }
    void run(body b) { body_ = std::move(b); }

private:
    friend class matrix;
    bool meets(service s) const noexcept;
    /// Why it does not meet this one of its services; null if it does.
    std::string const* excuse(service s) const noexcept;

    std::string id_, fault_, driven_ = "FS";
    bool manual_ = false, plain_ = true, tls_ = true;
    services to_{service::sagemaker, service::azure_ml};
    std::vector<std::pair<services, std::string>> excused_;
    ending ending_ = ending::answered();
    std::size_t memory_ = 0;
    std::string not_counted_, not_followed_;
    body body_;
};

/// All rows, from all files.
class matrix
{
public:
    static matrix& all();
    row& add(std::string id, std::string fault);

    struct verdict
    {
        std::string row; ///< "H05"
        service to{};
        std::string line; ///< of the table
        bool is_excused = false; ///< not executed, for the reason in the line
        std::vector<std::string> faults;
    };
    /// Executes the cells of the rows that begin with one of these; all, if there are none.
    /// Without `execute` it only counts them.
    std::vector<verdict> run(std::vector<std::string> const& prefixes, bool execute = true,
                             services const& to = all_services()) const;

private:
    verdict judge(row const& r, wire w, service s) const;
    std::vector<std::unique_ptr<row>> rows_;
};

/// `registrar const rows([](matrix& m) { m.add("H05", "no response ever")...; });`
struct registrar
{
    explicit registrar(void (*add)(matrix&)) { add(matrix::all()); }
};

} // namespace faults
