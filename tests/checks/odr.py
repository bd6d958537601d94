#!/usr/bin/env python3
"""Header-only mode obeys the one-definition rule: two files include every public header, one in reverse
order, and are linked with link-time optimisation, which compares the definitions (-Wodr).

usage: odr.py --compiler CXX
"""
import argparse
import pathlib
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
        flags = ["-std=c++20", "-O0", "-flto", "-Wodr", "-Werror", "-DAUGUR_HEADER_ONLY=1", "-I", str(include)]
        parts = [subprocess.Popen([args.compiler, *flags, "-c", f"{n}.cpp", "-o", f"{n}.o"], cwd=tmp) for n in ("one", "two")]
        if any([p.wait() for p in parts]):
            sys.exit("header-only mode does not compile with all headers in one file")
        link = [args.compiler, "-flto", "-Wodr", "-Werror", "one.o", "two.o", "-o", "odr", "-lssl", "-lcrypto", "-lsimdjson", "-pthread"]
        if subprocess.run(link, cwd=tmp).returncode or subprocess.run([str(folder / "odr")]).returncode:
            sys.exit("the two files do not link and run")
    print(f"odr: {len(headers)} headers in both orders, no difference")


main()
