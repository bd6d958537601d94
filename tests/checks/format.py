#!/usr/bin/env python3
"""clang-format 19 over every C++ file. usage: format.py [--fix]"""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPS = ("include", "src", "emulator", "examples", "benchmarks", "tests")


def main():
    tool = shutil.which("clang-format-19")
    if not tool:
        sys.exit("clang-format-19 is missing: apt-get install clang-format-19")
    files = sorted(str(p) for top in TOPS for p in (ROOT / top).rglob("*") if p.suffix in (".hpp", ".ipp", ".cpp"))
    if not files:
        sys.exit("no file found")
    mode = ["-i"] if "--fix" in sys.argv[1:] else ["--dry-run", "-Werror", "--ferror-limit=3"]
    status = subprocess.run([tool, *mode, *files]).returncode
    print(f"clang-format: {len(files)} files, {'clean' if status == 0 else 'differences; run tests/checks/format.py --fix'}")
    sys.exit(status)


main()
