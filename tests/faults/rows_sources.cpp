// Files, addresses and programs that credentials come from, and what is wrong with them.
#include "faults/giver.hpp"
#include "support/plain_user.hpp"

#include <augur/auth/aws/errc.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/testing/transports.hpp>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace faults;

namespace {

namespace aws = auth::aws;
namespace entra = auth::entra;

/// A folder of one cell; gone with its bench.
class folder
{
public:
    explicit folder(bench& b) : path_(std::make_shared<std::string>())
    {
        auto const random = system_random();
        *path_ = (std::filesystem::temp_directory_path() / ("augur-faults-" + make_uuid(*random))).string();
        std::filesystem::create_directories(*path_);
        b.keep(std::shared_ptr<void>(nullptr, [path = path_](void*) {
            std::error_code ignored;
            std::filesystem::remove_all(*path, ignored);
        }));
    }
    std::string path(std::string const& name) const { return *path_ + "/" + name; }
    /// Replaces it as a whole.
    std::string write(std::string const& name, std::string const& text) const
    {
        {
            std::ofstream file(path(name + ".new"), std::ios::binary);
            file << text;
        }
        std::filesystem::remove_all(path(name));
        std::filesystem::rename(path(name + ".new"), path(name));
        return path(name);
    }

private:
    std::shared_ptr<std::string> path_;
};

std::string const good_file = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = canary-secret-key\n";

row& cell(matrix& m, std::string id, std::string fault, service s = service::sagemaker)
{
    return m.add(std::move(id), std::move(fault)).memory(4 << 20).only_to(s);
}

row& timed(matrix& m, std::string id, std::string fault, service s = service::sagemaker)
{
    return cell(m, std::move(id), std::move(fault), s).on_manual_clock();
}

void add_files(matrix& m)
{
    struct file
    {
        char const* fault;
        std::string text;
        error_code code; ///< none: it is good
    };
    auto const bad = make_error_code(errc::decode_error);
    static std::vector<file> const all{
        {"with CR LF and a byte order mark",
         "\xEF\xBB\xBF[default]\r\naws_access_key_id = AKIDEXAMPLE\r\naws_secret_access_key = canary-secret-key\r\n",
         {}},
        {"torn between key and secret", good_file.substr(0, good_file.find("aws_secret")),
         make_error_code(errc::invalid_argument)},
        {"of 2 MiB", good_file + std::string(2 << 20, '#'), bad},
        {"of random bytes",
         "\x7F"
         "ELF\x01\x02\x80\xFF[\n=\n]canary-secret-key",
         bad},
        {"empty", "", make_error_code(errc::credentials_unavailable)},
    };
    for (auto const& f : all)
        timed(m, "K01", std::string("the credentials file ") + f.fault)
            .driven_by("TMP, CLK")
            .ends(f.code ? ending::unproved(f.code) : ending::answered())
            .run([&f](bench& b) {
                folder const here(b);
                call::environment e;
                e.aws_credentials_file = here.write("credentials", f.text);
                b.use(aws::profile_credentials(aws::source_options(e)));
                b.call();
                here.write("credentials", good_file); // it is read at every fetch
                b.time().advance(2s);
            });
    timed(m, "K01", "no credentials file")
        .driven_by("TMP, CLK")
        .ends(ending::unproved(make_error_code(errc::credentials_unavailable)))
        .run([](bench& b) {
            folder const here(b);
            call::environment e;
            e.aws_credentials_file = here.path("credentials");
            b.use(aws::profile_credentials(aws::source_options(e)));
            b.call();
            here.write("credentials", good_file);
            b.time().advance(2s);
        });
    struct spoiled
    {
        char const* fault;
        void (*spoil)(std::string const& path);
        error_code code;
    };
    static spoiled const spoils[] = {
        {"that nobody may read", [](std::string const& path) { std::filesystem::permissions(path, {}); },
         make_error_code(errc::invalid_argument)},
        {"that is a folder",
         [](std::string const& path) {
             std::filesystem::remove(path);
             std::filesystem::create_directory(path);
         },
         make_error_code(errc::invalid_argument)},
        {"that is a pipe with nobody at its other end",
         [](std::string const& path) {
             std::filesystem::remove(path);
             ::mkfifo(path.c_str(), 0600);
         },
         make_error_code(errc::invalid_argument)},
        {"of 100 MiB", [](std::string const& path) { std::filesystem::resize_file(path, 100U << 20); }, bad},
    };
    for (auto const& f : spoils)
        timed(m, "K01", std::string("the credentials file ") + f.fault)
            .driven_by("TMP, CLK")
            .ends(ending::unproved(f.code))
            .run([&f](bench& b) {
                folder const here(b);
                call::environment e;
                e.aws_credentials_file = here.write("credentials", good_file);
                f.spoil(e.aws_credentials_file);
                b.use(aws::profile_credentials(aws::source_options(e)));
                {
                    test::plain_user const reader;
                    b.call();
                }
                here.write("credentials", good_file);
                b.time().advance(2s);
            });
    for (std::string const name : {"../x", "]\n[default"})
        timed(m, "K01", name == "../x" ? "a profile called ../x" : "a profile whose name closes its section")
            .driven_by("TMP, CLK")
            .ends(ending::unproved(make_error_code(errc::credentials_unavailable)))
            .not_followed("there is no such profile")
            .run([name](bench& b) {
                folder const here(b);
                call::environment e;
                e.aws_credentials_file = here.write("credentials", good_file);
                b.use(aws::profile_credentials(aws::source_options(e).profile(name)));
                b.call();
            });
}

/// Instance metadata that answers well unless told otherwise.
std::shared_ptr<giver> metadata(bench& b, std::string const& expires = "2099-01-01T00:00:00Z")
{
    auto const made = std::make_shared<giver>([expires](testing::received_request const& r) {
        if (r.method() == "PUT")
            return bench::answer(200, "", "canary-session-of-imds");
        if (r.target().ends_with("/security-credentials/"))
            return bench::answer(200, "", "role");
        return good_answer(key_set(expires));
    });
    b.keep(made);
    call::environment e;
    e.aws_ec2_metadata_endpoint = made->url();
    auto const next = aws::static_credentials("AKIDNEXT", secret("canary-secret-key"));
    b.use(aws::chain({aws::instance_metadata_credentials(aws::source_options(e)), next}));
    return made;
}

bool came_from_next(bench& b)
{
    auto const seen = b.server().received();
    return !seen.empty() && seen.back().field("authorization").find("AKIDNEXT") != std::string_view::npos;
}

void add_metadata(matrix& m)
{
    auto const status = [](int s) { return bench::answer(s, "", ""); };
    auto const session = bench::answer(200, "", "canary-session-of-imds");
    struct fault
    {
        char const* fault;
        std::vector<std::string> answers;
        ending ends;
        bool asks_next;
    };
    static std::vector<fault> const all{
        {"silence to the PUT, as behind a hop limit", {""}, ending::answered(), true},
        {"403: switched off", {status(403)}, ending::answered(), true},
        {"404 to the PUT", {status(404)}, ending::answered(), true},
        {"405 to the PUT: version 1 only", {status(405)}, ending::answered(), true},
        {"no role", {session, status(404)}, ending::answered(), true},
        {"a session token that is refused", {session, status(401)}, ending::answered(), false},
        {"500 three times", {status(500), status(500), status(500)}, ending::answered(), false},
        {"429 to the PUT", {status(429)}, ending::unproved(aws::source_errc::throttled, 429), false},
        {"500 without end",
         {status(500), status(500), status(500), status(500)},
         ending::unproved(aws::source_errc::unavailable, 500),
         false},
        {"a role that is a path",
         {session, bench::answer(200, "", "../../user-data")},
         ending::unproved(make_error_code(errc::decode_error)),
         false},
        {"keys that are no JSON",
         {session, bench::answer(200, "", "role"), good_answer("{")},
         ending::unproved(make_error_code(errc::decode_error)),
         false},
    };
    for (auto const& f : all)
        cell(m, "K02", std::string("instance metadata: ") + f.fault).ends(f.ends).run([&f](bench& b) {
            auto const from = metadata(b);
            from->say(f.answers);
            auto const took = b.call().took;
            b.check(took < 2s, "it costs less than two seconds");
            if (f.ends.is_success())
                b.check(came_from_next(b) == f.asks_next, f.asks_next ? "the next one was asked" : "it was kept to");
            else // a failure is remembered for a second
                b.drop_client();
        });
    struct dawdling
    {
        char const* fault;
        std::vector<testing::reply> answers;
        ending ends;
    };
    auto const is_late = [](int s) { return testing::reply::with(s).after(800ms); };
    auto const drips = testing::reply::with(200, {}, std::string(64, 'x')).in_pieces_of(1).each_after(800ms);
    static std::vector<dawdling> const slow{
        {"a session token that drips", {drips}, ending::answered()},
        {"500 after 0.8 s, each time",
         {is_late(500), is_late(500), is_late(500)},
         ending::unproved(aws::source_errc::unavailable, 500)},
    };
    for (auto const& f : slow)
        timed(m, "K02", std::string("instance metadata: ") + f.fault).driven_by("CLK").ends(f.ends).run([&f](bench& b) {
            auto const from = std::make_shared<testing::replay_transport>();
            for (auto const& one : f.answers)
                from->expect(one);
            auto const next = aws::static_credentials("AKIDNEXT", secret("canary-secret-key"));
            auto const source = aws::instance_metadata_credentials(aws::source_options().transport(from));
            b.use(aws::chain({source, next}));
            b.start();
            b.settle();
            b.time().advance(1900ms);
            b.finish(); // without any more time
            b.check(from->ok(), "it was given up in the middle");
            if (f.ends.is_success()) {
                b.check(came_from_next(b), "the next one was asked");
                return;
            }
            for (auto const* good : {"canary-session-of-imds", "role"})
                from->expect(testing::reply::with(200, {}, good));
            from->expect(testing::reply::with(200, {}, key_set("2099-01-01T00:00:00Z")));
            b.time().advance(2s);
        });
    timed(m, "K02", "instance metadata: keys that are over already").driven_by("FS, CLK").run([](bench& b) {
        auto const from = metadata(b, "2025-12-31T23:00:00Z");
        b.call();
        b.check(!came_from_next(b), "they are used past their end");
        auto const before = from->requests();
        b.time().advance(1min);
        b.call();
        b.check(from->requests() == before, "and it is left alone for a while");
    });

    timed(m, "K02", "instance metadata of Azure: 410 for seventy seconds, while it is updated", service::azure_ml)
        .driven_by("CLK")
        .run([](bench& b) {
            auto const from = std::make_shared<testing::replay_transport>();
            for (int i = 0; i < 7; ++i)
                from->expect(testing::reply::with(410));
            from->expect(testing::reply::with(200, {}, token_set("\"86399\"")));
            b.use(entra::managed_identity(entra::source_options().transport(from)));
            b.options().deadline(3min);
            b.limits().auth = 3min; // else the call ends, and the fetch goes on for those who come later
            b.start();
            for (int i = 1; i <= 7; ++i) {
                b.settle();
                b.check(from->seen().size() == static_cast<std::size_t>(i) && !b.is_over(), "it waits");
                b.time().advance(10s);
            }
            b.finish();
            b.check(from->ok(), "asked every ten seconds");
        });
    timed(m, "K02", "instance metadata of Azure: somebody else answers the probe, then silence, in a chain",
          service::azure_ml)
        .driven_by("CLK")
        .run([](bench& b) {
            auto const from = std::make_shared<testing::replay_transport>();
            from->expect(testing::reply::with(400));
            from->expect(testing::reply::never());
            auto const first = entra::managed_identity(entra::source_options().transport(from),
                                                       entra::managed_identity_options().in_chain());
            b.use(entra::chain({first, entra::fixed_token(secret("canary-azure-next"))}));
            b.start();
            b.settle();
            b.check(from->seen().size() == 2 && !b.is_over(), "it is waited for");
            b.time().advance(2s);
            b.finish();
            b.check(from->ok(), "and not asked again");
            b.check(b.server().received().back().field("authorization") == "Bearer canary-azure-next",
                    "the next one was asked");
        });
    timed(m, "K02", "instance metadata of Azure: its first token takes six seconds, in a chain", service::azure_ml)
        .driven_by("CLK")
        .run([](bench& b) {
            auto const from = std::make_shared<testing::replay_transport>();
            from->expect(testing::reply::with(400, {}, R"({"error":"invalid_request"})"));
            from->expect(testing::reply::with(200, {}, token_set("\"86399\"")).after(6s));
            auto const first = entra::managed_identity(entra::source_options().transport(from),
                                                       entra::managed_identity_options().in_chain());
            b.use(entra::chain({first, entra::fixed_token(secret("canary-azure-next"))}));
            b.start();
            b.settle();
            b.time().advance(3s);
            b.settle();
            b.check(from->seen().size() == 2 && !b.is_over(), "it is waited for");
            b.time().advance(3s);
            b.finish();
            b.check(from->ok(), "it was asked once");
            b.check(b.server().received().back().field("authorization") != "Bearer canary-azure-next",
                    "the next one was not asked");
        });
    for (bool const silent : {true, false})
        cell(m, "K02",
             silent ? "instance metadata of Azure: silence, in a chain"
                    : "instance metadata of Azure: no identity, in a chain",
             service::azure_ml)
            .run([silent](bench& b) {
                auto const from = std::make_shared<giver>([](testing::received_request const&) {
                    return bench::answer(400, "",
                                         R"({"error":"invalid_request","error_description":"Identity not found"})");
                });
                b.keep(from);
                if (silent)
                    from->always_say("");
                call::environment e;
                e.azure_pod_identity_authority_host = from->url();
                auto const first =
                    entra::managed_identity(entra::source_options(e), entra::managed_identity_options().in_chain());
                b.use(entra::chain({first, entra::fixed_token(secret("canary-azure-next"))}));
                b.check(b.call().took < 2s, "it costs less than two seconds");
                b.check(b.server().received().back().field("authorization") == "Bearer canary-azure-next",
                        "the next one was asked");
            });
}

void add_containers(matrix& m)
{
    static std::vector<std::pair<char const*, char const*>> const addresses{
        {"another machine without TLS", "http://10.0.0.1/c"},
        {"a name without TLS", "http://agent.test/c"},
        {"a name that DNS points at this machine today", "http://localhost.localdomain/c"},
        {"a name that begins like an address", "http://169.254.170.2.test/c"},
        {"a name that begins like localhost", "http://localhost.test/c"},
        {"user information", "http://u:canary-secret@127.0.0.1/c"},
        {"an IPv6 address of somebody", "http://[fd00:ec2::254]/c"},
        {"no URL", "file:///etc/passwd"},
    };
    for (auto const& one : addresses)
        cell(m, "K03", std::string("the container's URI: ") + one.first)
            .driven_by("TMP")
            .ends(ending::unproved(make_error_code(errc::invalid_argument)))
            .not_followed("the variable stays wrong")
            .run([&one](bench& b) {
                call::environment e;
                e.aws_container_full_uri = one.second;
                b.use(aws::container_credentials(aws::source_options(e)));
                b.check(b.call().took < 1s, "nobody is asked");
            });
    auto const use_agent = [](bench& b, std::string const& token_file) {
        auto const from = std::make_shared<giver>(
            [](testing::received_request const&) { return good_answer(key_set("2026-01-01T01:00:00Z")); });
        b.keep(from);
        call::environment e;
        e.aws_container_full_uri = from->url() + "/c";
        e.aws_container_token_file = token_file;
        b.use(aws::container_credentials(aws::source_options(e)));
        return from;
    };
    timed(m, "K03", "the container's token file holds a line break")
        .driven_by("FS, TMP, CLK")
        .ends(ending::unproved(make_error_code(errc::invalid_argument)))
        .run([use_agent](bench& b) {
            folder const here(b);
            auto const from = use_agent(b, here.write("token", "canary-header\r\nx-injected: 1"));
            b.call();
            b.check(from->requests() == 0, "nothing was sent");
            here.write("token", "canary-header");
            b.time().advance(2s);
        });
    timed(m, "K03", "the container's token file is rotated").driven_by("FS, TMP, CLK").run([use_agent](bench& b) {
        folder const here(b);
        auto const from = use_agent(b, here.write("token", "canary-header-1\n"));
        b.call();
        here.write("token", "canary-header-2\n");
        b.time().advance(50min); // a refresh is due
        b.server().close_connections();
        b.call();
        b.run_until_other([&from] { return from->requests() == 2; });
        auto const seen = from->received();
        b.check(seen[0].field("authorization") == "canary-header-1" &&
                    seen[1].field("authorization") == "canary-header-2",
                "it is read at every fetch");
    });
}

void add_programs(matrix& m)
{
    struct program
    {
        char const* fault;
        std::string command;
        error_code code;
    };
    std::string const good = R"('{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"canary-secret-key"}')";
    static std::vector<program> const all{
        {"ends with 1 and tells its secrets", "/bin/sh -c 'echo canary-secret >&2; exit 1'",
         make_error_code(errc::credentials_unavailable)},
        {"prints 10 MiB", "/usr/bin/head -c 10485760 /dev/zero", make_error_code(errc::decode_error)},
        {"prints nothing", "/bin/true", make_error_code(errc::decode_error)},
        {"is not there", "/nonexistent/augur-program", make_error_code(errc::invalid_argument)},
        {"has what a shell would run", "/bin/echo " + good + " ; /bin/false", make_error_code(errc::decode_error)},
        {"prints what is good", "/bin/echo " + good, {}},
    };
    for (auto const& p : all) {
        auto& r = cell(m, "K04", std::string("credential_process ") + p.fault).driven_by("TMP");
        r.ends(p.code ? ending::unproved(p.code) : ending::answered());
        if (p.code)
            r.not_followed("it stays what it is");
        r.run([&p](bench& b) {
            b.use(aws::process_credentials(secret(p.command), aws::source_options(call::environment())));
            b.call();
        });
    }
    cell(m, "K04", "credential_process looks for descriptors of ours").driven_by("TMP").run([](bench& b) {
        folder const here(b);
        auto const trace = here.path("trace");
        int const ours = ::open("/dev/null", O_RDONLY); // as a careless library opens it
        b.keep(std::shared_ptr<void>(nullptr, [ours](void*) { ::close(ours); }));
        b.use(aws::process_credentials(secret("/bin/sh -c \"echo /proc/self/fd/* > " + trace + "; echo '" +
                                              std::string(R"({\"Version\":1,\"AccessKeyId\":\"AKIDEXAMPLE\",)") +
                                              R"(\"SecretAccessKey\":\"canary-secret-key\"})" + "'\""),
                                       aws::source_options(call::environment())));
        b.call();
        std::ifstream in(trace);
        std::size_t seen = 0;
        for (std::string one; in >> one; ++seen) // 3 is the folder that the shell lists
            b.check(one.size() == sizeof "/proc/self/fd/0" - 1 && one.back() <= '3', "it has only what it was given");
        b.check(ours > 3 && seen >= 3, "and there was something to find");
    });
    timed(m, "K04", "credential_process never ends")
        .driven_by("TMP, CLK")
        .ends(ending::unproved(make_error_code(errc::auth_timeout)))
        .not_followed("it stays what it is")
        .run([](bench& b) {
            b.use(aws::process_credentials(secret("/bin/sleep 1000"), aws::source_options(call::environment())));
            b.start();
            b.passes(10s);
        });
}

void add_proofs(matrix& m)
{
    timed(m, "K05", "the federated token's file is rotated", service::azure_ml)
        .driven_by("FS, TMP, CLK")
        .run([](bench& b) {
            folder const here(b);
            auto const from = std::make_shared<giver>(
                [](testing::received_request const&) { return good_answer(token_set("3600")); });
            b.keep(from);
            call::environment e;
            e.azure_tenant_id = "11111111-2222-3333-4444-555555555555";
            e.azure_client_id = "client";
            e.azure_federated_token_file = here.write("token", "canary-secret-1\n");
            b.use(entra::workload_identity(entra::source_options(e).authority(from->url()).allow_plain_http()));
            b.call();
            here.write("token", "canary-secret-2\n");
            b.time().advance(61min);
            b.server().close_connections();
            b.call();
            auto const seen = from->received();
            auto const has = [](testing::received_request const& r, char const* what) {
                return r.content.find(what) != std::string::npos;
            };
            b.check(seen.size() == 2 && has(seen[0], "canary-secret-1") && has(seen[1], "canary-secret-2"),
                    "it is read at every fetch");
        });
    struct lie
    {
        char const* fault;
        char const* file; ///< in the cell's folder
    };
    static lie const lies[] = {{"outside of its folder", "outside.key"},
                               {"by a way out of its folder", "tokens/../outside.key"},
                               {"that is a link", "tokens/link.key"},
                               {"that is too large", "tokens/large.key"}};
    for (auto const& l : lies)
        timed(m, "K05", std::string("the agent of Arc names a file ") + l.fault, service::azure_ml)
            .driven_by("FS, TMP, CLK")
            .ends(ending::unproved(make_error_code(errc::invalid_argument)))
            .run([&l](bench& b) {
                folder const here(b);
                std::filesystem::create_directory(here.path("tokens"));
                here.write("outside.key", "canary-secret");
                here.write("tokens/large.key", std::string(4097, 'x'));
                here.write("tokens/good.key", "canary-secret-of-arc");
                std::filesystem::create_symlink(here.path("outside.key"), here.path("tokens/link.key"));
                auto const challenge = [here](std::string const& file) {
                    return bench::answer(401, "www-authenticate: Basic realm=" + here.path(file) + "\r\n", "");
                };
                auto const from = std::make_shared<giver>([challenge](testing::received_request const& r) {
                    if (r.field("authorization") != "Basic canary-secret-of-arc")
                        return challenge("tokens/good.key");
                    return good_answer(token_set("\"3600\""));
                });
                b.keep(from);
                from->say({challenge(l.file)});
                call::environment e;
                e.identity_endpoint = from->url() + "/metadata/identity/oauth2/token";
                e.imds_endpoint = from->url();
                b.use(entra::managed_identity(entra::source_options(e),
                                              entra::managed_identity_options().arc_folder(here.path("tokens"))));
                b.call();
                b.check(from->requests() == 1, "and nothing was sent there");
                b.time().advance(2s);
            });
}

registrar const rows([](matrix& m) {
    add_files(m);
    add_metadata(m);
    add_containers(m);
    add_programs(m);
    add_proofs(m);
});

} // namespace
