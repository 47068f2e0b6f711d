"""What was used, as values: every figure of a usage report, and how it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from agentforge.tokens import Count
from agentforge.transcripts.events import Kind, Problem

UsedKind: TypeAlias = Literal["tool", "agent", "skill", "command"]
Task: TypeAlias = Literal["changing files", "running commands", "reading", "talking"]
"""What a session was for, by the tools it called: the first of these that it did."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Tokens as the provider charged them; the prompt's parts never overlap."""

    answers: int = 0
    input: int = 0
    output: int = 0
    cache_creation: int = 0
    cache_creation_1h: int = 0
    cache_read: int = 0
    thinking: int = 0
    """The share of the output that was reasoning, where the client tells."""
    cost: Decimal | None = Decimal(0)
    """Dollars; None where a model has no known price."""

    @property
    def cache_creation_5m(self) -> int:
        """Written to the cache for the shorter time."""
        return self.cache_creation - self.cache_creation_1h

    @property
    def prompt(self) -> int:
        """Every token that went in."""
        return self.input + self.cache_creation + self.cache_read

    @property
    def total(self) -> int:
        """Every token."""
        return self.prompt + self.output

    @property
    def cache_share(self) -> float:
        """How much of what went in was read from the cache, from 0 to 1."""
        return self.cache_read / self.prompt if self.prompt else 0.0


@dataclass(frozen=True, slots=True)
class SessionUsage:
    """What one session used."""

    session: str
    client: str
    parent: str
    path: str
    cwd: str
    branch: str
    version: str
    first: str
    last: str
    prompts: int
    first_call: int | None
    """The prompt of its first answer: what was in the window before any work; None where no answer is known."""
    totals: Totals
    task: Task = "talking"


@dataclass(frozen=True, slots=True)
class Used:
    """A tool, agent, skill or command that was used, how often, and when."""

    kind: UsedKind
    name: str
    times: int
    first: str
    last: str
    sessions: tuple[str, ...] = ()
    """Those it was used in."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What one kind of content, of one tool or source, put into windows."""

    kind: Kind
    name: str
    items: int
    characters: int
    tokens: Count


@dataclass(frozen=True, slots=True)
class Reread:
    """A file that was read again unchanged while the first reading was still in view."""

    path: str
    times: int
    characters: int
    tokens: Count
    """What the later readings added to windows, estimated."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """When a session was compacted, why, and from how many tokens to how many (0: not told)."""

    at: str
    session: str
    trigger: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What transcripts say was used. Days are in UTC; an empty day is that of answers without a time."""

    totals: Totals
    retold: Totals
    """Of the totals, what was probably told twice: answers without a request id whose message another session tells
    too. Claude Code 1.0 wrote history again so when it resumed, with new times; by rule they count."""
    by_model: Mapping[str, Totals]
    by_day: Mapping[str, Totals]
    sessions: Sequence[SessionUsage]
    used: Sequence[Used]
    filled: Sequence[Filled]
    rereads: Sequence[Reread]
    compactions: Sequence[Compaction]
    unpriced: Sequence[str]
    """Models without a known price."""
    skipped: Mapping[str, int]
    """Lines of types that are not known here."""
    problems: Sequence[Problem]
    files: int
    """Transcripts counted."""
    others: int
    """Files that looked like transcripts by their names, and are none."""
    bytes: int
