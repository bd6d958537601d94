// Every file that credentials are read from, and everything that may stand in its place: a clear error each, without
// waiting for it and without a word of what is in it.

#include "source_support.hpp"
#include "support/plain_user.hpp"

#include <augur/auth/aws/impl/private_file.ipp>
#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/impl/small_file.ipp>
#include <augur/testing/fault_network.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

using namespace augur;
using namespace auth_test;
namespace aws = augur::auth::aws;
namespace entra = augur::auth::entra;

namespace {

/// A machine on which one file is not as it should be; whatever is sent fails.
struct place
{
    folder here;
    call::environment e;
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    bool as_nobody = false;

    place()
    {
        e.home = here.path("");
        e.home.pop_back();
        e.aws_region = "eu-west-1";
    }
    std::string aws_says(std::shared_ptr<aws::credential_source> source)
    {
        auto const nobody = user();
        auto const got = fetch_before(std::move(source), 2026);
        REQUIRE_FALSE(got.has_value());
        check(got.error());
        return got.error().to_string();
    }
    std::string entra_says(std::shared_ptr<entra::token_source> source)
    {
        auto const nobody = user();
        driver d;
        auto const got = d.run<entra::access_token>([source](net::operation& op) {
            return source->fetch(op, op.deadline(), entra::token_request("https://ml.azure.com/.default"));
        });
        REQUIRE_FALSE(got.has_value());
        check(got.error());
        return got.error().to_string();
    }
    std::unique_ptr<test::plain_user> user() const
    {
        return as_nobody ? std::make_unique<test::plain_user>() : nullptr;
    }
    aws::source_options options() const { return aws::source_options(e).transport(transport); }
    entra::source_options entra_options() const { return entra::source_options(e).transport(transport); }

    void check(error const& of)
    {
        CHECK(of.phase() == phase::auth);
        CHECK(of.outcome() == outcome::not_sent);
        CHECK(transport->seen().empty());
    }
};

/// Of the session "team", whose SHA-1 it is.
constexpr char const* sso_cache = ".aws/sso/cache/d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json";

/// Who reads the file at that path, and what he says; the words with which he begins, and calls what is no such text.
struct reader
{
    char const* name;
    std::string (*ask)(place& p, std::string const& path);
    char const* about;
    char const* line_breaks;
    char const* zero_bytes;
    bool is_optional = false; ///< a missing file means: not configured
    bool asks_to_log_in = false; ///< whatever stands in the way of his file, it is to be made anew
};

reader const readers[] = {
    {"the credentials file",
     [](place& p, std::string const& path) {
         p.e.aws_credentials_file = path;
         return p.aws_says(aws::profile_credentials(p.options()));
     },
     "shared AWS file", "expected a section", "it has a zero byte", true},
    {"the config file",
     [](place& p, std::string const& path) {
         p.e.aws_config_file = path;
         return p.aws_says(aws::profile_credentials(p.options()));
     },
     "shared AWS file", "expected a section", "it has a zero byte", true},
    {"the web identity token",
     [](place& p, std::string const& path) {
         p.e.aws_web_identity_token_file = path;
         p.e.aws_role_arn = "arn:aws:iam::123456789012:role/r";
         return p.aws_says(aws::web_identity_credentials(p.options()));
     },
     "the token file \"", "holds a line break or another", "holds a line break or another"},
    {"the container's token",
     [](place& p, std::string const& path) {
         p.e.aws_container_token_file = path;
         p.e.aws_container_full_uri = "http://127.0.0.1/c";
         return p.aws_says(aws::container_credentials(p.options()));
     },
     "the token file \"", "holds a line break or another", "holds a line break or another"},
    {"the SSO token",
     [](place& p, std::string const& path) {
         p.e.aws_config_file =
             p.here.write("config", "[default]\nsso_session = team\nsso_account_id = 1\nsso_role_name = r\n"
                                    "[sso-session team]\nsso_region = us-east-1\nsso_start_url = https://x.test\n");
         std::filesystem::create_directories(p.here.path(".aws/sso/cache"));
         auto const there = p.here.path(sso_cache);
         if (std::filesystem::exists(std::filesystem::symlink_status(path)))
             std::filesystem::rename(path, there);
         return p.aws_says(aws::profile_credentials(p.options()));
     },
     "; run: aws sso login --profile default", "the SSO token file is not JSON", "the SSO token file is not JSON",
     false, true},
    {"the federated token",
     [](place& p, std::string const& path) {
         p.e.azure_tenant_id = "11111111-2222-3333-4444-555555555555";
         p.e.azure_client_id = "client";
         p.e.azure_federated_token_file = path;
         return p.entra_says(entra::workload_identity(p.entra_options()));
     },
     "the token file \"", "holds a line break or another", "holds a line break or another"},
    {"the application's certificate",
     [](place& p, std::string const& path) {
         entra::app_identity const app("11111111-2222-3333-4444-555555555555", "client");
         return p.entra_says(entra::client_certificate(app, entra::certificate::file(path), p.entra_options()));
     },
     "the certificate file \"", "is neither PEM nor", "is neither PEM nor"},
};

enum class stands
{
    in_the_way, ///< an error that says what is wrong
    for_nothing ///< as if there were no file
};

struct obstacle
{
    char const* name;
    void (*make)(std::string const& path);
    stands how;
    char const* words = nullptr; ///< of the error; null: the reader has his own
};

void write(std::string const& path, std::string const& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

obstacle const obstacles[] = {
    {"a pipe", [](std::string const& path) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }, stands::in_the_way,
     "is no plain file"},
    {"a folder", [](std::string const& path) { std::filesystem::create_directory(path); }, stands::in_the_way,
     "is a folder"},
    {"nothing", [](std::string const&) {}, stands::for_nothing, "cannot be read"},
    {"a link to nothing", [](std::string const& path) { std::filesystem::create_symlink(path + ".gone", path); },
     stands::for_nothing, "cannot be read"},
    {"a link to itself", [](std::string const& path) { std::filesystem::create_symlink(path, path); },
     stands::for_nothing, "cannot be read"},
    {"a device", [](std::string const& path) { std::filesystem::create_symlink("/dev/zero", path); },
     stands::for_nothing, "is no plain file"},
#if defined(__linux__)
    {"a file that fails while it is read",
     [](std::string const& path) { std::filesystem::create_symlink("/proc/self/mem", path); }, stands::in_the_way,
     "cannot be read"},
#endif
    {"100 MiB",
     [](std::string const& path) {
         write(path, "CANARY");
         std::filesystem::resize_file(path, 100U << 20);
     },
     stands::in_the_way, "is over "},
    {"what nobody may read",
     [](std::string const& path) {
         write(path, "CANARY");
         std::filesystem::permissions(path, {});
     },
     stands::in_the_way, "cannot be read"},
    {"line breaks", [](std::string const& path) { write(path, "CANARY\r\nx-injected: CANARY\r\n"); },
     stands::in_the_way},
    {"zero bytes", [](std::string const& path) { write(path, std::string("CANARY\0CANARY\0", 14)); },
     stands::in_the_way},
};

std::string text_of(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("hostile files: whatever stands in the place of one, whoever reads it says so")
{
    for (auto const& r : readers)
        for (auto const& o : obstacles) {
            CAPTURE(std::string(r.name));
            CAPTURE(std::string(o.name));
            place p;
            auto const path = p.here.path("file");
            o.make(path);
            p.as_nobody = std::string_view(o.name) == "what nobody may read"; // root could
            auto const said = r.ask(p, path);
            bool const absent = r.is_optional && o.how == stands::for_nothing;
            auto const* const own = std::string_view(o.name) == "zero bytes" ? r.zero_bytes : r.line_breaks;
            bool const is_link = std::filesystem::is_symlink(p.here.path(sso_cache));
            auto const* const words = o.words == nullptr ? own
                                      : is_link          ? "is a link, and is not followed"
                                      : r.asks_to_log_in ? "there is no SSO token for profile default"
                                                         : o.words;
            CHECK_MESSAGE(contains(said, absent ? "no such profile" : words), said);
            CHECK_MESSAGE((absent || contains(said, is_link ? "the token cache \"" : r.about)), said);
            CHECK_FALSE(contains(said, "CANARY"));
        }
}

TEST_CASE("hostile files: a token cache of somebody else is told as that, whether or not it can be read")
{
    for (auto const mode : {0644, 0600}) {
        CAPTURE(mode);
        place p;
        auto const path = p.here.write("file", "CANARY");
        ::chmod(path.c_str(), static_cast<mode_t>(mode));
        if (::geteuid() != 0 || ::chown(path.c_str(), 65534, 65534) != 0) {
            MESSAGE("only root can give a file away");
            return;
        }
        p.as_nobody = mode == 0600; // root could read it
        auto const& sso =
            *std::find_if(std::begin(readers), std::end(readers), [](auto& r) { return r.asks_to_log_in; });
        auto const said = sso.ask(p, path);
        CHECK_MESSAGE(contains(said, "the token cache \""), said);
        CHECK_MESSAGE(contains(said, "belongs to somebody else"), said);
        CHECK_FALSE(contains(said, "CANARY"));
    }
}

TEST_CASE("hostile files: without a descriptor left the machine is at fault, not the file")
{
    folder const here;
    auto const shared = here.write("credentials", "[default]\naws_access_key_id = a\naws_secret_access_key = s\n");
    auto const token = here.write("token", "t");
    auto const cache = here.write("cache.json", "{}");
    auto const codes = [&] {
        testing::descriptor_limit const none;
        auto const absent = auth::detail::bad_setting("there is none");
        CHECK(aws::load_profiles({}, token + "x").has_value()); // to see that it is not there needs no descriptor
        return std::array{aws::load_profiles({}, shared).error().code(),
                          auth::detail::read_token_file(token).error().code(),
                          aws::detail::read_private_file(cache, absent).error().code()};
    }();
    for (auto const& code : codes)
        CHECK(code == errc::resource_exhausted);
    CHECK(aws::load_profiles({}, shared).has_value());
    CHECK(auth::detail::read_token_file(token).has_value());
}

TEST_CASE("hostile files: a descriptor is closed also if there is no memory for what is in its file")
{
    folder const here;
    auto const path = here.write("file", "text");
    auto const lowest_free = [] {
        int const file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(file);
        return file;
    };
    int const before = lowest_free();
    CHECK_THROWS_AS(auth::detail::look_at_file(path, std::string().max_size()), std::length_error);
    CHECK(lowest_free() == before);
}

TEST_CASE("private files: what another process is writing stays its own")
{
    folder const here;
    auto const path = here.write("cache.json", "old");
    auto const of_another = here.write("cache.json.augur", "half a tok");
    CHECK(aws::detail::write_private_file(path, secret("new")));
    CHECK(text_of(path) == "new");
    CHECK(text_of(of_another) == "half a tok");
    struct stat about = {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    // A place that cannot be taken leaves nothing behind.
    auto const taken = here.path("taken");
    std::filesystem::create_directories(taken + "/folder");
    CHECK_FALSE(aws::detail::write_private_file(taken, secret("new")));
    auto const all = std::filesystem::directory_iterator(std::filesystem::path(path).parent_path());
    CHECK(std::distance(begin(all), end(all)) == 3);
}
