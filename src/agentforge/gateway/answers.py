"""What an answer says about itself: model, usage, how it ended. Read from a copy, after the client has it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from agentforge.wire import Dialect, SseDecoder, SseEvent, Usage, decode_response, event_reader
from agentforge.wire.errors import WireError
from agentforge.wire.jsontext import load
from agentforge.wire.stream import Failed, Finished, Started, failure, merge_usage

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer that are kept to be read."""
_TELLING: Final = (b'"usage"', b'"error"', b"response.failed", b"stop_reason", b"finish_reason")


class Copy:
    """The chunks of an answer, put aside as they pass; none once they are too many."""

    __slots__ = ("chunks", "size")

    def __init__(self) -> None:
        self.chunks: list[bytes] | None = []
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Nothing; the chunk is kept by reference."""
        self.size += len(chunk)
        if self.chunks is not None:
            if self.size > LARGEST:
                self.chunks = None
            else:
                self.chunks.append(chunk)


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer says about itself, as far as it does."""

    model: str = ""
    usage: Usage | None = None
    stop_reason: str | None = None
    error: str = ""
    unread: str = ""
    """Why more is not known, where it should be."""


def hear(dialect: Dialect, status: int, kind: bytes, packing: bytes, copy: Copy) -> Heard:
    """What an answer says; `kind` is its content type and `packing` its content encoding, in small letters."""
    if copy.chunks is None:
        return Heard(unread=f"the answer is larger than {LARGEST >> 20} MB")
    body = b"".join(copy.chunks)
    if packing not in (b"", b"identity"):
        opened = _unpacked(body, packing)
        if opened is None:
            return Heard(unread=f"the answer is compressed with {packing.decode('latin-1')}")
        body = opened
    if kind.startswith(b"text/event-stream"):
        return _hear_stream(dialect, body)
    if not body:
        return Heard()
    try:
        return _hear_error(load(body)) if status >= 400 else _hear_whole(dialect, body)
    except WireError as error:
        return Heard(unread=error.what)


def _hear_whole(dialect: Dialect, body: bytes) -> Heard:
    response = decode_response(dialect, body)
    return Heard(response.model, response.usage, response.stop_reason)


def _hear_error(plain: Any) -> Heard:
    error = plain.get("error", plain) if isinstance(plain, dict) else plain
    failed = failure(error)
    return Heard(error=f"{failed.type}: {failed.message[:500]}")


def _hear_stream(dialect: Dialect, body: bytes) -> Heard:
    """What the first event and those tell that may speak of usage, an end, or an error."""
    reader = event_reader(dialect)
    model, error = "", ""
    usage: Usage | None = None
    stop: str | None = None
    unread = ""
    for event in _telling(body):
        try:
            parts = reader.read(event).parts
        except WireError as wrong:
            unread = wrong.what
            continue
        for part in parts:
            match part:
                case Started(model=named, usage=first):
                    model, usage = named, merge_usage(dialect, usage, first)
                case Finished(stop_reason=reason, usage=later):
                    stop, usage = reason or stop, merge_usage(dialect, usage, later)
                case Failed(type=kind, message=message):
                    error = f"{kind}: {message[:500]}"
    return Heard(model, usage, stop, error, unread)


def _telling(body: bytes) -> Iterator[SseEvent]:
    """The events worth reading, in their order. Most of a stream is words: those are not even taken apart."""
    decoder = SseDecoder()
    if b"\r" in body:
        events = [*decoder.feed(body), *decoder.end()]
        yield from events[:1]
        yield from (one for one in events[1:] if any(mark in one.raw for mark in _TELLING))
        return
    spans: dict[int, int] = {}
    # The event that starts an answer names the model, in any dialect; comments and pings may come before it.
    for mark, most in ((b'"model"', 1), *((mark, len(body)) for mark in _TELLING)):
        at = body.find(mark)
        while at >= 0 and most > 0:
            before, after = body.rfind(b"\n\n", 0, at), body.find(b"\n\n", at)
            end = len(body) if after < 0 else after + 2
            spans[0 if before < 0 else before + 2] = end
            at, most = body.find(mark, end), most - 1
    yield from decoder.feed(b"".join(body[start:end] for start, end in sorted(spans.items())))


def _unpacked(body: bytes, packing: bytes) -> bytes | None:
    """The body without its compression; None where the standard library cannot undo it."""
    if packing not in (b"gzip", b"x-gzip", b"deflate"):
        return None
    opener = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        return opener.decompress(body, LARGEST)
    except zlib.error:
        return None
