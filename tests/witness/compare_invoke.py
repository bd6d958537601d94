#!/usr/bin/env python3
"""boto3 and our client make the same calls of the same emulator and get the same answers.

usage: compare_invoke.py READY_FILE AUGUR_INVOKE

Compares, call by call, everything that boto3_invoke.py dumps: body, content type, variant, session, custom attributes,
status, and an error's type, message and model error members. Both start from a reset emulator. The comparison itself is
tried first on answers with one difference.
"""
import copy
import json
import subprocess
import sys

import boto3_invoke


def differences(theirs, ours):
    out = [f"{name}: only {'boto3' if name in theirs else 'our client'} made this call"
           for name in sorted(set(theirs) ^ set(ours))]
    for name in sorted(set(theirs) & set(ours)):
        for member in sorted(set(theirs[name]) | set(ours[name])):
            a, b = theirs[name].get(member, "(absent)"), ours[name].get(member, "(absent)")
            if a != b or type(a) is not type(b):
                out.append(f"{name}.{member}: boto3 got {a!r}, our client {b!r}")
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as f:
        ready = json.load(f)
    boto3_invoke.forget_environment()
    witness = boto3_invoke.Witness(ready)
    witness.run()
    theirs = json.loads(json.dumps(witness.answers))
    boto3_invoke.reset(ready)
    done = subprocess.run([sys.argv[2], sys.argv[1]], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"our client ended with status {done.returncode}\n{done.stderr}")
    ours = json.loads(done.stdout)

    for name, answer in ours.items():
        for member in answer:
            changed = copy.deepcopy(ours)
            changed[name][member] = "something else"
            if len(differences(ours, changed)) != 1:
                sys.exit(f"the comparison does not notice a change of {name}.{member}")
    found = differences(theirs, ours)
    print("\n".join(found))
    successes = sum(answer["ok"] for answer in theirs.values())
    print(f"{len(theirs)} calls by boto3 and by our client, {successes} of them answered, {len(found)} differences")
    # An emulator that refuses everybody would make them equal too.
    sys.exit(1 if found or successes < 20 or len(theirs) - successes < 15 else 0)


main()
