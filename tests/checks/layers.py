#!/usr/bin/env python3
"""Reads every #include of the library and the emulator and compares it with layers.txt.

Also checks the rules of .ipp files, what the pure layers must not touch, and the length of files.
usage: layers.py [--root DIR]     exit status 1 and one line per violation
"""
import argparse
import pathlib
import re
import sys

PURE = {"core", "codec", "policy"}
# What decides includes no clock, environment, file, thread or randomness of its own.
PURE_NEVER_INCLUDE = {"fstream", "filesystem", "thread", "future", "iostream", "random", "condition_variable"}
PURE_NEVER_SAY = {
    r"\bgetenv\s*\(": "reads the environment",
    r"_clock::now\s*\(": "reads a clock",
    r"\brandom_device\b": "reads randomness",
    r"\b(?:fopen|ifstream|ofstream)\b": "reads a file",
}
# core declares the clock and the random interfaces; their real side is one body.
PURE_EXCEPT = {"include/augur/core/impl/clock.ipp"}
POSIX = re.compile(r"^(sys/|unistd\.h|netdb\.h|arpa/|netinet/|linux/|pthread\.h|poll\.h|pwd\.h|fcntl\.h|dlfcn\.h|termios\.h"
                   r"|spawn\.h|windows\.h|winsock2\.h|ws2tcpip\.h|io\.h)")
STD = re.compile(r"^(?:[a-z_0-9]+|std[a-z]+\.h|math\.h|string\.h|errno\.h|time\.h|signal\.h)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)
HEADER_LINES = 200
FILE_LINES = 400


def read_table(path):
    table = {"layer": {}, "header": {}, "body": {}, "file": {}, "posix": {}, "long": {}}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        kind, _, rest = line.partition(" ")
        name, colon, value = rest.partition(":")
        if kind not in table or not colon:
            sys.exit(f"{path}:{number}: expected '<kind> <name> : ...'")
        table[kind][name.strip()] = value.strip() if kind in ("long", "posix", "file") else value.split()
    return table


def without_comments(text):
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', lambda m: m[0] if m[0][0] == '"' else "", text, flags=re.S)


def layer_of(rel, table):
    parts = rel.parts
    if parts[0] == "include":
        if len(parts) == 3:
            return "config" if parts[2] in ("config.hpp", "fwd.hpp") else table["file"].get("augur/" + parts[2])
        return "facade" if parts[2] == "impl" else parts[2]
    if parts[0] == "src":
        # src/net.cpp and src/net_https.cpp are both of net.
        stem = parts[1].split(".")[0]
        fitting = [layer for layer in table["layer"] if stem == layer or stem.startswith(layer + "_")]
        return max(fitting, key=len, default=stem)
    return "emulator"


def layer_of_include(name, table):
    parts = name.split("/")
    if len(parts) == 2:
        return "config" if parts[1] in ("config.hpp", "fwd.hpp") else table["file"].get(name)
    return "facade" if parts[1] == "impl" else parts[1]


def check_file(rel, text, table):
    layer = layer_of(rel, table)
    name = rel.as_posix()
    if layer == "config":
        return
    if layer is None or layer not in table["layer"]:
        yield f"belongs to no layer of layers.txt ({layer})"
        return
    # Headers inside impl/ and emulator/src are nobody's interface: they count as bodies.
    is_body = rel.suffix in (".ipp", ".cpp") or "impl" in rel.parts or rel.parts[:2] == ("emulator", "src")
    edges = set(table["layer"][layer]) | {layer, "config"}
    prefixes = list(table["header"].get(layer, []))
    if is_body:
        extra = table["body"].get(layer, [])
        prefixes += [p for p in extra if p[0] != "+"]
        edges |= {p[1:] for p in extra if p[0] == "+"}

    own_body = name.replace("include/", "", 1).rsplit("/", 1)
    for quote, target in INCLUDE.findall(text):
        if quote == '"':
            if rel.parts[0] != "emulator":
                yield f'#include "{target}": write <augur/...>'
            continue
        if target.startswith("augur/"):
            other = layer_of_include(target, table)
            if other is None:
                yield f"#include <{target}>: a header outside every layer; add a `file` line"
            elif other not in edges:
                yield f"#include <{target}>: {layer} may not include {other}"
            elif target.endswith(".ipp") and rel.suffix == ".hpp":
                # x.hpp may bring impl/x.ipp and its parts impl/x_*.ipp.
                if not re.fullmatch(re.escape(f"{own_body[0]}/impl/{own_body[1][:-4]}") + r"(_\w+)?\.ipp", target):
                    yield f"#include <{target}>: a header includes no other header's body"
            elif target.endswith(".ipp") and rel.suffix == ".ipp" and other != layer:
                yield f"#include <{target}>: a body includes no body of another layer"
        elif POSIX.match(target):
            if name not in table["posix"]:
                yield f"#include <{target}>: POSIX or Windows only; list the file under `posix` with its other side, or use Asio"
        elif STD.match(target):
            if layer in PURE and target in PURE_NEVER_INCLUDE and name not in PURE_EXCEPT:
                yield f"#include <{target}>: {layer} is pure"
        elif not any(target.startswith(p) for p in prefixes):
            yield f"#include <{target}>: not allowed in {'a body' if is_body else 'a header'} of {layer}"
        elif target.startswith("boost/asio/ssl") and not is_body:
            yield f"#include <{target}>: never in a public header"

    code = without_comments(text)
    if layer in PURE and name not in PURE_EXCEPT:
        for pattern, what in PURE_NEVER_SAY.items():
            if re.search(pattern, code):
                yield f"{what}, and {layer} is pure"
    if rel.suffix in (".hpp", ".ipp") and "#pragma once" not in text:
        yield "#pragma once is missing"
    if rel.suffix == ".ipp":
        if re.search(r"\bnamespace\s*\{", code):
            yield "an anonymous namespace in a body that header-only users include"
        if re.search(r"^using\s+namespace\b", code, re.M):
            yield "using namespace in a body that header-only users include"
        if re.search(r"^static\s", code, re.M):
            yield "a static function or object at namespace scope in a body; write inline in namespace detail"
        defined = set(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", code, re.M))
        for macro in sorted(defined - set(re.findall(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", code, re.M))):
            yield f"leaves the macro {macro} defined"
    if rel.suffix == ".hpp" and not is_body and re.search(r"\busing\s+namespace\b", code):
        yield "using namespace in a public header"
    limit = FILE_LINES if is_body or rel.parts[0] != "include" else HEADER_LINES
    lines = text.count("\n")
    if lines > limit and not table["long"].get(name):
        yield f"{lines} lines, over {limit}; split it, or say why in a `long` line of layers.txt"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    root = parser.parse_args().root
    table = read_table(root / "tests/checks/layers.txt")
    for edge_list in table["layer"].values():
        for edge in edge_list:
            if edge not in table["layer"]:
                sys.exit(f"layers.txt: unknown layer {edge}")
    files = sorted(p for top in ("include", "src", "emulator") for p in (root / top).rglob("*")
                   if p.suffix in (".hpp", ".ipp", ".cpp"))
    faults = 0
    for path in files:
        rel = path.relative_to(root)
        for fault in check_file(rel, path.read_text(), table):
            print(f"{rel}: {fault}")
            faults += 1
    print(f"layer rule: {len(files)} files, {faults} violations")
    if not files:
        sys.exit("no file found")
    sys.exit(1 if faults else 0)


main()
