"""The simulated provider on a loopback port, for any client that speaks HTTP."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final

from agentforge.simulate.asked import LARGEST
from agentforge.simulate.provider import Exchange, Provider
from agentforge.simulate.reply import Reply
from agentforge.wire import Json
from agentforge.wire.errors import MissingExtra, NotJson, OutsideError

HOST: Final = "127.0.0.1"
INSPECT: Final = "/_simulate/"
_FAR: Final = 1e12
_LOOPBACK: Final = re.compile(rb"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?")
_ORIGIN: Final = re.compile(rb"https?://" + _LOOPBACK.pattern)
_STRANGER: Final = Json.of(
    {
        "type": "error",
        "error": {
            "type": "permission_error",
            "message": "The simulated provider answers this machine only: ask it as 127.0.0.1, localhost or [::1], "
            "and from no page of another origin",
        },
    }
)

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
        body = await _read(receive)
        if body is None:
            return
        if not _is_from_here(scope["headers"]):
            await _send_whole(send, 403, [(b"content-type", b"application/json")], _STRANGER.text)
            return
        if scope["path"].startswith(INSPECT):
            status, answer = self._look(scope["path"].removeprefix(INSPECT), scope["method"], body)
            await _send_whole(send, status, [(b"content-type", b"application/json")], Json.of(answer).text)
            return
        query = scope["query_string"].decode("latin-1")
        target = scope["path"] + (f"?{query}" if query else "")
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        await _reply(send, self.provider.handle(scope["method"], target, headers, body, now=self.clock.now()))

    def _look(self, what: str, method: str, body: bytes) -> tuple[int, Any]:
        provider = self.provider
        if what == "requests":
            return 200, [as_plain(exchange) for exchange in provider.exchanges]
        if what == "state":
            tally = provider.tally
            seen = {"refetches": tally.refetches, "recalls": tally.recalls, "lost": tally.lost}
            return 200, {"requests": provider.answered, "agent": seen, "now": self.clock.now()}
        if what == "clock" and method == "POST":
            seconds = _seconds(body)
            if seconds is None:
                return 400, {"error": 'send {"advance": seconds}'}
            self.clock.ahead += seconds
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
    } | ({"refused": exchange.answered.decode(errors="replace")} if exchange.status >= 400 else {})


def serve(provider: Provider, port: int, *, ready: Callable[[str], None], clock: Clock | None = None) -> None:
    """Serves until interrupted; `ready` gets the base URL once the port is open."""
    server, listening = _server(provider, port, clock)
    ready(_url(listening))
    # uvicorn raises the interrupt again once it has shut down; here that is the wanted end.
    with suppress(KeyboardInterrupt):
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


async def _read(receive: Receive) -> bytes | None:
    """The body, as far as the provider would look at it; None when the client went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= LARGEST:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _reply(send: Send, reply: Reply) -> None:
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in reply.headers.items()]
    if not reply.cut and len(reply.chunks) <= 1:
        if reply.chunks and reply.chunks[0].wait:
            await asyncio.sleep(reply.chunks[0].wait)
        await _send_whole(send, reply.status, headers, reply.body)
        return
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    for number, chunk in enumerate(reply.chunks):
        if chunk.wait:
            await asyncio.sleep(chunk.wait)
        if not number:
            await send(start)
        await send({"type": "http.response.body", "body": chunk.data, "more_body": True})
    if reply.cut and not reply.chunks:
        # Without a start the server would answer for us.
        await send(start)
    if reply.cut:
        raise Cut
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_whole(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_from_here(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request names this machine; a page in a browser that reached us under another name does not."""
    sent = [(name.lower(), value.strip().lower()) for name, value in headers]
    hosts = [value for name, value in sent if name == b"host"]
    origins = [value for name, value in sent if name == b"origin"]
    return len(hosts) == 1 and all(map(_LOOPBACK.fullmatch, hosts)) and all(map(_ORIGIN.fullmatch, origins))


def _seconds(body: bytes) -> float | None:
    try:
        plain = Json(body).value
    except NotJson:
        return None
    match plain:
        case {"advance": int() | float() as seconds} if 0 <= seconds < _FAR:
            return float(seconds)
    return None


def _server(provider: Provider, port: int, clock: Clock | None) -> tuple[Any, socket.socket]:
    try:
        import uvicorn
    except ImportError:
        raise MissingExtra(
            "the simulated provider serves with uvicorn, which is not installed",
            fix="pip install 'agentforge-context[gateway]', or in a clone: pip install -e '.[gateway]'",
        ) from None
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        # From here on a client's connection waits for the server to start, and is not refused.
        listening.listen()
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
