#!/usr/bin/env python3
"""augur-emulator as a program, before a model in a process of its own.

usage: emulator_container.py EMULATOR
"""
import http.client
import http.server
import json
import pathlib
import ssl
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/support"))
import emulator_process


class Model(http.server.BaseHTTPRequestHandler):
    """Follows the container contract; is not healthy when asked first, as a model that still loads."""
    pings = 0

    def do_GET(self):
        Model.pings += 1
        self.reply(200 if self.path == "/ping" and Model.pings > 1 else 503, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path != "/invocations":
            self.reply(404, b"")
        elif body == b"fail":
            self.reply(503, b"no room")
        else:
            self.reply(200, b"scored " + body)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask_azure(ready, body):
    """Returns status, headers and body of one call over TLS."""
    trusting = ssl.create_default_context(cafile=ready["ca"])
    connection = http.client.HTTPSConnection("localhost", ready["port"], context=trusting, timeout=30)
    connection.request("POST", "/score", body, {"authorization": "Bearer " + ready["azure_key"]})
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def main():
    model = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{model.server_port}"
    with tempfile.TemporaryFile("w+") as log:
        emulator, told = emulator_process.start(sys.argv[1], "--container", url, "--region", "eu-west-1", "--region",
                                                "us-west-2", "--print-config", log=log)
        try:
            log.seek(0)
            said = log.read()
            check(told, "it did not become ready:\n" + said)
            ready = json.loads(told)
            check(Model.pings == 2, f"it asked for the model's health {Model.pings} times, not 2")
            check("models: forwarded to " + url in said, said)
            check(ready["region"] == "eu-west-1", "the ready file has the region " + ready["region"])
            check("export AWS_REGION=eu-west-1\n" in said, said)
            status, _, body = ask_azure(ready, b"rows")
            check((status, body) == (200, b"scored rows"), f"the model's answer came as {status} {body}")
            status, headers, body = ask_azure(ready, b"fail")
            own = headers["ms-azureml-model-error-statuscode"]
            check((status, own, body) == (424, "503", b"no room"), f"its failure came as {status} {own} {body}")
            model.shutdown()
            model.server_close()
            status, _, body = ask_azure(ready, b"rows")
            check(status == 502 and b"cannot be reached" in body, f"its absence came as {status} {body}")
            check(emulator.poll() is None, "the emulator ended by itself")
        finally:
            emulator.terminate()
            emulator.wait()


main()
