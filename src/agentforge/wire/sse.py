"""Server-sent events without I/O: bytes in, events out, every byte kept.

Text that is no UTF-8 is kept by `surrogateescape`, so that `name`, `data` and `id` write back as the bytes they were;
`SseEvent.payload` is the data as those bytes. `raw` is what a gateway forwards: the joined `raw` of all events is the
stream, whatever its line ends, comments and unknown fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from agentforge.wire.errors import WireError

BIGGEST_EVENT: Final = 64 * 1024 * 1024
"""Bytes of one event a decoder takes unless it is told otherwise."""

_BOM: Final = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]+")
_BLANK = re.compile(rb"[\r\n]+")
# The end of a line and at least one blank line. A CR LF is one line end, and all blank lines at hand go with the event.
_END = re.compile(rb"\n[\r\n]+|\r(?:\r|\n[\r\n])[\r\n]*")


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One block of a stream. A block without a data line says nothing to a client, yet is an event here."""

    name: str | None = None
    """The `event:` line; None when there was none."""
    data: str | None = None
    """The `data:` lines, joined by newlines; None when there was none."""
    id: str | None = None
    comments: tuple[str, ...] = ()
    complete: bool = True
    """False when the stream stopped before the blank line: a client must not act on it."""
    # Outside __init__, so that `dataclasses.replace` leaves it behind: a changed event never goes out as its old bytes.
    raw: bytes = field(default=b"", init=False, compare=False, repr=False)
    """The very bytes it came as, blank lines included; empty for an event that was made or changed here."""

    @property
    def payload(self) -> bytes:
        """The data as the bytes it came as, which is what the JSON readers take."""
        return (self.data or "").encode("utf-8", "surrogateescape")


class SseDecoder:
    """Events as soon as their blank line is there, whatever way the stream is cut into chunks.

    When a chunk ends on a CR that is a blank line, the event is out at once, and the LF that may follow is an event
    of its own that says nothing, as are blank lines that come late: nobody waits, and no byte is dropped.
    """

    def __init__(self, *, limit: int = BIGGEST_EVENT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._passed = 0
        self._unclaimed: list[SseEvent] = []
        self._refused = 0

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events this chunk completes; `WireError` when one is past the limit, and then `end` has the rest."""
        if self._refused:
            raise self._refusal()
        buffer = self._buffer
        seen = len(buffer)
        buffer += chunk
        events: list[SseEvent] = []
        start = 0
        if b"\n" in chunk or b"\r" in chunk:
            if late := _BLANK.match(buffer, self._head(0)):
                start = late.end()
                events.append(self._take(0, start))
            # What is pending ends in one line end at most, so two bytes back is far enough.
            for last, end in [found.span() for found in _END.finditer(buffer, max(start, seen - 2))]:
                if last - start > self._limit:
                    raise self._refuse(events, start, last - start)
                events.append(self._take(start, end))
                start = end
        if len(buffer) - start > self._limit:
            size = len(buffer[start:].rstrip(b"\r\n"))
            if size > self._limit:
                raise self._refuse(events, start, size)
        if start:
            del buffer[:start]
            self._passed += start
        return events

    def end(self) -> list[SseEvent]:
        """What was left when the stream stopped, flagged incomplete; after a refusal, unread and with what preceded."""
        events, self._unclaimed = self._unclaimed, []
        size = len(self._buffer)
        if size and self._refused:
            events.append(_with_raw(SseEvent(complete=False), bytes(self._buffer)))
        elif size:
            events.append(self._take(0, size, complete=False))
        self._buffer.clear()
        return events

    def _head(self, start: int) -> int:
        """Where the lines of the block at `start` begin: a byte order mark opens a stream, and only a stream."""
        return len(_BOM) if self._passed + start == 0 and self._buffer.startswith(_BOM) else 0

    def _take(self, start: int, end: int, *, complete: bool = True) -> SseEvent:
        return _read(bytes(self._buffer[start:end]), self._head(start), complete=complete)

    def _refuse(self, events: list[SseEvent], start: int, size: int) -> WireError:
        """The error to raise, once `end` has been left what it must hand out."""
        self._unclaimed = events
        del self._buffer[:start]
        self._passed += start
        self._refused = size
        return self._refusal()

    def _refusal(self) -> WireError:
        return WireError(
            f"an event of {self._refused} bytes or more; the limit is {self._limit}",
            where=f"byte {self._passed} of the stream",
            fix="pass the stream on unread, or give SseDecoder a higher limit",
        )


def encode_event(event: SseEvent) -> bytes:
    """The bytes of an event: those it came as, or else its lines and a blank one."""
    if event.raw:
        return event.raw
    lines = [f": {_one_line('comment', comment)}" for comment in event.comments]
    if event.name is not None:
        lines.append(f"event: {_one_line('name', event.name)}")
    if event.id is not None:
        if "\0" in event.id:
            raise WireError(f"the id {event.id!r} of an event holds a NUL, which makes a client ignore it")
        lines.append(f"id: {_one_line('id', event.id)}")
    if event.data is not None:
        lines += [f"data: {_one_line('data', line)}" for line in event.data.split("\n")]
    text = "".join(f"{line}\n" for line in lines) + ("\n" if event.complete else "")
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        half = text[error.start]
        raise WireError(f"the event has {half!r}, half of a surrogate pair, which UTF-8 cannot say") from None


def _one_line(part: str, text: str) -> str:
    if "\n" in text or "\r" in text:
        # Quoted in part: the text may be megabytes long.
        raise WireError(f"the {part} {text[:80]!r} of an event holds a line end that it cannot be written with")
    return text


def _read(raw: bytes, head: int, *, complete: bool) -> SseEvent:
    name: bytes | None = None
    id_: bytes | None = None
    data: bytearray | None = None
    comments: list[str] = []
    # One line at a time, not all at once: a list of a hostile event's lines would weigh many times the event.
    for line in _LINE.finditer(raw, head):
        key, _, value = line.group().partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if key == b"data":
            if data is None:
                data = bytearray(value)
            else:
                data += b"\n" + value
        elif key == b"event":
            name = value
        elif key == b"id":
            if b"\0" not in value:
                id_ = value
        elif not key:
            comments.append(value.decode("utf-8", "surrogateescape"))
    event = SseEvent(_text(name), _text(data), _text(id_), tuple(comments), complete)
    return _with_raw(event, raw)


def _text(value: bytes | bytearray | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _with_raw(event: SseEvent, raw: bytes) -> SseEvent:
    object.__setattr__(event, "raw", raw)
    return event
