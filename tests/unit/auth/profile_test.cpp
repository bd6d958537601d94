#include "own_rows.hpp"
#include "support.hpp"

#include <augur/auth/aws/profile.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

using namespace augur;
using namespace augur::auth::aws;
using namespace auth_test;
using namespace std::string_literals;

namespace {

/// "name{key=value;...}" per profile, in order: easy to read in a table.
std::string show(profile_set const& profiles)
{
    std::string out;
    for (auto const& [name, values] : profiles) {
        out += name + "{";
        for (auto const& [key, value] : values)
            out += key + "=" + value + ";";
        out += "}";
    }
    return out;
}

constexpr auto config = profile_file::config;
constexpr auto creds = profile_file::credentials;

} // namespace

TEST_CASE("profile: what the grammar accepts")
{
    struct row
    {
        profile_file kind;
        std::string text;
        std::string expected;
    };
    row const rows[] = {
        // sections
        {config, "", ""},
        {config, "\n\r\n \n\t\n", ""},
        {config, "[default]", "default{}"},
        {config, "[profile x]", "x{}"},
        {config, "[profile\tx]", "x{}"},
        {config, "[profile \t x \t ]", "x{}"},
        {config, "[   profile x    ]", "x{}"},
        {config, "[ default ]", "default{}"},
        {config, "[x]\na=1", ""},                                // the config file wants the prefix
        {config, "[profilex]\na=1\n[profile y]", "y{}"},         // and a blank after it
        {config, "[Profile x]\na=1", ""},                        // and lower case
        {config, "[Default]\na=1", ""},
        {config, "[profile X]\na=1\n[profile x]\na=2", "X{a=1;}x{a=2;}"},
        {creds, "[x]\na=1", "x{a=1;}"},
        {creds, "[   x    ]\na=1", "x{a=1;}"},
        {creds, "[default]\na=1", "default{a=1;}"},
        {creds, "[profile x]\na=1", ""},                         // the credentials file does not
        {creds, "[profile\tx]\na=1", ""},
        {creds, "[profile]\na=1", "profile{a=1;}"},
        {creds, "[sso-sessionx]\na=1", "sso-sessionx{a=1;}"},
        {config, "[sso-session x]\na=1\n[services s]\nb=2\n[plugins]\nc=3\n[profile y]\nd=4",
         "services s{b=2;}sso-session x{a=1;}y{d=4;}"},
        {config, "[profile a]\n[profile b]", "a{}b{}"},
        {config, "[profile a-b:c/d_e%f.g@h+I9]\nk=v", "a-b:c/d_e%f.g@h+I9{k=v;}"},
        {config, "[profile a!b]\nk=v", ""},                      // a name of other characters is skipped
        {config, "[profile a b]\nk=v\n[profile c]\nk=w", "c{k=w;}"},
        {creds, "[a b]\nk=v", ""},
        {config, "[profile \xC3\xA9]\nk=v", ""},
        {config, "[]\nk=v", ""},
        {config, "[profile ]\nk=v", ""},
        {config, "[profile ../x]\nk=v", "../x{k=v;}"},           // a name is data, never a path
        {config, "[profile x]; comment\n[profile y]# comment\n[profile z] # comment", "x{}y{}z{}"},
        // "[profile default]" replaces "[default]"
        {config, "[default]\na=1\n[profile default]\nb=2", "default{b=2;}"},
        {config, "[profile default]\nb=2\n[default]\na=1", "default{b=2;}"},
        {config, "[profile default]\nb=2\n[default]\na=1\n[profile default]\nc=3", "default{b=2;c=3;}"},
        // properties
        {config, "[default]\na=1", "default{a=1;}"},
        {config, "[default]\na = 1", "default{a=1;}"},
        {config, "[default]\na \t=  \t1 \t", "default{a=1;}"},
        {config, "[default]\na=", "default{a=;}"},
        {config, "[default]\na==", "default{a==;}"},
        {config, "[default]\na=b=c", "default{a=b=c;}"},
        {config, "[default]\na= b c ", "default{a=b c;}"},
        {config, "[default]\nAWS_Access_Key_ID = Value", "default{aws_access_key_id=Value;}"},
        {config, "[default]\nin valid=1\nb=2", "default{b=2;}"},  // a key of other characters is skipped
        {config, "[default]\na=\xF0\x9F\x98\x82", "default{a=\xF0\x9F\x98\x82;}"},
        {config, "[default]\na=\"quoted\"", "default{a=\"quoted\";}"},
        {config, "[default]\na=[x]", "default{a=[x];}"},
        {creds, "[x]\nk=a/b+c==", "x{k=a/b+c==;}"},              // as secrets look
        // duplicates
        {config, "[default]\na=1\na=2", "default{a=2;}"},
        {config, "[default]\na=1\n[default]\nb=2", "default{a=1;b=2;}"},
        {config, "[default]\nA=1\n[default]\na=2", "default{a=2;}"},
        {config, "[default]\na=1\na=", "default{a=;}"},
        // comments and blanks
        {config, "# c\n; c\n[default]\n#a=1\n;b=2\nc=3", "default{c=3;}"},
        {config, "[default]\na=1 # c\nb=2 ; c\nc=3\t# c", "default{a=1;b=2;c=3;}"},
        {config, "[default]\na=1#c\nb=2;c", "default{a=1#c;b=2;c;}"}, // no blank before it: part of the value
        {config, "[default]\na= # c\nb=#c", "default{a=;b=#c;}"},
        {config, "[default]\na=1 #", "default{a=1;}"},
        {config, "[default]\n   # an indented comment\na=1\n\t; another\nb=2", "default{a=1;b=2;}"},
        {config, "#\n;\n[default]\n\n\n  \na=1\n", "default{a=1;}"},
        {config, "# [default]\n", ""},
        {config, "# no = \n; section", ""},
        // line ends and marks
        {config, "[default]\r\na=1\r\nb=2\r\n", "default{a=1;b=2;}"},
        {config, "\xEF\xBB\xBF[default]\r\na=1", "default{a=1;}"},
        {config, "\xEF\xBB\xBF", ""},
        {config, "[default]\na=1", "default{a=1;}"},
        // continued values and nested keys
        {config, "[default]\na=1\n 2", "default{a=1\n2;}"},
        {config, "[default]\na=1\n\t 2 \n  3", "default{a=1\n2\n3;}"},
        {config, "[default]\na=1\n 2 # kept", "default{a=1\n2 # kept;}"},
        {config, "[default]\na=1\n\n 2", "default{a=1\n2;}"},
        {config, "[default]\na=1\n b=2\nc=3", "default{a=1\nb=2;c=3;}"},
        {config, "[default]\ns3 =\n max = 10\n\t \n region = x\nb=1", "default{b=1;s3=\nmax = 10\nregion = x;}"},
        {config, "[default]\ns3 =\n max =", "default{s3=\nmax =;}"},
        {config, "[default]\ns3 =\n in valid = 1", "default{s3=\nin valid = 1;}"},
        {config, "[services s]\nsagemaker =\n endpoint_url = x\n[default]\na=1",
         "default{a=1;}services s{sagemaker=\nendpoint_url = x;}"},
        {config, "[default]\na=1\n [profile x]\nb=2", "default{a=1\n[profile x];b=2;}"}, // indented: no section
    };
    tell(grammar, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const parsed = parse_profiles(r.text, r.kind);
        REQUIRE_MESSAGE(parsed.has_value(), (parsed ? std::string() : parsed.error().to_string()));
        CHECK(show(*parsed) == r.expected);
    }
}

TEST_CASE("profile: a malformed line is named by its number and never by its content")
{
    struct row
    {
        std::string text;
        int line;
        char const* words;
    };
    row const rows[] = {
        {"CANARY=1", 1, "section"},
        {"# c\n\nCANARY=1", 3, "section"},
        {"\xEF\xBB\xBF"
         "CANARY=1",
         1, "section"},
        {" CANARY", 1, "section"},
        {"CANARY", 1, "section"},
        {"[CANARY", 1, "bracket"},
        {"[default]\n[profile CANARY", 2, "bracket"},
        {"[default]\nCANARY", 2, "key = value"},
        {"[default]\na=1\nCANARY : b", 3, "key = value"},
        {"[default]\r\n\r\nCANARY\r\n", 3, "key = value"},
        {"[default]\n= CANARY", 2, "key is empty"},
        {"[default]\n=", 2, "key is empty"},
        {"[default]\n CANARY=1", 2, "indented"},
        {"[default]\n\tCANARY", 2, "indented"},
        {"[default]\na=1\n[default]\n CANARY", 4, "indented"},
        {"[default]\ns3 =\n CANARY", 3, "indented"},
        {"[default]\ns3 =\n = CANARY", 3, "indented key"},
        {"[unknown x]\nCANARY", 2, "key = value"}, // a broken file is broken everywhere
        {"[default]\nCANARY=a\0b"s, 2, "zero byte"},
        {"\0[default]\nCANARY=1"s, 1, "zero byte"},
        {"[default\0]\nCANARY=1"s, 1, "zero byte"},
        {"\xFF\xFE[\0d\0e\0f\0]\0\n\0CANARY"s, 1, "zero byte"}, // UTF-16
        {"\x7F"
         "ELF\x02\x01\x01\0\0\0\0CANARY"s,
         1, "zero byte"},
        {"\x89PNG\r\n\x1A\nCANARY", 1, "section"},
        {"{\"CANARY\": 1}", 1, "section"},
    };
    tell(malformed, std::size(rows));
    for (auto const kind : {config, creds})
        for (auto const& r : rows) {
            CAPTURE(r.text);
            auto const parsed = parse_profiles(r.text, kind);
            REQUIRE_FALSE(parsed.has_value());
            auto const& e = parsed.error();
            CHECK(e == errc::decode_error);
            CHECK(e.phase() == phase::auth);
            CHECK(e.outcome() == outcome::not_sent);
            CHECK_MESSAGE(contains(e.message(), "line " + std::to_string(r.line) + ":"), std::string(e.message()));
            CHECK_MESSAGE(contains(e.message(), r.words), std::string(e.message()));
            CHECK_FALSE(contains(e.to_string(), "CANARY"));
        }
}

TEST_CASE("profile: every cut of a good file is read or refused, and never gives another value than the whole")
{
    std::string const text = "\xEF\xBB\xBF# c\r\n[default]\naws_access_key_id = AKIDEXAMPLE # c\nregion=eu-west-1\n"
                             "s3 =\n  max = 1\n[profile x]\nrole_arn = a:b\n";
    auto const whole = parse_profiles(text, config).value();
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CAPTURE(size);
        auto const part = parse_profiles(std::string_view(text).substr(0, size), config);
        if (!part)
            continue;
        for (auto const& [name, values] : *part)
            for (auto const& [key, value] : values)
                if (whole.contains(name) && whole.find(name)->second.contains(key))
                    CHECK(whole.find(name)->second.find(key)->second.starts_with(value));
    }
}

TEST_CASE("profile: random bytes are read or refused, never more")
{
    std::uint32_t state = 99;
    auto const next = [&state] { return state = state * 1664525U + 1013904223U, state >> 16; };
    std::string const alphabet = "[]profile default=#; \t\r\n\0\xEF\xBB\xBF\xFFxyz"s;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto n = next() % 40; n > 0; --n)
            text += alphabet[next() % alphabet.size()];
        for (auto const kind : {config, creds}) {
            auto const parsed = parse_profiles(text, kind);
            if (!parsed)
                CHECK(contains(parsed.error().message(), "line "));
        }
    }
}

TEST_CASE("profile: long lines and many of them take linear time and memory")
{
    std::string const line = "[default]\na=" + std::string(500'000, 'x') + "\n";
    CHECK(parse_profiles(line, config)->at("default").at("a").size() == 500'000);
    std::string many = "[default]\n";
    for (int i = 0; i < 30'000; ++i)
        many += "k" + std::to_string(i) + "=v\n";
    CHECK(parse_profiles(many, config)->at("default").size() == 30'000);
    CHECK_FALSE(parse_profiles(std::string(1'000'000, '['), config).has_value());
}

TEST_CASE("profile: the credentials file wins key by key, but the keys of one set stay together")
{
    struct row
    {
        char const* into;
        char const* from;
        char const* expected;
    };
    row const rows[] = {
        {"[default]\na=1\nb=2", "[default]\nb=3\nc=4", "default{a=1;b=3;c=4;}"},
        {"[default]\na=1", "[x]\na=2", "default{a=1;}x{a=2;}"},
        {"", "[x]\na=2", "x{a=2;}"},
        {"[profile x]\na=1", "", "x{a=1;}"},
        {"[profile x]\na=1", "[x]\na=", "x{a=;}"},
        {"[profile x]\nregion=r\naws_access_key_id=A\naws_secret_access_key=S\naws_session_token=T",
         "[x]\naws_access_key_id=B\naws_secret_access_key=U",
         "x{aws_access_key_id=B;aws_secret_access_key=U;region=r;}"},
        {"[profile x]\naws_access_key_id=A\naws_secret_access_key=S", "[x]\naws_access_key_id=B",
         "x{aws_access_key_id=B;}"},
        {"[profile x]\naws_access_key_id=A\naws_secret_access_key=S", "[x]\naws_secret_access_key=U",
         "x{aws_secret_access_key=U;}"},
        {"[profile x]\naws_access_key_id=A\naws_secret_access_key=S", "[x]\nregion=r",
         "x{aws_access_key_id=A;aws_secret_access_key=S;region=r;}"},
    };
    tell(merging, std::size(rows));
    for (auto const& r : rows) {
        CAPTURE(r.expected);
        auto into = parse_profiles(r.into, config).value();
        merge_profiles(into, parse_profiles(r.from, creds).value());
        CHECK(show(into) == r.expected);
    }
}

TEST_CASE("profile: both files are read, and a missing one is an empty one")
{
    folder const here;
    auto const c = here.write("config", "[default]\nregion = eu-west-1\naws_access_key_id = FROMCONFIG\n");
    auto const k = here.write("credentials", "[default]\naws_access_key_id = FROMCREDENTIALS\n");
    CHECK(show(load_profiles(c, k).value()) == "default{aws_access_key_id=FROMCREDENTIALS;region=eu-west-1;}");
    CHECK(show(load_profiles(c, here.path("missing")).value()) ==
          "default{aws_access_key_id=FROMCONFIG;region=eu-west-1;}");
    CHECK(show(load_profiles(here.path("missing"), k).value()) == "default{aws_access_key_id=FROMCREDENTIALS;}");
    CHECK(show(load_profiles("", "").value()).empty());
    CHECK(show(load_profiles(here.path("no/such/folder"), "/dev/null").value()).empty());
}

TEST_CASE("profile: files of exactly 1 MiB are read, larger ones are refused, and the path is named, not the content")
{
    folder const here;
    constexpr std::size_t cap = 1024 * 1024;
    std::string text = "[default]\na = 1\n#CANARY";
    text.resize(cap, 'x');
    auto const exact = here.write("exact", text);
    CHECK(show(load_profiles(exact, "").value()) == "default{a=1;}");
    auto const above = here.write("above", text + "x");
    for (auto const& loaded : {load_profiles(above, ""), load_profiles("", above), load_profiles(exact, above)}) {
        REQUIRE_FALSE(loaded.has_value());
        CHECK(loaded.error() == errc::decode_error);
        CHECK(contains(loaded.error().message(), "1 MiB"));
        CHECK(contains(loaded.error().message(), "above"));
        CHECK_FALSE(contains(loaded.error().to_string(), "CANARY"));
    }
    std::string noise(3 * cap, '\0');
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<char>(i * 2654435761U >> 13);
    CHECK_FALSE(load_profiles(here.write("binary", noise), "").has_value());
    CHECK_FALSE(load_profiles(here.write("small-binary", noise.substr(0, 5000)), "").has_value());
}

TEST_CASE("profile: forgetting leaves nothing to read")
{
    auto profiles = parse_profiles("[default]\na=short\nb=" + std::string(100, 'k'), config).value();
    forget_profiles(profiles);
    CHECK(profiles.empty());
}
