"""The simulated provider on a loopback port, for any client that speaks HTTP."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

from agentforge.simulate.provider import Exchange, Provider
from agentforge.wire import Json
from agentforge.wire.errors import MissingExtra, NotJson, OutsideError

HOST: Final = "127.0.0.1"
INSPECT: Final = "/_simulate/"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Cut(Exception):
    """The connection breaks here."""


class Clock:
    """The provider's time, which a test may move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """Seconds."""
        return time.time() + self.ahead


class SimulatedServer:
    """The ASGI application: requests go to the provider, `/_simulate/` shows what happened and moves the clock."""

    def __init__(self, provider: Provider, clock: Clock | None = None) -> None:
        self.provider = provider
        self.clock = clock or Clock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request."""
        if scope["type"] != "http":
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        if scope["path"].startswith(INSPECT):
            await self._inspect(scope["path"].removeprefix(INSPECT), scope["method"], bytes(body), send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        reply = self.provider.handle(scope["method"], target, headers, bytes(body), now=self.clock.now())
        raw = [(key.encode(), value.encode()) for key, value in reply.headers.items()]
        if not reply.cut and len(reply.chunks) <= 1:
            raw.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": raw})
        for chunk in reply.chunks:
            if chunk.wait:
                await asyncio.sleep(chunk.wait)
            await send({"type": "http.response.body", "body": chunk.data, "more_body": True})
        if reply.cut:
            raise Cut
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _inspect(self, what: str, method: str, body: bytes, send: Send) -> None:
        status, answer = self._look(what, method, body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": Json.of(answer).text})

    def _look(self, what: str, method: str, body: bytes) -> tuple[int, Any]:
        provider = self.provider
        if what == "requests":
            return 200, [as_plain(exchange) for exchange in provider.exchanges]
        if what == "state":
            tally = provider.tally
            seen = {"refetches": tally.refetches, "recalls": tally.recalls, "lost": tally.lost}
            return 200, {"requests": len(provider.exchanges), "agent": seen, "now": self.clock.now()}
        if what == "clock" and method == "POST":
            try:
                self.clock.ahead += float(Json(body).value["advance"])
            except (NotJson, KeyError, TypeError, ValueError):
                return 400, {"error": 'send {"advance": seconds}'}
            return 200, {"now": self.clock.now()}
        return 404, {"error": f"{INSPECT}{what} is not here; there are requests, state, and POST clock"}


def as_plain(exchange: Exchange) -> dict[str, Any]:
    """An exchange as JSON that `agentforge wire check` reads."""
    try:
        body = Json(exchange.body).value if exchange.body else None
    except NotJson:
        body = exchange.body.decode(errors="replace")
    return {
        "number": exchange.number,
        "at": exchange.at,
        "method": exchange.method,
        "path": exchange.path,
        "headers": dict(exchange.headers),
        "status": exchange.status,
        "usage": exchange.usage,
        "body": body,
    }


def serve(provider: Provider, port: int, *, ready: Callable[[str], None], clock: Clock | None = None) -> None:
    """Serves until interrupted; `ready` gets the base URL once the port is open."""
    server, listening = _server(provider, port, clock)
    ready(_url(listening))
    server.run(sockets=[listening])


@contextmanager
def serving(provider: Provider, *, port: int = 0, clock: Clock | None = None) -> Iterator[str]:
    """The base URL of a provider that serves for as long as the context lasts."""
    server, listening = _server(provider, port, clock)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        yield _url(listening)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


def _server(provider: Provider, port: int, clock: Clock | None) -> tuple[Any, socket.socket]:
    try:
        import uvicorn
    except ImportError:
        raise MissingExtra(
            "the simulated provider serves with uvicorn, which is not installed",
            fix="pip install 'agentforge-context[gateway]'",
        ) from None
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise OutsideError(
            error.strerror or "the port cannot be opened", where=f"{HOST}:{port}", fix="choose another with --port"
        ) from error
    app = SimulatedServer(provider, clock)
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, lifespan="off", timeout_keep_alive=75, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config), listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"http://{host}:{port}"
