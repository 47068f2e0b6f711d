"""What replays come to: per session and plan, and all together, each request counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from agentforge.simulate.whatif.replay import Billed, Needed, Replay
from agentforge.simulate.whatif.steps import Session
from agentforge.tokens import Method, cost

NOTHING: Final = Decimal(0)
METHODS: Final[tuple[Method, ...]] = ("counted", "calibrated", "estimated")


@dataclass(frozen=True, slots=True)
class Off:
    """What was charged, and what the replay of the same requests without any plan comes to."""

    requests: int = 0
    """Those whose charge is known."""
    charged: int = 0
    """Tokens of their prompts."""
    replayed: int = 0
    apart: int = 0
    """The differences of the single requests, all of one sign."""
    charged_dollars: Decimal = NOTHING
    replayed_dollars: Decimal = NOTHING

    @property
    def tokens(self) -> float | None:
        """How far off the replayed prompts are, as a share."""
        return self.apart / self.charged if self.charged else None

    @property
    def dollars(self) -> float | None:
        """How far off the replayed bill is, as a share; positive where it is higher."""
        return float(self.replayed_dollars / self.charged_dollars) - 1 if self.charged_dollars else None

    def __add__(self, other: Off) -> Off:
        """Both."""
        return Off(
            self.requests + other.requests,
            self.charged + other.charged,
            self.replayed + other.replayed,
            self.apart + other.apart,
            self.charged_dollars + other.charged_dollars,
            self.replayed_dollars + other.replayed_dollars,
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a session, whatever the plan."""

    id: str
    client: str
    project: str
    subagent: bool
    models: tuple[str, ...]
    started: float
    method: Method
    slope: float
    unseen: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What requests come to under one plan."""

    requests: int = 0
    uncached: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    peak: int = 0
    """The longest prompt."""
    dollars: Decimal = NOTHING
    unpriced: int = 0
    """Requests of models without a price here: not in the dollars."""
    hits: int = 0
    """Requests that read from the cache."""
    breaks: int = 0
    """Requests of which the one before is no prefix."""
    recalls: int = 0
    recall_dollars: Decimal = NOTHING
    """What their round trips cost; it is in the dollars."""
    cuts: int = 0

    @property
    def prompt(self) -> int:
        """The tokens of all prompts."""
        return self.uncached + self.read + self.write_5m + self.write_1h

    @property
    def figures(self) -> Mapping[str, int]:
        """What is shown of it, by name, but for its cost."""
        return {
            "requests": self.requests,
            "uncached": self.uncached,
            "read": self.read,
            "written": self.write_5m + self.write_1h,
            "output": self.output,
            "peak": self.peak,
            "hits": self.hits,
            "breaks": self.breaks,
            "recalls": self.recalls,
        }

    def __add__(self, other: Sum) -> Sum:
        """Both, with the longest prompt of either."""
        added = {name: getattr(self, name) + getattr(other, name) for name in Sum.__slots__}
        return Sum(**{**added, "peak": max(self.peak, other.peak)})


@dataclass(frozen=True, slots=True)
class Replayed:
    """A session under one plan, as it is kept."""

    facts: Facts
    replay: Replay
    off: Off
    """Told of the plan that changes nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A session under every plan."""

    facts: Facts
    sums: Mapping[str, Sum]
    contexts: Mapping[str, tuple[tuple[float, int], ...]]
    """The time and the prompt of each request, by plan."""
    recalls: Mapping[str, tuple[Needed, ...]]
    off: Off


@dataclass(frozen=True, slots=True)
class Report:
    """Replays of many sessions under some plans, the first of which changes nothing."""

    plans: tuple[str, ...]
    rows: tuple[Row, ...]
    totals: Mapping[str, Sum]
    breaks: Mapping[str, Mapping[str, int]]
    """Why prefixes broke, by plan, and how often."""
    off: Off
    method: Method
    twice: int
    """Requests that stand in more than one transcript, and are counted once."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Files that were not replayed, and why."""
    files: int = 0
    remembered: int = 0
    """Of these, those that had been replayed before."""

    def saved(self, plan: str, over: str = "direct", row: Row | None = None) -> float | None:
        """The share of the bill that a plan saves net of its recalls, for all or one session; None without prices."""
        sums = self.totals if row is None else row.sums
        before = sums[over].dollars
        return float(1 - sums[plan].dollars / before) if before else None


def facts_of(session: Session, path: str) -> Facts:
    """What is known of a session."""
    models = tuple(dict.fromkeys(step.request.model for step in session.steps))
    return Facts(
        session.id,
        session.client,
        session.project,
        session.subagent,
        models,
        session.steps[0].at,
        session.scale.method,
        session.scale.slope,
        session.scale.unseen,
        path,
    )


def off_of(session: Session, direct: Replay) -> Off:
    """How far the untouched replay of a session is from what was charged."""
    off = Off()
    for step, billed in zip(session.steps, direct.requests, strict=True):
        if step.usage is not None:
            charged = cost(step.usage, step.request.model).total
            known = charged is not None and billed.dollars is not None
            apart = abs(billed.prompt - step.usage.prompt)
            off += Off(
                1,
                step.usage.prompt,
                billed.prompt,
                apart,
                charged if known and charged is not None else NOTHING,
                billed.dollars if known and billed.dollars is not None else NOTHING,
            )
    return off


def sum_of(requests: Iterable[Billed]) -> Sum:
    """What requests come to."""
    total = Sum()
    for one in requests:
        dollars = one.dollars if one.dollars is not None else NOTHING
        total += Sum(
            1,
            one.uncached,
            one.read,
            one.write_5m,
            one.write_1h,
            one.output,
            one.prompt,
            dollars,
            one.dollars is None,
            one.read > 0,
            bool(one.broke),
            one.recall,
            dollars if one.recall else NOTHING,
        )
    return total


def report_of(
    plans: Sequence[str], sessions: Iterable[Mapping[str, Replayed]], *, skipped: Sequence[tuple[str, str]] = ()
) -> Report:
    """The report on sessions, each of which was replayed under every plan."""
    ordered = sorted(sessions, key=lambda one: (one[plans[0]].facts.started, one[plans[0]].facts.id))
    seen: set[str] = set()
    twice = 0
    rows: list[Row] = []
    breaks: dict[str, dict[str, int]] = {plan: {} for plan in plans}
    for session in ordered:
        told = {one.response for one in session[plans[0]].replay.requests if one.response}
        again = told & seen
        twice += len(again)
        seen |= told
        mine = {plan: [one for one in session[plan].replay.requests if one.response not in again] for plan in plans}
        if not mine[plans[0]]:
            continue
        for plan in plans:
            for one in mine[plan]:
                if one.broke:
                    breaks[plan][one.broke] = breaks[plan].get(one.broke, 0) + 1
        rows.append(
            Row(
                session[plans[0]].facts,
                {plan: replace(sum_of(mine[plan]), cuts=session[plan].replay.cuts) for plan in plans},
                {plan: tuple((one.at, one.prompt) for one in mine[plan]) for plan in plans},
                {plan: session[plan].replay.recalls for plan in plans},
                session[plans[0]].off,
            )
        )
    return Report(
        tuple(plans),
        tuple(rows),
        {plan: sum((row.sums[plan] for row in rows), Sum()) for plan in plans},
        breaks,
        sum((row.off for row in rows), Off()),
        max((row.facts.method for row in rows), key=METHODS.index, default="estimated"),
        twice,
        tuple(skipped),
    )
