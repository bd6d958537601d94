#!/usr/bin/env python3
"""The official client of OpenAI and ours ask the same emulator the same and come to the same.

usage: compare_openai.py READY AUGUR_OPENAI

Compares, for each case of openai_cases.py, text, refusal, arguments of tools, finish reason, usage, and an error's
class, status and code; for our client whole and as a stream, at the paths of OpenAI and, in both forms, of Azure. boto3
says what SageMaker's response streams hold and how they fail. The comparison itself is tried first on answers with one difference.
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import openai_cases
import openai_client
import openai_sagemaker


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
    skipped = {"response_gone", "filtered_prompt", "error_in_stream", "cut_stream"}
    nothing = {"chats": {}, "errors": {}, "responses": {}, "broken": {}, "raw": {}}
    hello = openai_cases.user("x")
    errors = {**openai_cases.ERRORS, "wrong_key": {"messages": hello}}
    openai_cases.control(ready, "reset", {})
    ours = ask({**nothing, "chats": openai_cases.CHATS, "responses": openai_cases.RESPONSES, "errors": errors,
                "embeddings": True, "wrong_deployments": True, "sagemaker": True,
                "tool_result": openai_cases.CHATS["tool"]})
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
    cut = ask({**nothing, "broken": {"cut_stream": sky}})
    if not differences({"": theirs["openai"]["cut_stream"]}, {"": theirs["openai"]["error_in_stream"]}, ""):
        sys.exit("the comparison does not tell a stream that was cut from one that ends with an error")
    for mine, their in (("openai", "openai"), ("azure", "azure"), ("azure_v1", "azure")):
        for name, came in (("error_in_stream", broken), ("cut_stream", cut)):
            found += differences({name: theirs[their][name]}, came[mine], mine)
    for where in ("azure", "azure_v1"):
        found += differences({"filtered_prompt": theirs["azure"]["filtered_prompt"]}, blocked[where], where)

    chat = ours["sagemaker"]["chat"]["choices"][0]["text"]
    lines = [line[6:] for line in theirs["sagemaker"]["stream_chat"]["bytes"].split("\n\n") if line.startswith("data: {")]
    if chat != "".join(c["delta"].get("content") or "" for line in lines for c in json.loads(line)["choices"]):
        found.append(f"sagemaker chat: ours is {chat!r}")
    nine = "".join(json.loads(line)["token"]["text"] for line in theirs["sagemaker"]["stream_lmi"]["bytes"].splitlines())
    for name in ("lmi", "lmi-outputs", "tgi"):
        answer = ours["sagemaker"][name]
        if "choices" not in answer or answer["choices"][0]["text"] != nine:
            found.append(f"sagemaker {name}: ours is {answer!r}, boto3's {nine!r}")
    for form in ("whole", "streamed"):
        found += differences({form: theirs["openai_on_sagemaker"]}, {form: ours["sagemaker"]["openai"][form]},
                             "openai on sagemaker")

    def raw(cases):
        return ask({**nothing, "raw": {name: {"endpoint": endpoint, "body": body}
                                       for name, (endpoint, body) in cases.items()}})["raw"]
    streams = raw(openai_sagemaker.STREAMS)
    for name, quirks in openai_sagemaker.STREAM_QUIRKS.items():
        openai_cases.control(ready, "stream-quirks", quirks)
        streams[name] = raw({name: openai_sagemaker.STREAMS["chat"]})[name]
    openai_cases.control(ready, "stream-quirks", {})
    for name, mine in streams.items():
        their = theirs["sagemaker"]["stream_" + name]
        for one in (mine, their):
            if "data: {" in one["bytes"]:  # each completion has an id and a time of its own
                one["bytes"] = openai_sagemaker.text_of(one["bytes"])
        if mine != their:
            found.append(f"sagemaker stream {name}: boto3 got {their!r}, ours {mine!r}")
    print("\n".join(found))
    cases = sum(len(v) for v in wanted.values())
    cases += len(streams) + 3
    print(f"{cases} cases, three kinds of paths, whole and streamed; {len(found)} differences")
    sys.exit(1 if found or cases < 50 else 0)


main()
