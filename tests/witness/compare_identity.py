#!/usr/bin/env python3
"""botocore, azure-identity and our sources get credentials from the same emulator, in the same environment.

usage: compare_identity.py READY AUGUR_IDENTITY

Each case sets variables and files, lets the official SDK fetch, then ours, and reads from the emulator what either has
sent. What matters of the requests must be equal: method, path, query, form, and every header that one of the services
looks at; what is random or made anew is replaced by its shape. Where the SDKs do something else, DIFFERENT says what
and why, and it must be exactly that. What came is used at once: AWS credentials sign for STS, and tokens are of the right
identity. The comparison is tried first on requests that were changed.
"""
import base64
import contextlib
import copy
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

ML = "https://ml.azure.com/.default"
ROLE = "arn:aws:iam::123456789012:role/emulator-role"
# What the services read. The other headers (accept-encoding, user-agent, tracing) are each client's own.
HEADERS = ("authorization", "metadata", "secret", "x-identity-header", "x-amz-sso_bearer_token",
           "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token", "x-amz-security-token", "content-type")
# case -> (what only the SDK's requests have: "-", what only ours have: "+"; why)
METADATA = ["- #1 header metadata: true"]
AUTOMATION = "azure-identity sends the header Metadata to App Service, too, because Azure Automation wants it"
INFO = ["- #1 form client_info=1"]
OLD_JWT = [*INFO, "- #1 assertion alg=RS256", "- #1 assertion header x5t", "- #1 assertion claim iat", "+ #1 assertion alg=PS256",
           "+ #1 assertion header x5t#S256", "+ #1 assertion claim nbf"]
OLDER = "azure-identity for Python still signs with RS256 and names the certificate by SHA-1; MSAL for JavaScript does as we do"
DIFFERENT = {
    "certificate": (OLD_JWT, OLDER),
    "certificate_with_chain": (OLD_JWT, OLDER),
    "app_service": (METADATA, AUTOMATION),
    "app_service_by_client": (METADATA, AUTOMATION),
    "app_service_by_object": (METADATA + ["- #1 query object_id=(user object_id)", "+ #1 query principal_id=(user object_id)"],
                              AUTOMATION + "; object_id is an alias there, principal_id the documented name"),
    "app_service_by_resource": (METADATA, AUTOMATION),
    "secret": (INFO, "azure-identity asks for what only people's tokens have"),
    "device_code": (["- #1 form scope=" + ML + " offline_access openid profile", "+ #1 form scope=" + ML + " offline_access",
                     "- #2 form client_info=1", "- #2 form code=(made anew)", "- #3 form client_info=1",
                     "- #3 form code=(made anew)"],
                    "azure-identity also asks who the person is, and repeats the code under an old name"),
    "machine_learning_default": (["+ #1 query clientid=(system client_id)"],
                                 "azure-identity does not read DEFAULT_IDENTITY_CLIENT_ID, other SDKs do"),
}


class Emulator:
    def __init__(self, ready):
        self.ready = ready
        self.direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ready["ca"])))

    def requests(self):
        wish = urllib.request.Request(self.ready["url"] + "/_emulator/requests",
                                      headers={"x-emulator-key": self.ready["control_key"]})
        with self.direct.open(wish) as answer:
            return json.load(answer)

    @contextlib.contextmanager
    def recording(self, into):
        before = len(self.requests())
        yield
        seen = self.requests()
        if len(seen) >= 256:
            sys.exit("the emulator's record is full: too many cases")
        into.extend(seen[before:])


def unpacked(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def facts_of_assertion(jwt):
    header, claims = (unpacked(part) for part in jwt.split(".")[:2])
    if claims["iss"] != claims["sub"]:
        return {f"form client_assertion={jwt}"}
    begins = claims.get("nbf", claims.get("iat"))
    return ({f"assertion {part} {name}" for part, names in (("header", header), ("claim", claims)) for name in names} |
            {f"assertion alg={header['alg']}", f"assertion aud={claims['aud']}", f"assertion sub={claims['sub']}",
             f"assertion life={round(claims['exp'] - begins)}"})


def shape_of_authorization(value):
    if value.startswith("AWS4-HMAC-SHA256"):
        fields = dict(f.strip().split("=", 1) for f in value.split(" ", 1)[1].split(","))
        signed = [h for h in fields["SignedHeaders"].split(";")]
        return "SigV4 " + "/".join(fields["Credential"].split("/")[2:]) + " signs " + ";".join(signed)
    return "Basic (the key)" if value.startswith("Basic ") and len(value) == 6 + 64 else value


NAMES = {}  # what is random in each run -> what to call it


def is_lookup(request):
    """The address of the token endpoint, which azure-identity asks for and we know."""
    return request["target"].endswith("/.well-known/openid-configuration")


def facts(request):
    """Everything about a request that matters, as a set of lines."""
    return {named(line) for line in raw_facts(request)}


def named(line):
    for value, name in NAMES.items():
        line = line.replace(value, f"({name})")
    return line


def raw_facts(request):
    url = urllib.parse.urlsplit(request["target"])
    out = {f"{request['method']} {'https' if request['tls'] else 'http'} {url.path}", f"status {request['status']}"}
    out |= {f"query {k}={v}" for k, v in urllib.parse.parse_qsl(url.query, keep_blank_values=True)}
    headers = {name.lower(): value for name, value in request["headers"]}
    kind = headers.get("content-type", "").split(";")[0].strip()
    for name in HEADERS:
        if name not in headers:
            continue
        value = headers[name]
        if name == "authorization":
            value = shape_of_authorization(value)
        elif name in ("x-amz-sso_bearer_token", "x-aws-ec2-metadata-token", "x-amz-security-token"):
            value = f"({len(value)} bytes)"
        elif name == "metadata":
            value = value.lower()
        elif name == "content-type":
            value = kind
            if not request["body"]:
                continue
        out.add(f"header {name}: {value}")
    if kind.endswith("json") and request["body"]:
        out |= {f"member {k}" for k in json.loads(request["body"])}
    elif request["body"]:
        for k, v in urllib.parse.parse_qsl(request["body"], keep_blank_values=True):
            v = "(made anew)" if k in ("device_code", "code") else v
            out |= facts_of_assertion(v) if k == "client_assertion" else {f"form {k}={v}"}
    return out


def differences(theirs, ours):
    out = []
    if len(theirs) != len(ours):
        out.append(f"- {len(theirs)} requests")
        out.append(f"+ {len(ours)} requests")
    for i, (a, b) in enumerate(zip(theirs, ours), 1):
        a, b = facts(a), facts(b)
        out += [f"- #{i} {line}" for line in sorted(a - b)] + [f"+ #{i} {line}" for line in sorted(b - a)]
    return out


class Bench:
    def __init__(self, ready, program, folder):
        self.emulator, self.ready, self.program, self.folder = Emulator(ready), ready, program, pathlib.Path(folder)
        self.identity = ready["identity"]
        self.tokens = pathlib.Path(sys.argv[1]).parent / "tokens"
        self.faults, self.cases, self.named = [], 0, 0

    def expect(self, what, good):
        if not good:
            self.faults.append(what)

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def ours(self, environment, *words):
        done = subprocess.run([self.program, *words], env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"our program ended with status {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)

    def case(self, name, variables, official, words, check, between=lambda: None):
        """official(): the SDK's fetch. check(result): whether it is good; the same for both."""
        self.cases += 1
        keep = {k: v for k, v in os.environ.items()
                if not k.startswith(("AWS_", "AZURE_", "IDENTITY_", "IMDS_", "MSI_", "DEFAULT_IDENTITY_"))}
        environment = {**keep, "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                       "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_CA_BUNDLE": self.ready["ca"],
                       "AWS_ENDPOINT_URL_STS": self.ready["url"], "AWS_ENDPOINT_URL_SSO": self.ready["url"],
                       "AWS_ENDPOINT_URL_SSO_OIDC": self.ready["url"], "HOME": str(self.folder),
                       "REQUESTS_CA_BUNDLE": self.ready["ca"], "SSL_CERT_FILE": self.ready["ca"], **variables}
        before = dict(os.environ)
        theirs, ours = [], []
        try:
            os.environ.clear()
            os.environ.update(environment)
            with self.emulator.recording(theirs):
                got = official()
        except Exception as problem:  # whatever an SDK raises is this case's end
            self.faults.append(f"{name}: the official SDK failed: {type(problem).__name__}: {problem}")
            return
        finally:
            os.environ.clear()
            os.environ.update(before)
        between()
        with self.emulator.recording(ours):
            mine = self.ours(environment, *words)
        self.expect(f"{name}: the SDK got something else: {got}", check(got))
        self.expect(f"{name}: ours got something else: {mine}", mine.get("ok") and check(mine))
        self.expect(f"{name}: the SDK asked nobody", theirs)
        theirs = [r for r in theirs if not is_lookup(r)]
        found = differences(theirs, ours)
        named, why = DIFFERENT.get(name, ([], ""))
        self.named += bool(named)
        if sorted(found) != sorted(named):
            self.faults.append(f"{name}: the requests differ otherwise than expected ({why or 'not at all'}):\n    " +
                               "\n    ".join(found or ["not at all"]))
        self.try_comparison(name, theirs)

    def try_comparison(self, name, theirs):
        changed = copy.deepcopy(theirs)
        changed[-1]["target"] += ("&" if "?" in changed[-1]["target"] else "?") + "extra=1"
        self.expect(f"{name}: an extra parameter is not noticed", differences(theirs, changed) == [
            f"+ #{len(theirs)} query extra=1"])
        self.expect(f"{name}: a missing request is not noticed", differences(theirs, theirs[:-1]))


def official_aws(profile=None):
    import botocore.session
    session = botocore.session.Session(profile=profile)
    got = session.get_credentials().get_frozen_credentials()
    return {"access_key": got.access_key, "secret_key": got.secret_key, "session_token": got.token}


def official_caller():
    import botocore.session
    from botocore.config import Config
    client = botocore.session.Session().create_client("sts", config=Config(retries={"total_max_attempts": 1}))
    got = client.get_caller_identity()
    return {"arn": got["Arn"], "account": got["Account"], "user_id": got["UserId"]}


def whoever(bench, keys):
    """Whom STS sees behind these credentials; botocore signs."""
    import botocore.session
    session = botocore.session.Session()
    client = session.create_client("sts", region_name="us-east-1", endpoint_url=bench.ready["url"],
                                   verify=bench.ready["ca"], aws_access_key_id=keys["access_key"],
                                   aws_secret_access_key=keys["secret_key"], aws_session_token=keys["session_token"])
    return client.get_caller_identity()["Arn"]


def aws_cases(bench):
    ready, identity = bench.ready, bench.identity

    def is_caller(start):
        return lambda keys: whoever(bench, keys).startswith(f"arn:aws:sts::123456789012:assumed-role/{start}")

    long_term = {"AWS_ACCESS_KEY_ID": ready["access_key"], "AWS_SECRET_ACCESS_KEY": ready["secret_key"]}
    bench.case("caller", long_term, official_caller, ["caller"],
               lambda who: who["arn"] == "arn:aws:iam::123456789012:user/emulator" and who["account"] == "123456789012")
    short_term = {"AWS_ACCESS_KEY_ID": ready["temporary"]["access_key"],
                  "AWS_SECRET_ACCESS_KEY": ready["temporary"]["secret_key"],
                  "AWS_SESSION_TOKEN": ready["temporary"]["session_token"]}
    bench.case("caller_with_session_token", short_term, official_caller, ["caller"],
               lambda who: who["arn"] == "arn:aws:iam::123456789012:user/temporary")
    bench.case("instance_metadata", {"AWS_EC2_METADATA_SERVICE_ENDPOINT": identity["http_url"]}, official_aws, ["aws"],
               is_caller("emulator-instance-role/i-"))
    container = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": identity["urls"]["container"]}
    bench.case("container", {**container, "AWS_CONTAINER_AUTHORIZATION_TOKEN": identity["container_token"]}, official_aws,
               ["aws"], is_caller("emulator-task-role/"))
    token_file = bench.file("container-token", identity["container_token"])
    bench.case("container_token_file", {**container, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token_file}, official_aws,
               ["aws"], is_caller("emulator-task-role/"))
    bench.case("web_identity", {"AWS_WEB_IDENTITY_TOKEN_FILE": bench.file("web", identity["web_identity_token"]),
                                "AWS_ROLE_ARN": ROLE, "AWS_ROLE_SESSION_NAME": "pod"}, official_aws, ["aws"],
               is_caller("emulator-role/pod"))
    config = bench.file("config", f"""[profile base]
aws_access_key_id = {ready['access_key']}
aws_secret_access_key = {ready['secret_key']}
[profile role]
role_arn = {ROLE}
source_profile = base
role_session_name = witness
duration_seconds = 900
external_id = any
[profile sso]
sso_session = team
sso_account_id = {identity['sso']['account']}
sso_role_name = {identity['sso']['role']}
[sso-session team]
sso_region = us-east-1
sso_start_url = https://emulator.test/start
""")
    bench.case("assumed_role", {"AWS_CONFIG_FILE": config}, lambda: official_aws("role"), ["aws", "role"],
               is_caller("emulator-role/witness"))

    def log_in(i):
        bench.file(".aws/sso/cache/d25187dc137f35c88bc80ec8c3ffbdb17b5eb873.json", json.dumps({  # SHA-1 of "team"
            **identity["sso"]["logins"][i], "startUrl": "https://emulator.test/start", "region": "us-east-1",
            "expiresAt": "2020-01-01T00:00:00Z", "registrationExpiresAt": "2099-01-01T00:00:00Z"}))

    log_in(0)
    bench.case("sso_with_refresh", {"AWS_CONFIG_FILE": config}, lambda: official_aws("sso"), ["aws", "sso"],
               is_caller("AWSReservedSSO_emulator-permission-set_0/"), between=lambda: log_in(1))
    bench.case("sso", {"AWS_CONFIG_FILE": config}, lambda: official_aws("sso"), ["aws", "sso"],
               is_caller("AWSReservedSSO_emulator-permission-set_0/"))


def official_managed(**which):
    from azure.identity import ManagedIdentityCredential
    with ManagedIdentityCredential(**which) as credential:
        return {"token": credential.get_token(ML).token}


def azure_cases(bench):
    import msal.managed_identity
    # Where the agent of Arc is allowed to point to; the real folder belongs to root.
    msal.managed_identity._supported_arc_platforms_and_their_prefixes["linux"] = str(bench.tokens)
    identity = bench.identity
    system, user = identity["identities"]["system"], identity["identities"]["user"]
    folder = str(bench.tokens)

    def is_token(got):
        return got["token"].startswith("emulator.")

    kinds = {"client": user["client_id"], "object": user["object_id"], "resource": user["resource_id"]}
    official = {"client": {"client_id": user["client_id"]}, "object": {"identity_config": {"object_id": user["object_id"]}},
                "resource": {"identity_config": {"resource_id": user["resource_id"]}}}
    hosts = {
        "imds": ({"AZURE_POD_IDENTITY_AUTHORITY_HOST": identity["http_url"]}, kinds),
        "app_service": ({"IDENTITY_ENDPOINT": identity["urls"]["app_service"],
                         "IDENTITY_HEADER": identity["app_service_header"]}, kinds),
        "machine_learning": ({"MSI_ENDPOINT": identity["urls"]["machine_learning"],
                              "MSI_SECRET": identity["machine_learning_secret"]}, ["client"]),
        "machine_learning_default": ({"MSI_ENDPOINT": identity["urls"]["machine_learning"],
                                      "MSI_SECRET": identity["machine_learning_secret"],
                                      "DEFAULT_IDENTITY_CLIENT_ID": system["client_id"]}, []),
        "cloud_shell": ({"MSI_ENDPOINT": identity["urls"]["cloud_shell"]}, []),
        "service_fabric": ({"IDENTITY_ENDPOINT": identity["urls"]["service_fabric"],
                            "IDENTITY_HEADER": identity["service_fabric_header"],
                            "IDENTITY_SERVER_THUMBPRINT": identity["certificate_sha1"]}, []),
        "arc": ({"IDENTITY_ENDPOINT": identity["urls"]["arc"], "IMDS_ENDPOINT": identity["http_url"]}, kinds),
    }
    for host, (variables, by) in hosts.items():
        bench.case(host, variables, official_managed, ["managed", folder], is_token)
        for kind in by:
            bench.case(f"{host}_by_{kind}", variables, lambda kind=kind: official_managed(**official[kind]),
                       ["managed", folder, kind, kinds[kind]], is_token)


def entra_cases(bench):
    import azure.identity
    entra = bench.identity["entra"]
    origin = bench.ready["url"]
    app = {"AZURE_TENANT_ID": entra["tenant"], "AZURE_CLIENT_ID": entra["client_id"], "AZURE_AUTHORITY_HOST": origin}
    pem = bench.file("certificate.pem", entra["certificate"] + entra["key"])
    token = bench.file("federated", entra["federated_token"])

    def official(kind, *words, **more):
        with kind(*words, disable_instance_discovery=True, authority=origin, **more) as credential:
            return {"token": credential.get_token(ML).token}

    def is_token(got):
        return got["token"].startswith("emulator.")

    names = (entra["tenant"], entra["client_id"])
    bench.case("secret", {**app, "AZURE_CLIENT_SECRET": entra["client_secret"]},
               lambda: official(azure.identity.ClientSecretCredential, *names, entra["client_secret"]), ["application"],
               is_token)
    certificate = {**app, "AZURE_CLIENT_CERTIFICATE_PATH": pem}
    bench.case("certificate", certificate, lambda: official(azure.identity.CertificateCredential, *names, pem),
               ["application"], is_token)
    bench.case("certificate_with_chain", {**certificate, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "true"},
               lambda: official(azure.identity.CertificateCredential, *names, pem, send_certificate_chain=True),
               ["application"], is_token)
    bench.case("workload", {**app, "AZURE_FEDERATED_TOKEN_FILE": token},
               lambda: official(azure.identity.WorkloadIdentityCredential, tenant_id=names[0], client_id=names[1],
                                token_file_path=token), ["workload"], is_token)
    bench.case("device_code", {"AZURE_AUTHORITY_HOST": origin},
               lambda: official(azure.identity.DeviceCodeCredential, entra["public_client_id"], tenant_id=names[0],
                                prompt_callback=lambda uri, code, until: None),
               ["device", names[0], entra["public_client_id"]], is_token)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as f:
        ready = json.load(f)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(ready, sys.argv[2], folder)
        for who, ids in ready["identity"]["identities"].items():
            NAMES.update({value: f"{who} {kind}" for kind, value in ids.items()})
        NAMES[ready["identity"]["entra"]["client_secret"]] = "the secret"
        aws_cases(bench)
        azure_cases(bench)
        entra_cases(bench)
    print("\n".join(bench.faults))
    for name, (_, why) in DIFFERENT.items():
        print(f"named: {name}: {why}")
    print(f"{bench.cases} cases, {bench.named} with a named difference; {len(bench.faults)} faults")
    sys.exit(1 if bench.faults or bench.cases < 20 or bench.named != len(DIFFERENT) else 0)


main()
