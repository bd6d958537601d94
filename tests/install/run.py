#!/usr/bin/env python3
"""Builds and runs the programs of tests/install/consumer the way a user would.

usage: run.py find_package|pkg_config|add_subdirectory --build DIR --work DIR --compiler CXX
"""
import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def run(*command, **kwargs):
    print("+", " ".join(map(str, command)), flush=True)
    done = subprocess.run([str(c) for c in command], **kwargs)
    if done.returncode != 0:
        sys.exit(f"failed with status {done.returncode}")
    return done


def build_with_cmake(source, work, compiler, *definitions):
    run("cmake", "-G", "Ninja", "-S", source, "-B", work / "build", "-DCMAKE_BUILD_TYPE=Debug",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_CXX_FLAGS_DEBUG=-O0", *definitions)
    run("cmake", "--build", work / "build", "-j", "2")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["find_package", "pkg_config", "add_subdirectory"])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    prefix = args.work / "prefix"

    if args.way == "add_subdirectory":
        build_with_cmake(HERE / "add_subdirectory", args.work, args.compiler, f"-DAUGUR_SOURCE={ROOT}")
        run(args.work / "build/consumer")
        run(args.work / "build/consumer_auth")
        listed = run("ctest", "--test-dir", args.work / "build", "-N", capture_output=True, text=True).stdout
        if "Total Tests: 0" not in listed:
            sys.exit("as a subdirectory the project brings tests along:\n" + listed)
        return

    run("cmake", "--install", args.build, "--prefix", prefix, stdout=subprocess.DEVNULL)
    # An installed tree may be moved: nothing in it knows where it was made.
    moved = args.work / "moved"
    prefix.rename(moved)
    for path in moved.rglob("*"):
        if path.suffix in (".cmake", ".pc", ".hpp", ".ipp") and str(ROOT) in path.read_text():
            sys.exit(f"{path.relative_to(moved)} names the folder it was built in")
    if args.way == "find_package":
        build_with_cmake(HERE / "find_package", args.work, args.compiler, f"-DCMAKE_PREFIX_PATH={moved}")
        for program in ("consumer", "consumer_auth", "consumer_header_only"):
            run(args.work / "build" / program)
        return

    folders = [p.parent for p in moved.rglob("augur.pc")]
    if len(folders) != 1:
        sys.exit("augur.pc is not installed once")
    search = os.pathsep.join([str(folders[0])] + ([os.environ["PKG_CONFIG_PATH"]] if os.environ.get("PKG_CONFIG_PATH") else []))
    told = []
    for module, source in (("augur", "main.cpp"), ("augur-auth", "sign.cpp")):
        flags = run("pkg-config", "--cflags", "--libs", module, env={**os.environ, "PKG_CONFIG_PATH": search},
                    capture_output=True, text=True).stdout
        words, program = shlex.split(flags), args.work / module
        start = time.monotonic()
        run(args.compiler, "-std=c++20", "-c", HERE / "consumer" / source, *words, "-o", f"{program}.o")
        seconds = time.monotonic() - start
        run(args.compiler, f"{program}.o", *words, "-o", program)
        run(program)
        run("strip", program)
        told.append((module, program.stat().st_size, seconds))
    # What identity alone costs, beside the whole library.
    for module, size, seconds in told:
        print(f"{module}: a program of {size / 1e6:.2f} MB without symbols, its one file compiled in {seconds:.1f} s")
    if told[1][1] >= told[0][1]:
        sys.exit("identity alone makes no smaller program than everything")


main()
