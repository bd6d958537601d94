#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace augur;
using namespace augur::codec;

TEST_CASE("json writer: puts commas and colons where they belong")
{
    json::writer w;
    w.begin_object().key("a").begin_array().number(1).number(2.5).begin_object().end_object().end_array();
    w.key("b").null().key("c").boolean(true).key("d").string("x").key("e").raw("[0]").end_object();
    CHECK(std::move(w).finish().value() == R"({"a":[1,2.5,{}],"b":null,"c":true,"d":"x","e":[0]})");
}

TEST_CASE("json writer: doubles are the shortest text that reads back, and stay floats")
{
    struct row
    {
        double value;
        std::string_view text;
    };
    row const rows[] = {
        {5.1, "5.1"},       {0.2, "0.2"},
        {6.0, "6.0"},       {-0.0, "-0.0"},
        {1e22, "1e+22"},    {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    for (auto const& r : rows) {
        std::string out;
        append_number(out, r.value);
        CHECK(out == r.text);
    }
    std::string out;
    append_number(out, 0.1F);
    CHECK(out == "0.1");
}

TEST_CASE("json writer: 100,000 random doubles and floats read back bit by bit")
{
    std::mt19937_64 random(20240607);
    unsigned wrong = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto const bits = random();
        auto const d = std::bit_cast<double>(bits);
        auto const f = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        if (!std::isfinite(d) || !std::isfinite(f))
            continue;
        json::writer w;
        w.begin_array().number(d).number(f).end_array();
        auto const text = std::move(w).finish().value();
        auto const doc = json::parse(text).value();
        wrong += std::bit_cast<std::uint64_t>(doc.root().at(std::size_t{0})->as_double().value()) != bits;
        wrong += std::bit_cast<std::uint32_t>(static_cast<float>(doc.root().at(1)->as_double().value())) !=
                 std::bit_cast<std::uint32_t>(f);
    }
    CHECK(wrong == 0);
}

TEST_CASE("json writer: every string is escaped so that it reads back")
{
    std::string all;
    for (char c = 0; c != 127; ++c)
        all += c;
    all += "\x7F é \xE2\x80\xA8 😀";
    json::writer w;
    w.begin_object().key(all).string(all).end_object();
    auto const text = std::move(w).finish().value();
    auto const doc = json::parse(text).value();
    CHECK(doc.root().at(all)->as_string().value() == all);
    json::writer quotes;
    quotes.string("a\"b\\c\n\t\x01");
    CHECK(std::move(quotes).finish().value() == R"("a\"b\\c\n\t\u0001")");
}

TEST_CASE("json writer: what JSON cannot say is an error, not a wrong text")
{
    auto const failed = [](auto&& write) {
        json::writer w;
        write(w);
        auto const done = std::move(w).finish();
        return done.has_error() && done.error() == errc::invalid_argument &&
               done.error().outcome() == outcome::not_sent;
    };
    constexpr auto inf = std::numeric_limits<double>::infinity();
    CHECK(failed([](json::writer& w) { w.string("\xFF"); }));
    CHECK(failed([](json::writer& w) { w.begin_object().key("\xED\xA0\x80").null().end_object(); }));
    CHECK(failed([](json::writer& w) { w.number(std::nan("")); }));
    CHECK(failed([](json::writer& w) { w.number(std::nanf("")); }));
    CHECK(failed([&](json::writer& w) { w.number(-inf); }));
    CHECK(failed([&](json::writer& w) { w.number_or_null(inf); }));
    CHECK_FALSE(failed([](json::writer& w) { w.number_or_null(std::nan("")); }));
    CHECK(failed([](json::writer&) {}));
    CHECK(failed([](json::writer& w) { w.null().null(); }));
    CHECK(failed([](json::writer& w) { w.begin_array(); }));
    CHECK(failed([](json::writer& w) { w.begin_array().end_object(); }));
    CHECK(failed([](json::writer& w) { w.begin_object().null().end_object(); }));
    CHECK(failed([](json::writer& w) { w.begin_object().key("a").end_object(); }));
    CHECK(failed([](json::writer& w) { w.begin_object().key("a").key("b").null().end_object(); }));
    CHECK(failed([](json::writer& w) { w.begin_array().key("a").null().end_array(); }));
    CHECK(failed([](json::writer& w) { w.end_array(); }));
    CHECK(failed([](json::writer& w) {
        for (int i = 0; i < 513; ++i)
            w.begin_array();
        for (int i = 0; i < 513; ++i)
            w.end_array();
    }));
}
