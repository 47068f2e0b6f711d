"""The prompt cache as providers run it: breakpoints, look-back, minimum, lifetimes, charges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import nsmallest
from itertools import accumulate
from typing import Final, Literal, TypeAlias

LOOK_BACK: Final = 20
"""Blocks before a breakpoint that are searched for an earlier entry."""
BREAKPOINTS: Final = 4
LIFETIMES: Final = {"5m": 300.0, "1h": 3600.0}
MOST_ENTRIES: Final = 100_000
"""Beyond these, what is expired or expires next goes."""

Lifetime: TypeAlias = Literal["5m", "1h"]
Part: TypeAlias = Literal["tools", "system", "messages"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the rendered prompt that ends where a cache entry may: a tool, a system or content block."""

    content: bytes
    """What the model sees, markers left out."""
    tokens: int
    marker: Lifetime | None = None
    part: Part = "messages"
    settings: bytes = b""
    """What restarts the cache from here on when it changes, and weighs nothing."""


@dataclass(frozen=True, slots=True)
class Charge:
    """How the tokens of one prompt are charged."""

    uncached: int
    read: int
    write_5m: int
    write_1h: int

    @property
    def prompt(self) -> int:
        """All of them."""
        return self.uncached + self.read + self.write_5m + self.write_1h


@dataclass(slots=True)
class _Entry:
    lifetime: Lifetime
    ready: float
    expires: float


@dataclass(slots=True)
class PromptCache:
    """Entries by prefix, each in the space of one workspace and model."""

    _entries: dict[tuple[str, bytes], _Entry] = field(default_factory=dict)

    def charge(
        self, space: str, segments: Sequence[Segment], *, minimum: int, now: float, answered: float | None = None
    ) -> Charge:
        """What a prompt is charged, its entries written and refreshed.

        `answered` is when the answer starts: until then what this request writes can be read by no other.
        """
        totals = _totals(segments)
        marked = [at for at, segment in enumerate(segments) if segment.marker]
        if not marked or totals[marked[-1]] < minimum:
            return Charge(totals[-1] if totals else 0, 0, 0, 0)
        prefixes = _prefixes(segments)
        hit = max((found for at in marked if (found := self._find(space, prefixes, at, now)) is not None), default=None)
        read = 0
        if hit is not None:
            read = totals[hit]
            entry = self._entries[space, prefixes[hit]]
            entry.expires = now + LIFETIMES[entry.lifetime]
        written: dict[Lifetime, int] = {"5m": 0, "1h": 0}
        done = read
        for at in marked:
            lifetime = segments[at].marker
            if totals[at] < minimum or lifetime is None:
                continue
            if totals[at] > done:
                written[lifetime] += totals[at] - done
                done = totals[at]
            old = self._entries.get((space, prefixes[at]))
            if old is None or old.expires <= now:
                ready = now if answered is None else answered
                self._entries[space, prefixes[at]] = _Entry(lifetime, ready, now + LIFETIMES[lifetime])
            elif old.ready <= now:
                old.expires = max(old.expires, now + LIFETIMES[old.lifetime])
        self._make_room(now)
        return Charge(totals[-1] - done, read, written["5m"], written["1h"])

    def _find(self, space: str, prefixes: Sequence[bytes], at: int, now: float) -> int | None:
        for position in range(at, max(at - LOOK_BACK, 0) - 1, -1):
            entry = self._entries.get((space, prefixes[position]))
            if entry is not None and entry.ready <= now < entry.expires:
                return position
        return None

    def _make_room(self, now: float) -> None:
        if len(self._entries) <= MOST_ENTRIES:
            return
        self._entries = {key: entry for key, entry in self._entries.items() if entry.expires > now}
        over = len(self._entries) - MOST_ENTRIES // 2
        for key in nsmallest(over, self._entries, key=lambda key: self._entries[key].expires):
            del self._entries[key]


class AutomaticCache:
    """The prompt cache of providers without markers: whole steps of a prefix, read again while it is kept."""

    STEP: Final = 128
    MINIMUM: Final = 1024
    KEPT: Final = 600.0

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes], float] = {}

    def charge(self, space: str, segments: Sequence[Segment], *, now: float) -> Charge:
        """What a prompt is charged; writing costs nothing extra here."""
        prefixes, totals = _prefixes(segments), _totals(segments)
        read = 0
        for prefix, total in zip(prefixes, totals, strict=True):
            if total >= self.MINIMUM and self._seen.get((space, prefix), now) > now:
                read = total // self.STEP * self.STEP
        for prefix in prefixes:
            self._seen[space, prefix] = now + self.KEPT
        if len(self._seen) > MOST_ENTRIES:
            newest = sorted(self._seen, key=lambda key: self._seen[key])[-MOST_ENTRIES // 2 :]
            self._seen = {key: self._seen[key] for key in newest}
        return Charge((totals[-1] if totals else 0) - read, read, 0, 0)


def _prefixes(segments: Sequence[Segment]) -> list[bytes]:
    parent = b""
    prefixes = []
    for segment in segments:
        parent = sha256(b"%b%b\0%b" % (parent, segment.settings, segment.content)).digest()
        prefixes.append(parent)
    return prefixes


def _totals(segments: Sequence[Segment]) -> list[int]:
    return list(accumulate(segment.tokens for segment in segments))
