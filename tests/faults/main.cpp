// The fault matrix as a program:
//
//     augur-faults [--rows C,H0]       executes these rows and compares their lines with docs/reference/faults.md
//     augur-faults --table             compares what the document lists with what there is, without executing it
//     augur-faults --sabotage NAME     puts a fault into the client; exactly the named rows must turn red
//
// With AUGUR_WRITE_FAULTS=1 all rows are executed and the document is written. Runs in the top folder.
#include "faults/matrix.hpp"
#include "faults/sabotage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using verdicts = std::vector<faults::matrix::verdict>;
constexpr auto path = "docs/reference/faults.md";
constexpr std::size_t least_cells = 2900;

std::vector<std::string> split(std::string const& text)
{
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string one; std::getline(in, one, ',');)
        out.push_back(one);
    return out;
}

std::string document(verdicts const& all)
{
    std::set<std::string> rows;
    for (auto const& v : all)
        rows.insert(v.row);
    auto const executed = std::count_if(all.begin(), all.end(), [](auto const& v) { return !v.is_excused; });
    std::ostringstream out;
    out << R"(# What was made to fail, and how calls ended

Written by `augur-faults` (tests/faults) and compared with every run of it: do not edit. Each line is a call of the real
client while the fault was injected beneath it: by a scripted server over sockets, plain (FS) or over TLS (TFS), by a
resolver (RES), an address that swallows connections (BH), a stream in memory (MEM), a limit on descriptors (RLIM),
files and variables (TMP), or by what the line names; times are those of a manual clock (CLK). Rows T are about TLS and rows P
about proxies, which only https goes through: n/a on plain connections. In each line this holds as well:

1. the error has the code, phase and outcome of the line;
2. the attempts that the client reports are as many as were counted at the other end;
3. the call ended within its deadline, and where a limit ended it, not before the limit and at most 1 ms after;
4. the pool keeps as many connections as the line says, and none is busy;
5. the call's memory stayed under its cap, by default 512 KiB;
6. the next request on the same client was answered;
7. no secret, no body and no signature was in any log sentence at the most talkative level or in any word of the error;
8. afterwards the process has as many descriptors as before.

)" << executed
        << " cells of " << rows.size() << R"( rows. Where a row makes no sense, the line says why.

| row | fault | over | client | by | the call ended | outcome | attempts | counted | kept | next request |
|---|---|---|---|---|---|---|---|---|---|---|
)";
    for (auto const& v : all)
        out << v.line << "\n";
    return out.str();
}

/// The lines of the document whose rows begin with one of these.
std::vector<std::string> documented(std::vector<std::string> const& prefixes)
{
    std::ifstream in(path);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) {
        auto const begins = [&line](std::string const& p) { return line.starts_with("| " + p); };
        bool const is_row = line.starts_with("| ") && line.size() > 3 && line[3] >= '0' && line[3] <= '9';
        if (is_row && (prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(), begins)))
            out.push_back(line);
    }
    return out;
}

int report(verdicts const& all)
{
    int red = 0;
    for (auto const& v : all) {
        std::printf("%s %s\n", v.is_excused ? "n/a" : v.faults.empty() ? "ok " : "RED", v.line.c_str());
        for (auto const& f : v.faults)
            std::printf("      %s\n", f.c_str());
        red += v.faults.empty() ? 0 : 1;
    }
    std::printf("%zu cells, %d red\n", all.size(), red);
    return red;
}

int run_rows(std::vector<std::string> const& prefixes)
{
    auto const all = faults::matrix::all().run(prefixes);
    int bad = report(all);
    auto const listed = documented(prefixes);
    std::vector<std::string> lines;
    for (auto const& v : all)
        lines.push_back(v.line);
    if (lines != listed) {
        std::printf("%s differs from this run; AUGUR_WRITE_FAULTS=1 writes it anew\n", path);
        for (auto const& line : lines)
            if (std::find(listed.begin(), listed.end(), line) == listed.end())
                std::printf("  not listed: %s\n", line.c_str());
        ++bad;
    }
    return bad == 0 && !all.empty() ? 0 : 1;
}

int write_table()
{
    auto const all = faults::matrix::all().run({});
    if (report(all) > 0)
        return 1;
    std::ofstream(path) << document(all);
    return 0;
}

int check_table()
{
    auto const cells = faults::matrix::all().run({}, false).size();
    auto const listed = documented({}).size();
    std::printf("%zu cells, %zu listed, at least %zu wanted\n", cells, listed, least_cells);
    return cells == listed && cells >= least_cells ? 0 : 1;
}

int run_sabotaged(std::string const& name)
{
    auto const* const sabotage = faults::commit_sabotage(name);
    if (sabotage == nullptr) {
        std::printf("there is no sabotage \"%s\"\n", name.c_str());
        return 1;
    }
    auto const all = faults::matrix::all().run(sabotage->among, true, sabotage->to);
    report(all);
    std::set<std::string> red;
    std::set<std::string> convincing;
    std::set<std::string> must; // a row's name and a client's
    for (auto const& v : all) {
        auto const cell = v.row + " of " + std::string(faults::name_of(v.to));
        if (!v.is_excused &&
            std::find(sabotage->breaks.begin(), sabotage->breaks.end(), v.row) != sabotage->breaks.end())
            must.insert(cell);
        for (auto const& f : v.faults) {
            red.insert(cell);
            for (auto const& reason : sabotage->because)
                if (f.find(reason) != f.npos)
                    convincing.insert(cell);
        }
    }
    for (auto const& r : red)
        if (!must.contains(r))
            std::printf("%s turned red and should not\n", r.c_str());
    for (auto const& r : must)
        if (!convincing.contains(r))
            std::printf("%s should have turned red, and say \"%s\"\n", r.c_str(), sabotage->because.front().c_str());
    return !must.empty() && red == must && convincing == must ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    // The files of whoever runs this say nothing about a row; below a device there are none.
    ::setenv("AWS_CONFIG_FILE", "/dev/null/none", 1);
    ::setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null/none", 1);
    std::string const option = argc > 1 ? argv[1] : "";
    std::string const value = argc > 2 ? argv[2] : "";
    auto const* const write = std::getenv("AUGUR_WRITE_FAULTS");
    if (write != nullptr && std::string(write) == "1")
        return write_table();
    if (option == "--table")
        return check_table();
    if (option == "--sabotage")
        return run_sabotaged(value);
    return run_rows(option == "--rows" ? split(value) : std::vector<std::string>());
}
