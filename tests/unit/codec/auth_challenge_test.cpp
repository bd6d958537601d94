#include <augur/codec/auth_challenge.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace augur::codec;

namespace {

/// "Bearer(a=1,b=2) Basic[token]": all that was understood, in one line.
std::string shape(std::string_view value)
{
    std::string out;
    for (auto const& one : parse_auth_challenges(value)) {
        out += (out.empty() ? "" : " ") + one.scheme;
        if (!one.token68.empty())
            out += "[" + one.token68 + "]";
        std::string inner;
        for (auto const& [name, text] : one.parameters)
            inner += (inner.empty() ? "" : ",") + name + "=" + text;
        out += inner.empty() ? "" : "(" + inner + ")";
    }
    return out;
}

} // namespace

TEST_CASE("auth challenge: schemes, parameters and commas are told apart")
{
    struct row
    {
        char const* text;
        char const* understood;
    };
    row const rows[] = {
        {"", ""},
        {"Bearer", "Bearer"},
        {"Basic realm=\"x\"", "Basic(realm=x)"},
        {"Basic realm=/var/opt/azcmagent/tokens/3b0c.key", "Basic(realm=/var/opt/azcmagent/tokens/3b0c.key)"},
        {"Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJ9\"",
         "Bearer(realm=,error=insufficient_claims,claims=eyJ9)"},
        {"Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"",
         "Newauth(realm=apps,type=1,title=Login to \"apps\") Basic(realm=simple)"},
        {"Negotiate, Bearer a=b", "Negotiate Bearer(a=b)"},
        {"Negotiate YII==, Bearer a=b", "Negotiate[YII==] Bearer(a=b)"},
        {"Bearer a = \"b\" , c\t=\td", "Bearer(a=b,c=d)"},
        {", ,Bearer a=b,,c=d,,", "Bearer(a=b,c=d)"},
        {"Bearer a=\"x, Basic realm=y\", b=2", "Bearer(a=x, Basic realm=y,b=2)"},
        {"Bearer a=\"never closed", "Bearer"},
        {"Bearer a=\"b\\", "Bearer"},
        {"PoP, Bearer", "PoP Bearer"},
        {"=x", ""},
        {"Bearer =x", "Bearer[=x]"},
        {"Bearer a=b @", "Bearer(a=b)"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(shape(r.text) == r.understood);
    }
}

TEST_CASE("auth challenge: a parameter is found whatever its case, and every field counts")
{
    headers fields;
    REQUIRE(fields.add("WWW-Authenticate", "Basic realm=\"a\""));
    REQUIRE(fields.add("Content-Type", "Bearer x=y"));
    REQUIRE(fields.add("www-authenticate", "Bearer Claims=\"z\""));
    auto const all = auth_challenges_of(fields);
    REQUIRE(all.size() == 2);
    CHECK(all[1].find("claims") == "z");
    CHECK_FALSE(all[1].find("claim"));
}

TEST_CASE("auth challenge: what a hostile server sends stays bounded")
{
    std::string many;
    for (int i = 0; i < 1000; ++i)
        many += "S" + std::to_string(i) + " a=b, ";
    CHECK(parse_auth_challenges(many).size() == 16);
    std::string parameters = "Bearer a=b";
    for (int i = 0; i < 1000; ++i)
        parameters += ", a=b";
    auto const one = parse_auth_challenges(parameters);
    REQUIRE(one.size() == 1);
    CHECK(one[0].parameters.size() == 32);
    for (int c = 0; c < 256; ++c)
        for (std::string_view const text : {"Bearer a=\"?\", b=c", "?Bearer ?a=b,? Basic", "? #=?\"?"}) {
            std::string with(text);
            for (auto& at : with)
                if (at == '?')
                    at = static_cast<char>(c);
            CHECK(parse_auth_challenges(with).size() <= 16);
        }
}
