"""The side of the client: its body, its departure, and what is said to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from agentforge.gateway.headers import Headers, value_of
from agentforge.gateway.refusals import Refusal, Said

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The client went away before its request was whole."""


class Client:
    """One request's client, between ASGI and the rest."""

    __slots__ = ("_receive", "_send", "_task", "_watch", "gone", "headers", "started")

    def __init__(self, headers: Headers, receive: Receive, send: Send) -> None:
        self.headers = headers
        self.started = False
        self.gone = False
        self._receive = receive
        self._send = send
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None

    @property
    def has_body(self) -> bool:
        """Whether the request announces a body."""
        return value_of(self.headers, b"content-length") not in (b"", b"0") or bool(
            value_of(self.headers, b"transfer-encoding")
        )

    async def read(self, largest: int) -> bytes:
        """The whole body; `Refusal` where it is larger."""
        announced = value_of(self.headers, b"content-length")
        if announced.isdigit() and int(announced) > largest:
            raise _too_large(largest)
        first = await self._next()
        if not first.get("more_body"):
            return first.get("body", b"")  # type: ignore[no-any-return]
        body = bytearray(first.get("body", b""))
        while len(body) <= largest:
            message = await self._next()
            body += message.get("body", b"")
            if not message.get("more_body") and len(body) <= largest:
                return bytes(body)
        raise _too_large(largest)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, no faster than it is taken."""
        while True:
            message = await self._next()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                break
        self.watch()

    def watch(self) -> None:
        """Nothing; once the body is read, the departure of the client cancels the task that serves it."""
        self._watch = asyncio.get_running_loop().create_task(self._wait())

    def unwatch(self) -> None:
        """Nothing; from here on the task runs to its end."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Nothing; the answer has begun."""
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def say(self, chunk: bytes) -> None:
        """Nothing; returns when the client can take more."""
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def finish(self, chunk: bytes = b"") -> None:
        """Nothing; the answer is whole."""
        self.unwatch()
        await self._send({"type": "http.response.body", "body": chunk, "more_body": False})

    async def refuse(self, said: Said) -> None:
        """Nothing; the client has that answer."""
        await self.start(said.status, list(said.headers))
        await self.finish(said.body)

    async def _next(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
            raise Gone
        return message

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self._task is not None:
            self._task.cancel()


def _too_large(largest: int) -> Refusal:
    return Refusal(
        413, f"the request exceeds the maximum allowed number of bytes: {largest // (1024 * 1024)} MB", retry=False
    )
