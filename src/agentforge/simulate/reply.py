"""What a provider sends back: bytes in pieces, each with its wait, whole or broken off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentforge.simulate.script import Turn


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


def whole(status: int, body: bytes, headers: Mapping[str, str], **more: object) -> Reply:
    """A JSON reply in one piece."""
    typed = {"content-type": "application/json", **headers}
    return Reply(status, typed, (Chunk(body),) if body else (), **more)  # type: ignore[arg-type]


def streamed(
    turn: Turn, events: Sequence[bytes], ping: bytes, cut_after: int | None, headers: Mapping[str, str], **more: object
) -> Reply:
    """A streamed reply: slow, with pings between, or broken off, as the turn says."""

    def chunks() -> Iterator[Chunk]:
        for number, event in enumerate(events):
            if turn.ping_every and number and number % turn.ping_every == 0:
                yield Chunk(ping, turn.pace)
            yield Chunk(event, turn.pace if number else turn.wait)

    typed = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", **headers}
    pieces = tuple(chunks())[:cut_after]
    return Reply(200, typed, pieces, cut=cut_after is not None, **more)  # type: ignore[arg-type]
