#!/usr/bin/env python3
r"""boto3 calls invoke_endpoint on a running emulator: an independent client as witness.

    boto3_invoke.py READY_FILE            one line per check; exit code 1 when one fails
    boto3_invoke.py --dump READY_FILE     the answers of the calls below as JSON, for comparing with another client
    boto3_invoke.py --compare A B         two such dumps; says where they differ

READY_FILE is what `augur-emulator --ready-file` wrote. The emulator is reset first, so that its seeded choices
(variants, session ids) start from the beginning; every client that makes the same calls in the same order gets the
same answers.

The fixed list of calls. ROWS is {"instances": [[5.1,3.5,1.4,0.2],[6.7,3.1,4.4,1.4],[6.3,3.3,6.0,2.5]]} as compact
JSON with ContentType application/json unless something else is said. One attempt each, no retries.

     1 rows                    iris-prediction-endpoint, ROWS
     2 rows_again_1..4         the same four times (the variant choice is seeded: 0.7 to 0.3)
     3 variant_discriminant    the same, TargetVariant discriminant
     4 variant_neighbours      the same, TargetVariant neighbours
     5 csv                     body "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", ContentType text/csv, Accept text/csv,
                               TargetVariant discriminant
     6 unseen                  {"instances":[[5.9,3.0,4.9,1.7]]}, TargetVariant neighbours (its votes are divided)
     7 model_discriminant      iris-multi-model-endpoint, ROWS, TargetModel discriminant.tar.gz
     8 model_neighbours        the same, TargetModel neighbours.tar.gz
     9 model_unknown           the same, TargetModel nothing.tar.gz
    10 model_missing           the same without TargetModel
    11 component_discriminant  iris-components-endpoint, ROWS, InferenceComponentName iris-discriminant
    12 component_neighbours    the same, InferenceComponentName iris-neighbours
    13 component_missing       the same without it
    14 host_neighbours         iris-multi-container-endpoint, ROWS, TargetContainerHostname neighbours
    15 session_new             iris-stateful-endpoint, ROWS, SessionId NEW_SESSION
    16 session_use             the same with the id just opened
    17 session_close           the same, CustomAttributes close-session
    18 session_closed          the same again: the session is gone
    19 echo                    echo-endpoint with every parameter:
                               Body bytes 00 01 FF, ContentType application/x-witness, Accept application/json,
                               CustomAttributes "trace=1; tag=a b", TargetModel m/1.tar.gz, TargetVariant other,
                               TargetContainerHostname host-1, InferenceId id-1, EnableExplanations `true`
                               (with the backquotes), InferenceComponentName component-1, SessionId session-1
    20 echo_plain              echo-endpoint, Body "x", ContentType text/plain, nothing else
    21 cold_1, cold_2, cold_3  iris-cold-endpoint, ROWS: not ready, not ready, answered
    22 missing_value           iris-prediction-endpoint, {"instances":[[5.1,3.5,1.4,0.2],[6.7,3.1,null,1.4]]},
                               TargetVariant discriminant
    23 failing                 failing-endpoint, ROWS
    24 silent                  silent-endpoint, ROWS
    25 unknown_endpoint        no-such-endpoint, ROWS
    26 unknown_variant         iris-prediction-endpoint, ROWS, TargetVariant nobody
    27 throttled, internal_failure, unavailable, dependency
                               throttled-endpoint, internal-failure-endpoint, unavailable-endpoint,
                               dependency-endpoint, ROWS
    28 too_large               iris-serverless-endpoint, Body 4194305 times "1", ContentType text/csv
    29 wrong_secret            call 1 with the right access key and the secret "wrong"
    30 unknown_key             call 1 with the access key AKIAUNKNOWN and the secret "wrong"
    31 temporary               call 3 with the temporary credentials
    32 expired                 call 1 with the expired credentials
    33 forbidden               call 1 with the forbidden credentials
    34 wrong_region            call 1 signed for eu-west-1

A dump is one JSON object: the call's name -> what came back. A success is {"ok": true, "status", "body" (text, or
"base64:..." when it is not UTF-8), "content_type", "variant", "custom_attributes", "new_session" (the id without its
expiry), "closed_session"}; a failure is {"ok": false, "status", "type", "message"} and, for ModelError,
"original_status_code", "original_message", "log_stream_arn". Members without a value are null. Of a signature
mismatch only the first sentence of the message is kept: the rest shows each client's own headers.
"""

import base64
import json
import os
import re
import ssl
import sys
import urllib.request

ROWS = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.1, 4.4, 1.4], [6.3, 3.3, 6.0, 2.5]]},
                  separators=(",", ":")).encode()
IRIS = "iris-prediction-endpoint"
SUCCESS_MEMBERS = ("body", "content_type", "variant", "custom_attributes", "new_session", "closed_session")
MODEL_ERROR_MEMBERS = {"OriginalStatusCode": "original_status_code", "OriginalMessage": "original_message",
                       "LogStreamArn": "log_stream_arn"}


def reset(ready):
    control = urllib.request.Request(ready["url"] + "/_emulator/reset", data=b"", method="POST",
                                     headers={"x-emulator-key": ready["control_key"]})
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ready["ca"])))
    with direct.open(control) as answer:
        assert answer.status == 200


class Witness:
    def __init__(self, ready):
        self.ready = ready
        self.answers = {}
        self.raw = {}

    def client(self, access_key=None, secret_key=None, session_token=None, region=None):
        import boto3
        from botocore.config import Config
        return boto3.session.Session().client(
            "sagemaker-runtime", endpoint_url=self.ready["url"], verify=self.ready["ca"],
            region_name=region or self.ready["region"], aws_access_key_id=access_key or self.ready["access_key"],
            aws_secret_access_key=secret_key or self.ready["secret_key"], aws_session_token=session_token,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=True, proxies={}))

    def call(self, name, endpoint, body=ROWS, client=None, **parameters):
        from botocore.exceptions import ClientError
        parameters.setdefault("ContentType", "application/json")
        try:
            answer = (client or self.main).invoke_endpoint(EndpointName=endpoint, Body=body, **parameters)
            kept = success(answer)
        except ClientError as problem:
            answer = problem.response
            kept = failure(problem)
        self.answers[name] = kept
        self.raw[name] = answer
        return kept

    def run(self):
        reset(self.ready)
        self.main = self.client()
        call = self.call
        call("rows", IRIS)
        for i in range(1, 5):
            call(f"rows_again_{i}", IRIS)
        call("variant_discriminant", IRIS, TargetVariant="discriminant")
        call("variant_neighbours", IRIS, TargetVariant="neighbours")
        call("csv", IRIS, b"5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n", ContentType="text/csv", Accept="text/csv",
             TargetVariant="discriminant")
        call("unseen", IRIS, b'{"instances":[[5.9,3.0,4.9,1.7]]}', TargetVariant="neighbours")
        call("model_discriminant", "iris-multi-model-endpoint", TargetModel="discriminant.tar.gz")
        call("model_neighbours", "iris-multi-model-endpoint", TargetModel="neighbours.tar.gz")
        call("model_unknown", "iris-multi-model-endpoint", TargetModel="nothing.tar.gz")
        call("model_missing", "iris-multi-model-endpoint")
        call("component_discriminant", "iris-components-endpoint", InferenceComponentName="iris-discriminant")
        call("component_neighbours", "iris-components-endpoint", InferenceComponentName="iris-neighbours")
        call("component_missing", "iris-components-endpoint")
        call("host_neighbours", "iris-multi-container-endpoint", TargetContainerHostname="neighbours")
        stateful = "iris-stateful-endpoint"
        session = call("session_new", stateful, SessionId="NEW_SESSION")["new_session"]
        call("session_use", stateful, SessionId=session)
        call("session_close", stateful, SessionId=session, CustomAttributes="close-session")
        call("session_closed", stateful, SessionId=session)
        call("echo", "echo-endpoint", bytes([0, 1, 255]), ContentType="application/x-witness",
             Accept="application/json", CustomAttributes="trace=1; tag=a b", TargetModel="m/1.tar.gz",
             TargetVariant="other", TargetContainerHostname="host-1", InferenceId="id-1",
             EnableExplanations="`true`", InferenceComponentName="component-1", SessionId="session-1")
        call("echo_plain", "echo-endpoint", b"x", ContentType="text/plain")
        for i in range(1, 4):
            call(f"cold_{i}", "iris-cold-endpoint")
        call("missing_value", IRIS, b'{"instances":[[5.1,3.5,1.4,0.2],[6.7,3.1,null,1.4]]}',
             TargetVariant="discriminant")
        call("failing", "failing-endpoint")
        call("silent", "silent-endpoint")
        call("unknown_endpoint", "no-such-endpoint")
        call("unknown_variant", IRIS, TargetVariant="nobody")
        call("throttled", "throttled-endpoint")
        call("internal_failure", "internal-failure-endpoint")
        call("unavailable", "unavailable-endpoint")
        call("dependency", "dependency-endpoint")
        call("too_large", "iris-serverless-endpoint", b"1" * (4 * 1024 * 1024 + 1), ContentType="text/csv")
        call("wrong_secret", IRIS, client=self.client(secret_key="wrong"))
        call("unknown_key", IRIS, client=self.client(access_key="AKIAUNKNOWN", secret_key="wrong"))
        call("temporary", IRIS, client=self.client(**self.ready["temporary"]), TargetVariant="discriminant")
        call("expired", IRIS, client=self.client(**self.ready["expired"]))
        call("forbidden", IRIS, client=self.client(**self.ready["forbidden"]))
        call("wrong_region", IRIS, client=self.client(region="eu-west-1"))


def success(answer):
    body = answer["Body"].read()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = "base64:" + base64.b64encode(body).decode()
    session = answer.get("NewSessionId")
    return {"ok": True, "status": answer["ResponseMetadata"]["HTTPStatusCode"], "body": text,
            "content_type": answer.get("ContentType"), "variant": answer.get("InvokedProductionVariant"),
            "custom_attributes": answer.get("CustomAttributes"), "new_session": session and session.split(";")[0],
            "closed_session": answer.get("ClosedSessionId")}


def failure(problem):
    answer = problem.response
    kept = {"ok": False, "status": answer["ResponseMetadata"]["HTTPStatusCode"], "type": answer["Error"]["Code"],
            "message": answer["Error"]["Message"].split("\n")[0]}
    if kept["type"] == "ModelError":
        kept.update({ours: answer.get(theirs) for theirs, ours in MODEL_ERROR_MEMBERS.items()})
    return kept


def classes(text):
    return [p["predicted_class"] for p in json.loads(text)["predictions"]]


def check(witness):
    """Says what must hold, by hand and not by comparing with an earlier run."""
    failures = 0
    a = witness.answers

    def expect(name, condition):
        nonlocal failures
        failures += not condition
        print(("ok   " if condition else "FAIL ") + name)

    def refused(name, status, kind, words):
        got = a[name]
        expect(f"{name}: {status} {kind}", not got["ok"] and got["status"] == status and got["type"] == kind
               and words in got["message"])
        if got["ok"] or got["type"] != kind or words not in got["message"]:
            print("     got", got)

    three = ["setosa", "versicolor", "virginica"]
    for name in ("rows", "variant_discriminant", "variant_neighbours", "model_discriminant", "model_neighbours",
                 "component_discriminant", "component_neighbours", "host_neighbours", "session_new", "session_use",
                 "cold_3", "temporary"):
        expect(f"{name}: three flowers, three species", a[name]["ok"] and classes(a[name]["body"]) == three)
        expect(f"{name}: application/json", a[name]["content_type"] == "application/json")
    expect("rows: the text starts as documented", a["rows"]["body"].startswith(
        '{"predictions":[{"predicted_class":"setosa","predicted_class_index":0,'
        '"probabilities":{"setosa":1.0,"versicolor":0.0,"virginica":0.0}},'))
    expect("every success has a request id", all(
        re.fullmatch(r"[0-9a-f-]{36}", r["ResponseMetadata"].get("RequestId", "")) for r in witness.raw.values()))
    variants = [a["rows"]["variant"]] + [a[f"rows_again_{i}"]["variant"] for i in range(1, 5)]
    expect("rows: the variant is one of the two", set(variants) <= {"discriminant", "neighbours"})
    expect("variant_discriminant: its own variant", a["variant_discriminant"]["variant"] == "discriminant")
    expect("variant_neighbours: its own variant", a["variant_neighbours"]["variant"] == "neighbours")
    expect("the two algorithms answer differently",
           a["variant_discriminant"]["body"] != a["variant_neighbours"]["body"])
    expect("the two models answer differently", a["model_discriminant"]["body"] != a["model_neighbours"]["body"])
    expect("csv: class names", a["csv"]["body"] == "setosa\nvirginica\n" and a["csv"]["content_type"] == "text/csv")
    votes = json.loads(a["unseen"]["body"])["predictions"][0]["probabilities"]
    expect("unseen: the votes sum to one and are divided", abs(sum(votes.values()) - 1) < 1e-5
           and 0 < votes["virginica"] < 1)
    expect("session_new: an id with an expiry", re.fullmatch(
        r"[a-zA-Z0-9](-*[a-zA-Z0-9])*;\sExpires=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        witness.raw["session_new"].get("NewSessionId", "")) is not None)
    expect("session_new: first call", a["session_new"]["custom_attributes"] == "session-calls=1")
    expect("session_use: second call", a["session_use"]["custom_attributes"] == "session-calls=2")
    expect("session_close: the id comes back",
           a["session_close"]["closed_session"] == a["session_new"]["new_session"])
    echo = json.loads(a["echo"]["body"])
    seen = {name.lower(): value for name, value in echo["headers"].items()}
    for header, value in {"custom-attributes": "trace=1; tag=a b", "target-model": "m/1.tar.gz",
                          "target-variant": "other", "target-container-hostname": "host-1", "inference-id": "id-1",
                          "enable-explanations": "`true`", "inference-component": "component-1",
                          "session-id": "session-1"}.items():
        expect(f"echo: {header} arrived", seen.get("x-amzn-sagemaker-" + header) == value)
    expect("echo: content type, accept and body arrived", echo["content_type"] == "application/x-witness"
           and echo["accept"] == "application/json" and base64.b64decode(echo["body_base64"]) == bytes([0, 1, 255]))
    expect("echo: variant and custom attributes came back", a["echo"]["variant"] == "other"
           and a["echo"]["custom_attributes"] == "trace=1; tag=a b")

    refused("model_unknown", 400, "ValidationError", "nothing.tar.gz")
    refused("model_missing", 400, "ValidationError", "Target-Model")
    refused("component_missing", 400, "ValidationError", "Inference Component Name header is required")
    refused("session_closed", 400, "ValidationError", "Session")
    refused("cold_1", 429, "ModelNotReadyException", "")
    refused("cold_2", 429, "ModelNotReadyException", "")
    refused("missing_value", 424, "ModelError", "client error (400)")
    expect("missing_value: the container's words", "row 2: column 3 (petal_length) is missing"
           in a["missing_value"]["original_message"] and a["missing_value"]["original_status_code"] == 400)
    refused("failing", 424, "ModelError", "server error (500)")
    expect("failing: OriginalStatusCode, OriginalMessage, LogStreamArn", a["failing"]["original_status_code"] == 500
           and "exception" in a["failing"]["original_message"]
           and a["failing"]["log_stream_arn"].startswith("arn:aws:logs:us-east-1:123456789012:log-group:"))
    refused("silent", 424, "ModelError", "timed out")
    expect("silent: OriginalStatusCode 0", a["silent"]["original_status_code"] == 0)
    refused("unknown_endpoint", 400, "ValidationError",
            "Endpoint no-such-endpoint of account 123456789012 not found.")
    refused("unknown_variant", 400, "ValidationError", "nobody")
    refused("throttled", 400, "ThrottlingException", "Rate exceeded")
    refused("internal_failure", 500, "InternalFailure", "")
    refused("unavailable", 503, "ServiceUnavailable", "")
    refused("dependency", 530, "InternalDependencyException", "")
    refused("too_large", 400, "ValidationError", "4194305")
    refused("wrong_secret", 403, "InvalidSignatureException", "does not match the signature you provided")
    expect("wrong_secret: the canonical string is shown", "The Canonical String for this request should have been\n'POST"
           in witness.raw["wrong_secret"]["Error"]["Message"])
    refused("unknown_key", 403, "UnrecognizedClientException", "security token")
    refused("expired", 403, "ExpiredTokenException", "expired")
    refused("forbidden", 403, "AccessDeniedException", "not authorized")
    refused("wrong_region", 403, "InvalidSignatureException", "valid region")
    exceptions = witness.main.exceptions
    for name in ("ModelError", "ModelNotReadyException", "ValidationError", "InternalFailure", "ServiceUnavailable",
                 "InternalDependencyException"):
        expect(f"boto3 knows {name} as a modelled exception", hasattr(exceptions, name))
    print(f"{failures} failed" if failures else "all passed")
    return 1 if failures else 0


def compare(first, second):
    with open(first) as f, open(second) as g:
        a, b = json.load(f), json.load(g)
    differences = 0
    for name in sorted(set(a) | set(b)):
        if name not in a or name not in b:
            print(f"{name}: only in {first if name in a else second}")
            differences += 1
            continue
        for member in sorted(set(a[name]) | set(b[name])):
            if a[name].get(member) != b[name].get(member):
                print(f"{name}.{member}: {a[name].get(member)!r} against {b[name].get(member)!r}")
                differences += 1
    print(f"{len(set(a) & set(b))} calls compared, {differences} differences")
    return 1 if differences or not a else 0


def forget_environment():
    """Profiles, proxies and bundles of the machine are none of this test's business."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def main(arguments):
    forget_environment()
    if len(arguments) == 3 and arguments[0] == "--compare":
        return compare(*arguments[1:])
    dump = "--dump" in arguments
    files = [a for a in arguments if a != "--dump"]
    if len(files) != 1:
        print(__doc__)
        return 2
    with open(files[0]) as f:
        witness = Witness(json.load(f))
    witness.run()
    if dump:
        json.dump(witness.answers, sys.stdout, indent=1, sort_keys=True)
        print()
        return 0
    return check(witness)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
