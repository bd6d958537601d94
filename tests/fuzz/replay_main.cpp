// Runs a fuzz entry point over files without libFuzzer: each file as it is, prefixes of it, and its bytes changed in a
// few ways: at every place, or, where that would be too many inputs, at places that lie regularly in all files.
// Deterministic, so that it can stand in the ordinary test run; libFuzzer does the rest.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

std::size_t runs = 0;

void run(std::string const& input)
{
    // A heap copy of the exact size, so that AddressSanitizer sees one byte too far.
    std::vector<std::uint8_t> const bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ++runs;
}

constexpr std::size_t most_places = 12'000; ///< five inputs each

/// Changes every `stride`-th place from `first` on.
void run_around(std::string const& input, std::size_t first, std::size_t stride)
{
    run(input);
    for (std::size_t i = first; i < input.size(); i += stride) {
        run(input.substr(0, i));
        for (char const replacement : {'\0', '\xff', '"', '\n'}) {
            std::string changed = input;
            changed[i] = replacement;
            run(changed);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> inputs;
    for (int i = 1; i < argc; ++i)
        for (auto const& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file())
                continue;
            std::ifstream in(entry.path(), std::ios::binary);
            inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        }
    std::sort(inputs.begin(), inputs.end()); // in whatever order a folder lists them
    // Long inputs are only sampled, at about 100 places.
    auto const stride_of = [](std::string const& input) { return input.size() <= 400 ? 1 : input.size() / 100; };
    std::size_t places = 0;
    for (auto const& input : inputs)
        places += input.size() / stride_of(input);
    std::size_t const sparse = places / most_places + 1;
    run("");
    for (std::size_t i = 0; i < inputs.size(); ++i)
        run_around(inputs[i], i % sparse, stride_of(inputs[i]) * sparse);
    std::printf("%zu inputs from %zu files, every %zu. place\n", runs, inputs.size(), sparse);
    return runs > 1 ? 0 : 1;
}
