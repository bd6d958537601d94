#!/usr/bin/env python3
"""One compile-fail case: the control compiles, the dangerous form does not, and for the stated reason.

usage: check_case.py FILE --compiler CXX
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--compiler", required=True)
    args = parser.parse_args()
    text = args.file.read_text()
    expected = re.findall(r"^// expect: (.+)$", text, re.M)
    if not expected or "AUGUR_MUST_FAIL" not in text:
        sys.exit("a case needs `// expect: REGEX` and a part under #ifdef AUGUR_MUST_FAIL")
    command = [args.compiler, "-std=c++20", "-fsyntax-only", "-I", str(ROOT / "include"), str(args.file)]

    control = subprocess.run(command, capture_output=True, text=True)
    if control.returncode != 0:
        sys.exit(f"the control does not compile:\n{control.stderr}")
    # Every numbered variant must fail on its own: N of `// variants: N`, 1 when absent.
    variants = int((re.findall(r"^// variants: (\d+)$", text, re.M) or ["1"])[0])
    for number in range(1, variants + 1):
        bad = subprocess.run([*command, f"-DAUGUR_MUST_FAIL={number}"], capture_output=True, text=True)
        if bad.returncode == 0:
            sys.exit(f"variant {number} compiles, and must not")
        errors = "\n".join(line for line in bad.stderr.splitlines() if "error:" in line)
        if not any(re.search(pattern, errors) for pattern in expected):
            sys.exit(f"variant {number} fails for another reason than /{'/ or /'.join(expected)}/:\n{errors}")
        print(f"variant {number}: {errors.splitlines()[0]}")


main()
