#!/usr/bin/env python3
"""Signs random requests with botocore and with Augur and demands the same signature for each.

usage: sigv4_random.py SIGNER [COUNT [SEED]]

SIGNER is the program built from sigv4_signer.cpp. The requests cover what botocore and the service
read in the same way: paths and queries as they stand on the wire, headers with blanks and
repetitions, tokens, bodies, unsigned payloads, S3 paths and presigned forms.
"""

import base64
import datetime
import json
import random
import subprocess
import sys
import warnings
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

warnings.simplefilter("ignore")

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
# Augur leaves more out; older versions of botocore sign "connection" and its like when they are there.
NEVER_SIGNED = [name for name in ("User-Agent", "X-Amzn-Trace-Id", "Expect", "Connection", "TE", "Upgrade")
                if name.lower() in botocore.auth.SIGNED_HEADERS_BLACKLIST]
now = None


class frozen_datetime(datetime.datetime):
    """Older versions of botocore ask this class, newer ones get_current_datetime()."""

    @classmethod
    def utcnow(cls):
        return now

    @classmethod
    def now(cls, tz=None):
        return now


if hasattr(botocore.auth, "get_current_datetime"):
    botocore.auth.get_current_datetime = lambda *a, **k: now
botocore.auth.datetime = type("module", (), {"datetime": frozen_datetime, "timedelta": datetime.timedelta,
                                             "timezone": datetime.timezone})


def text(rng, low, high, alphabet):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(low, high)))


def make_path(rng, s3):
    pieces = ["", "", ".", "..", "endpoints", "invocations", "a b", "\u00e9\u1234", "arn:aws:x/y", "%", "x+y", "...", "@!$'()*,;="]
    segments = []
    for _ in range(rng.randint(0, 6)):
        piece = rng.choice(pieces) if rng.random() < 0.5 else text(rng, 1, 12, UNRESERVED + ":@!$'()*+,=&")
        # On the wire: encoded, but for reserved characters that clients often leave as they are.
        segments.append(quote(piece, safe="-._~" + ("" if s3 or rng.random() < 0.5 else ":@!$'()*+,=&")))
    return "/" + "/".join(segments)


def make_query(rng, unique):
    # botocore takes names and values as they stand on the wire, so they stand there in canonical form.
    names, pairs = set(), []
    for _ in range(rng.choice((0, 0, 0, 1, 2, 5, 9))):
        name = quote(text(rng, 1, 6, UNRESERVED + " /:+\u00fc"), safe="-._~")
        value = quote(text(rng, 0, 8, UNRESERVED + " /:+=&%\u00fc"), safe="-._~")
        if unique and name in names:
            continue
        names.add(name)
        pairs.append(name + "=" + value)
    return "&".join(pairs)


def make_headers(rng, presigned):
    blanks = (" ", "  ", "\t", " \t ")
    fields = []
    if rng.random() < 0.7:
        fields.append(("Content-Type", rng.choice(("application/json", "text/csv; charset=utf-8", "application/x-npy"))))
    for _ in range(rng.randint(0, 6)):
        name = rng.choice(("X-Amz-", "X-Amzn-SageMaker-", "x-", "Accept-", "A")) + text(rng, 1, 8, UNRESERVED[:62] + "-_")
        words = [text(rng, 1, 20, UNRESERVED + "\"/:;=,@()[]{}<>?!#$%&'*+^`|") for _ in range(rng.randint(0, 5))]
        value = "".join(word + rng.choice(blanks) for word in words)
        fields.append((name, rng.choice(("", " ")) + value))
        while rng.random() < 0.2:
            fields.append((name.upper(), text(rng, 0, 9, UNRESERVED)))
    for name in NEVER_SIGNED:
        if rng.random() < 0.2:
            fields.append((name, "x"))
    rng.shuffle(fields)
    reserved = {"x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-decoded-content-length"}
    return [(n, v) for n, v in fields if n.lower() not in reserved]


def make_request(rng):
    s3 = rng.random() < 0.25
    presigned = rng.random() < 0.25
    body = bytes(rng.getrandbits(8) for _ in range(rng.choice((0, 0, 1, 63, 64, 65, 300)))) if not presigned else b""
    path, query = make_path(rng, s3), make_query(rng, presigned)
    host = rng.choice(("runtime.sagemaker.us-east-1.amazonaws.com", "127.0.0.1:8443", "b.s3.amazonaws.com", "h"))
    return {
        "method": rng.choice(("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH")),
        "host": host,
        "target": path + ("?" + query if query else ""),
        "headers": [("Host", host)] + make_headers(rng, presigned),
        "body": base64.b64encode(body).decode(),
        "payload_hash": "",
        "time": rng.randint(0, 4102444799),
        "region": rng.choice(("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "aws-global")),
        "service": "s3" if s3 else rng.choice(("sagemaker", "bedrock", "sts", "execute-api")),
        "access_key": text(rng, 16, 20, UNRESERVED[:62]),
        "secret": text(rng, 1, 120, UNRESERVED[:62] + "/+=") if rng.random() < 0.2 else "secret%d" % rng.randint(0, 9),
        "token": text(rng, 1, 400, UNRESERVED[:62] + "/+=") if rng.random() < 0.4 else "",
        "s3": s3,
        "expires": rng.randint(1, 604800) if presigned else 0,
        "unsigned": rng.random() < 0.1,
    }


def sign_with_botocore(r):
    global now
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=r["time"])
    request = AWSRequest(r["method"], "https://" + r["host"] + r["target"], data=base64.b64decode(r["body"]))
    request.headers = HTTPHeaders()
    for name, value in r["headers"]:
        request.headers.add_header(name, value)
    request.context["payload_signing_enabled"] = not r["unsigned"]
    credentials = Credentials(r["access_key"], r["secret"], r["token"] or None)
    if r["expires"]:
        kind = botocore.auth.S3SigV4QueryAuth if r["s3"] else botocore.auth.SigV4QueryAuth
        kind(credentials, r["service"], r["region"], expires=r["expires"]).add_auth(request)
        return request.url.rsplit("X-Amz-Signature=", 1)[1], ""
    kind = botocore.auth.S3SigV4Auth if r["s3"] else botocore.auth.SigV4Auth
    kind(credentials, r["service"], r["region"]).add_auth(request)
    authorization = request.headers["Authorization"]
    # What botocore added is part of the head that Augur signs.
    for name in ("X-Amz-Security-Token", "X-Amz-Content-SHA256"):
        if name in request.headers:
            r["headers"].append((name, request.headers[name]))
            if name == "X-Amz-Content-SHA256":
                r["payload_hash"] = request.headers[name]
    return authorization.rsplit("Signature=", 1)[1], authorization


def main():
    signer = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261123
    rng = random.Random(seed)
    requests, expected = [], []
    for _ in range(count):
        request = make_request(rng)
        expected.append(sign_with_botocore(request))
        if request["expires"] and request["s3"]:
            request["payload_hash"] = "UNSIGNED-PAYLOAD"
        elif request["unsigned"] and request["expires"]:
            request["payload_hash"] = "UNSIGNED-PAYLOAD"
        requests.append(request)
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    answers = subprocess.run([signer], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout.splitlines()
    if len(answers) != count:
        sys.exit("the signer answered %d of %d requests" % (len(answers), count))
    wrong = 0
    kinds = {}
    for request, (signature, authorization), line in zip(requests, expected, answers):
        answer = json.loads(line)
        kind = ("s3 " if request["s3"] else "") + ("presigned" if request["expires"] else "header")
        kinds[kind] = kinds.get(kind, 0) + 1
        if answer.get("signature") != signature or answer.get("authorization") != authorization:
            wrong += 1
            if wrong <= 3:
                print("DIFFERENT (seed %d)\n%s\nbotocore: %s\naugur: %s\n%s" % (seed, json.dumps(request, indent=1), signature,
                      answer, base64.b64decode(answer.get("canonical", "")).decode("utf-8", "replace")))
    print("sigv4: %d random requests, seed %d, botocore %s: %d different (%s)" % (count, seed, botocore.__version__, wrong,
          ", ".join("%d %s" % (n, kind) for kind, n in sorted(kinds.items()))))
    sys.exit(wrong != 0)


main()
