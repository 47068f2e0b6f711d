"""What a ledger takes and gives back, and the interface every kind of ledger keeps to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self, TypeAlias

from agentforge.wire.errors import BlobMissing


class Everywhere(Enum):
    """The one value that stands for all projects; a reader has to ask for it by name."""

    EVERYWHERE = "every project"


EVERYWHERE: Final = Everywhere.EVERYWHERE
Scope: TypeAlias = str | Literal[Everywhere.EVERYWHERE]
"""Whose records are read: one project's, or, said out loud, everyone's."""

HANDLE_DIGITS: Final = 12
"""48 bits: among 100,000 blobs of a project two share them once in 50,000 projects, and `resolve` tells."""

_HANDLE: Final = re.compile(r"(?:recall:)?([0-9a-f]{8,64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `data` is plain JSON; `text` is what `search` finds it by."""

    kind: str
    at: int
    """Nanoseconds since 1970, UTC."""
    project: str
    session: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    text: str = ""
    blobs: tuple[str, ...] = ()
    """The hashes of the blobs it speaks of. They are kept as long as it is."""
    seq: int = field(default=0, compare=False)
    """Its number in the ledger, which grows and is never given twice; 0 until it is there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a blob is: the hash of the bytes that were stored, and the marks put in place of secrets, if any."""

    hash: str
    size: int
    redacted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection took away, or would take."""

    events: int
    blobs: int
    bytes: int
    """Of the events' data and text, and of the blobs as they were stored."""
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a ledger."""

    what: str
    where: str


def handle(hash: str) -> str:
    """The short name of a blob that a context can afford; `Ledger.resolve` follows it back."""
    return f"recall:{hash[:HANDLE_DIGITS]}"


def digits(handle: str) -> str:
    """The hexadecimal digits of a handle, or of the whole or the beginning of a hash."""
    found = _HANDLE.fullmatch(handle.strip())
    if found is None:
        raise BlobMissing("no handle", where=repr(handle), fix="a handle reads recall: and 8 to 64 hexadecimal digits")
    return found[1].lower()


class Ledger(Protocol):
    """Append-only events and blobs by hash. What is acknowledged by a return is there for good.

    Everything stored goes through `redact` first, events and blobs alike. So a blob's hash is that of the bytes after
    redaction: what `get` gives back is what `put` stored, to the byte, and `Stored.redacted` says if that differs from
    what came in.
    """

    @property
    def path(self) -> Path | str:
        """Where it is, for people to read."""

    def append(self, events: Iterable[Event]) -> tuple[int, ...]:
        """The numbers of these events, all of which are now stored; if it raises, none is.

        `BlobMissing` if an event names a blob that its project did not put.
        """

    def events(
        self,
        *,
        project: Scope,
        kind: str | None = None,
        session: str | None = None,
        since: int | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[Event]:
        """The events in their order: of a kind, of a session, not before the time `since`, past the number `after`."""

    def search(self, query: str, *, project: Scope, limit: int = 20) -> tuple[Event, ...]:
        """The events whose text has all words of the query, best first. Any text is a query; none is a mistake."""

    def put(self, data: bytes, *, project: str, at: int) -> Stored:
        """The hash under which these bytes, less their secrets, are now stored; the same bytes are stored once."""

    def get(self, hash: str, *, project: Scope) -> bytes:
        """The bytes stored under a hash, checked against it; `BlobMissing` if that project did not put them."""

    def resolve(self, handle: str, *, project: Scope) -> str:
        """The hash a handle stands for; `BlobMissing` if there is none, or more than one."""

    def gc(self, *, keep_days: float, now: int, dry_run: bool = False) -> Collected:
        """What went: events older than that, then blobs as old that no event is left to name."""

    def check(self) -> tuple[Finding, ...]:
        """Everything that is wrong: damage to the storage, and blobs that are not what their hash says."""

    def close(self) -> None:
        """Nothing; the ledger is closed and takes no more calls."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
