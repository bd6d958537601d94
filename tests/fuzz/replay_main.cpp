// Runs a fuzz entry point over files without libFuzzer: each file as it is, every prefix of it, and each of its
// bytes changed in a few ways. Deterministic, so that it can stand in the ordinary test run.
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

void run_around(std::string const& input)
{
    run(input);
    // Long inputs are only sampled, at about 100 places: there are hundreds of them, and libFuzzer does the rest.
    std::size_t const step = input.size() <= 400 ? 1 : input.size() / 100;
    for (std::size_t i = 0; i < input.size(); i += step) {
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
    run("");
    for (int i = 1; i < argc; ++i)
        for (auto const& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file())
                continue;
            std::ifstream in(entry.path(), std::ios::binary);
            run_around(std::string(std::istreambuf_iterator<char>(in), {}));
        }
    std::printf("%zu inputs\n", runs);
    return runs > 1 ? 0 : 1;
}
