#!/usr/bin/env python3
"""Writes tests/unit/codec/sigv4_table.hpp: requests and the signatures they must have.

The signatures are computed here, in a straight line with hashlib and hmac, and checked against two
other sources: the rows with a `published` signature carry the one printed in the service's own
documentation, and every row that botocore can express is signed by it too when it is installed.

usage: sigv4_table.py > ../unit/codec/sigv4_table.hpp
"""

import datetime
import hashlib
import hmac
import sys
from urllib.parse import quote, unquote_to_bytes

EMPTY = hashlib.sha256(b"").hexdigest()
SUITE_KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
S3_KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=="

rows = []


def row(name, method="GET", target="/", fields=(), body=None, payload=None, host="example.amazonaws.com",
        time="20150830T123600Z", region="us-east-1", service="service", key=SUITE_KEY, token="", token_signed=True,
        twice=True, normalise=True, expires=0, published=None):
    """`expires` makes it a presigned request; `fields` come besides host and the session token."""
    payload = payload or hashlib.sha256((body or "").encode()).hexdigest()
    all_fields = [("host", host), *fields]
    if token and token_signed and not expires:
        all_fields.append(("x-amz-security-token", token))
    rows.append(dict(name=name, method=method, target=target, fields=all_fields, body=body, payload=payload, time=time,
                     region=region, service=service, key=key, token=token, token_signed=token_signed, twice=twice,
                     normalise=normalise, expires=expires, published=published))


def presigned(name, **kw):
    row("presigned: " + name, expires=kw.pop("expires", 3600), **kw)


def both(name, **kw):
    row(name, **kw)
    presigned(name, **kw)


def s3(name, **kw):
    payload = kw.get("payload") or hashlib.sha256((kw.get("body") or "").encode()).hexdigest()
    if not kw.get("expires"):
        kw["fields"] = [*kw.get("fields", []), ("x-amz-content-sha256", payload)]
    kw.setdefault("host", "examplebucket.s3.amazonaws.com")
    kw.setdefault("time", "20130524T000000Z")
    row(name, service="s3", key=S3_KEY, twice=False, normalise=False, **kw)


JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")
INFER = '{"instances": [[5.1,3.5,1.4,0.2]]}'
RUNTIME = dict(host="runtime.sagemaker.us-east-1.amazonaws.com", service="sagemaker", key=S3_KEY,
               time="20261123T101500Z")

# The paths.
both("the plainest request")
row("another method changes the signature", method="POST")
row("DELETE", method="DELETE", target="/model/7")
both("an encoded blank in the path", target="/two%20words/")
both("a raw blank in the path is encoded once", target="/two words/")
both("raw UTF-8 in the path", target="/\u1234/\u00e9")
both("every unreserved character stays", target="/-._~0189azAZ")
both("a colon on the wire as %3A is signed as %253A", target="/model/a.b-v1%3A0/invoke")
both("a raw colon is signed as %3A", target="/model/a.b-v1:0/invoke")
both("an encoded slash stays one segment", target="/model/arn%3Aaws%3Ax%2Fname/invoke")
row("reserved characters in a path segment", target="/a!b$c&d'e(f)g*h+i,j;k=l@m")
row("lower-case escapes are kept and encoded again", target="/%c3%a9")
row("a percent sign alone", target="/100%/x")
both("dot segment, normalised", target="/a/./b")
both("dot segment, not normalised", target="/a/./b", normalise=False)
both("parent segment, normalised", target="/a/b/../c")
row("parent segment, not normalised", target="/a/b/../c", normalise=False)
row("parent of the root, normalised", target="/../../a")
row("nothing is left but the root", target="/a/..")
row("parent twice", target="/a/b/../..")
row("empty segments, normalised", target="//a//b//")
row("empty segments, not normalised", target="//a//b//", normalise=False)
row("a dot at the end, normalised", target="/a/.")
row("a dot at the end, not normalised", target="/a/.", normalise=False)
row("a slash at the end stays", target="/a/b/")
row("three dots are a name", target="/.../.well-known/..x")
row("an encoded dot is a name", target="/a/%2E%2E/b")

# The query.
both("a query name without a value", target="/?policy")
row("a query name with an empty value", target="/?policy=")
row("names in order of their bytes", target="/?b=1&a=2&C=3&_=4&-=5&1=6")
row("one name is the start of the other", target="/?Param-3=Value3&Param=Value2&Par=1")
row("equal names in order of their values", target="/?k=b&k=a&k=&k=B")
row("encoded names sort by their encoding", target="/?%E1%88%B4=Value1&Param=Value2&~=3")
row("lower-case escapes become upper case", target="/?q=%e1%88%b4%2f")
row("escapes of unreserved characters are undone", target="/?q=%41%2D%7E")
row("raw characters of a query are encoded", target="/?q=a/b:c@d!e")
row("a plus is a plus", target="/?q=a+b")
row("an encoded plus is the same", target="/?q=a%2Bb")
row("an equals sign in a value", target="/?q=a=b==")
row("a question mark in a query", target="/?a?b=c?d")
row("an escape cut short is text", target="/?q=%&r=%4")
row("empty pairs do not count", target="/?&a=1&&b=2&")
row("a question mark and nothing else", target="/x?")
presigned("sorts among the signer's own names", target="/?X-Aaa=1&X-Amz-Z=2&Y=3&a=4&versionId=q%2Fr")

# The headers.
both("two headers, out of order", fields=[("zeta", "last"), ("alpha", "first")])
both("blanks around a value", fields=[("my-header1", "  value1\t"), ("my-header2", '\t "a   b   c" ')])
row("runs of blanks and tabs", fields=[("x-mixed", "a \t b\t\tc  d")])
row("the same name again, in order of arrival", fields=[("my-header1", "b"), ("my-header1", "a"), ("my-header1", "b")])
row("an empty value", fields=[("x-empty", ""), ("x-blank", "   ")])
row("an empty value among equal names", fields=[("x-empty", "a"), ("x-empty", ""), ("x-empty", "b")])
row("bytes above ASCII in a value", fields=[("x-name", "\u00fcber caf\u00e9 \u1234")])
row("a long value with one run of blanks", fields=[("x-long", "0123456789abcdef " * 20 + "  end")])
row("a date of its own besides", fields=[("date", "Mon, 23 Nov 2026 10:15:00 GMT")])
row("many headers", fields=[("x-h%02d" % (i * 37 % 41), "v%d" % i) for i in range(41)])
row("a port belongs to the host", host="127.0.0.1:8443")
row("a name beside its longer relatives", fields=[("x-amz-meta", "1"), ("x-amz", "2"), ("x-amz-date2", "3")])

# Payloads and tokens.
row("a form", method="POST", body="Param1=value1", fields=[FORM])
row("a form with a charset and its length", method="POST", body="Param1=value1",
    fields=[("content-type", FORM[1] + "; charset=utf8"), ("content-length", "13")])
row("the hash of the payload as a header", method="POST", body="Param1=value1",
    fields=[FORM, ("x-amz-content-sha256", hashlib.sha256(b"Param1=value1").hexdigest())])
both("a session token", token=TOKEN)
both("a session token that is not signed", token=TOKEN, token_signed=False)

# What the services get.
row("sagemaker: invoke", method="POST", target="/endpoints/iris/invocations", body=INFER, fields=[JSON], **RUNTIME)
row("sagemaker: invoke with every kind of header", method="POST", target="/endpoints/iris/invocations", body=INFER,
    token=TOKEN, fields=[JSON, ("accept", "application/json"), ("x-amzn-sagemaker-custom-attributes", "trace=1;  who=me"),
                         ("x-amzn-sagemaker-target-model", "eu/model-2.tar.gz"),
                         ("x-amzn-sagemaker-target-variant", "blue"), ("x-amzn-sagemaker-inference-id", "abc-123"),
                         ("amz-sdk-invocation-id", "4fa1a0d9-5a2e-4b0a-9f1a-0b8ad0f7b1aa"),
                         ("amz-sdk-request", "attempt=1; max=3")], **RUNTIME)
row("sagemaker: China", method="POST", target="/endpoints/iris/invocations", body=INFER, fields=[JSON],
    **{**RUNTIME, "host": "runtime.sagemaker.cn-north-1.amazonaws.com.cn", "region": "cn-north-1"})
row("sagemaker: response stream", method="POST", target="/endpoints/llm/invocations-response-stream", body="{}",
    fields=[JSON], **RUNTIME)
row("sagemaker: control plane", method="POST", body='{"EndpointName":"iris"}',
    fields=[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "SageMaker.DescribeEndpoint")],
    **{**RUNTIME, "host": "api.sagemaker.eu-central-1.amazonaws.com", "region": "eu-central-1"})
row("the first second of a leap day", time="20240229T000000Z")
row("the last second of a year", time="20261231T235959Z")
row("the first second of the epoch", time="19700101T000000Z")
row("a region of the government", region="us-gov-west-1", host="example.us-gov-west-1.amazonaws.com")

# S3: the path as it is, and the examples that its documentation prints.
s3("s3: published, GET with a range", target="/test.txt", fields=[("range", "bytes=0-9")],
   published="f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
s3("s3: published, PUT with a dollar in the key", method="PUT", target="/test%24file.text",
   body="Welcome to Amazon S3.",
   fields=[("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
   published="98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
s3("s3: published, a query name alone", target="/?lifecycle",
   published="fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
s3("s3: published, listing", target="/?max-keys=2&prefix=J",
   published="34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
s3("presigned: s3: published", target="/test.txt", expires=86400, payload="UNSIGNED-PAYLOAD",
   published="aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
s3("s3: published, first signature of a chunked upload", method="PUT", target="/examplebucket/chunkObject.txt",
   host="s3.amazonaws.com", payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
   fields=[("x-amz-storage-class", "REDUCED_REDUNDANCY"), ("content-encoding", "aws-chunked"),
           ("x-amz-decoded-content-length", "66560"), ("content-length", "66824")],
   published="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
s3("s3: payload not signed", method="PUT", target="/a%20key//with/../dots", payload="UNSIGNED-PAYLOAD")
s3("s3: a key of reserved characters", target="/a%3Ab%2Fc%2B", token=TOKEN)
# The one signature that every implementation is tested against.
rows[0]["published"] = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


# --- the straight line ---------------------------------------------------------------------------

def hash_hex(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_path(path, r):
    if r["normalise"]:
        kept = []
        for segment in path.split("/"):
            if segment == "..":
                kept = kept[:-1]
            elif segment not in ("", "."):
                kept.append(segment)
        end = "/" if path.endswith("/") and kept else ""
        path = "/" + "/".join(kept) + end
    return quote(path.encode(), safe="/-._~") if r["twice"] else path


def canonical_query(query):
    pairs = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append(tuple(quote(unquote_to_bytes(part), safe="-._~") for part in (name, value)))
    return "&".join("%s=%s" % pair for pair in sorted(pairs))


def fold(value):
    return " ".join(part for part in value.replace("\t", " ").split(" ") if part)


def straight_signature(r):
    path, _, query = r["target"].partition("?")
    date = r["time"][:8]
    scope = "/".join((date, r["region"], r["service"], "aws4_request"))
    fields = list(r["fields"])
    names = sorted({name for name, _ in fields} | (set() if r["expires"] else {"x-amz-date"}))
    if r["expires"]:
        extra = [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", r["key"][0] + "/" + scope),
                 ("X-Amz-Date", r["time"]), ("X-Amz-SignedHeaders", ";".join(names)),
                 ("X-Amz-Expires", str(r["expires"]))]
        if r["token"] and r["token_signed"]:
            extra.append(("X-Amz-Security-Token", r["token"]))
        query += "".join("&%s=%s" % (name, quote(value, safe="-._~")) for name, value in extra)
    else:
        fields.append(("x-amz-date", r["time"]))
    lines = [r["method"], canonical_path(path, r), canonical_query(query)]
    for name in names:
        lines.append(name + ":" + ",".join(fold(value) for n, value in fields if n == name))
    lines += ["", ";".join(names), r["payload"]]
    to_sign = "\n".join(("AWS4-HMAC-SHA256", r["time"], scope, hash_hex("\n".join(lines).encode())))
    key = ("AWS4" + r["key"][1]).encode()
    for part in (date, r["region"], r["service"], "aws4_request"):
        key = mac(key, part)
    return mac(key, to_sign).hex()


# --- botocore, where it can say the same ---------------------------------------------------------

def botocore_signature(r):
    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    path, _, query = r["target"].partition("?")
    stated_date = any(name == "date" for name, _ in r["fields"])
    if r["twice"] != r["normalise"] or stated_date or (r["token"] and not r["token_signed"]):
        return None
    if query != canonical_query(query) or not query.isascii() or "#" in r["target"]:
        return None  # it takes a query as it stands
    moment = datetime.datetime.strptime(r["time"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda *a, **k: moment
    host = next(value for name, value in r["fields"] if name == "host")
    request = AWSRequest(r["method"], "https://" + host + r["target"])
    for name, value in r["fields"]:
        if name not in ("x-amz-security-token",):
            request.headers.add_header(name, value)
    signer = {(False, False): "SigV4Auth", (True, False): "SigV4QueryAuth", (False, True): "S3SigV4Auth",
              (True, True): "S3SigV4QueryAuth"}[(bool(r["expires"]), not r["twice"])]
    extra = {"expires": r["expires"]} if r["expires"] else {}
    auth = getattr(botocore.auth, signer)(Credentials(*r["key"], r["token"] or None), r["service"], r["region"], **extra)
    auth.payload = lambda request: r["payload"]
    auth.add_auth(request)
    text = request.url if r["expires"] else request.headers["Authorization"]
    return text[-64:]


def text(value):
    out = []
    for byte in value.encode():
        c = chr(byte)
        if c in '"\\':
            out.append("\\" + c)
        elif 32 <= byte < 127:
            out.append(c)
        else:
            out.append("\\%03o" % byte)
    return '"' + "".join(out) + '"'


def main():
    import warnings
    warnings.simplefilter("ignore")
    compared = 0
    for r in rows:
        r["signature"] = straight_signature(r)
        if r["published"] and r["published"] != r["signature"]:
            sys.exit("%s: computed %s, published %s" % (r["name"], r["signature"], r["published"]))
        try:
            theirs = botocore_signature(r)
        except ImportError:
            theirs = None
        if theirs:
            compared += 1
            if theirs != r["signature"]:
                sys.exit("%s: computed %s, botocore %s" % (r["name"], r["signature"], theirs))
    print("%d rows, %d of them also signed by botocore, %d published" % (len(rows), compared,
          sum(bool(r["published"]) for r in rows)), file=sys.stderr)
    print("#pragma once\n")
    print("// Requests and the signatures they must have. Written by tests/witness/sigv4_table.py: computed there")
    print("// with hashlib in a straight line; %d of %d rows were also signed by botocore with the same result;"
          % (compared, len(rows)))
    print("// rows named \"published\" have the signature printed in the Amazon S3 API reference.")
    print("// clang-format off\n")
    print("#include <string_view>\n#include <utility>\n#include <vector>\n")
    print("namespace sigv4_table {\n")
    print("using namespace std::string_view_literals;\n")
    print("struct row\n{")
    for line in ("std::string_view name, method, target;", "std::vector<std::pair<std::string_view, std::string_view>> fields;",
                 "std::string_view payload_hash, time, region, service, access_key, secret, token;",
                 "bool token_signed, encoded_twice, normalised;", "int expires; ///< 0: header form",
                 "std::string_view signature;"):
        print("    " + line)
    print("};\n\ninline std::vector<row> const rows = {")
    for r in rows:
        fields = ", ".join("{%s, %s}" % (text(n), text(v)) for n, v in r["fields"])
        print("    {%s, %s, %s,\n     {%s},\n     %s, %s, %s, %s,\n     %s, %s, %s,\n     %s, %s, %s, %d,\n     %s}," % (
            text(r["name"]), text(r["method"]), text(r["target"]), fields, text(r["payload"]), text(r["time"]),
            text(r["region"]), text(r["service"]), text(r["key"][0]), text(r["key"][1]), text(r["token"]),
            str(r["token_signed"]).lower(), str(r["twice"]).lower(), str(r["normalise"]).lower(), r["expires"],
            text(r["signature"])))
    print("};\n\n} // namespace sigv4_table")


main()
