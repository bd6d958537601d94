"""SageMaker's response streams as boto3 reads them, and its path in the dialect of OpenAI."""
import json
import ssl

from openai_cases import SKY, control, user

CHAT = {"messages": user(SKY), "seed": 1, "stream": True}
INPUTS = {"inputs": SKY, "parameters": {"seed": 1, "max_new_tokens": 9}, "stream": True}
# name -> endpoint and body of an invocation with a response stream
STREAMS = {"chat": ("chat-endpoint", CHAT), "lmi": ("lmi-endpoint", INPUTS), "outputs": ("lmi-outputs-endpoint", INPUTS),
           "tgi": ("tgi-endpoint", INPUTS), "bad": ("chat-endpoint", {"messages": 7}), "unknown": ("nobody", CHAT)}
# name -> what goes wrong in the stream of "chat"
STREAM_QUIRKS = {"model_error": {"exception_after": 3},
                 "internal_failure": {"exception_after": 0, "exception": "InternalStreamFailure"},
                 "error_frame": {"exception_after": 1, "exception": "Odd", "as_error": True}}


def boto3_streams(ready, expect):
    """What boto3 reads of a response stream, by endpoint."""
    import boto3
    from botocore.config import Config
    client = boto3.session.Session().client(
        "sagemaker-runtime", endpoint_url=ready["url"], verify=ready["ca"], region_name=ready["region"],
        aws_access_key_id=ready["access_key"], aws_secret_access_key=ready["secret_key"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}))
    found = {}

    def invoke(name, case=None):
        from botocore.exceptions import ClientError, EventStreamError
        endpoint, body = STREAMS[case or name]
        kept = {"parts": 0, "bytes": b""}
        try:
            answer = client.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=json.dumps(body),
                                                                 ContentType="application/json")
            kept["content_type"] = answer["ContentType"]
            for event in answer["Body"]:
                if "PayloadPart" in event:
                    kept["parts"] += 1
                    kept["bytes"] += event["PayloadPart"]["Bytes"]
        except (ClientError, EventStreamError) as problem:
            kept["error"] = problem.response["Error"]["Code"]
        kept["bytes"] = kept["bytes"].decode()
        found["stream_" + name] = kept
        return kept

    sse = invoke("chat")
    expect("boto3: events end with [DONE]", sse["bytes"].endswith("data: [DONE]\n\n"))
    text = "".join(c["delta"].get("content") or "" for line in sse["bytes"].split("\n\n") if line.startswith("data: {")
                   for c in json.loads(line[6:])["choices"])
    lines = invoke("lmi")
    nine = "".join(json.loads(line)["token"]["text"] for line in lines["bytes"].splitlines())
    expect("boto3: nine tokens in nine lines", lines["parts"] == 9 and text.startswith(nine))
    outputs = invoke("outputs")
    expect("boto3: outputs", "".join(json.loads(line)["outputs"][0] for line in outputs["bytes"].splitlines()) == nine)
    expect("boto3: tokens as events", invoke("tgi")["bytes"].startswith("data:{"))
    expect("boto3: a container's error", invoke("bad")["error"] == "ModelError")
    expect("boto3: an unknown endpoint", invoke("unknown")["error"] == "ValidationError")
    for name, quirks in STREAM_QUIRKS.items():
        control(ready, "stream-quirks", quirks)
        kept = invoke(name, "chat")
        expect(f"boto3: {name}", kept["parts"] == quirks["exception_after"]
               and kept.get("error") == quirks.get("exception", "ModelStreamError"))
    control(ready, "stream-quirks", {"part_bytes": 3, "empty_parts": True})
    expect("boto3: cut anywhere, the bytes are the same",
           text_of(invoke("cut", "chat")["bytes"]) == text_of(sse["bytes"]))
    control(ready, "stream-quirks", {})
    return found


def bearer_token(ready):
    """The token of SageMaker's path in OpenAI's dialect, made by botocore."""
    import base64
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    request = AWSRequest("POST", "https://sagemaker.amazonaws.com/", params={"Action": "CallWithBearerToken"})
    request.headers["host"] = "sagemaker.amazonaws.com"
    SigV4QueryAuth(Credentials(ready["access_key"], ready["secret_key"]), "sagemaker", ready["region"],
                   expires=900).add_auth(request)
    url = request.url.removeprefix("https://") + "&Version=1"
    return "sagemaker-api-key-" + base64.b64encode(url.encode()).decode()


def openai_on_sagemaker(ready, expect, summary):
    """The official client at SageMaker's path; what it is told, as `summary` writes it."""
    import openai
    context = ssl.create_default_context(cafile=ready["ca"])

    def ask(token, path="chat-endpoint", **members):
        client = openai.OpenAI(base_url=f"{ready['url']}/endpoints/{path}/openai/v1", api_key=token, max_retries=0,
                               http_client=openai.DefaultHttpxClient(verify=context, trust_env=False))
        return client.chat.completions.create(model="", messages=user(SKY), seed=1, **members)

    token = bearer_token(ready)
    answer = ask(token)
    whole = answer.choices[0].message.content
    chunks = [c.choices[0].delta.content or "" for c in ask(token, stream=True)]
    expect("OpenAI at SageMaker's path: a stream says the same", "".join(chunks) == whole and whole)
    component = ask(token, "chat-components-endpoint/inference-components/chat").choices[0].message.content
    expect("OpenAI at SageMaker's path: a component", component == whole)
    try:
        ask(token[:-40] + "A" * 40)
        expect("OpenAI at SageMaker's path: a forged token", False)
    except openai.PermissionDeniedError:
        pass
    return summary(answer)


def text_of(sse):
    return [c["delta"] for line in sse.split("\n\n") if line.startswith("data: {") for c in json.loads(line[6:])["choices"]]
