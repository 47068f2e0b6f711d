"""What a gateway is measured by: an upstream that streams from memory, and the barest proxy that still keeps HTTP.

`python -m benchmarks.pass_through upstream PORT` and `... floor PORT UPSTREAM_PORT`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

EVENTS = 200


def _stream() -> list[bytes]:
    words = "The parser reads one more line of it and then says so. " * 2

    def event(name: str, plain: dict[str, Any]) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'type': name, **plain})}\n\n".encode()

    usage = {"input_tokens": 12, "cache_read_input_tokens": 60_000, "cache_creation_input_tokens": 900}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": []}
    made = [
        event("message_start", {"message": {**message, "usage": {**usage, "output_tokens": 1}}}),
        event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ]
    for number in range(EVENTS - 5):
        said = words[: 20 + number % 30]
        made.append(event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": said}}))
    made.append(event("content_block_stop", {"index": 0}))
    made.append(event("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1800}}))
    made.append(event("message_stop", {}))
    return made


_CHUNKS = _stream()
STREAM = b"".join(_CHUNKS)
_FRAMED = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in _CHUNKS]
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_EMPTY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Upstream(asyncio.Protocol):
    """Answers every POST with the stream, each event in a chunk of its own."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        import httptools

        self.transport: Any = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Parsed."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answered."""
        if self.parser.get_method() != b"POST":
            self.transport.write(_EMPTY)
            return
        self.transport.write(_HEAD)
        for framed in _FRAMED:
            self.transport.write(framed)
        self.transport.write(b"0\r\n\r\n")


class Floor(asyncio.Protocol):
    """Reads a request whole, sends it on over a connection that is kept, and passes back what comes."""

    idle: ClassVar[deque[Back]] = deque()

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.url, self.body = b"", bytearray()
        self.headers: list[tuple[bytes, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        import httptools

        self.transport: Any = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Parsed."""
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Part of the request."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Part of the request."""
        if name.lower() != b"host":
            self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Part of the request."""
        self.body += body

    def on_message_complete(self) -> None:
        """The request goes on."""
        lines = [b"%b %b HTTP/1.1\r\nhost: 127.0.0.1\r\n" % (self.parser.get_method(), self.url)]
        lines += [b"%b: %b\r\n" % header for header in self.headers]
        sent = b"".join([*lines, b"\r\n", self.body])
        self.url, self.headers, self.body = b"", [], bytearray()
        if self.idle:
            self.idle.popleft().send(sent, self.transport)
        else:
            task = asyncio.get_running_loop().create_task(self._connect(sent))
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)

    async def _connect(self, sent: bytes) -> None:
        _, back = await asyncio.get_running_loop().create_connection(Back, "127.0.0.1", self.upstream)
        back.send(sent, self.transport)


class Back(asyncio.Protocol):
    """The connection to the upstream."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self.transport: Any = transport

    def send(self, request: bytes, client: Any) -> None:
        """The request goes out, and its answer to that client."""
        import httptools

        self.client, self.ended = client, False
        self.parser = httptools.HttpResponseParser(self)
        self.transport.write(request)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.ended = True

    def data_received(self, data: bytes) -> None:
        """Passed back as it is."""
        self.parser.feed_data(data)
        self.client.write(data)
        if self.ended:
            Floor.idle.append(self)


_tasks: set[asyncio.Task[None]] = set()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _serve(protocol: Callable[[], asyncio.Protocol], port: int) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serves until it is ended."""
    import uvloop

    role, port, *rest = sys.argv[1:]
    protocol = Upstream if role == "upstream" else lambda: Floor(int(rest[0]))
    uvloop.run(_serve(protocol, int(port)))


if __name__ == "__main__":
    main()
