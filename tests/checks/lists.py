#!/usr/bin/env python3
"""Nothing lies about unused: every source, test, fuzz entry point, example and benchmark is in its list, every listed
file exists, and every body in impl/ is compiled by a source of the library. usage: lists.py"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# list file, column of the path, the files that must be in it
# (a benchmark may have several sources: every word from that column on is a path)
LISTS = [
    ("src/sources.txt", 0, ["src/**/*.cpp"]),
    ("tests/unit/sources.txt", 1, ["tests/**/*_test.cpp"]),
    ("tests/faults/sources.txt", 1, ["tests/faults/*.cpp"]),
    ("tests/fuzz/sources.txt", 2, ["tests/fuzz/*_fuzz.cpp"]),
    ("examples/sources.txt", 1, ["examples/*.cpp"]),
    ("emulator/sources.txt", 0, ["emulator/src/**/*.cpp"]),
    ("benchmarks/sources.txt", 1, ["benchmarks/*.cpp"]),
]


def main():
    faults = []
    for name, column, patterns in LISTS:
        listed = []
        for line in (ROOT / name).read_text().splitlines():
            words = line.split()
            if words and not line.startswith("#"):
                if len(words) <= column:
                    faults.append(f"{name}: '{line}' has too few words")
                    continue
                listed += words[column:] if name.startswith("benchmarks") else words[column:column + 1]
        for path in listed:
            if not (ROOT / path).is_file():
                faults.append(f"{name}: {path} does not exist")
        for path in sorted({path for path in listed if listed.count(path) > 1}):
            faults.append(f"{name}: {path} is listed twice")
        for pattern in patterns:
            for path in sorted(ROOT.glob(pattern)):
                rel = path.relative_to(ROOT).as_posix()
                if rel not in listed:
                    faults.append(f"{name}: {rel} is not listed, so nothing builds it")

    include = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<(augur/[^>]*\.ipp)>", re.M)
    bodies = {p.relative_to(ROOT / "include").as_posix(): p.read_text() for p in (ROOT / "include").rglob("*.ipp")}
    reached, todo = set(), []
    for source in (ROOT / "src").rglob("*.cpp"):
        todo += include.findall(source.read_text())
    while todo:
        body = todo.pop()
        if body in bodies and body not in reached:
            reached.add(body)
            todo += include.findall(bodies[body])
    faults += [f"include/{body} is compiled by no source" for body in sorted(set(bodies) - reached)]
    # And in header-only mode it must come with a public header.
    brought, todo = set(), []
    for header in (ROOT / "include").rglob("*.hpp"):
        todo += include.findall(header.read_text())
    while todo:
        body = todo.pop()
        if body in bodies and body not in brought:
            brought.add(body)
            todo += include.findall(bodies[body])
    faults += [f"include/{body} is brought by no public header" for body in sorted(set(bodies) - brought)]

    print("\n".join(faults))
    print(f"lists: {len(bodies)} bodies, {len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
