#!/usr/bin/env python3
"""The official client of OpenAI, synchronous and asynchronous, and boto3's response streams against the emulator.

usage: openai_client.py READY [--dump]

READY is the file that `augur-emulator --ready-file` wrote. Every case runs with five clients: `OpenAI` at the paths of
OpenAI and of Azure, `AzureOpenAI`, `AsyncOpenAI` and `AsyncAzureOpenAI`; all must come to the same. Arguments of tools and
structured answers are checked by jsonschema. --dump runs only the cases that compare_openai.py compares, with
one client of each class, and prints what came.
"""
import asyncio
import inspect
import json
import ssl
import sys

from openai_cases import (ACTION, CHATS, CITIES, ERRORS, FLAT_TOOL, FORMAT, RESPONSES, SCHEMAS, SKY, TOOL, WEATHER,
                          control, user)
from openai_sagemaker import boto3_streams, openai_on_sagemaker


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


def summary_in_stream(problem):
    """Of an error behind the head of an answer, which may also be one of the library below the client."""
    return {"error": type(problem).__name__, **{name: getattr(problem, name, None) for name in ("code", "type")},
            "status": getattr(problem, "status_code", None)}


class Run:
    """All cases with one client."""

    def __init__(self, client, ready, checks, azure, brief):
        self.client, self.ready, self.expect, self.azure, self.brief = client, ready, checks, azure, brief
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
        if not self.brief:
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
        for seed in range(0 if self.brief else 50):
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
        for name, members in ERRORS.items():
            problem = await self.fails(name, lambda members=members: self.create(**members))
            await self.fails("stream of " + name, lambda members=members: self.create(**members, stream=True))
            self.expect(f"{name}: the same error of a stream", self.found.pop("stream of " + name) == self.found[name])
            if name == "busy":
                self.expect("busy: when to come back", problem.response.headers["retry-after-ms"] == "1500")
        nobody = {"model": "nobody", "input": "x"}
        await self.fails("response_wrong_deployment", lambda: maybe(self.client.responses.create(**nobody)))
        await self.fails("embeddings_wrong_deployment", lambda: maybe(self.client.embeddings.create(**nobody)))
        wrong = self.client.with_options(api_key="wrong")
        await self.fails("wrong_key", lambda: maybe(wrong.chat.completions.create(model="gpt-4o", messages=user("x"))))
        if self.azure:
            problem = await self.fails("filtered_prompt", lambda: self.create(messages=user("say blockedprompt")))
            details = problem.body["innererror"]["content_filter_result"]
            self.expect("filtered_prompt: its details", details["violence"]["filtered"] is True)
        control(self.ready, "quirks", {"error_after": 3})

        async def broken_stream():
            await items(await self.create(messages=user(SKY), stream=True))

        async def breaks(name, words):
            try:
                await broken_stream()
                self.expect(f"{name}: an error was expected", False)
            except Exception as problem:
                self.found[name] = summary_in_stream(problem)
                self.expect(f"{name}: its words", words in str(problem))
        await breaks("error_in_stream", "server had an error")
        self.expect("error_in_stream: its class", self.found["error_in_stream"]["error"] == "APIError")
        control(self.ready, "quirks", {})
        control(self.ready, "script", {"path": "*", "cut_stream": {"at": 4, "how": "close"}})
        await breaks("cut_stream", "Connection error")


def clients(ready):
    import openai
    context = ssl.create_default_context(cafile=ready["ca"])
    common = {"max_retries": 0, "http_client": openai.DefaultHttpxClient(verify=context, trust_env=False)}
    key = ready["azure_openai_key"]
    yield "OpenAI", False, openai.OpenAI(base_url=ready["openai_url"], api_key=ready["openai_key"], **common)
    yield "OpenAI on Azure", True, openai.OpenAI(base_url=ready["url"] + "/openai/v1", api_key=key, **common)
    yield "AzureOpenAI", True, openai.AzureOpenAI(azure_endpoint=ready["url"], api_key=key,
                                                  api_version="2025-04-01-preview", **common)
    later = {"max_retries": 0, "http_client": openai.DefaultAsyncHttpxClient(verify=context, trust_env=False)}
    yield "AsyncOpenAI", False, openai.AsyncOpenAI(base_url=ready["openai_url"], api_key=ready["openai_key"], **later)
    later = {"max_retries": 0, "http_client": openai.DefaultAsyncHttpxClient(verify=context, trust_env=False)}
    yield "AsyncAzureOpenAI", True, openai.AsyncAzureOpenAI(azure_endpoint=ready["url"], api_key=key,
                                                            api_version="2025-04-01-preview", **later)


def main(arguments):
    files = [a for a in arguments if a != "--dump"]
    if len(files) != 1:
        print(__doc__)
        return 2
    with open(files[0]) as f:
        ready = json.load(f)
    failures = []
    checks = 0
    brief = "--dump" in arguments
    output = sys.stderr if brief else sys.stdout

    def expect(name, condition):
        nonlocal checks
        checks += 1
        if not condition:
            failures.append(name)
            print("FAIL " + name, file=output)

    runs = {}
    for name, azure, client in clients(ready):
        if brief and name == "OpenAI on Azure":
            continue
        control(ready, "reset", {})
        run = Run(client, ready, lambda what, condition, name=name: expect(f"{name}: {what}", condition), azure,
                  brief)
        runs[name] = asyncio.run(run.all())
    plain = {n: v for n, v in runs["OpenAI"].items()}
    expect("AsyncOpenAI comes to the same as OpenAI", runs["AsyncOpenAI"] == plain)
    expect("AsyncAzureOpenAI comes to the same as AzureOpenAI", runs["AsyncAzureOpenAI"] == runs["AzureOpenAI"])
    if not brief:
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
    on_sagemaker = openai_on_sagemaker(ready, expect, chat_summary)
    print(f"{checks} checks, {len(failures)} failed", file=output)
    if brief:
        json.dump({"openai": plain, "azure": runs["AzureOpenAI"], "sagemaker": streams,
                   "openai_on_sagemaker": on_sagemaker}, sys.stdout)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
