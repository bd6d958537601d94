#!/usr/bin/env python3
"""The documents say what is there. Checks that

- the program in README.md is examples/01_score_a_row.cpp, letter by letter, and at most 15 lines of code;
- every other C++ block in a document is an excerpt of an example, which CTest runs;
- every relative link leads to a file, and every file name in backquotes in ARCHITECTURE.md exists;
- every error code and environment variable of the public headers has its row in docs/reference, and no row is stale.

usage: readme.py [--self-test]
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
FILE_NAME = re.compile(r"`([\w./<>*-]+\.(?:hpp|ipp|cpp|py|txt|md))`")
VARIABLE = re.compile(r"`([A-Z]+_[A-Z_]+|[a-z]+_proxy)`")


def lines_of(text):
    """Lines without indentation and blank lines, so that an excerpt may be moved to the left."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def contains(whole, part):
    return any(whole[i:i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def check_readme(readme, example, faults):
    blocks = BLOCK.findall(readme)
    if not blocks or blocks[0] != example:
        faults.append("README.md: its program differs from examples/01_score_a_row.cpp")
    if len(lines_of(example)) > 15:
        faults.append(f"examples/01_score_a_row.cpp: {len(lines_of(example))} lines of code, 15 are promised")


def check_blocks(name, text, examples, faults):
    for block in BLOCK.findall(text):
        part = lines_of(block)
        if not part or not any(contains(whole, part) for whole in examples):
            faults.append(f"{name}: this C++ block is no excerpt of an example: {part[0] if part else '(empty)'}")


def check_links(path, text, faults):
    for target, _ in LINK.findall(text):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            faults.append(f"{path.relative_to(ROOT)}: the link to {target} leads nowhere")


def check_file_names(text, faults):
    places = [ROOT, ROOT / "include/augur"]
    for name in sorted(set(FILE_NAME.findall(text))):
        if "<" in name or "*" in name or "/" not in name and name.endswith(".hpp") and not (ROOT / "include/augur" / name).exists():
            continue  # a pattern, or a file of any provider
        if not any((place / name).exists() for place in places):
            faults.append(f"ARCHITECTURE.md: there is no {name}")


def enumerators(header):
    body = re.search(r"enum class errc[^{]*\{(.*?)\n\};", header, re.S)[1]
    return re.findall(r"^\s*(\w+)\s*(?:=\s*\d+)?\s*,", re.sub(r"//[^\n]*", "", body), re.M)


def section(text, title):
    return re.search(rf"^## `{title}`.*?(?=^## |\Z)", text, re.M | re.S)[0]


def check_codes(text, headers, faults):
    for title, header in headers.items():
        rows = [row.split("|")[1] for row in section(text, title).splitlines() if row.startswith("| `")]
        listed = re.findall(r"`(\w+)`", " ".join(rows))
        wanted = enumerators(header)
        for code in sorted(set(wanted) ^ set(listed)):
            faults.append(f"docs/reference/errors.md: {title}::{code} is {'missing' if code in wanted else 'stale'}")


def check_variables(text, source, faults):
    # A name that is read stands in quotes in environment.ipp.
    wanted = set(re.findall(r'"([A-Z]+_[A-Z_]+|[a-z]+_proxy)"', source))
    rows = " ".join(row.split("|")[1] for row in text.splitlines() if row.startswith("| `"))
    listed = set(VARIABLE.findall(rows))
    for name in sorted(wanted ^ listed):
        faults.append(f"docs/reference/environment.md: {name} is {'missing' if name in wanted else 'stale'}")
    if len(wanted) < 10:
        faults.append("no environment variables were found in environment.ipp: this check looks at the wrong place")


def self_test():
    def faulty(check, *arguments):
        faults = []
        check(*arguments, faults)
        return len(faults)

    errors = "## `errc`\n| `a` | x |\n| `b` | x |\n"
    header = "enum class errc\n{\n    a = 1, ///< one, two\n    b,\n};"
    cases = [
        (faulty(check_readme, "```cpp\nint a;\n```\n", "int a;\n"), 0),
        (faulty(check_readme, "```cpp\nint b;\n```\n", "int a;\n"), 1),
        (faulty(check_readme, "```cpp\n" + "int a;\n" * 16 + "```\n", "int a;\n" * 16), 1),
        (faulty(check_blocks, "x", "```cpp\na\n\nb\n```\n", [["z", "a", "b"]]), 0),
        (faulty(check_blocks, "x", "```cpp\na\nb\n```\n", [["a", "z", "b"]]), 1),
        (faulty(check_links, ROOT / "x.md", "[a](LICENSE) [b](https://example.com)"), 0),
        (faulty(check_links, ROOT / "x.md", "[a](nothing/here.md)"), 1),
        (faulty(check_file_names, "`core/error.hpp` `tests/checks/readme.py` `wire.hpp`"), 0),
        (faulty(check_file_names, "`core/no_such.hpp`"), 1),
        (faulty(check_codes, errors, {"errc": header}), 0),
        (faulty(check_codes, errors, {"errc": header.replace("b,", "c,")}), 2),
        (faulty(check_variables, "| `A_B`, `c_proxy` | x |\n", ' "A_B" "c_proxy" "HOME" '), 1),  # only: too few of them
        (faulty(check_variables, "| `A_B` | x |\n", ' "A_C" '), 3),
    ]
    bad = [number for number, (found, wanted) in enumerate(cases) if found != wanted]
    print(f"readme self-test: {len(cases)} cases, wrong: {bad}")
    return 1 if bad else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if self_test():
        return 1
    faults = []
    documents = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
    texts = {path: path.read_text() for path in documents}
    examples = [lines_of(path.read_text()) for path in (ROOT / "examples").glob("*.cpp")]
    check_readme(texts[ROOT / "README.md"], (ROOT / "examples/01_score_a_row.cpp").read_text(), faults)
    for path, text in texts.items():
        check_blocks(str(path.relative_to(ROOT)), text, examples, faults)
        check_links(path, text, faults)
    check_file_names(texts[ROOT / "ARCHITECTURE.md"], faults)
    include = ROOT / "include/augur"
    check_codes((ROOT / "docs/reference/errors.md").read_text(), {
        "augur::errc": (include / "core/errc.hpp").read_text(),
        "sagemaker::errc": (include / "sagemaker/errc.hpp").read_text(),
        "azure_ml::errc": (include / "azure_ml/errc.hpp").read_text(),
        "auth::entra::errc": (include / "auth/entra/errc.hpp").read_text(),
    }, faults)
    check_variables((ROOT / "docs/reference/environment.md").read_text(), (include / "call/impl/environment.ipp").read_text(), faults)
    print("\n".join(faults))
    print(f"documents: {len(documents)}, faults: {len(faults)}")
    return 1 if faults else 0


sys.exit(main())
