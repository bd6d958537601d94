// Runs the public event stream vectors from $AUGUR_SPECS_DIR/aws/event-stream when they are there; our own tables
// (eventstream_test.cpp) state the same facts without them.
#include "support/stream_decoder.hpp"

#include "eventstream_support.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

using nlohmann::json;
using namespace eventstream_support;
using namespace test_support;
namespace es = augur::codec::eventstream;

namespace {

json load(std::string const& path)
{
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read " << path);
    return json::parse(in);
}

/// A header of the published form as `show` writes it.
std::string show_header(json const& h)
{
    std::string const type = h.at("type");
    std::string value;
    if (h.contains("value_hex"))
        value = h["value_hex"].get<std::string>();
    else if (h.at("value").is_string())
        value = h["value"].get<std::string>();
    else
        value = h["value"].dump();
    return h.at("name").get<std::string>() + "=" + type + ":" + value;
}

std::string show_frame(json const& f)
{
    std::string headers;
    for (auto const& h : f.at("headers"))
        headers += (headers.empty() ? "" : " ") + show_header(h);
    return "[" + headers + "]" + from_hex(f.at("payload_hex").get<std::string>()) + "\n";
}

/// The frame written again from what was read.
std::string encode_again(std::string_view bytes)
{
    es::decoder decoder;
    decoder.feed(bytes);
    auto const frame = decoder.next().value().value();
    std::vector<es::header> const headers(frame.headers.begin(), frame.headers.end());
    std::string out;
    REQUIRE(es::encode_to(out, headers, frame.payload));
    return out;
}

} // namespace

TEST_CASE("eventstream suite: the published frames read, cut anywhere, and write as published; the damaged are refused")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root) {
        std::cout << "eventstream: AUGUR_SPECS_DIR not set: own tables only\n";
        return;
    }
    auto const vectors = load(std::string(root) + "/aws/event-stream/framing-vectors.json");
    for (auto const& v : vectors.at("positive")) {
        CAPTURE(v.at("name").get<std::string>());
        auto const bytes = from_hex(v.at("encoded_hex").get<std::string>());
        CHECK(decode_whole(es::decoder(), bytes, show) == show_frame(v));
        CHECK(where_cuts_matter(es::decoder(), bytes, show) == "");
        CHECK(encode_again(bytes) == bytes);
    }
    for (auto const& v : vectors.at("negative")) {
        CAPTURE(v.at("name").get<std::string>());
        auto const bytes = from_hex(v.at("encoded_hex").get<std::string>());
        CHECK(decode_whole(es::decoder(), bytes, show) == "error: frame_error");
        CHECK(where_cuts_matter(es::decoder(), bytes, show) == "");
    }
    std::cout << "eventstream: public vectors: " << vectors.at("positive").size() << " frames both ways, "
              << vectors.at("negative").size() << " damaged ones\n";
    CHECK(vectors.at("positive").size() == 19);
    CHECK(vectors.at("negative").size() == 26);
}

TEST_CASE("eventstream suite: whole streams of SageMaker and Bedrock come apart as published, cut anywhere")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root)
        return;
    int streams = 0;
    auto const scenarios = load(std::string(root) + "/aws/event-stream/scenario-streams.json");
    for (auto const& s : scenarios.at("scenarios")) {
        CAPTURE(s.at("name").get<std::string>());
        auto const bytes = from_hex(s.at("stream_hex").get<std::string>());
        auto const read = decode_whole(es::decoder(), bytes, show);
        std::string expected;
        for (auto const& f : s.value("frames", json::array()))
            expected += show_frame(f);
        if (s.at("expect").value("end", "") == "truncated")
            CHECK(read.ends_with("error: truncated"));
        else
            CHECK(read == expected);
        CHECK(where_cuts_matter(es::decoder(), bytes, show) == "");
        ++streams;
    }
    CHECK(streams == 12);
    std::cout << "eventstream: public vectors: " << streams << " whole streams\n";
}
