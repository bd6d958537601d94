#!/usr/bin/env python3
"""The layer check must be able to fail: breaks a copy of the smallest tree in every way and expects each to be named."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = [
    ("include/augur/core/x.hpp", "#pragma once\n#include <augur/net/task.hpp>\n", "core may not include net"),
    ("include/augur/core/x.hpp", "#pragma once\n#include <boost/asio/awaitable.hpp>\n", "not allowed in a header of core"),
    ("include/augur/codec/x.hpp", "#pragma once\n#include <openssl/sha.h>\n", "not allowed in a header of codec"),
    ("include/augur/net/x.hpp", "#pragma once\n#include <boost/beast/http.hpp>\n", "not allowed in a header of net"),
    ("include/augur/net/x.hpp", "#pragma once\n#include <boost/asio/ssl.hpp>\n", "never in a public header"),
    ("include/augur/net/x.hpp", "#pragma once\n#include <sys/socket.h>\n", "POSIX or Windows only"),
    ("include/augur/sagemaker/x.hpp", "#pragma once\n#include <augur/azure_ml/x.hpp>\n", "may not include azure_ml"),
    ("include/augur/policy/impl/x.ipp", "#pragma once\n#include <fstream>\n", "policy is pure"),
    ("include/augur/policy/impl/x.ipp", "#pragma once\nauto t = std::chrono::steady_clock::now();\n", "reads a clock"),
    ("include/augur/codec/impl/x.ipp", "#pragma once\nnamespace {\n}\n", "an anonymous namespace"),
    ("include/augur/codec/impl/x.ipp", "#pragma once\nstatic int f() { return 1; }\n", "a static function"),
    ("include/augur/codec/impl/x.ipp", "#pragma once\n#define X 1\n", "leaves the macro X"),
    ("include/augur/codec/impl/x.ipp", "#pragma once\nusing namespace std;\n", "using namespace"),
    ("include/augur/new/x.hpp", "#pragma once\n", "belongs to no layer"),
    ("include/augur/core/x.hpp", "#pragma once\n" + "//\n" * 250, "over 200"),
    ("src/codec.cpp", "#include <augur/call/call.hpp>\n", "codec may not include call"),
]


def run(root):
    return subprocess.run([sys.executable, str(HERE / "layers.py"), "--root", str(root)], capture_output=True, text=True)


def main():
    failures = 0
    for path, text, expected in CASES:
        with tempfile.TemporaryDirectory() as tmp:
            root = pathlib.Path(tmp)
            (root / "tests/checks").mkdir(parents=True)
            shutil.copy(HERE / "layers.txt", root / "tests/checks")
            good = root / "include/augur/core/good.hpp"
            good.parent.mkdir(parents=True)
            good.write_text("#pragma once\n#include <boost/system/error_code.hpp>\n#include <string>\n")
            if run(root).returncode != 0:
                sys.exit("the control does not pass:\n" + run(root).stdout)
            bad = root / path
            bad.parent.mkdir(parents=True, exist_ok=True)
            bad.write_text(text)
            done = run(root)
            if done.returncode == 0 or expected not in done.stdout:
                print(f"{path}: expected '{expected}', got:\n{done.stdout}{done.stderr}")
                failures += 1
    print(f"layers self test: {len(CASES)} broken trees, {failures} not noticed")
    sys.exit(1 if failures else 0)


main()
