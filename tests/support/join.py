#!/usr/bin/env python3
"""Joins test files to one, so that their headers, and in header-only mode the library, are compiled once.

The top of each file, up to its first line that is neither a directive nor a comment, is kept outside; the rest
goes into a namespace of its own, where the names of one file do not meet those of another. Messages and doctest
name the original files and lines, relative to the project: the text is the same wherever that lies. Such a file may
open no named namespace that it means to add to.

usage: join.py OUTPUT FILE...
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"\s*(#|//|$)")
OWN_INCLUDE = re.compile(r'(\s*#\s*include\s*)"([^"]+)"')


def split(path):
    """Returns the lines of the top and of the rest."""
    lines = path.read_text().splitlines()
    end = next((i for i, line in enumerate(lines) if not DIRECTIVE.match(line)), len(lines))
    # A comment over the first declaration, or an #if around it, belongs to it.
    while end > 0 and not re.match(r"\s*#\s*(include|endif)", lines[end - 1]):
        end -= 1
    return lines[:end], lines[end:]


def beside(path, line):
    """An include of a file in the same folder, as one of the folder `tests`, which every test may include from."""
    found = OWN_INCLUDE.match(line)
    neighbour = found and path.parent / found[2]
    return f'{found[1]}"{neighbour.relative_to(ROOT / "tests")}"' if found and neighbour.exists() else line


def main():
    output, *names = sys.argv[1:]
    tops, rests = [], []
    for number, path in enumerate(pathlib.Path(name).resolve() for name in names):
        top, rest = split(path)
        if any("#include" in line for line in rest):
            sys.exit(f"{path}: an #include below the first declaration; this file cannot be joined with others")
        name = path.relative_to(ROOT)
        tops += [f'#line 1 "{name}"', *(beside(path, line) for line in top)]
        rests += [f"namespace joined_{number} {{", f'#line {len(top) + 1} "{name}"', *rest, "}"]
    pathlib.Path(output).write_text("\n".join(tops + rests) + "\n")


main()
