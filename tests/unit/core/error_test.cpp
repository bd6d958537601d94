#include <augur/core/error_details.hpp>
#include <augur/core/result.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

using namespace augur;
using namespace std::chrono_literals;

namespace {

error full_error()
{
    error_details details;
    details.message = "the model is still loading";
    details.service_message = "Model is not ready";
    details.provider_code = "ModelNotReadyException";
    details.request_id = "1234-5678";
    details.retry_after = 1500ms;
    details.attributes = {{"OriginalStatusCode", "503"}, {"empty", ""}};
    error e(make_error_code(errc::connection_lost), phase::first_byte, outcome::refused, std::move(details));
    return e.with_http_status(429).with_attempts(3);
}

bool is_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        auto const u = static_cast<unsigned char>(text[i]);
        std::size_t const n = u < 0x80 ? 1 : u >= 0xF0 ? 4 : u >= 0xE0 ? 3 : u >= 0xC2 ? 2 : 0;
        if (n == 0 || i + n > text.size())
            return false;
        for (std::size_t k = 1; k < n; ++k)
            if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

} // namespace

// An error is small, cheap to hand on and never made by accident.
static_assert(sizeof(error) <= 48);
static_assert(sizeof(result<int>) < 128);
static_assert(std::is_nothrow_default_constructible_v<error>);
static_assert(std::is_nothrow_copy_constructible_v<error> && std::is_nothrow_move_constructible_v<error>);
static_assert(std::is_nothrow_copy_assignable_v<error> && std::is_nothrow_move_assignable_v<error>);
static_assert(std::is_nothrow_destructible_v<error>);
static_assert(!std::is_convertible_v<error_code, error> && !std::is_convertible_v<errc, error>);
static_assert(!std::is_convertible_v<char const*, error> && !std::is_convertible_v<std::string, error>);
static_assert(!std::is_convertible_v<error, bool> && !std::is_constructible_v<bool, error>);
static_assert(!std::is_aggregate_v<error>);
static_assert(std::is_nothrow_copy_constructible_v<exception>); // exceptions are copied while they fly

TEST_CASE("error: it keeps everything it was told, and copies share it")
{
    auto const e = full_error();
    error const copy = e; // NOLINT: the copy is the point
    for (auto const* one : {&e, &copy}) {
        CHECK(one->code() == errc::connection_lost);
        CHECK(one->phase() == phase::first_byte);
        CHECK(one->outcome() == outcome::refused);
        CHECK(one->http_status() == 429);
        CHECK(one->attempts() == 3);
        CHECK(one->message() == "the model is still loading");
        CHECK(one->service_message() == "Model is not ready");
        CHECK(one->provider_code() == "ModelNotReadyException");
        CHECK(one->request_id() == "1234-5678");
        CHECK(one->retry_after() == 1500ms);
        CHECK(one->attribute("OriginalStatusCode") == "503");
        CHECK(one->attribute("empty").empty());
        CHECK(one->attribute("originalstatuscode").empty());
        CHECK(one->attribute("absent").empty());
    }
    CHECK(e.message().data() == copy.message().data());
}

TEST_CASE("error: without details every question has an empty answer")
{
    error const none;
    CHECK_FALSE(none.code().failed());
    error const bare{make_error_code(errc::cancelled)};
    for (auto const* e : {&none, &bare}) {
        CHECK(e->message().empty());
        CHECK(e->service_message().empty());
        CHECK(e->provider_code().empty());
        CHECK(e->request_id().empty());
        CHECK(e->attribute("x").empty());
        CHECK_FALSE(e->retry_after().has_value());
        CHECK(e->http_status() == 0);
        CHECK(e->attempts() == 0);
        CHECK(e->phase() == phase::prepare);
        CHECK(e->outcome() == outcome::not_sent);
    }
    for (int c = 1; c <= static_cast<int>(condition::cancelled); ++c)
        CHECK_FALSE(none == static_cast<condition>(c));
}

TEST_CASE("error: a moved-from error can be used and holds nothing")
{
    auto e = full_error();
    auto const taken = std::move(e);
    CHECK(taken.message() == "the model is still loading");
    CHECK(e.message().empty()); // NOLINT: that it may be asked is the point
    e = taken;
    CHECK(e.message() == taken.message());
    auto& self = e;
    e = self;
    CHECK(e.message() == taken.message());
}

TEST_CASE("error: a changed copy leaves the original as it was")
{
    auto const e = full_error();
    auto changed = e;
    changed.with_message("other words").at(phase::body).with(outcome::partial).with_attempts(9).with_http_status(500);
    CHECK(changed.message() == "other words");
    CHECK(changed.request_id() == "1234-5678");
    CHECK(changed.phase() == phase::body);
    CHECK(changed.outcome() == outcome::partial);
    CHECK(e.message() == "the model is still loading");
    CHECK(e.phase() == phase::first_byte);
    CHECK(e.outcome() == outcome::refused);
    CHECK(e.attempts() == 3);
    CHECK(e.http_status() == 429);
    error bare;
    bare.with_message("first words");
    CHECK(bare.message() == "first words");
}

TEST_CASE("error: one line tells the code, where, the outcome, both sides' words and the ids")
{
    struct row
    {
        error e;
        char const* text;
    };
    error_details words_only, code_only, code_in_words, long_wait;
    words_only.service_message = "busy";
    code_only.provider_code = code_in_words.provider_code = "Throttled";
    code_in_words.service_message = "Throttled: wait";
    long_wait.retry_after = 120'000ms;
    auto const c = make_error_code(errc::connect_failed);
    row const rows[] = {
        {error(c), "connect_failed (phase prepare, outcome not_sent)"},
        {error(c, phase::connect).with_attempts(1), "connect_failed (phase connect, outcome not_sent, 1 attempt)"},
        {error(c, phase::tls, outcome::unknown).with_attempts(2),
         "connect_failed (phase tls, outcome unknown, 2 attempts)"},
        {make_error(errc::unsupported, phase::prepare, outcome::not_sent, "tensors"),
         "unsupported (phase prepare, outcome not_sent): tensors"},
        {error(c, phase::decode, outcome::complete, words_only),
         "connect_failed (phase decode, outcome complete); the service said busy"},
        {error(c, phase::decode, outcome::complete, code_only),
         "connect_failed (phase decode, outcome complete); the service said Throttled"},
        {error(c, phase::decode, outcome::complete, code_in_words),
         "connect_failed (phase decode, outcome complete); the service said Throttled: wait"},
        {error(c, phase::decode, outcome::refused, long_wait),
         "connect_failed (phase decode, outcome refused); retry after 120000 ms"},
        {full_error(), "connection_lost (HTTP 429, outcome refused, 3 attempts): the model is still loading; the "
                       "service said ModelNotReadyException: Model is not ready; retry after 1500 ms; request id "
                       "1234-5678"},
    };
    for (auto const& r : rows) {
        CHECK(r.e.to_string() == r.text);
        std::ostringstream out;
        out << r.e;
        CHECK(out.str() == r.text);
    }
}

TEST_CASE("error: every phase and outcome has its own name")
{
    char const* const phases[] = {"prepare", "auth",  "pool_wait",  "resolve", "connect", "proxy",
                                  "tls",     "write", "first_byte", "body",    "decode",  "backoff"};
    CHECK(std::size(phases) == phase_count);
    for (std::size_t i = 0; i < phase_count; ++i)
        CHECK(to_string(static_cast<phase>(i)) == phases[i]);
    CHECK(to_string(static_cast<phase>(phase_count)) == "unknown");
    char const* const outcomes[] = {"not_sent", "refused", "unknown", "partial", "complete"};
    for (std::size_t i = 0; i < std::size(outcomes); ++i)
        CHECK(to_string(static_cast<outcome>(i)) == outcomes[i]);
    CHECK(to_string(static_cast<outcome>(200)) == "unknown");
}

TEST_CASE("result: value() throws the whole error, and nothing else does")
{
    result<int> const bad = full_error();
    CHECK_FALSE(bad.has_value());
    try {
        (void)bad.value();
        FAIL("value() of an error must throw");
    }
    catch (exception const& e) {
        CHECK(e.error().code() == errc::connection_lost);
        CHECK(e.error().attempts() == 3);
        CHECK(e.error().request_id() == "1234-5678");
        CHECK(e.what() == full_error().to_string());
        exception const copy = e;
        CHECK(copy.error().message() == e.error().message());
        CHECK(copy.what() == std::string(e.what()));
    }
    result<void> const nothing = full_error();
    CHECK_THROWS_AS(nothing.value(), exception);
    CHECK_THROWS_AS(throw_exception_from_error(full_error(), BOOST_CURRENT_LOCATION), std::runtime_error);
    result<int> const good = 7;
    CHECK(good.value() == 7);
}

TEST_CASE("sanitise: what breaks a line or steers a terminal is escaped, everything else stays")
{
    struct row
    {
        std::string text;
        char const* out;
    };
    using namespace std::string_literals;
    row const rows[] = {
        {"", ""},
        {"plain words, 100 % \"quoted\" \\ back", "plain words, 100 % \"quoted\" \\ back"},
        {"a\nb", "a\\nb"},
        {"a\r\nINFO forged line", "a\\r\\nINFO forged line"},
        {"a\tb", "a b"},
        {"\0x"s, "\\x00x"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"\x7f", "\\x7f"},
        {"\x1f", "\\x1f"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"\xC2\x9B"
         "31m",
         "\\xc2\\x9b31m"},                                  // U+009B, the one-character CSI
        {"\x9B", "\\x9b"},                                  // the same as a bare byte
        {"\xC2\x85", "\\xc2\\x85"},                         // U+0085, next line
        {"\xC2\xA0", "\xC2\xA0"},                           // U+00A0 is only a blank
        {"\xE2\x80\xA8\xE2\x80\xA9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"}, // line and paragraph separator
        {"\xE2\x80\xAE", "\\xe2\\x80\\xae"},                // right-to-left override
        {"\xE2\x81\xA6", "\\xe2\\x81\\xa6"},                // left-to-right isolate
        {"\xE2\x80\xA7\xE2\x80\xAF", "\xE2\x80\xA7\xE2\x80\xAF"},
        {"\xC0\xAF", "\\xc0\\xaf"},                         // not the shortest form
        {"\xE0\x80\xAF", "\\xe0\\x80\\xaf"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},                // a surrogate
        {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},       // above U+10FFFF
        {"\xF5", "\\xf5"},
        {"\xFF\xFE", "\\xff\\xfe"},
        {"\xE2\x82", "\\xe2\\x82"},                         // cut short
        {"\xE2\x82"
         "A",
         "\\xe2\\x82"
         "A"},
        {"\xF0\x9F\x98", "\\xf0\\x9f\\x98"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.out);
        CHECK(sanitise(r.text) == r.out);
    }
}

TEST_CASE("sanitise: the cap is kept at every size and never ends inside a character or an escape")
{
    using namespace std::string_literals;
    std::string const text = "ab\xC3\xA9"
                             "c\n\xE2\x82\xAC"
                             "d\0\xF0\x9F\x98\x80"
                             "e\xFF"s;
    auto const whole = sanitise(text, 1000);
    CHECK(whole == "ab\xC3\xA9"
                   "c\\n\xE2\x82\xAC"
                   "d\\x00\xF0\x9F\x98\x80"
                   "e\\xff");
    for (std::size_t cap = 0; cap <= whole.size() + 2; ++cap) {
        CAPTURE(cap);
        auto const cut = sanitise(text, cap);
        CHECK(is_utf8(cut));
        if (cap >= whole.size()) {
            CHECK(cut == whole);
            continue;
        }
        REQUIRE(cut.size() >= 3);
        CHECK(cut.substr(cut.size() - 3) == "...");
        auto const kept = cut.substr(0, cut.size() - 3);
        CHECK(kept.size() <= cap);
        CHECK(whole.compare(0, kept.size(), kept) == 0);
        // Whole pieces only.
        auto const slash = kept.rfind('\\');
        if (slash != kept.npos && kept.size() > slash + 1 && kept[slash + 1] == 'x')
            CHECK(kept.size() >= slash + 4);
        CHECK((slash == kept.npos || slash + 1 < kept.size()));
    }
}

TEST_CASE("sanitise: hostile text never grows beyond the cap")
{
    CHECK(sanitise(std::string(100'000, '\0')).size() <= 2048 + 3);
    CHECK(sanitise(std::string(100'000, '\xFF')).size() <= 2048 + 3);
    CHECK(sanitise(std::string(2048, 'a')) == std::string(2048, 'a'));
    CHECK(sanitise(std::string(2049, 'a')) == std::string(2048, 'a') + "...");
    CHECK(sanitise("abc", 0) == "...");
    CHECK(sanitise("", 0).empty());
}

TEST_CASE("sanitise: of all 256 bytes exactly the printable ASCII ones pass alone")
{
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const one(1, static_cast<char>(b));
        auto const out = sanitise(one);
        bool const printable = b >= 0x20 && b <= 0x7E;
        CHECK((out == one) == printable);
        CHECK(is_utf8(out));
        for (char const c : out)
            CHECK((static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F));
    }
}
