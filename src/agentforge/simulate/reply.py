"""What a provider sends back: bytes in pieces, each with its wait, whole or broken off; or a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentforge.simulate.script import Turn


class Refusal(Exception):
    """The provider says no; the client sees status and body."""

    def __init__(self, status: int, kind: str, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code


def invalid(message: str, *, code: str | None = None) -> Refusal:
    """A 400 with that message."""
    return Refusal(400, "invalid_request_error", message, code=code)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of a reply, and how long to wait before they go out."""

    data: bytes
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider answers."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[Chunk, ...]
    cut: bool = False
    """The connection breaks after the last chunk."""
    usage: Mapping[str, object] | None = None
    """What it was charged for, in the dialect's words."""

    @property
    def body(self) -> bytes:
        """All of it at once."""
        return b"".join(chunk.data for chunk in self.chunks)


def whole(
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    *,
    usage: Mapping[str, object] | None = None,
    wait: float = 0.0,
    cut: bool = False,
) -> Reply:
    """A JSON reply in one piece, or its first half when the connection breaks."""
    typed = {"content-type": "application/json", **headers}
    data = body[: len(body) // 2] if cut else body
    return Reply(status, typed, (Chunk(data, wait),) if data else (), cut, usage)


def streamed(
    turn: Turn,
    events: Sequence[bytes],
    headers: Mapping[str, str],
    *,
    ping: bytes,
    cut: bool = False,
    usage: Mapping[str, object] | None = None,
) -> Reply:
    """A streamed reply: slow, with pings between, or broken off, as the turn says."""

    def chunks() -> Iterator[Chunk]:
        for number, event in enumerate(events):
            if turn.ping_every and number and number % turn.ping_every == 0:
                yield Chunk(ping, turn.pace)
            yield Chunk(event, turn.pace if number else turn.wait)

    typed = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", **headers}
    pieces = tuple(chunks())[: turn.cut_after if cut else None]
    return Reply(200, typed, pieces, cut, usage)
