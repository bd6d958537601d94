// Do the decoders of streams take twice the work for twice the input, whatever it is?
//
// The inputs are those that make careless decoders look at bytes again, fed a byte at a time, in small pieces and
// whole. Work is instructions below callgrind, which depend on the input alone: that of all inputs of twice the length
// over that of the inputs, each without what the program does for no input. A decoder that looks at one of them again
// and again gives 3 and more, or is not done in time.
//
//     linear                    what CTest runs
//     linear --inputs           their names
//     linear --feed BYTES NAME  one of them ("all"), to be run below callgrind by hand
#include "support/bench.hpp"

#include "support/callgrind.hpp"

#include <augur/codec/eventstream.hpp>
#include <augur/codec/ndjson.hpp>
#include <augur/codec/sse.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace codec = augur::codec;

namespace {

std::string repeated(std::string_view text, std::size_t bytes)
{
    std::string out;
    while (out.size() < bytes)
        out += text;
    return out;
}

std::string frame(std::string_view payload, std::size_t fields = 1)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < fields; ++i)
        names.push_back("name-" + std::to_string(i));
    std::vector<codec::eventstream::header> list;
    for (auto const& name : names)
        list.push_back({name, std::string_view("value")});
    std::string out;
    codec::eventstream::encode_to(out, list, payload).value();
    return out;
}

template <class Decoder>
void feed(std::string_view text)
{
    for (std::size_t const size : {std::size_t{1}, std::size_t{7}, std::max<std::size_t>(text.size(), 1)}) {
        Decoder decoder;
        bool is_good = true;
        auto const drain = [&] {
            while (is_good) {
                auto const event = decoder.next();
                is_good = event.has_value();
                if (!event || !*event)
                    return;
                bench::keep(**event);
            }
        };
        for (auto rest = text; is_good && !rest.empty(); rest.remove_prefix(std::min(size, rest.size()))) {
            decoder.feed(rest.substr(0, size));
            drain();
        }
        if (is_good) {
            decoder.finish();
            drain();
        }
    }
}

struct input
{
    char const* name;
    std::string (*make)(std::size_t bytes);
    void (*feed)(std::string_view text);
};

constexpr auto sse = &feed<codec::sse::decoder>;
constexpr auto ndjson = &feed<codec::ndjson::decoder>;
constexpr auto eventstream = &feed<codec::eventstream::decoder>;

constexpr input inputs[] = {
    {"sse/endless_line", [](std::size_t n) { return "data: " + std::string(n, 'x'); }, sse},
    {"sse/endless_comment", [](std::size_t n) { return ":" + std::string(n, 'x'); }, sse},
    {"sse/endless_name", [](std::size_t n) { return std::string(n, 'x'); }, sse},
    {"sse/one_event", [](std::size_t n) { return repeated("data: x\n", n) + "\n"; }, sse},
    {"sse/one_event_cr", [](std::size_t n) { return repeated("data\r", n) + "\r"; }, sse},
    {"sse/blank_lines", [](std::size_t n) { return std::string(n, '\n'); }, sse},
    {"sse/blank_lines_cr", [](std::size_t n) { return std::string(n, '\r'); }, sse},
    {"sse/comments_in_an_event", [](std::size_t n) { return "data: x\n" + repeated(":\n", n) + "\n"; }, sse},
    {"sse/types", [](std::size_t n) { return repeated("event: " + std::string(200, 'x') + "\n", n); }, sse},
    {"sse/ids", [](std::size_t n) { return repeated("id: " + std::string(200, 'x') + "\ndata\n\n", n); }, sse},
    {"sse/a_long_id", [](std::size_t n) { return "id: " + std::string(n / 2, 'x') + repeated("\n\ndata", n / 2); },
     sse},
    {"ndjson/endless_line", [](std::size_t n) { return std::string(n, 'x'); }, ndjson},
    {"ndjson/endless_blank", [](std::size_t n) { return std::string(n, ' '); }, ndjson},
    {"ndjson/returns", [](std::size_t n) { return std::string(n, '\r'); }, ndjson},
    {"ndjson/blank_lines", [](std::size_t n) { return std::string(n, '\n'); }, ndjson},
    {"ndjson/short_lines", [](std::size_t n) { return repeated("1\n", n); }, ndjson},
    {"eventstream/large_frame", [](std::size_t n) { return frame(std::string(n, 'x')); }, eventstream},
    {"eventstream/small_frames", [](std::size_t n) { return repeated(frame({}, 0), n); }, eventstream},
    {"eventstream/many_headers", [](std::size_t n) { return repeated(frame("x", 50), n); }, eventstream},
    {"eventstream/half_a_frame",
     [](std::size_t n) {
         auto out = frame(std::string(n, 'x'));
         out.resize(out.size() - 1);
         return out;
     },
     eventstream},
};

int feed_all(std::size_t bytes, std::string_view name)
{
    int fed = 0;
    for (auto const& one : inputs)
        if (name == "all" || name == one.name) {
            one.feed(one.make(bytes));
            ++fed;
        }
    return fed > 0 ? 0 : 2;
}

double work_for(std::size_t bytes)
{
    return bench::instructions_of("--feed " + std::to_string(bytes) + " all", 60); // which takes three
}

} // namespace

int main(int argc, char** argv)
{
    if (argc == 4 && std::string_view(argv[1]) == "--feed")
        return feed_all(static_cast<std::size_t>(std::atol(argv[2])), argv[3]);
    if (argc == 2 && std::string_view(argv[1]) == "--inputs") {
        for (auto const& one : inputs)
            std::printf("%s\n", one.name);
        return 0;
    }
    bench::program program("linear", argc, argv);
    if (!bench::has_callgrind()) {
        std::printf("linear: valgrind is not here, nothing is counted\n");
        return 0;
    }
    constexpr std::size_t bytes = 60'000;
    auto const ratio = [] {
        auto const nothing = work_for(0);
        return (work_for(2 * bytes) - nothing) / (work_for(bytes) - nothing);
    };
    program.add_measured("augur/twice_the_input", "times_the_work", ratio).once().value_at_most(2.1);
    return program.run();
}
