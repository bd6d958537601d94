#include <augur/core/http.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

using namespace augur;

namespace {

request_head make_head(std::string_view target = "/endpoints/iris/invocations")
{
    return request_head::make("POST", target, "runtime.example.com").value();
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("request head: its text is what goes over the wire")
{
    auto head = request_head::make("POST", "/a/b?c=d", "example.com:8443").value();
    REQUIRE(head.add("Content-Type", "text/csv"));
    REQUIRE(head.add("x-empty", ""));
    CHECK(head.text() == "POST /a/b?c=d HTTP/1.1\r\nhost: example.com:8443\r\nContent-Type: text/csv\r\nx-empty: \r\n");
    CHECK(head.method() == "POST");
    CHECK(head.target() == "/a/b?c=d");
    CHECK(head.authority() == "example.com:8443");
    CHECK(head.size() == 3);
    CHECK(head.at(0).name == "host");
    CHECK(head.at(1).name == "Content-Type");
    CHECK(head.find("content-type") == "text/csv");
    CHECK(head.find("X-EMPTY") == "");
    CHECK_FALSE(head.find("absent").has_value());
}

TEST_CASE("request head: of all 256 bytes exactly tchar may stand in a method")
{
    std::string const signs = "!#$%&'*+-.^_`|~";
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        auto const c = static_cast<char>(b);
        bool const letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
        bool const tchar = letter || (b >= '0' && b <= '9') || (b != 0 && signs.find(c) != std::string::npos);
        CHECK(request_head::make(std::string("G") + c + "T", "/", "h").has_value() == tchar);
    }
    CHECK_FALSE(request_head::make("", "/", "h").has_value());
    CHECK(request_head::make(std::string(32, 'A'), "/", "h").has_value());
    CHECK_FALSE(request_head::make(std::string(33, 'A'), "/", "h").has_value());
}

TEST_CASE("request head: targets and hosts that would split a request are refused, and no secret is repeated")
{
    for (std::string_view const target :
         {"", "a", "*", "http://h/", "/a b", "/a\r\nEvil: 1", "/a\n", "/a HTTP/1.1\r\n", "/#x", "/\\", "/%", "/%4g",
          "/\xC3\xA9", "/a?sig=hunter2 x", "/a?b#hunter2"}) {
        auto const head = request_head::make("GET", target, "h");
        REQUIRE_FALSE(head.has_value());
        CHECK(head.error() == errc::invalid_argument);
        CHECK_FALSE(contains(head.error().to_string(), "hunter2"));
        CHECK_FALSE(contains(head.error().to_string(), "\n"));
    }
    for (std::string_view const host :
         {"",   "a b", "h\r\nEvil: 1", "h\n",     "h/",  "h/x",  "h?",   "h?x", "h#",       "user@h", "user:hunter2@h",
          "h:", "h:0", "h:x",          "h:99999", "::1", "[::1", "a..b", "\\",  "h:hunter2"}) {
        auto const head = request_head::make("GET", "/", host);
        REQUIRE_MESSAGE(!head.has_value(), std::string(host));
        CHECK(head.error() == errc::invalid_argument);
        CHECK_FALSE(contains(head.error().to_string(), "user:hunter2"));
        CHECK_FALSE(contains(head.error().to_string(), "\n"));
    }
    for (std::string_view const host : {"h", "h:1", "Example.COM", "127.0.0.1:80", "[::1]", "[::1]:8443"})
        CHECK_MESSAGE(request_head::make("GET", "/", host).has_value(), std::string(host));
    CHECK(request_head::make("GET", "/" + std::string(64 * 1024 - 1, 'a'), "h").has_value());
    CHECK_FALSE(request_head::make("GET", "/" + std::string(64 * 1024, 'a'), "h").has_value());
}

TEST_CASE("request head: it is unchanged when add fails")
{
    auto head = make_head();
    REQUIRE(head.add("a", "1"));
    std::string const before(head.text());
    struct row
    {
        std::string name, value;
        errc code;
    };
    row const rows[] = {
        {"", "v", errc::invalid_argument},
        {"a b", "v", errc::invalid_argument},
        {"a\r\n", "v", errc::invalid_argument},
        {"a:", "v", errc::invalid_argument},
        {"x", "hunter2\r\nEvil: 1", errc::invalid_argument},
        {"x", "hunter2\n", errc::invalid_argument},
        {"x", " hunter2", errc::invalid_argument},
        {"x", "hunter2\t", errc::invalid_argument},
        {"x", std::string("hunter2\0", 8), errc::invalid_argument},
        {"x", std::string(1024 * 1024, 'v'), errc::header_limit},
        {std::string(1024 * 1024, 'n'), "v", errc::header_limit},
    };
    for (auto const& r : rows) {
        auto const added = head.add(r.name, r.value);
        REQUIRE_FALSE(added.has_value());
        CHECK(added.error() == r.code);
        CHECK(added.error().message().size() < 300);
        CHECK_FALSE(contains(added.error().to_string(), "hunter2")); // a value may be a key
        CHECK(head.text() == before);
        CHECK(head.size() == 2);
        CHECK(head.find("a") == "1");
        CHECK_FALSE(head.find("x").has_value());
    }
    REQUIRE(head.add("b", "2"));
    CHECK(head.text() == before + "b: 2\r\n");
}

TEST_CASE("request head: of all 256 bytes the same may stand in a field as in headers")
{
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        std::string const c(1, static_cast<char>(b));
        auto head = make_head();
        CHECK(head.add("a" + c, "v").has_value() == is_token(c));
        CHECK(head.add("a", "x" + c + "y").has_value() == is_field_value("x" + c + "y"));
        CHECK(std::count(head.text().begin(), head.text().end(), '\n') == static_cast<std::ptrdiff_t>(head.size()) + 1);
    }
}

TEST_CASE("request head: a field may be added from a view of an earlier one")
{
    auto head = make_head();
    REQUIRE(head.add("x-source", "a value that is longer than any small string"));
    for (int i = 0; i < 100; ++i) {
        auto const f = head.at(head.size() - 1);
        REQUIRE(head.add(f.name, f.value));
    }
    for (std::size_t i = 1; i < head.size(); ++i) {
        CHECK(head.at(i).name == "x-source");
        CHECK(head.at(i).value == "a value that is longer than any small string");
    }
}

TEST_CASE("request head: assigning to a used one keeps its memory, and both are independent")
{
    auto const original = make_head();
    auto attempt = original;
    for (int i = 0; i < 50; ++i)
        REQUIRE(attempt.add("x-signature", "a value that is longer than any small string"));
    auto const* const memory = attempt.text().data();
    for (int i = 0; i < 3; ++i) {
        attempt = original;
        CHECK(attempt.text().data() == memory); // no allocation for the next attempt
        CHECK(attempt.text() == original.text());
        CHECK(attempt.size() == original.size());
        REQUIRE(attempt.add("x-signature", std::to_string(i)));
    }
    CHECK_FALSE(original.find("x-signature").has_value());
}

TEST_CASE("request head: an empty and a moved-from one can be asked")
{
    request_head empty;
    CHECK(empty.method().empty());
    CHECK(empty.target().empty());
    CHECK(empty.authority().empty());
    CHECK(empty.text().empty());
    CHECK(empty.size() == 0);
    CHECK_FALSE(empty.find("host").has_value());
    auto head = make_head();
    auto const taken = std::move(head);
    CHECK(taken.target() == "/endpoints/iris/invocations");
    CHECK(head.size() == 0); // NOLINT: that it may be asked is the point
    CHECK(head.method().empty());
    CHECK(head.target().empty());
    CHECK(head.authority().empty());
}

TEST_CASE("body: copies share the bytes, and an owned one outlives its maker")
{
    body copy;
    CHECK(copy.size() == 0);
    {
        body const original(std::string(1000, 'x'));
        copy = original;
        CHECK(copy.bytes().data() == original.bytes().data());
    }
    CHECK(copy.bytes() == std::string(1000, 'x'));
    body const small(std::string("tiny")); // a small string must not leave its bytes behind either
    body const small_copy = small;
    CHECK(small_copy.bytes() == "tiny");
    CHECK(small_copy.bytes().data() == small.bytes().data());
}

TEST_CASE("body: a borrowed one points at the caller's bytes and keeps its owner alive")
{
    std::string const bytes = "payload";
    CHECK(body::borrowed(bytes).bytes().data() == bytes.data());
    auto owner = std::make_shared<std::string>("owned elsewhere");
    std::weak_ptr<std::string> const watch = owner;
    {
        auto const b = body::borrowed(*owner, owner);
        owner.reset();
        CHECK_FALSE(watch.expired());
        CHECK(b.bytes() == "owned elsewhere");
    }
    CHECK(watch.expired());
}

TEST_CASE("body: a moved-from one is empty")
{
    body from(std::string("payload"));
    body::hash_text hash;
    hash.fill('a');
    from.remember_sha256(hash);
    body to = std::move(from);
    CHECK(to.bytes() == "payload");
    CHECK(to.remembered_sha256() != nullptr);
    CHECK(from.size() == 0); // NOLINT: that it may be asked is the point
    CHECK(from.remembered_sha256() == nullptr);
    body assigned(std::string("old"));
    assigned = std::move(to);
    CHECK(assigned.bytes() == "payload");
    CHECK(assigned.remembered_sha256() != nullptr);
    CHECK(to.size() == 0); // NOLINT
    auto& self = assigned;
    assigned = std::move(self);
    CHECK(assigned.bytes() == "payload");
}

TEST_CASE("body: a hash is remembered, and copies made afterwards know it")
{
    body const b(std::string("payload"));
    CHECK(b.remembered_sha256() == nullptr);
    auto const before = b;
    body::hash_text hash;
    hash.fill('b');
    b.remember_sha256(hash);
    auto const after = b;
    REQUIRE(b.remembered_sha256() != nullptr);
    CHECK(*b.remembered_sha256() == hash);
    REQUIRE(after.remembered_sha256() != nullptr);
    CHECK(*after.remembered_sha256() == hash);
    CHECK(before.remembered_sha256() == nullptr);
}
