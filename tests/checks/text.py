#!/usr/bin/env python3
"""Words that must not stand in the project's files: paths and hosts of one machine, notes to oneself.

Looks at the files git knows or would add; without git, at every file outside build/.
usage: text.py
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Written in pieces, so that this file passes its own check.
FORBIDDEN = {
    r"(?<![\w.*])/(?:wor" r"k|hom" r"e|roo" r"t|User" r"s)/": "an absolute path of one machine",
    r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b": "a note to oneself; open an issue instead",
    r"\b(?:py" r"pi\.org|files\.python" r"hosted\.org|registry\.npm" r"js\.org|proxy\.gol" r"ang\.org|static\.crates\.io)\b":
        "the host of a package registry",
    r"-----BEGIN (?:RSA |EC |ENCRYPTED )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{80}": "a private key",
    # Example keys in documents end in EXAMPLE.
    r"\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE\b)(?!IOSFODNN7)[A-Z0-9]{16}\b": "an AWS access key id",
}
FORBIDDEN = {re.compile(pattern): why for pattern, why in FORBIDDEN.items()}
TEXT = {".hpp", ".ipp", ".cpp", ".h", ".txt", ".py", ".sh", ".md", ".cmake", ".json", ".in", ".build", ".csv", "", ".yml"}


def files():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / line for line in listed.stdout.splitlines()]
    return [p for p in ROOT.rglob("*") if p.is_file() and "build" not in p.relative_to(ROOT).parts and ".git" not in p.parts]


def main():
    faults = 0
    checked = 0
    for path in sorted(files()):
        if not path.is_file():
            continue
        rel = path.relative_to(ROOT)
        data = path.read_bytes()
        if b"\0" in data:
            print(f"{rel}: a binary file")
            faults += 1
            continue
        if path.suffix not in TEXT:
            continue
        text = data.decode("utf-8", errors="replace")
        checked += 1
        for pattern, why in FORBIDDEN.items():
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                print(f"{rel}:{line}: '{match[0][:60].splitlines()[0]}': {why}")
                faults += 1
        if path.suffix in (".hpp", ".ipp", ".cpp"):
            for number, line in enumerate(text.splitlines(), 1):
                if line != line.rstrip() or "\t" in line:
                    print(f"{rel}:{number}: a tab or trailing blanks")
                    faults += 1
        if data and not data.endswith(b"\n"):
            print(f"{rel}: no newline at the end")
            faults += 1
    print(f"text check: {checked} files, {faults} faults")
    sys.exit(1 if faults or not checked else 0)


main()
