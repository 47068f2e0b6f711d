"""The prompt cache as providers run it: breakpoints, look-back, minimum, lifetimes, charges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, TypeAlias

LOOK_BACK: Final = 20
"""Blocks before a breakpoint that are searched for an earlier entry."""
BREAKPOINTS: Final = 4
LIFETIMES: Final = {"5m": 300.0, "1h": 3600.0}

Lifetime: TypeAlias = Literal["5m", "1h"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the rendered prompt that ends where a cache entry may: a tool, a system or content block."""

    content: bytes
    """What the model sees, markers left out."""
    tokens: int
    marker: Lifetime | None = None


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
        prefixes = _prefixes(segments)
        totals = _totals(segments)
        marked = [at for at, segment in enumerate(segments) if segment.marker]
        if not marked or totals[marked[-1]] < minimum:
            return Charge(totals[-1] if totals else 0, 0, 0, 0)
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
        return Charge(totals[-1] - done, read, written["5m"], written["1h"])

    def _find(self, space: str, prefixes: Sequence[bytes], at: int, now: float) -> int | None:
        for position in range(at, max(at - LOOK_BACK, 0) - 1, -1):
            entry = self._entries.get((space, prefixes[position]))
            if entry is not None and entry.ready <= now < entry.expires:
                return position
        return None


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
            if total >= self.MINIMUM and self._seen.get((space, prefix), -1.0) > now:
                read = total // self.STEP * self.STEP
        for prefix in prefixes:
            self._seen[space, prefix] = now + self.KEPT
        return Charge((totals[-1] if totals else 0) - read, read, 0, 0)


def _prefixes(segments: Sequence[Segment]) -> list[bytes]:
    parent = b""
    prefixes = []
    for segment in segments:
        parent = sha256(parent + segment.content).digest()
        prefixes.append(parent)
    return prefixes


def _totals(segments: Sequence[Segment]) -> list[int]:
    total = 0
    totals = []
    for segment in segments:
        total += segment.tokens
        totals.append(total)
    return totals
