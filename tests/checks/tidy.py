#!/usr/bin/env python3
"""clang-tidy 19 with the short list of .clang-tidy over the library's sources.

usage: tidy.py --build DIR [--jobs N]
Needs DIR/compile_commands.json. Only what stands in include/augur, src and emulator is reported.
"""
import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import json
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    tool = shutil.which("clang-tidy-19")
    if not tool:
        sys.exit("clang-tidy-19 is missing: apt-get install clang-tidy-19")
    database = json.loads((args.build / "compile_commands.json").read_text())
    entries = [e for e in database if re.match(re.escape(str(ROOT)) + r"/(src|emulator)/", e["file"])]
    if not entries:
        sys.exit("no source of the library in compile_commands.json")

    with tempfile.TemporaryDirectory() as tmp:
        for entry in entries:
            # What only g++ understands, or what only costs time here.
            entry["command"] = re.sub(r" -(?:O\d|g\d|fuse-ld=\S+|Werror|Wconversion|Wextra|Wall|Wshadow)\b", "", entry["command"])
            entry["command"] = re.sub(r"^\S*ccache ", "", entry["command"])
        pathlib.Path(tmp, "compile_commands.json").write_text(json.dumps(entries))

        def run(entry):
            start = time.monotonic()
            done = subprocess.run([tool, "-p", tmp, "--quiet", "--warnings-as-errors=*", entry["file"]], capture_output=True, text=True)
            return entry["file"], done.returncode, done.stdout, done.stderr, time.monotonic() - start

        failed = 0
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for name, status, out, err, seconds in pool.map(run, entries):
                print(f"{seconds:6.1f} s  {pathlib.Path(name).relative_to(ROOT)}{'' if status == 0 else '  FAILED'}")
                if status != 0:
                    failed += 1
                    print(out, err[-2000:])
    print(f"clang-tidy: {len(entries)} files, {failed} with findings")
    sys.exit(1 if failed else 0)


main()
