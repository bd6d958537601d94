#!/usr/bin/env python3
"""Compiles every public header alone, in compiled mode, and checks two promises:

- it names, directly or not, no Beast, asio/ssl, OpenSSL, simdjson or full nlohmann header;
- it parses within its budget of CPU time (user + system; over it, the best of five runs, beside five of the reference).

The budget, 1.2 s, is meant for a machine that parses the least that an asynchronous interface needs, `awaitable`,
`any_completion_handler` and `result`, in 0.7 s. On a slower or busier machine it grows with the time of that reference.
usage: headers.py --compiler CXX [--jobs N] [--only TEXT] [-- FLAG...]
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile

BUDGET = 1.2
REFERENCE_NOMINAL = 0.70
FORBIDDEN = ("/boost/beast/", "/boost/asio/ssl", "/openssl/", "/simdjson", "/nlohmann/json.hpp", "/nlohmann/detail/input")
REFERENCE = """#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <string>
"""


def compile_one(compiler, flags, text, folder, name):
    """Returns (exit status, CPU seconds, dependency list, messages)."""
    source = folder / (name.replace("/", "_") + ".cpp")
    deps = source.with_suffix(".d")
    source.write_text(text)
    command = [compiler, *flags, "-fsyntax-only", "-MD", "-MF", str(deps), str(source)]
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdout=messages, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        messages.seek(0)
        words = deps.read_text().replace("\\\n", " ").split() if deps.exists() else []
        return process.returncode, usage.ru_utime + usage.ru_stime, words, messages.read().decode(errors="replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("flags", nargs="*")
    args = parser.parse_args()
    include = args.root / "include"
    flags = ["-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-I", str(include), *args.flags]
    headers = sorted(str(p.relative_to(include)) for p in include.rglob("*.hpp")
                     if "impl" not in p.parts and args.only in str(p))

    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)

        def reference(n):
            return compile_one(args.compiler, flags, REFERENCE, folder, f"reference{n}")[1]

        def compile_header(header):
            text = (f"#include <augur/config.hpp>\n#include <{header}>\n#include <{header}>\n"
                    "int augur_header_check = AUGUR_HEADER_ONLY;\n")
            return compile_one(args.compiler, flags, text, folder, header)

        def check(header):
            status, seconds, deps, messages = compile_header(header)
            if status != 0:
                return header, seconds, f"does not compile alone:\n{messages}"
            for dep in deps:
                for word in FORBIDDEN:
                    if word in dep:
                        return header, seconds, f"names {dep}"
            return header, seconds, ""

        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            references = list(pool.map(reference, range(2)))
            results = list(pool.map(check, headers))
            references += list(pool.map(reference, range(2, 4)))

        def budget_for(measured):
            return BUDGET * max(1.0, measured / REFERENCE_NOMINAL)

        measured = sorted(references)[len(references) // 2]
        budget = budget_for(measured)
        faults = [(h, fault) for h, _, fault in results if fault]
        # Minutes lie between the two measurements above. What they call too slow is measured again by turns with
        # the reference, alone; the fastest of each counts.
        for header, seconds, fault in results:
            if fault or seconds <= budget:
                continue
            pairs = [(reference(n), compile_header(header)[1]) for n in range(5)]
            slowest, fastest = budget_for(min(r for r, _ in pairs)), min(s for _, s in pairs)
            print(f"{header}: {seconds:.2f} s at first, then {fastest:.2f} s of {slowest:.2f} s")
            if fastest > slowest:
                faults.append((header, f"parses in {fastest:.2f} s, over {slowest:.2f} s"))
    print(f"reference file {measured:.2f} s (nominal {REFERENCE_NOMINAL:.2f}), budget {budget:.2f} s; slowest headers:")
    for header, seconds, _ in sorted(results, key=lambda r: -r[1])[:8]:
        print(f"  {seconds:5.2f} s  {header}")
    for header, fault in faults:
        print(f"{header}: {fault}")
    print(f"header check: {len(headers)} headers, {len(faults)} faults")
    sys.exit(1 if faults or not headers else 0)


main()
