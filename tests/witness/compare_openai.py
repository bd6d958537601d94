#!/usr/bin/env python3
"""The official client of OpenAI and ours ask the same emulator the same and come to the same.

usage: compare_openai.py READY AUGUR_OPENAI

Compares, for each case of openai_cases.py, text, refusal, arguments of tools, finish reason, usage, and an error's
class, status and code; for our client whole and as a stream, at the paths of OpenAI and, in both forms, of Azure. boto3
says what SageMaker's response streams hold. The comparison itself is tried first on answers with one difference.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import openai_cases
import openai_client


def differences(theirs, ours, where):
    out = []
    for name in sorted(set(theirs) | set(ours)):
        a, b = copy.deepcopy(theirs.get(name, "(absent)")), copy.deepcopy(ours.get(name, "(absent)"))
        if isinstance(a, dict) and isinstance(b, dict) and "error" in a and a["code"] is None:
            b.pop("code", None)  # ours falls back to the type of the error
            a.pop("code")
        if a != b:
            out.append(f"{where} {name}: the official client got {a!r}, ours {b!r}")
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as f:
        ready = json.load(f)
    done = subprocess.run([sys.executable, openai_client.__file__, sys.argv[1], "--dump"], capture_output=True, text=True)
    if done.returncode:
        sys.exit("the official client's own run failed\n" + done.stderr)
    theirs = json.loads(done.stdout)

    def ask(cases):
        with tempfile.TemporaryDirectory() as tmp:
            path = pathlib.Path(tmp, "cases.json")
            path.write_text(json.dumps(cases))
            ran = subprocess.run([sys.argv[2], sys.argv[1], str(path)], capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"our client ended with status {ran.returncode}\n{ran.stderr}")
        return json.loads(ran.stdout)

    # What needs more than one request is compared elsewhere; an Azure filter is asked on Azure only.
    skipped = {"tool_result", "response_gone", "filtered_prompt", "error_in_stream"}
    nothing = {"chats": {}, "errors": {}, "responses": {}, "broken": {}}
    hello = openai_cases.user("x")
    errors = {**openai_cases.ERRORS, "wrong_key": {"messages": hello}}
    openai_cases.control(ready, "reset", {})
    ours = ask({**nothing, "chats": openai_cases.CHATS, "responses": openai_cases.RESPONSES, "errors": errors,
                "embeddings": True, "sagemaker": True})
    wanted = {where: {n: v for n, v in theirs[where].items() if n not in skipped} for where in ("openai", "azure")}
    for name in wanted["openai"]:
        changed = copy.deepcopy(wanted["openai"])
        changed[name] = "something else"
        if len(differences(wanted["openai"], changed, "")) != 1:
            sys.exit(f"the comparison does not notice a change of {name}")
    found = []
    for mine, their in (("openai", "openai"), ("azure", "azure"), ("azure_v1", "azure")):
        found += differences(wanted[their], ours[mine], mine)

    sky = {"messages": openai_cases.user(openai_cases.SKY)}
    blocked = ask({**nothing, "errors": {"filtered_prompt": {"messages": openai_cases.user("say blockedprompt")}}})
    openai_cases.control(ready, "quirks", {"error_after": 3})
    broken = ask({**nothing, "broken": {"error_in_stream": sky}})
    openai_cases.control(ready, "quirks", {})
    openai_cases.control(ready, "script", {"path": "*", "cut_stream": {"at": 4, "how": "close"}, "times": 3})
    cut = ask({**nothing, "broken": {"error_in_stream": sky}})
    for where in ("azure", "azure_v1"):
        for name, came in (("filtered_prompt", blocked), ("error_in_stream", broken), ("error_in_stream", cut)):
            found += differences({name: theirs["azure"][name]}, came[where], where)

    chat = ours["sagemaker"]["chat"]["choices"][0]["text"]
    lines = [line[6:] for line in theirs["sagemaker"]["stream_chat"]["bytes"].split("\n\n") if line.startswith("data: {")]
    if chat != "".join(c["delta"].get("content") or "" for line in lines for c in json.loads(line)["choices"]):
        found.append(f"sagemaker chat: ours is {chat!r}")
    nine = "".join(json.loads(line)["token"]["text"] for line in theirs["sagemaker"]["stream_lmi"]["bytes"].splitlines())
    for name in ("lmi", "lmi-outputs", "tgi"):
        answer = ours["sagemaker"][name]
        if "choices" not in answer or answer["choices"][0]["text"] != nine:
            found.append(f"sagemaker {name}: ours is {answer!r}, boto3's {nine!r}")
    print("\n".join(found))
    cases = sum(len(v) for v in wanted.values())
    print(f"{cases} cases, three kinds of paths, whole and streamed; {len(found)} differences")
    sys.exit(1 if found or cases < 50 else 0)


main()
