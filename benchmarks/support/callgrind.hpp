#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// @file
/// Instructions of this program, run again below callgrind: they do not depend on how busy the machine is.
namespace bench {

inline bool has_callgrind()
{
    return std::system("command -v valgrind >/dev/null 2>&1") == 0;
}

/// All that the program executes with these arguments. Ends the program when it cannot be known, also when it takes
/// longer than `seconds`.
inline double instructions_of(std::string const& arguments, int seconds = 300)
{
    auto const give_up = [](std::string const& why) {
        std::fprintf(stderr, "callgrind: %s\n", why.c_str());
        std::exit(1);
    };
    char self[4096] = {};
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        give_up("cannot find this program");
    std::string const command = "timeout " + std::to_string(seconds) +
                                " valgrind --tool=callgrind --callgrind-out-file=/dev/null '" + self + "' " +
                                arguments + " 2>&1";
    std::string output;
    FILE* const run = popen(command.c_str(), "r");
    char part[4096];
    while (run != nullptr && std::fgets(part, sizeof part, run) != nullptr)
        output += part;
    int const status = run != nullptr ? pclose(run) : -1;
    std::string_view const label = "Collected : ";
    auto const at = output.find(label);
    if (status != 0 || at == output.npos)
        give_up(output);
    return std::strtod(output.c_str() + at + label.size(), nullptr);
}

} // namespace bench
