"""What the simulated provider adds to a request: by itself, and over HTTP beside an application that only echoes."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from agentforge.simulate import Provider, Script, serving
from agentforge.simulate.rendering import blocks_of, pieces_of
from agentforge.simulate.signing import binding_of, sign
from benchmarks.measure import Row, seconds
from benchmarks.wire import request_body

HEADERS = {"x-api-key": "benchmark", "anthropic-version": "2023-06-01", "content-type": "application/json"}
PATH = "/v1/messages"


def rows() -> Iterator[Row]:
    """The figures of the simulated provider."""
    yield from request_rows("small request: ", small_body(), rounds=201)
    large = signed(request_body(random.Random(57)))
    yield from request_rows(f"{len(large) / 1000:.0f} KB request: ", large, rounds=41)


def request_rows(name: str, body: bytes, *, rounds: int) -> Iterator[Row]:
    """The figures of one request, sent again and again."""
    provider = fresh()

    def floor() -> str:
        return json.dumps(json.loads(body))

    def handled() -> object:
        return provider.handle("POST", PATH, HEADERS, body, now=0.0)

    assert provider.handle("POST", PATH, HEADERS, body, now=0.0).status == 200
    with ExitStack() as stack:
        echo = stack.enter_context(connected(stack.enter_context(echoing())))
        served = stack.enter_context(connected(stack.enter_context(serving(fresh()))))
        base, alone, echoed, answered = seconds(
            floor, handled, lambda: post(echo, body), lambda: post(served, body), rounds=rounds
        )
    yield Row(name + "json.loads + json.dumps", base * 1e3, "ms", 1.0, "the floor of the next")
    yield Row(name + "simulated, without HTTP", alone * 1e3, "ms", alone / base)
    yield Row(name + "echoed over HTTP", echoed * 1e3, "ms", 1.0, "the floor of the next: the same uvicorn")
    yield Row(name + "simulated over HTTP", answered * 1e3, "ms", answered / echoed)


def fresh() -> Provider:
    """A provider that always says the same."""
    return Provider(Script(turns=(), last="Done."))


def signed(body: bytes) -> bytes:
    """The request for a model that checks signatures, its thinking signed as if the provider had said it."""
    plain = json.loads(body) | {"model": "claude-opus-5-5"}
    for number, message in enumerate(plain["messages"]):
        for block in blocks_of(message["content"]):
            if block["type"] == "thinking":
                before = {**plain, "messages": plain["messages"][:number]}
                block["signature"] = sign(plain["model"], binding_of(before, pieces_of(before)), 40)
    return json.dumps(plain).encode()


def small_body() -> bytes:
    """A request of one question."""
    question = {"role": "user", "content": "What is the width of a façade?"}
    return json.dumps({"model": "claude-sonnet-5", "max_tokens": 100, "messages": [question]}).encode()


@contextmanager
def connected(url: str) -> Iterator[http.client.HTTPConnection]:
    """A connection that is kept open."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        yield line
    finally:
        line.close()


def post(line: http.client.HTTPConnection, body: bytes) -> bytes:
    """The answer to one request."""
    line.request("POST", PATH, body, HEADERS)
    reply = line.getresponse()
    assert reply.status == 200, reply.status
    return reply.read()


@contextmanager
def echoing() -> Iterator[str]:
    """The base URL of an application that reads a request and answers two bytes."""
    import socket
    import time

    import uvicorn

    async def application(_: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(
            uvicorn.Config(application, log_level="critical", access_log=False, lifespan="off", timeout_keep_alive=75)
        )
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
