#!/usr/bin/env python3
"""The official client of OpenAI, synchronous and asynchronous, and boto3's response streams against the emulator.

usage: openai_client.py READY [--dump]

READY is the file that `augur-emulator --ready-file` wrote. Every case runs with four clients: `OpenAI` at the paths of
OpenAI and of Azure, `AzureOpenAI`, and `AsyncOpenAI`; all must come to the same. Arguments of tools and structured answers
are checked by jsonschema. --dump prints what came, for compare_openai.py.
"""
import asyncio
import inspect
import json
import ssl
import sys
import urllib.request

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]},
                                            "days": {"type": "integer", "minimum": 1, "maximum": 14}},
           "required": ["city", "unit", "days"], "additionalProperties": False}
ACTION = {"type": "object", "properties": {"verb": {"type": "string"}, "target": {"type": ["string", "null"]},
                                           "urgency": {"type": "integer", "minimum": 0, "maximum": 10}},
          "required": ["verb", "target", "urgency"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "get_weather", "description": "Weather in a city",
                                         "parameters": WEATHER, "strict": True}}
FLAT_TOOL = {"type": "function", "name": "get_weather", "description": "Weather in a city", "parameters": WEATHER,
             "strict": True}
FORMAT = {"type": "json_schema", "json_schema": {"name": "action", "schema": ACTION, "strict": True}}
SKY = "Why is the sky blue?"
CITIES = "Is the weather better in Paris or in Rome?"


def closed(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


TEXT = {"type": "string"}
# What people ask for, and what is hard to make; jsonschema judges what comes.
SCHEMAS = [
    WEATHER, ACTION,
    closed(rows={"type": "array", "minItems": 1, "maxItems": 4, "items": {
        "type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number", "minimum": -1, "maximum": 1}}}),
    closed(tags={"type": "array", "items": {"enum": ["a", "b", "c", "d"]}, "minItems": 3, "uniqueItems": True}),
    closed(id={"type": "string", "pattern": r"^[A-Z]{3}-\d{4}(-x|-yz)?$"}, code={**TEXT, "minLength": 5, "maxLength": 8},
           price={"type": "number", "multipleOf": 0.25, "minimum": 1}),
    closed(shape={"anyOf": [closed(kind={"const": "circle"}, r={"type": "number", "exclusiveMinimum": 0}),
                            {"type": "null"}, {"type": "string", "maxLength": 3}]}),
    {**closed(tree={"$ref": "#/$defs/node"}), "$defs": {
        "node": closed(name=TEXT, children={"type": "array", "items": {"$ref": "#/$defs/node"}})}},
    closed(next={"anyOf": [{"$ref": "#"}, {"type": "null"}]}),
    closed(ok={"type": "boolean"}, none={"type": "null"}, even={"type": "integer", "multipleOf": 2, "maximum": -3}),
    closed(mail={**TEXT, "format": "email"}, day={**TEXT, "format": "date"}, key={**TEXT, "format": "uuid"},
           host={**TEXT, "format": "ipv4"}, other={**TEXT, "format": "ipv6"}),
]


def user(text):
    return [{"role": "user", "content": text}]


# name -> members of a request for a chat completion; every one also runs as a stream
CHATS = {
    "sky": dict(messages=user(SKY)),
    "system": dict(messages=[{"role": "system", "content": "You are a dragon."}] + user("Grüße 🦜")),
    "seven": dict(messages=user(SKY), max_completion_tokens=7),
    "two": dict(messages=user("Hello"), n=2),
    "stop": dict(messages=user(SKY), stop=[" the"]),
    "cold": dict(messages=user("The player drew a sword."), temperature=0),
    "tool": dict(messages=user("What is the weather in Paris?"), tools=[TOOL]),
    "tools": dict(messages=user(CITIES), tools=[TOOL]),
    "serial": dict(messages=user(CITIES), tools=[TOOL], parallel_tool_calls=False),
    "required": dict(messages=user("Hello"), tools=[TOOL], tool_choice="required"),
    "structured": dict(messages=user("The player drew a sword."), response_format=FORMAT),
    "refusal": dict(messages=user("please refuseme")),
    "filtered_answer": dict(messages=user("say blockedanswer")),
    "thinking": dict(model="o4-mini", messages=user(SKY)),
}
RESPONSES = {
    "response": dict(input=SKY, instructions="Be short."),
    "response_seven": dict(input=SKY, max_output_tokens=7),
    "response_tool": dict(input=CITIES, tools=[FLAT_TOOL]),
    "response_structured": dict(input="The player drew a sword.",
                                text={"format": {"type": "json_schema", "name": "action", "schema": ACTION,
                                                 "strict": True}}),
    "response_thinking": dict(model="o4-mini", input=SKY, reasoning={"effort": "low", "summary": "auto"}),
}
ERRORS = {
    "wrong_deployment": dict(model="nobody", messages=user("x")),
    "busy": dict(model="busy", messages=user("x")),
    "too_long": dict(messages=user("word " * 9000)),
    "bad_temperature": dict(messages=user("x"), temperature=3),
    "bad_model_kind": dict(model="text-embedding-3-small", messages=user("x")),
}


def control(ready, path, body):
    request = urllib.request.Request(ready["url"] + "/_emulator/" + path, data=json.dumps(body).encode(),
                                     headers={"x-emulator-key": ready["control_key"]})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(
        context=ssl.create_default_context(cafile=ready["ca"])))
    with opener.open(request) as answer:
        assert answer.status == 200


async def maybe(value):
    return await value if inspect.isawaitable(value) else value


async def items(stream):
    if hasattr(stream, "__aiter__"):
        return [item async for item in stream]
    return list(stream)


def usage_of(usage):
    details = usage.completion_tokens_details
    return [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens, details and details.reasoning_tokens]


def chat_summary(answer):
    return {"choices": [{"text": c.message.content or "", "refusal": c.message.refusal or "",
                         "calls": [[t.function.name, t.function.arguments] for t in c.message.tool_calls or []],
                         "finish": c.finish_reason} for c in answer.choices], "usage": usage_of(answer.usage)}


def stream_summary(chunks, count):
    choices = [{"text": "", "refusal": "", "calls": [], "finish": None} for _ in range(count)]
    usage = None
    for chunk in chunks:
        if chunk.usage:
            usage = usage_of(chunk.usage)
        for c in chunk.choices:
            into = choices[c.index]
            into["finish"] = c.finish_reason or into["finish"]
            if c.delta is None:
                continue
            into["text"] += c.delta.content or ""
            into["refusal"] += c.delta.refusal or ""
            for part in c.delta.tool_calls or []:
                while len(into["calls"]) <= part.index:
                    into["calls"].append(["", ""])
                into["calls"][part.index][0] += part.function.name or ""
                into["calls"][part.index][1] += part.function.arguments or ""
    return {"choices": choices, "usage": usage}


def response_summary(r):
    return {"status": r.status, "text": r.output_text,
            "calls": [[i.name, i.arguments] for i in r.output if i.type == "function_call"],
            "summary": "".join(s.text for i in r.output if i.type == "reasoning" for s in i.summary),
            "reason": r.incomplete_details and r.incomplete_details.reason,
            "usage": [r.usage.input_tokens, r.usage.output_tokens, r.usage.total_tokens,
                      r.usage.output_tokens_details.reasoning_tokens]}


def error_summary(problem):
    return {"error": type(problem).__name__, "status": getattr(problem, "status_code", None), "code": problem.code}


class Run:
    """All cases with one client."""

    def __init__(self, client, ready, checks, azure):
        self.client, self.ready, self.expect, self.azure = client, ready, checks, azure
        self.found = {}

    async def fails(self, name, make):
        import openai
        try:
            await make()
        except openai.APIError as problem:
            self.found[name] = error_summary(problem)
            return problem
        self.expect(f"{name}: an error was expected", False)

    async def all(self):
        await self.chats()
        await self.responses()
        await self.embeddings()
        await self.schemas()
        await self.helpers()
        await self.errors()
        return self.found

    async def create(self, **members):
        return await maybe(self.client.chat.completions.create(**{"model": "gpt-4o", "seed": 1, **members}))

    async def chats(self):
        import jsonschema
        for name, members in CHATS.items():
            whole = chat_summary(await self.create(**members))
            again = chat_summary(await self.create(**members))
            chunks = await items(await self.create(**members, stream=True, stream_options={"include_usage": True}))
            self.found[name] = whole
            self.expect(f"{name}: the same seed gives the same", whole == again)
            self.expect(f"{name}: the stream says the same", stream_summary(chunks, len(whole["choices"])) == whole)
            for choice in whole["choices"]:
                for _, arguments in choice["calls"]:
                    jsonschema.validate(json.loads(arguments), WEATHER)
                if name == "structured":
                    jsonschema.validate(json.loads(choice["text"]), ACTION)
        for seed in range(50):
            answer = await self.create(messages=user("The player drew 3 swords."), response_format=FORMAT, seed=seed)
            jsonschema.validate(json.loads(answer.choices[0].message.content), ACTION)
            answer = await self.create(messages=user(CITIES), tools=[TOOL], seed=seed)
            for call in answer.choices[0].message.tool_calls:
                jsonschema.validate(json.loads(call.function.arguments), WEATHER)
        found = self.found
        self.expect("seven: 7 tokens and the reason length", found["seven"]["usage"][1] == 7
                    and found["seven"]["choices"][0]["finish"] == "length")
        self.expect("another prompt, another text",
                    found["sky"]["choices"][0]["text"] != found["cold"]["choices"][0]["text"])
        self.expect("two: two texts", len({c["text"] for c in found["two"]["choices"]}) == 2)
        self.expect("stop: the text ends before it", " the" not in found["stop"]["choices"][0]["text"])
        self.expect("tools: one call for each city", [json.loads(c[1])["city"] for c in found["tools"]["choices"][0]["calls"]]
                    == ["Paris", "Rome"])
        self.expect("serial: one call", len(found["serial"]["choices"][0]["calls"]) == 1)
        self.expect("thinking: thoughts are counted", found["thinking"]["usage"][3] > 0)

        first = await self.create(messages=user("What is the weather in Paris?"), tools=[TOOL])
        call = first.choices[0].message.tool_calls[0]
        follow = user("What is the weather in Paris?") + [first.choices[0].message.model_dump(exclude_none=True),
                                                          {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}]
        found["tool_result"] = chat_summary(await self.create(messages=follow, tools=[TOOL]))
        self.expect("tool_result: it is read back", "21 degrees" in found["tool_result"]["choices"][0]["text"])
        scored = await self.create(messages=user(SKY), logprobs=True, top_logprobs=2)
        tokens = scored.choices[0].logprobs.content
        self.expect("logprobs: the tokens are the text", "".join(t.token for t in tokens) == scored.choices[0].message.content)
        self.expect("usage is the number of tokens", scored.usage.completion_tokens == len(tokens))

    async def responses(self):
        import jsonschema
        client = self.client.responses
        for name, members in RESPONSES.items():
            members = {"model": "gpt-4o", "extra_body": {"seed": 1}, **members}
            whole = await maybe(client.create(**members))
            self.found[name] = response_summary(whole)
            kept = await maybe(client.retrieve(whole.id))
            self.expect(f"{name}: it is kept", response_summary(kept) == self.found[name])
            events = await items(await maybe(client.create(**members, stream=True)))
            self.expect(f"{name}: the stream ends with the same", response_summary(events[-1].response) == self.found[name])
            self.expect(f"{name}: the events are numbered", [e.sequence_number for e in events] == list(range(len(events))))
            text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
            self.expect(f"{name}: the deltas are the text", text == whole.output_text)
            for _, arguments in self.found[name]["calls"]:
                jsonschema.validate(json.loads(arguments), WEATHER)
            if name == "response_structured":
                jsonschema.validate(json.loads(whole.output_text), ACTION)
        listed = await items(await maybe(client.input_items.list(whole.id)))
        self.expect("responses: input items", listed[0].content[0].text == SKY)
        await maybe(client.delete(whole.id))
        await self.fails("response_gone", lambda: maybe(client.retrieve(whole.id)))
        later = await maybe(client.create(model="gpt-4o", input=SKY, background=True))
        states = [later.status] + [(await maybe(client.retrieve(later.id))).status for _ in range(2)]
        self.expect("responses: in the background", states == ["queued", "in_progress", "completed"])
        other = await maybe(client.create(model="gpt-4o", input=SKY, background=True))
        self.expect("responses: cancelled", (await maybe(client.cancel(other.id))).status == "cancelled")
        events = await items(await maybe(client.create(model="gpt-4o", input=SKY, background=True, stream=True)))
        rest = await items(await maybe(client.retrieve(events[-1].response.id, stream=True, starting_after=4)))
        self.expect("responses: a stream is taken up again", [e.sequence_number for e in rest]
                    == [e.sequence_number for e in events][5:])
        first = await maybe(client.create(model="gpt-4o", input=CITIES, tools=[FLAT_TOOL]))
        outputs = [{"type": "function_call_output", "call_id": i.call_id, "output": "21 degrees"} for i in first.output]
        said = await maybe(client.create(model="gpt-4o", input=outputs, previous_response_id=first.id))
        self.expect("responses: results are read back", "21 degrees" in said.output_text)

    async def embeddings(self):
        texts = ["the sky is blue", "a blue sky", "ein Gruß"]
        packed = await maybe(self.client.embeddings.create(model="text-embedding-3-small", input=texts))
        floats = await maybe(self.client.embeddings.create(model="text-embedding-3-small", input=texts,
                                                           encoding_format="float"))
        short = await maybe(self.client.embeddings.create(model="text-embedding-3-large", input=texts, dimensions=5))
        self.expect("embeddings: base64 and floats are the same", all(
            len(a.embedding) == 1536 and max(abs(x - y) for x, y in zip(a.embedding, b.embedding)) < 1e-7
            for a, b in zip(packed.data, floats.data)))
        self.expect("embeddings: unit vectors", all(abs(sum(x * x for x in e.embedding) - 1) < 1e-5 for e in packed.data))
        near, far = (sum(x * y for x, y in zip(packed.data[0].embedding, packed.data[i].embedding)) for i in (1, 2))
        self.expect("embeddings: near is nearer than far", near > far)
        self.found["embeddings"] = {"vectors": [[round(x, 6) for x in e.embedding] for e in short.data],
                                    "usage": [short.usage.prompt_tokens, short.usage.total_tokens]}
        self.expect("models: listed", "gpt-4o" in [m.id for m in await items(self.client.models.list())])

    async def schemas(self):
        """Every schema as the arguments of a tool and as the form of an answer, for some seeds."""
        import jsonschema
        checker = jsonschema.FormatChecker()
        for i, schema in enumerate(SCHEMAS):
            tool = {"type": "function", "function": {"name": "f", "parameters": schema, "strict": True}}
            form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
            made = set()
            for seed in range(6):
                prompt = user("Plan 3 days in Paris with 2.5 hours of rain")
                called = await self.create(messages=prompt, tools=[tool], tool_choice="required", seed=seed)
                answered = await self.create(messages=prompt, response_format=form, seed=seed)
                texts = [c.function.arguments for c in called.choices[0].message.tool_calls]
                for text in texts + [answered.choices[0].message.content]:
                    jsonschema.validate(json.loads(text), schema, cls=jsonschema.Draft202012Validator,
                                        format_checker=checker)
                    made.add(text)
            self.expect(f"schema {i}: not always the same", len(made) > 1)

    async def helpers(self):
        """What the official client offers on top of plain calls."""
        import pydantic

        class Stop(pydantic.BaseModel):
            city: str
            nights: int

        class Trip(pydantic.BaseModel):
            title: str
            stops: list[Stop]

        question = user("Plan a trip to Rome")
        parsed = await maybe(self.client.chat.completions.parse(model="gpt-4o", messages=question, response_format=Trip))
        self.expect("parse: an object of the class", isinstance(parsed.choices[0].message.parsed, Trip))
        response = await maybe(self.client.responses.parse(model="gpt-4o", input="Plan a trip to Rome", text_format=Trip))
        self.expect("responses.parse: an object of the class", isinstance(response.output_parsed, Trip))
        manager = self.client.chat.completions.stream(model="gpt-4o", messages=question, response_format=Trip, seed=1)
        events, final = await self.collect(manager, "get_final_completion")
        self.expect("stream helper: an object in the end", isinstance(final.choices[0].message.parsed, Trip))
        deltas = "".join(e.delta for e in events if e.type == "content.delta")
        self.expect("stream helper: its deltas", deltas == final.choices[0].message.content)
        events, final = await self.collect(self.client.responses.stream(model="gpt-4o", input=SKY), "get_final_response")
        deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
        self.expect("responses stream helper: its deltas", deltas == final.output_text and deltas)
        control(self.ready, "script", {"path": "*", "status": 429, "headers": {"retry-after-ms": "1"}, "times": 2})
        patient = self.client.with_options(max_retries=2)
        answer = await maybe(patient.chat.completions.create(model="gpt-4o", messages=user(SKY), seed=1))
        self.expect("retries: the third attempt is answered", chat_summary(answer) == self.found["sky"])

    @staticmethod
    async def collect(manager, final):
        if hasattr(manager, "__aenter__"):
            async with manager as stream:
                events = await items(stream)
                return events, await getattr(stream, final)()
        with manager as stream:
            events = list(stream)
            return events, getattr(stream, final)()

    async def errors(self):
        import openai
        for name, members in ERRORS.items():
            problem = await self.fails(name, lambda members=members: self.create(**members))
            if name == "busy":
                self.expect("busy: when to come back", problem.response.headers["retry-after-ms"] == "1500")
        wrong = self.client.with_options(api_key="wrong")
        await self.fails("wrong_key", lambda: maybe(wrong.chat.completions.create(model="gpt-4o", messages=user("x"))))
        if self.azure:
            problem = await self.fails("filtered_prompt", lambda: self.create(messages=user("say blockedprompt")))
            details = problem.body["innererror"]["content_filter_result"]
            self.expect("filtered_prompt: its details", details["violence"]["filtered"] is True)
        control(self.ready, "quirks", {"error_after": 3})

        async def broken_stream():
            await items(await self.create(messages=user(SKY), stream=True))
        problem = await self.fails("error_in_stream", broken_stream)
        self.expect("error_in_stream: its words", "server had an error" in str(problem))
        control(self.ready, "quirks", {})
        control(self.ready, "script", {"path": "*", "cut_stream": {"at": 4, "how": "close"}})
        try:
            await broken_stream()
            self.expect("cut stream: an error was expected", False)
        except openai.APIError as problem:
            self.expect("cut stream: no status", not hasattr(problem, "status_code"))
        except Exception as problem:
            self.expect("cut stream: the transport's error", "peer closed" in str(problem))


def boto3_streams(ready, expect):
    """What boto3 reads of a response stream, by endpoint."""
    import boto3
    from botocore.config import Config
    client = boto3.session.Session().client(
        "sagemaker-runtime", endpoint_url=ready["url"], verify=ready["ca"], region_name=ready["region"],
        aws_access_key_id=ready["access_key"], aws_secret_access_key=ready["secret_key"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}))
    found = {}

    def invoke(name, endpoint, body):
        from botocore.exceptions import ClientError, EventStreamError
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

    chat = {"messages": user(SKY), "seed": 1, "stream": True}
    inputs = {"inputs": SKY, "parameters": {"seed": 1, "max_new_tokens": 9}, "stream": True}
    sse = invoke("chat", "chat-endpoint", chat)
    expect("boto3: events end with [DONE]", sse["bytes"].endswith("data: [DONE]\n\n"))
    text = "".join(c["delta"].get("content") or "" for line in sse["bytes"].split("\n\n") if line.startswith("data: {")
                   for c in json.loads(line[6:])["choices"])
    lines = invoke("lmi", "lmi-endpoint", inputs)
    nine = "".join(json.loads(line)["token"]["text"] for line in lines["bytes"].splitlines())
    expect("boto3: nine tokens in nine lines", lines["parts"] == 9 and text.startswith(nine))
    outputs = invoke("outputs", "lmi-outputs-endpoint", inputs)
    expect("boto3: outputs", "".join(json.loads(line)["outputs"][0] for line in outputs["bytes"].splitlines()) == nine)
    expect("boto3: tokens as events", invoke("tgi", "tgi-endpoint", inputs)["bytes"].startswith("data:{"))
    expect("boto3: a container's error", invoke("bad", "chat-endpoint", {"messages": 7})["error"] == "ModelError")
    expect("boto3: an unknown endpoint", invoke("unknown", "nobody", chat)["error"] == "ValidationError")
    for name, quirks in {"model_error": {"exception_after": 3},
                         "internal_failure": {"exception_after": 0, "exception": "InternalStreamFailure"},
                         "error_frame": {"exception_after": 1, "exception": "Odd", "as_error": True}}.items():
        control(ready, "stream-quirks", quirks)
        kept = invoke(name, "chat-endpoint", chat)
        expect(f"boto3: {name}", kept["parts"] == quirks["exception_after"]
               and kept.get("error") == quirks.get("exception", "ModelStreamError"))
    control(ready, "stream-quirks", {"part_bytes": 3, "empty_parts": True})
    expect("boto3: cut anywhere, the bytes are the same",
           text_of(invoke("cut", "chat-endpoint", chat)["bytes"]) == text_of(sse["bytes"]))
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


def openai_on_sagemaker(ready, expect):
    import openai
    context = ssl.create_default_context(cafile=ready["ca"])

    def ask(token, path="chat-endpoint", **members):
        client = openai.OpenAI(base_url=f"{ready['url']}/endpoints/{path}/openai/v1", api_key=token, max_retries=0,
                               http_client=openai.DefaultHttpxClient(verify=context, trust_env=False))
        return client.chat.completions.create(model="", messages=user(SKY), seed=1, **members)

    token = bearer_token(ready)
    whole = ask(token).choices[0].message.content
    chunks = [c.choices[0].delta.content or "" for c in ask(token, stream=True)]
    expect("OpenAI at SageMaker's path: a stream says the same", "".join(chunks) == whole and whole)
    component = ask(token, "chat-components-endpoint/inference-components/chat").choices[0].message.content
    expect("OpenAI at SageMaker's path: a component", component == whole)
    try:
        ask(token[:-40] + "A" * 40)
        expect("OpenAI at SageMaker's path: a forged token", False)
    except openai.PermissionDeniedError:
        pass


def text_of(sse):
    return [c["delta"] for line in sse.split("\n\n") if line.startswith("data: {") for c in json.loads(line[6:])["choices"]]


def clients(ready):
    import openai
    context = ssl.create_default_context(cafile=ready["ca"])
    common = {"max_retries": 0, "http_client": openai.DefaultHttpxClient(verify=context, trust_env=False)}
    key = ready["azure_openai_key"]
    yield "OpenAI", False, openai.OpenAI(base_url=ready["openai_url"], api_key=ready["openai_key"], **common)
    yield "OpenAI on Azure", True, openai.OpenAI(base_url=ready["url"] + "/openai/v1", api_key=key, **common)
    yield "AzureOpenAI", True, openai.AzureOpenAI(azure_endpoint=ready["url"], api_key=key,
                                                  api_version="2025-04-01-preview", **common)
    yield "AsyncOpenAI", False, openai.AsyncOpenAI(
        base_url=ready["openai_url"], api_key=ready["openai_key"], max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(verify=context, trust_env=False))


def main(arguments):
    files = [a for a in arguments if a != "--dump"]
    if len(files) != 1:
        print(__doc__)
        return 2
    with open(files[0]) as f:
        ready = json.load(f)
    failures = []
    checks = 0
    output = sys.stderr if "--dump" in arguments else sys.stdout

    def expect(name, condition):
        nonlocal checks
        checks += 1
        if not condition:
            failures.append(name)
            print("FAIL " + name, file=output)

    runs = {}
    for name, azure, client in clients(ready):
        control(ready, "reset", {})
        run = Run(client, ready, lambda what, condition, name=name: expect(f"{name}: {what}", condition), azure)
        runs[name] = asyncio.run(run.all())
    plain = {n: v for n, v in runs["OpenAI"].items()}
    expect("AsyncOpenAI comes to the same as OpenAI", runs["AsyncOpenAI"] == plain)
    expect("AzureOpenAI comes to the same as OpenAI at Azure's paths", runs["AzureOpenAI"] == runs["OpenAI on Azure"])
    for name in (n for n in plain if n in CHATS or n in RESPONSES or n in ("tool_result", "embeddings")):
        expect(f"{name}: the same on Azure's paths", runs["AzureOpenAI"][name] == plain[name])
    for name, kinds in {"wrong_key": "AuthenticationError", "wrong_deployment": "NotFoundError", "busy": "RateLimitError",
                        "too_long": "BadRequestError", "bad_temperature": "BadRequestError"}.items():
        expect(f"{name}: {kinds}", plain[name]["error"] == runs["AzureOpenAI"][name]["error"] == kinds)
    expect("too_long: its code", plain["too_long"]["code"] == "context_length_exceeded")
    expect("wrong_deployment: its code", runs["AzureOpenAI"]["wrong_deployment"]["code"] == "DeploymentNotFound")
    expect("filtered_prompt: its code", runs["AzureOpenAI"]["filtered_prompt"]["code"] == "content_filter")
    streams = boto3_streams(ready, expect)
    openai_on_sagemaker(ready, expect)
    print(f"{checks} checks, {len(failures)} failed", file=output)
    if "--dump" in arguments:
        json.dump({"openai": plain, "azure": runs["AzureOpenAI"], "sagemaker": streams}, sys.stdout)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
