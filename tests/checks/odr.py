#!/usr/bin/env python3
"""Header-only mode obeys the one-definition rule: two files include every public header, one in reverse
order, and are linked with link-time optimisation, which compares the definitions (-Wodr).

g++ 12 names the temporaries in a coroutine's frame by a running number, so every frame looks different to it. Those
warnings, and only those, are counted and left out.

usage: odr.py --compiler CXX
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    args = parser.parse_args()
    include = ROOT / "include"
    headers = sorted(str(p.relative_to(include)) for p in include.rglob("*.hpp") if "impl" not in p.parts)
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        (folder / "one.cpp").write_text("".join(f"#include <{h}>\n" for h in headers) + "int two();\nint main() { return two(); }\n")
        (folder / "two.cpp").write_text("".join(f"#include <{h}>\n" for h in reversed(headers)) + "int two();\nint two() { return 0; }\n")
        flags = ["-std=c++20", "-O0", "-flto", "-Wodr", "-DAUGUR_HEADER_ONLY=1", "-I", str(include)]
        parts = [subprocess.Popen([args.compiler, *flags, "-c", f"{n}.cpp", "-o", f"{n}.o"], cwd=tmp) for n in ("one", "two")]
        if any([p.wait() for p in parts]):
            sys.exit("header-only mode does not compile with all headers in one file")
        link = [args.compiler, "-flto", "-Wodr", "one.o", "two.o", "-o", "odr", "-lssl", "-lcrypto", "-lsimdjson", "-pthread"]
        done = subprocess.run(link, cwd=tmp, stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"})
        if done.returncode or subprocess.run([str(folder / "odr")]).returncode:
            sys.exit("the two files do not link and run\n" + done.stderr[-4000:])
        differences = re.findall(r"^.*warning: .*\[-W(?:odr|lto-type-mismatch)\]$", done.stderr, re.M)
        frames = [line for line in differences if re.search(r"\.(?:Frame|frame)['’ ]|_Coro_|\.actor|\.destroy", line)]
        real = [line for line in differences if line not in frames]
        if real:
            sys.exit("definitions differ:\n" + "\n".join(real))
    print(f"odr: {len(headers)} headers in both orders, no difference ({len(frames)} coroutine frames left out)")


main()
