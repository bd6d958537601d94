#include "unit/core/watched_memory.hpp"

#include <augur/core/error.hpp>
#include <augur/core/secret.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(AUGUR_WATCH_SECRETS)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace augur;
using test::fail_after;
using test::watched;

namespace {

/// Watches the memory of `s`, which must fit.
void watch(secret const& s)
{
    watched = {};
    watched.block = s.reveal().data();
    watched.size = s.reveal().size();
    REQUIRE(watched.size <= sizeof watched.last_words);
    REQUIRE(watched.size > 0);
}

bool was_freed_clean()
{
    return watched.freed &&
           std::all_of(watched.last_words, watched.last_words + watched.size, [](char c) { return c == 0; });
}

bool is_zero(char const* data, std::size_t size)
{
    return std::all_of(data, data + size, [](char c) { return c == 0; });
}

template <class T>
concept printable = requires(std::ostream& out, T const& value) { out << value; };
template <class T>
concept wide_printable = requires(std::wostream& out, T const& value) { out << value; };
template <class T>
concept appendable = requires(std::string text, T const& value) { text += value; };
template <class T>
concept addable = requires(std::string text, T const& value) { text + value; };
template <class T>
concept number_like = requires(T const& value) { std::to_string(value); };
template <class T>
concept iterable = requires(T const& value) { value.begin(); };
template <class T>
concept has_data = requires(T const& value) { value.data(); };
template <class T>
concept has_c_str = requires(T const& value) { value.c_str(); };
template <class T>
concept ordered = requires(T const& a, T const& b) { a < b; };
template <class A, class B>
concept comparable = requires(A const& a, B const& b) { a == b; };

} // namespace

// The controls: the same questions are answered with yes where they should be.
static_assert(printable<std::string> && appendable<std::string> && addable<std::string> && number_like<int> &&
              iterable<std::string> && has_data<std::string> && has_c_str<std::string> && ordered<std::string> &&
              comparable<std::string, char const*>);
static_assert(!printable<secret> && !wide_printable<secret>);
static_assert(!appendable<secret> && !addable<secret> && !number_like<secret> && !iterable<secret>);
static_assert(!has_data<secret> && !has_c_str<secret> && !ordered<secret>);
static_assert(!std::is_convertible_v<secret, std::string> && !std::is_convertible_v<secret, std::string_view> &&
              !std::is_convertible_v<secret, char const*> && !std::is_convertible_v<secret, bool>);
static_assert(!std::is_constructible_v<std::string, secret> && !std::is_constructible_v<std::string_view, secret> &&
              !std::is_constructible_v<bool, secret>);
// Nothing becomes a secret by accident either: a copy would stay behind uncleansed.
static_assert(!std::is_convertible_v<std::string, secret> && !std::is_convertible_v<char const*, secret> &&
              !std::is_convertible_v<std::string_view, secret>);
static_assert(comparable<secret, secret> && !comparable<secret, std::string> && !comparable<secret, char const*>);
static_assert(std::is_nothrow_move_constructible_v<secret> && std::is_nothrow_move_assignable_v<secret>);
static_assert(std::is_nothrow_destructible_v<secret> && std::is_nothrow_default_constructible_v<secret>);

TEST_CASE("secret: the watch can fail: memory of a plain string keeps its text until the end")
{
    watched = {};
    {
        std::vector<char> plain(64, 'k');
        watched.block = plain.data();
        watched.size = plain.size();
    }
    REQUIRE(watched.freed);
    CHECK_FALSE(was_freed_clean());
}

TEST_CASE("secret: its memory is overwritten when it is destroyed, whatever its size")
{
    for (std::size_t const size : {1U, 2U, 7U, 8U, 15U, 16U, 17U, 40U, 255U, 256U}) {
        CAPTURE(size);
        {
            secret const s(std::string_view(std::string(size, 'k')));
            CHECK(s.reveal() == std::string(size, 'k'));
            watch(s);
        }
        CHECK(was_freed_clean());
    }
}

TEST_CASE("secret: its memory is overwritten when something else is assigned to it")
{
    secret s("first-secret-value");
    watch(s);
    s = secret("other");
    CHECK(was_freed_clean());
    CHECK(s.reveal() == "other");
    watch(s);
    s = secret();
    CHECK(was_freed_clean());
    CHECK(s.empty());
    secret const source("a third one that is copied");
    s = source;
    CHECK(s == source);
    watch(s);
    auto& self = s;
    s = self;
    CHECK(s.reveal() == source.reveal());
}

TEST_CASE("secret: a move leaves no second copy behind")
{
    secret from("moved-secret-value");
    auto const* const memory = from.reveal().data();
    secret to = std::move(from);
    CHECK(to.reveal().data() == memory); // the same bytes, not a copy of them
    CHECK(from.empty());                 // NOLINT: that it may be asked is the point
    CHECK(from.reveal().empty());
    watch(to);
    secret assigned("old-value");
    assigned = std::move(to);
    CHECK(assigned.reveal().data() == memory);
    CHECK_FALSE(watched.freed);
    {
        secret const last = std::move(assigned);
    }
    CHECK(was_freed_clean());
}

TEST_CASE("secret: there is no small buffer: the object itself never holds the text")
{
    secret const s("abc");
    auto const* const object = reinterpret_cast<char const*>(&s);
    CHECK(std::string_view(object, sizeof s).find("abc") == std::string_view::npos);
    CHECK((s.reveal().data() < object || s.reveal().data() >= object + sizeof s));
}

TEST_CASE("secret: taking a string overwrites it, long and short")
{
    for (std::size_t const size : {1U, 3U, 15U, 16U, 100U}) {
        CAPTURE(size);
        std::string text(size, 'k');
        char const* const memory = text.data();
        secret const s(std::move(text));
        CHECK(s.reveal() == std::string(size, 'k'));
        CHECK(text.empty()); // NOLINT: that it may be asked is the point
        CHECK(text.data() == memory);
// The buffer is still the string's own, only its size is 0.
        CHECK(is_zero(memory, size));
    }
}

TEST_CASE("secret: copies are independent")
{
    secret a("value");
    secret const b = a;
    CHECK(a == b);
    CHECK(a.reveal().data() != b.reveal().data());
    a = secret("changed");
    CHECK(b.reveal() == "value");
}

TEST_CASE("secret: equal means the same bytes, zeros included")
{
    using namespace std::string_literals;
    std::string const texts[] = {"",      "a",   "b",     "ab",   "ba",   "a\0b"s,
                                 "a\0c"s, "\0"s, "\0\0"s, "\xFF", "\x7F", std::string(1000, 'x')};
    for (auto const& x : texts)
        for (auto const& y : texts)
            CHECK((secret(std::string_view(x)) == secret(std::string_view(y))) == (x == y));
    CHECK(secret() == secret(""));
    CHECK(secret() != secret("a"));
}

TEST_CASE("secret: no memory is a bad_alloc, and the source keeps its text")
{
    std::string text(100, 'k');
    secret copied("copied-secret");
    fail_after = 0;
    bool thrown = false;
    try {
        secret const s(std::move(text));
    }
    catch (std::bad_alloc const&) {
        thrown = true;
    }
    CHECK(thrown);
    fail_after = 0;
    thrown = false;
    try {
        secret const s(copied); // NOLINT: the copy is the point
    }
    catch (std::bad_alloc const&) {
        thrown = true;
    }
    fail_after = -1;
    CHECK(thrown);
    CHECK(copied.reveal() == "copied-secret");
    CHECK(text == std::string(100, 'k')); // NOLINT: nothing was taken
}

TEST_CASE("cleanse: exactly the bytes that were named")
{
    char data[8];
    std::memset(data, 'k', sizeof data);
    cleanse(data + 2, 3);
    CHECK(std::string_view(data, 8) == std::string_view("kk\0\0\0kkk", 8));
    cleanse(data, 0);
    CHECK(data[0] == 'k');
    cleanse(nullptr, 0);
}

#if defined(AUGUR_WATCH_SECRETS)
TEST_CASE("secret: the watch over the whole suite ends a program that shows one in an error")
{
    auto const ends_by = [](std::string const& message) {
        auto const child = ::fork();
        if (child == 0) {
            ::close(2); // what it complains of is not this test's
            secret const one("a secret of this test");
            auto const shown = make_error(errc::internal, phase::auth, outcome::not_sent, message);
            std::_Exit(shown.message().empty() ? 1 : 0);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    };
    CHECK(ends_by("the key \"a secret of this test\" is wrong") == SIGABRT);
    CHECK(ends_by("the key is wrong") == 0);
}
#endif
