#!/usr/bin/env python3
"""Runs one fuzz program from a corpus grown from the project's tests.

usage: run.py NAME PROGRAM --work DIR [--seconds N [--runs M] [--seed S]] [--tests FILE...]

The first corpus is every string literal of the unit tests: of the named files, else of those whose name shares a word
with NAME, else of all of them. Without --seconds the program replays it; with --seconds libFuzzer grows it
in DIR/corpus/NAME for N seconds or M inputs. Its random numbers begin with the seed, and from the same first corpus: a
gate tries the same inputs on each machine. Seed 0 lets it choose, and goes on with the corpus of the run before.
"""
import argparse
import base64
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RAW = r'R"(?P<tag>[^()\\\s]{0,16})\((?P<raw>.*?)\)(?P=tag)"'
PLAIN = r'"(?P<plain>(?:\\.|[^"\\\n])*)"'
LITERAL = re.compile(r"//[^\n]*|'(?:\\.|[^'\\\n])+'|" + RAW + "|" + PLAIN, re.S)
SIMPLE = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "\\": 92, '"': 34, "'": 39, "?": 63}


def unescape(text):
    out = bytearray()
    i = 0
    while i < len(text):
        if text[i] != "\\":
            out += text[i].encode("utf-8", "surrogateescape")
            i += 1
            continue
        if m := re.compile(r"\\x([0-9a-fA-F]+)").match(text, i):
            out.append(int(m[1], 16) & 255)
        elif m := re.compile(r"\\([0-7]{1,3})").match(text, i):
            out.append(int(m[1], 8) & 255)
        elif m := re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})").match(text, i):
            out += chr(int(m[1] or m[2], 16)).encode("utf-8", "replace")
        else:
            m = re.compile(r"\\(.)", re.S).match(text, i)
            out.append(SIMPLE.get(m[1], ord(m[1]) & 255))
        i = m.end()
    return bytes(out)


def literals(text):
    """Neighbouring literals are one string, as in C++."""
    text = re.sub(r"^[ \t]*#[ \t]*include.*$", "", text, flags=re.M)
    joined, end = b"", None
    for match in LITERAL.finditer(text):
        if match["raw"] is None and match["plain"] is None:
            continue
        value = match["raw"].encode() if match["raw"] is not None else unescape(match["plain"])
        if end is not None and not text[end:match.start()].strip():
            joined += value
        else:
            if joined:
                yield joined
            joined = value
        end = match.end()
    if joined:
        yield joined


def same_addresses():
    """What runs a program without random addresses, which libFuzzer takes for a part of the input's effect."""
    prefix = ["setarch", "-R"]
    allowed = shutil.which(prefix[0]) and subprocess.run(prefix + ["true"], capture_output=True).returncode == 0
    return prefix if allowed else []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("program")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", nargs="*", default=[])
    args = parser.parse_args()

    tests = [ROOT / t for t in args.tests]
    if not tests:
        everything = sorted((ROOT / "tests").rglob("*_test.cpp"))
        words = set(args.name.split("_"))
        tests = [t for t in everything if words & set(t.stem.split("_")[:-1])] or everything
    seeds = args.work / "seeds" / args.name
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir(parents=True)
    for test in tests:
        for value in literals(test.read_text()):
            (seeds / hashlib.sha1(value).hexdigest()[:16]).write_bytes(value)
    count = len(list(seeds.iterdir()))
    print(f"{args.name}: {count} seeds from {len(tests)} test files", flush=True)
    if count == 0:
        sys.exit("no seed")

    if args.seconds == 0:
        sys.exit(subprocess.run([args.program, str(seeds)]).returncode)
    corpus = args.work / "corpus" / args.name
    found = args.work / "found" / args.name
    listing = args.work / "seeds" / f"{args.name}.list"
    for folder in (corpus, found):
        if args.seed != 0:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    # In one order: that in which a folder lists its files is another on each disk.
    listing.write_text(",".join(str(path) for path in sorted(seeds.iterdir())))
    options = {
        "max_total_time": args.seconds, "runs": args.runs, "seed": args.seed, "timeout": 60, "rss_limit_mb": 2048,
        "max_len": 16384, "print_final_stats": 1, "artifact_prefix": f"{found}/", "seed_inputs": f"@{listing}",
        "reload": 0, # looks for other processes' inputs, at times of its own
    }
    command = same_addresses() + [args.program] + [f"-{name}={value}" for name, value in options.items()]
    command.append(str(corpus))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    lines = done.stderr.splitlines()
    wanted = [line for line in lines if line.startswith("stat::")] if done.returncode == 0 else lines[-60:]
    print("\n".join(wanted))
    for path in sorted(found.iterdir()):
        print(f"{path.name}, in base64 (base64 -d, and the program with that file):")
        print(base64.b64encode(path.read_bytes()).decode())
    sys.exit(done.returncode)


main()
