"""The report of an audit: what each part of a set-up weighs before the first word, where it stands, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from agentforge.knowledge import Problem
from agentforge.tokens import Count, Model, family, total

SCHEMA: Final = 1
"""The version of the report's JSON."""
BUILT_IN: Final = "built in"
"""The source of what no file of the user's brings."""
ENVIRONMENT: Final = "environment"
"""The source of what the client found around it: folders, the date, the state of git."""
PROMPT: Final = "the prompt"
UNATTRIBUTED: Final = "unattributed"
"""The source of what was sent for no reason that could be found."""
TURNS: Final = 100

Category: TypeAlias = Literal[
    "system prompt",
    "built-in tools",
    "MCP tools",
    "deferred tool names",
    "MCP instructions",
    "personas",
    "skills and commands",
    "memory",
    "environment",
    "conversation",
    "unattributed",
]
_NOBODYS_FILE: Final = frozenset({BUILT_IN, ENVIRONMENT, PROMPT, UNATTRIBUTED})
Confidence: TypeAlias = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that stands in every request."""

    category: Category
    name: str
    bytes: int
    """On the wire; below zero where the client leaves words of its own out because of it."""
    count: Count
    source: str
    """file:line, or `built in`, and for what was really sent also `environment`, `the prompt`, `unattributed`."""
    item: str = ""
    """The id of the item it shows, if it shows one."""

    @property
    def is_yours(self) -> bool:
        """Whether a file of the user's brings it."""
        return self.source not in _NOBODYS_FILE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to act on: what it saves, how sure that is, and the edit or command that does it today."""

    rule: str
    what: str
    where: tuple[str, ...]
    saving: Count
    confidence: Confidence
    remedy: str


@dataclass(frozen=True, slots=True)
class Bill:
    """What the idle part of a hundred turns costs, in dollars; None where a price is not known."""

    uncached: Decimal | None
    cached: Decimal | None
    """Written once, read in every later turn."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How a report knows what the client really sent."""

    version: str
    """Of the client; empty where it does not say."""
    bytes: int
    """Of the body of its first request: the sum of the parts."""
    attributed: float
    """The share of them that was found to be somebody's, from 0 to 1."""
    from_files: int
    """Bytes of them that the user's files bring, their servers aside."""
    predicted: int
    """Bytes that the files alone, read without running the client, were thought to bring."""
    isolated: bool
    """Whether the client had no network but loopback."""

    @property
    def off(self) -> float | None:
        """How far the prediction is off, as a share of what was sent; None where nothing was."""
        return self.predicted / self.from_files - 1 if self.from_files else None


@dataclass(frozen=True, slots=True)
class Report:
    """One client's set-up, weighed for one model."""

    client: str
    model: str
    window: int | None
    measured: str
    """Which build of the client the built-in sizes are of, and when they were taken; empty where there are none."""
    parts: tuple[Part, ...]
    bill: Bill
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()
    """What may be sent too, but was not weighed, and why."""
    sent: Sent | None = None
    """There when the client was run: then the parts are what it really sent, and none is left out."""

    @property
    def total(self) -> Count:
        """All of it."""
        return self._sum(self.parts)

    @property
    def governed(self) -> Count:
        """What the user's own files and servers bring: all but what is built into the client and what is around it."""
        return self._sum(part for part in self.parts if part.is_yours)

    @property
    def by_category(self) -> Mapping[Category, Count]:
        """Each category's weight, the heaviest first."""
        groups: dict[Category, list[Part]] = {}
        for part in self.parts:
            groups.setdefault(part.category, []).append(part)
        sums = {category: self._sum(parts) for category, parts in groups.items()}
        return dict(sorted(sums.items(), key=lambda row: -row[1].value))

    @property
    def share(self) -> float | None:
        """How much of the window it fills, from 0 to 1; None where the window is not known."""
        return self.total.value / self.window if self.window else None

    def _sum(self, parts: Iterable[Part]) -> Count:
        return weigh_together((part.count for part in parts), self.model)


def weigh_together(counts: Iterable[Count], model: str) -> Count:
    """The sum of estimates, never surer than whole requests were found to be for this model."""
    return total(counts, model, at_least=family(model).total_error)


def bill(tokens: int, model: Model) -> Bill:
    """What so many idle tokens cost over a hundred turns."""
    million = Decimal(1_000_000)
    prices = model.prices_for(tokens)
    uncached = None if prices.input is None else prices.input * tokens * TURNS / million
    if model.cache_minimum is not None and tokens < model.cache_minimum:
        return Bill(uncached, uncached)
    if prices.write_5m is None or prices.read is None:
        return Bill(uncached, None)
    return Bill(uncached, (prices.write_5m * tokens + prices.read * tokens * (TURNS - 1)) / million)


def heaviest(parts: Iterable[Part], most: int) -> tuple[Part, ...]:
    """The parts that weigh most, at most so many."""
    return tuple(sorted(parts, key=lambda part: (-part.count.value, part.name, part.source))[:most])
