"""Upstreams made by hand, for all that a well-behaved provider does not do, and clients that see every byte."""

import asyncio
import http.client
import json
import ssl
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agentforge.gateway import Config, serving
from agentforge.ledger import EVERYWHERE, Event, Ledger, open_ledger

ASKED = {"model": "claude-opus-5-5", "max_tokens": 50, "messages": [{"role": "user", "content": "hello"}]}
KEY = {"x-api-key": "sk-test", "anthropic-version": "2023-06-01", "content-type": "application/json"}


@dataclass
class Got:
    """A request as an upstream got it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Hand:
    """What an upstream does with a request, and what it has seen so far."""

    answer: Callable[["Hand", Got, asyncio.StreamWriter], Awaitable[None]]
    got: list[Got] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a connection was closed on us while we were answering."""
    url: str = ""
    open: int = 0
    reader: Any = None
    read_body: bool = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.reader = reader
        try:
            while got := await self._read(reader):
                self.got.append(got)
                answering = asyncio.ensure_future(self.answer(self, got, writer))
                gone = asyncio.ensure_future(_until_closed(reader))
                try:
                    await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    gone.cancel()
                if not answering.done():
                    answering.cancel()
                    self.left.set()
                    return
                answering.result()
                await writer.drain()
        except ConnectionAbortedError:
            writer.write(whole(400, b"Bad Request"))
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        except asyncio.CancelledError:
            answering.cancel()
        finally:
            self.open -= 1
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> Got | None:
        line = await reader.readline()
        if not line:
            return None
        if not line.endswith(b" HTTP/1.1\r\n"):
            raise ConnectionAbortedError("no HTTP")
        method, target, _ = line.decode("latin-1").split()
        headers = []
        while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(": ")
            headers.append((name, value))
        got = Got(method, target, headers, b"")
        if self.read_body and got.all("transfer-encoding"):
            while size := int(await reader.readline(), 16):
                got.body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
        elif self.read_body and got.all("content-length"):
            got.body = await reader.readexactly(int(got.all("content-length")[0]))
        return got


async def _until_closed(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof():
        await asyncio.sleep(0.005)


def said(raw: bytes) -> Callable[[Hand, Got, asyncio.StreamWriter], Awaitable[None]]:
    """An upstream that answers every request with these bytes."""

    async def answer(hand: Hand, got: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return answer


def whole(status: int, body: bytes, **headers: str) -> bytes:
    """An answer of known length."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1") + body


def chunked(*chunks: bytes, end: bool = True, **headers: str) -> bytes:
    """A stream, each piece in a chunk of its own."""
    named = {"content-type": "text/event-stream", **{key.replace("_", "-"): value for key, value in headers.items()}}
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in named.items()), "transfer-encoding: chunked"]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + framed + (b"0\r\n\r\n" if end else b"")


@contextmanager
def upstream(
    answer: Callable[[Hand, Got, asyncio.StreamWriter], Awaitable[None]] | bytes,
    *,
    tls: ssl.SSLContext | None = None,
    read_body: bool = True,
) -> Iterator[Hand]:
    """A server that does with every request what it is told, in a thread of its own."""
    hand = Hand(said(answer) if isinstance(answer, bytes) else answer, read_body=read_body)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(hand.serve, "127.0.0.1", 0, ssl=tls, limit=1 << 20))
    hand.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield hand
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Through:
    """A gateway that serves, and its ledger."""

    url: str
    ledger: Ledger
    told: list[str]
    upstream: Any = None

    def events(self, *, at_least: int = 0) -> list[Event]:
        """What is recorded, once it is so many."""
        patience = threading.Event()
        for _ in range(400):
            events = list(self.ledger.events(project=EVERYWHERE))
            if len(events) >= at_least:
                return events
            patience.wait(0.02)
        raise AssertionError(f"only {len(events)} events: {events}")

    def event(self) -> Any:
        """The data of the one request there was."""
        (event,) = self.events(at_least=1)
        return event.data


@contextmanager
def gateway(to: str, *, ledger: Ledger | None = None, treatment: Any = None, **config: Any) -> Iterator[Through]:
    """A gateway in front of that upstream, for both providers."""
    told: list[str] = []
    with ExitStack() as stack:
        if ledger is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            ledger = stack.enter_context(open_ledger(Path(folder) / "ledger.db"))
        settings = Config(**{"anthropic": to, "openai": f"{to}/v1", "port": 0, "goodbye_seconds": 1.0, **config})
        url = stack.enter_context(serving(settings, ledger, treatment=treatment, say=told.append))
        yield Through(url, ledger, told)


@dataclass
class Answer:
    """What a client got."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    broken: bool = False
    """Whether the end was missing."""

    @property
    def plain(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


def ask(
    url: str,
    body: Any = ASKED,
    path: str = "/v1/messages",
    *,
    method: str = "POST",
    headers: Any = KEY,
) -> Answer:
    """The answer to one request, on a connection of its own; redirects are not followed."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        line.putrequest(
            method, path, skip_accept_encoding=True, skip_host=any(k.lower() == "host" for k, _ in _pairs(headers))
        )
        for name, value in _pairs(headers):
            line.putheader(name, value)
        if sent is not None:
            line.putheader("content-length", str(len(sent)))
        line.endheaders(sent)
        reply = line.getresponse()
        try:
            return Answer(reply.status, reply.getheaders(), reply.read())
        except http.client.IncompleteRead as cut:
            return Answer(reply.status, reply.getheaders(), cut.partial, broken=True)
        finally:
            reply.close()
    finally:
        line.close()


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else list(headers)
