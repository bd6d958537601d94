#!/usr/bin/env python3
"""Runs one witness with the Python that has boto3, azure-identity, openai and jsonschema.

usage: run.py --root DIR [--emulator PROGRAM [--identity]] SCRIPT [ARGUMENT...]

With --emulator the program is started, and a file with what it tells of itself is the script's first argument; it is
stopped afterwards and must not have ended by itself. With --identity it also hands out credentials over plain
HTTP, and the agent of Azure Arc has a folder beside the ready file.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/support"))
import emulator_process

SKIPPED = 77


def find_python(root):
    for candidate in (os.environ.get("AUGUR_WITNESS_PYTHON"), str(root / "build/venv/bin/python")):
        if candidate and subprocess.run([candidate, "-c", "import azure.identity, boto3, botocore, jsonschema, openai"], capture_output=True).returncode == 0:
            return candidate
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--emulator")
    parser.add_argument("--identity", action="store_true")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    args = parser.parse_args()

    try:
        python = find_python(args.root)
    except OSError:
        python = None
    if not python:
        print("WITNESS SKIPPED: no Python with boto3, azure-identity, openai and jsonschema; scripts/test makes one in build/venv")
        sys.exit(1 if os.environ.get("AUGUR_NO_SKIP") else SKIPPED)
    script = str(pathlib.Path(__file__).resolve().parent / args.script)
    # The witness must see nothing of the machine's own set-up.
    own = ("AWS_", "OPENAI_", "AZURE_", "IDENTITY_", "IMDS_", "MSI_", "SSL_CERT_", "DEFAULT_IDENTITY_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own) and not k.lower().endswith("_proxy")}
    environment["AWS_EC2_METADATA_DISABLED"] = "true"
    environment["AWS_CONFIG_FILE"] = environment["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

    if not args.emulator:
        sys.exit(subprocess.run([python, script, *args.arguments], env=environment).returncode)

    with tempfile.TemporaryDirectory() as tmp:
        ready = pathlib.Path(tmp, "ready.json")
        log = open(pathlib.Path(tmp, "emulator.log"), "w+")
        options = []
        if args.identity:
            tokens = pathlib.Path(tmp, "tokens")
            tokens.mkdir()
            options = ["--identity", "--arc-folder", str(tokens)]
        emulator, told = emulator_process.start(args.emulator, *options, log=log, cwd=args.root)
        status = 1
        try:
            if not told:
                print("the emulator did not become ready")
            else:
                ready.touch(0o600)
                ready.write_text(told)
                status = subprocess.run([python, script, str(ready), *args.arguments], env=environment).returncode
            if emulator.poll() is not None:
                print(f"the emulator ended by itself with status {emulator.returncode}")
                status = status or 1
        finally:
            emulator.terminate()
            try:
                emulator.wait(10)
            except subprocess.TimeoutExpired:
                emulator.kill()
                print("the emulator did not stop when asked")
                status = status or 1
            if status:
                log.seek(0)
                print("--- the emulator said ---\n" + log.read()[-4000:])
    sys.exit(status)


main()
