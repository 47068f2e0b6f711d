"""A transform: a function from a request to the request that is sent, with a receipt of what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias

from agentforge.context.settings import Settings
from agentforge.ledger import handle
from agentforge.wire import Request

Kind: TypeAlias = Literal["causal", "declarative", "epochal"]
"""Causal: what a message becomes depends on nothing after it, and on settings locked at the session's first request.
Declarative: adds markers or fields, and changes no word. Epochal: only at a session's start or at a compaction."""
Role: TypeAlias = Literal["main", "subagent", "title", "compaction", "count", "other"]
"""What a client asks a request for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was cut, whole; it is stored before the request goes out."""

    data: bytes
    hash: str = ""
    """What it is stored under: the hash of the data, worked out where it is not known yet."""

    def __post_init__(self) -> None:
        if not self.hash:
            object.__setattr__(self, "hash", sha256(self.data).hexdigest())

    @property
    def handle(self) -> str:
        """The short name that stands in the text in its place."""
        return handle(self.hash)


@dataclass(frozen=True, slots=True)
class Change:
    """One place that a transform changed."""

    where: str
    """As in `messages.4.content.0`, or `tools`."""
    before: str
    after: str
    reason: str
    kept: Kept | None = None
    """What the new text leaves out of the old, if anything."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transform did to a request, so that it can be weighed, shown and undone."""

    transform: str
    kind: Kind
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionView:
    """What a transform may know besides the request. All of it was decided at the session's first request."""

    settings: Settings
    project: str = ""
    session: str = ""
    role: Role = "main"
    start: int = 0
    """Messages before this one were sent before we came: they stay as they are."""
    whole: frozenset[str] = frozenset()
    """Hashes of texts that could not be stored: they are never cut."""


Run: TypeAlias = Callable[[Request, SessionView], tuple[Request, Receipt]]


@dataclass(frozen=True, slots=True)
class Transform:
    """A named function on requests that says how it may change a session."""

    name: str
    kind: Kind
    run: Run
