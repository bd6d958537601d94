#!/usr/bin/env python3
"""clang-tidy 19 with the short list of .clang-tidy over the library's sources.

usage: tidy.py --build DIR [--jobs N]
Needs DIR/compile_commands.json. Only what stands in include/augur, src and emulator is reported.

The sources are looked at some at a time, as one file that includes them: most of the work is in the headers that
they share. That the library may be compiled so is header-only mode; the emulator's sources keep their own names apart.
A file with a planted fault has to be found.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


TOGETHER = 8
PLANTED = "#include <string>\n#include <utility>\nstd::string f(std::string s) { auto t = std::move(s); return s + t; }\n"


def join(files, like, folder, name):
    """An entry of a compilation database as `like`, for a new file that includes the given ones."""
    path = folder / f"joined_{name}.cpp"
    path.write_text("".join(f'#include "{file}"\n' for file in files))
    return {**like, "file": str(path), "command": like["command"].replace(like["file"], str(path))}


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
    for entry in entries:
        # What only g++ understands, or what only costs time here.
        entry["command"] = re.sub(r" -(?:O\d|g\d|fuse-ld=\S+|Werror|Wconversion|Wextra|Wall|Wshadow)\b", "", entry["command"])
        entry["command"] = re.sub(r"^\S*ccache ", "", entry["command"])

    # Of one folder, and so with the same flags.
    folders = {}
    for entry in sorted(entries, key=lambda e: e["file"]):
        folders.setdefault(pathlib.Path(entry["file"]).parent, []).append(entry)
    parts = [files[i : i + TOGETHER] for files in folders.values() for i in range(0, len(files), TOGETHER)]

    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        planted = folder / "src" / "planted.cpp"
        planted.parent.mkdir()
        planted.write_text(PLANTED)
        joined = [join([e["file"] for e in part], part[0], folder, number) for number, part in enumerate(parts)]
        joined.append(join([planted], entries[0], folder, "planted"))
        (folder / "compile_commands.json").write_text(json.dumps(joined))

        def run(number):
            start = time.monotonic()
            done = subprocess.run([tool, "-p", tmp, f"--config-file={ROOT / '.clang-tidy'}", "--quiet", "--warnings-as-errors=*",
                                   joined[number]["file"]], capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr, time.monotonic() - start

        status, out, _, _ = run(len(parts))
        if status == 0 or "bugprone-use-after-move" not in out:
            sys.exit("clang-tidy does not find the planted fault")

        failed = 0
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for part, (status, out, err, seconds) in zip(parts, pool.map(run, range(len(parts)))):
                names = " ".join(str(pathlib.Path(e["file"]).relative_to(ROOT)) for e in part)
                print(f"{seconds:6.1f} s  {names}{'' if status == 0 else '  FAILED'}")
                if status != 0:
                    failed += 1
                    print(out, err[-2000:])
    print(f"clang-tidy: {len(entries)} files, looked at as {len(parts)}, {failed} of these with findings")
    sys.exit(1 if failed else 0)


main()
