"""Servers on loopback: official ones over streamable HTTP and SSE, and applications that answer as they like."""

import asyncio
import gzip
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from agentforge.knowledge.items import Server, Source

SCRIPTS = Path(__file__).parents[2] / "data" / "mcp_servers"
SOURCE = Source("claude-code", "user", "/h/.claude.json")

App = Callable[[Any, Any, Any], Awaitable[None]]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an application while it is served."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # so that who comes before the server is there waits instead of being refused
        config = uvicorn.Config(app, log_level="critical", lifespan="auto", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def official(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.delitem(sys.modules, "official", raising=False)
    import official

    return official.server


def answering(status: int, body: bytes, **headers: str) -> App:
    """An application that answers everything the same way."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": body})

    return app


def test_streamable_http_is_listed(official, ask):
    with serving(official.streamable_http_app()) as address:
        (row,) = ask(Server("web", "http", SOURCE, url=f"{address}/mcp"))
    assert (row.status, row.problem, row.program) == ("ok", "", "official")
    assert [tool.name for tool in row.tools] == ["add"]
    assert [prompt.name for prompt in row.prompts] == ["greet"]
    assert [resource.uri for resource in row.resources] == ["note://{name}"]


def test_sse_is_listed(official, ask):
    with serving(official.sse_app()) as address:
        (row,) = ask(Server("old", "sse", SOURCE, url=f"{address}/sse"))
    assert (row.status, row.problem, row.instructions) == ("ok", "", "add, then rest")
    assert [tool.name for tool in row.tools] == ["add"]


def test_headers_are_sent_and_their_values_never_shown(ask):
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(dict(scope["headers"]).get(b"authorization"))
            await answering(401, b"Bearer sk-token-1 is not welcome")(scope, receive, send)

    with serving(app) as address:
        (row,) = ask(
            Server("locked", "http", SOURCE, url=f"{address}/mcp", headers={"Authorization": "Bearer sk-token-1"})
        )
    assert set(seen) == {b"Bearer sk-token-1"}
    assert row.status == "failed"
    assert "HTTP 401 Unauthorized" in row.problem
    assert "sk-token-1" not in row.problem


def test_nobody_at_the_address_is_said(ask):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/mcp"
        rows = ask(Server("a", "http", SOURCE, url=address), Server("b", "sse", SOURCE, url=address))
    for row in rows:
        assert row.status == "failed"
        assert row.problem.startswith("cannot be reached: ")


@pytest.mark.parametrize("transport", ["http", "sse"])
@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/", "http://[broken"])
def test_an_address_that_is_none_costs_its_row(ask, transport, url):
    (row,) = ask(Server("a", transport, SOURCE, url=url), timeout=5.0)
    assert row.status == "failed"
    assert row.problem


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        (answering(200, b"{}" * (17 << 20), content_type="application/json"), "answers with more than 32 MiB"),
        (
            answering(200, gzip.compress(b" " * (64 << 20)), content_type="application/json", content_encoding="gzip"),
            "answers in gzip though it was asked not to compress",
        ),
        (answering(200, b"<html>", content_type="text/html"), "refuses to start: Unexpected content type: text/html"),
        (answering(200, b"no json", content_type="application/json"), "Failed to parse JSON response"),
        (answering(500, b"oh"), "HTTP 500 Internal Server Error"),
        (answering(302, b"", location="http://127.0.0.1:1/elsewhere"), "Redirect to http://127.0.0.1:1/elsewhere"),
    ],
    ids=["flood", "bomb", "page", "garbage", "error", "redirect"],
)
def test_a_server_that_answers_something_else_costs_its_row(ask, app, problem):
    with serving(app) as address:
        (row,) = ask(Server("odd", "http", SOURCE, url=f"{address}/mcp"))
    assert row.status == "failed"
    assert problem in row.problem


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_a_server_that_never_answers_is_given_up(ask, transport):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/mcp"
        (row,) = ask(Server("silent", transport, SOURCE, url=address), timeout=0.5)
    assert (row.status, row.problem) == ("timeout", "did not start within 0.5 s")
