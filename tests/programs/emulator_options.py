#!/usr/bin/env python3
"""augur-emulator's options: what it prints for a shell, and what it says to options that are wrong.

usage: emulator_options.py EMULATOR
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/support"))
import emulator_process


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def told_by(program, *options):
    """What it prints, and its ready text."""
    with tempfile.TemporaryFile("w+") as log:
        emulator, told = emulator_process.start(program, *options, log=log)
        emulator.terminate()
        emulator.wait()
        log.seek(0)
        said = log.read()
    check(told, "it did not become ready:\n" + said)
    return said, json.loads(told)


def shell_lines(program):
    """A shell that executes the lines has the very values, whatever is in them, and nobody else's token."""
    secret = "it's $(touch oops) `touch oops`; \"\\ *"
    with tempfile.TemporaryDirectory() as folder:
        ca = folder + "/a folder/ca.pem"
        os.mkdir(folder + "/a folder")
        said, ready = told_by(program, "--print-config", "--secret-key", secret, "--ca-file", ca)
        lines = [line for line in said.splitlines() if line.startswith(("export ", "unset "))]
        script = "\n".join(lines) + "\nexec env -0\n"
        result = subprocess.run(["sh", "-eu"], input=script.encode(), cwd=folder, stdout=subprocess.PIPE, check=True,
                                env={"PATH": os.environ["PATH"], "AWS_SESSION_TOKEN": "another's"})
        found = dict(entry.split("=", 1) for entry in result.stdout.decode().split("\0") if entry)
        check(not os.path.exists(folder + "/oops"), "the shell executed a value")
    for name, value in {"AWS_ACCESS_KEY_ID": ready["access_key"], "AWS_SECRET_ACCESS_KEY": secret,
                        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_CA_BUNDLE": ca,
                        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": ready["url"], "AUGUR_AZURE_ML_URL": ready["azure_url"],
                        "AUGUR_AZURE_ML_KEY": ready["azure_key"], "AZURE_OPENAI_ENDPOINT": ready["url"],
                        "AZURE_OPENAI_API_KEY": ready["azure_openai_key"], "OPENAI_BASE_URL": ready["openai_url"],
                        "OPENAI_API_KEY": ready["openai_key"], "SSL_CERT_FILE": ca}.items():
        check(found.get(name) == value, f"{name} is {found.get(name)!r} and not {value!r}")
    check("AWS_SESSION_TOKEN" not in found, "another key's token is left")


def refusals(program):
    for options, sentence in ((["--port", "70000"], "--port: 70000 is too large"),
                              (["--port", "x"], '--port needs a number, not "x"'),
                              (["--port"], "--port needs a value"),
                              (["--ready-fd", "-1"], '--ready-fd needs a number, not "-1"'),
                              (["--host", "0.0.0.0"], "the emulator listens on loopback addresses only, not on 0.0.0.0"),
                              (["--container", "http://10.0.0.1"], "the container must be http://127.0.0.1:PORT"),
                              (["--iris-csv", "/nowhere/x.csv"], "cannot read /nowhere/x.csv"),
                              (["--prot", "1"], "unknown option --prot")):
        done = subprocess.run([program, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        check(done.returncode == 1 and done.stderr.startswith("augur-emulator: " + sentence),
              f"{options}: {done.returncode} {done.stderr!r}")


def interrupted(program):
    """It waits for a container's health, and ends at once when it should end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        emulator = subprocess.Popen([program, "--container", f"http://127.0.0.1:{silent.getsockname()[1]}"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        silent.accept() # it asks, so it runs
        emulator.terminate()
        check(emulator.wait(60) == -signal.SIGTERM, f"it ended with {emulator.returncode}, after it had given up")


def addresses(program):
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        return # a machine without IPv6
    _, ready = told_by(program, "--host", "::1", "--identity")
    for url in ready["url"], ready["identity"]["http_url"], ready["identity"]["urls"]["azure_imds"]:
        check("://[::1]:" in url, url)


shell_lines(sys.argv[1])
refusals(sys.argv[1])
interrupted(sys.argv[1])
addresses(sys.argv[1])
