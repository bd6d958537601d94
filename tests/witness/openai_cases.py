"""What the official OpenAI client and ours ask the emulator, and how a test speaks to the emulator itself."""
import json
import ssl
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
