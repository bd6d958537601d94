#include <augur/core/headers.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace augur;

namespace {

// RFC 9110 5.6.2, letter by letter as the grammar has it.
//   tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
bool tchar(int byte)
{
    static std::string const all = "!#$%&'*+-.^_`|~"
                                   "0123456789"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz";
    return byte < 0x80 && byte != 0 && all.find(static_cast<char>(byte)) != std::string::npos;
}

// RFC 9110 5.5 and RFC 5234 B.1:
//   field-vchar = VCHAR / obs-text, VCHAR = %x21-7E, obs-text = %x80-FF
bool field_vchar(int byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0x80 && byte <= 0xFF);
}

//   field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
bool inside_field_content(int byte)
{
    return field_vchar(byte) || byte == 0x20 || byte == 0x09;
}

std::string byte_text(int b)
{
    return std::string(1, static_cast<char>(b));
}

} // namespace

TEST_CASE("headers: of all 256 bytes exactly tchar may stand in a name, at every place")
{
    int allowed = 0;
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        auto const c = byte_text(b);
        allowed += tchar(b) ? 1 : 0;
        for (auto const& name : {c, c + "ab", "a" + c + "b", "ab" + c}) {
            CHECK(is_token(name) == tchar(b));
            headers h;
            auto const added = h.add(name, "v");
            CHECK(added.has_value() == tchar(b));
            CHECK(h.size() == (tchar(b) ? 1 : 0));
            if (!added)
                CHECK(added.error() == errc::invalid_argument);
        }
    }
    CHECK(allowed == 77); // 15 signs, 10 digits, 52 letters
    CHECK_FALSE(is_token(""));
}

TEST_CASE("headers: of all 256 bytes exactly field-vchar, SP and HTAB may stand in a value, blanks not at its ends")
{
    int outside = 0;
    for (int b = 0; b < 256; ++b) {
        CAPTURE(b);
        auto const c = byte_text(b);
        outside += field_vchar(b) ? 1 : 0;
        CHECK(is_field_value(c) == field_vchar(b));
        CHECK(is_field_value(c + "ab") == field_vchar(b));
        CHECK(is_field_value("ab" + c) == field_vchar(b));
        CHECK(is_field_value("a" + c + "b") == inside_field_content(b));
        CHECK(is_field_value("a" + c + c + c + "b") == inside_field_content(b));
        headers h;
        CHECK(h.add("x", "a" + c + "b").has_value() == inside_field_content(b));
        CHECK(h.add("y", c).has_value() == field_vchar(b));
    }
    CHECK(outside == 94 + 128);
    CHECK(is_field_value(""));
}

TEST_CASE("headers: a second field cannot be smuggled in")
{
    for (std::string_view const value :
         {"a\r\nEvil: 1", "a\nEvil: 1", "a\rEvil: 1", "a\r\n\r\nGET / HTTP/1.1", "a\r\n b", "\r\n", "a\n"}) {
        headers h;
        auto const added = h.add("x", value);
        REQUIRE_FALSE(added.has_value());
        CHECK(added.error() == errc::invalid_argument);
        CHECK(added.error().outcome() == outcome::not_sent);
        CHECK(added.error().message().find("Evil") == std::string_view::npos); // a value is never repeated
    }
    for (std::string_view const name : {"x\r\nEvil", "x: y\r\nEvil", "x:", " x", "x ", "x\ty", "\"x\"", "x(y)"}) {
        headers h;
        auto const added = h.add(name, "v");
        REQUIRE_FALSE(added.has_value());
        CHECK(added.error().message().find('\n') == std::string_view::npos);
        CHECK(added.error().message().find('\r') == std::string_view::npos);
    }
}

TEST_CASE("headers: an error about a hostile name or value stays short")
{
    headers h;
    auto const bad_name = h.add(std::string(1'000'000, 'x') + " ", "v");
    REQUIRE_FALSE(bad_name.has_value());
    CHECK(bad_name.error().message().size() < 300);
    auto const bad_value = h.add(std::string(1'000'000, 'x'), "\n");
    REQUIRE_FALSE(bad_value.has_value());
    CHECK(bad_value.error().message().size() < 300);
}

TEST_CASE("headers: names compare without case, and only ASCII has case")
{
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; ++b) {
            auto const fold = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
            if (equal_ignoring_case(byte_text(a), byte_text(b)) != (fold(a) == fold(b)))
                FAIL("bytes ", a, " and ", b);
            for (std::size_t const before : {0U, 3U, 7U}) { // eight at a time
                auto const in_word = [before](int c) {
                    return std::string(before, '\xff') + byte_text(c) + "ABCDefgh";
                };
                if (equal_ignoring_case(in_word(a), in_word(b)) != (fold(a) == fold(b)))
                    FAIL("bytes ", a, " and ", b, " behind ", before);
            }
        }
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("a", ""));
    CHECK_FALSE(equal_ignoring_case("ab", "a"));
}

TEST_CASE("headers: fields keep their order and spelling; find gives the first, whatever its case")
{
    headers h;
    REQUIRE(h.add("Content-Type", "text/csv"));
    REQUIRE(h.add("Set-Cookie", "a"));
    REQUIRE(h.add("set-cookie", "b"));
    REQUIRE(h.add("empty", ""));
    CHECK(h.size() == 4);
    CHECK(h.at(0).name == "Content-Type");
    CHECK(h.at(2).name == "set-cookie");
    CHECK(h["SET-COOKIE"] == "a");
    CHECK(h.count("Set-cookie") == 2);
    CHECK(h.find("empty").has_value());
    CHECK(h.find("empty")->empty());
    CHECK_FALSE(h.find("absent").has_value());
    CHECK(h["absent"].empty());
    CHECK(h.count("absent") == 0);
    CHECK_FALSE(h.find("").has_value());
    h.clear();
    CHECK(h.empty());
    CHECK(h.bytes() == 0);
    CHECK_FALSE(h.find("empty").has_value());
}

TEST_CASE("headers: the limits hold at exactly, one below and one above")
{
    headers by_size(10, 100);
    CHECK(by_size.add("abc", "1234567")); // exactly 10
    CHECK_FALSE(by_size.add("a", ""));
    headers just_below(10, 100);
    CHECK(just_below.add("abc", "123456"));
    CHECK(just_below.add("a", "")); // the tenth byte
    headers above(10, 100);
    auto const added = above.add("abc", "12345678");
    REQUIRE_FALSE(added.has_value());
    CHECK(added.error() == errc::header_limit);
    CHECK(above.empty());
    CHECK(above.bytes() == 0);

    headers by_count(1000, 2);
    CHECK(by_count.add("a", "1"));
    CHECK(by_count.add("b", "2"));
    auto const third = by_count.add("c", "3");
    REQUIRE_FALSE(third.has_value());
    CHECK(third.error() == errc::header_limit);
    CHECK(by_count.size() == 2);
    CHECK(by_count["b"] == "2");

    headers by_default;
    for (int i = 0; i < 256; ++i)
        REQUIRE(by_default.add("x", std::to_string(i)));
    CHECK_FALSE(by_default.add("x", "257").has_value());
    headers large;
    CHECK(large.add("x", std::string(headers::default_max_bytes - 1, 'v')));
    headers larger;
    CHECK_FALSE(larger.add("x", std::string(headers::default_max_bytes, 'v')).has_value());
}

TEST_CASE("headers: a field may be added from a view of an earlier one, however often the text grows")
{
    headers h(1 << 20, 1000);
    REQUIRE(h.add("x-first", "some value that is longer than a small string"));
    for (int i = 0; i < 200; ++i) {
        auto const f = h.at(h.size() - 1);
        REQUIRE(h.add(f.name, f.value));
    }
    for (std::size_t i = 0; i < h.size(); ++i) {
        CHECK(h.at(i).name == "x-first");
        CHECK(h.at(i).value == "some value that is longer than a small string");
    }
}

TEST_CASE("headers: a copy is independent")
{
    headers h;
    REQUIRE(h.add("a", "1"));
    auto copy = h;
    REQUIRE(copy.add("b", "2"));
    CHECK(h.size() == 1);
    CHECK(copy.size() == 2);
    CHECK(copy["a"] == "1");
    h.clear();
    CHECK(copy["a"] == "1");
}
