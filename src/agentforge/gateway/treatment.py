"""What may be done to a request on its way, and the one door through which it is: `Treatment`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from agentforge.context import Kept, Receipt, Role
from agentforge.gateway.headers import Headers
from agentforge.gateway.routes import Operation
from agentforge.ledger import Event
from agentforge.wire import Dialect, Usage

Outcome: TypeAlias = Literal["whole", "cut", "gone", "refused", "ended"]
"""How it went: answered to the end, whatever the status; cut by the upstream; left by the client; answered by the
gateway in the upstream's place; ended because the gateway was."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to a model or to count tokens, as the client sent it."""

    number: int
    """Of all requests since the gateway started."""
    at: int
    """Nanoseconds since 1970, UTC."""
    project: str
    dialect: Dialect
    operation: Operation
    headers: Headers
    """All of them, keys included: not to be kept."""
    body: bytes

    @property
    def named(self) -> Mapping[str, str]:
        """The headers as texts; of several under one name, the last."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to ask the upstream next, in place of ending the answer: its answer is fed to the same reader."""

    body: bytes


class AnswerReader(Protocol):
    """Stands between an answer and the client, without I/O. Only answers with status 200 that can be read get one.

    It may hold bytes back, say others, and at the end ask the upstream once more. Calls come one by one in this
    order: (`feed`* `end`)+, or `refuse` after a follow-up that was not answered with 200. `end` comes from a thread
    beside the event loop, because it may look through much; the others come from the loop.
    """

    def feed(self, chunk: bytes) -> bytes:
        """What the client gets now."""

    def end(self) -> bytes | FollowUp:
        """The last bytes for the client, or what to ask next."""

    def refuse(self, status: int, body: bytes) -> bytes:
        """What the client gets to end with when a follow-up was refused and some of the answer was sent already."""

    def release(self) -> bytes:
        """What is held back, as it came: asked for when another call has raised, and the rest passes unread."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is sent for a request."""

    body: bytes
    """The very object that came in, where nothing was changed."""
    headers: Headers | None = None
    """In place of the client's, where a field of the body needs its beta; None: as they came."""
    session: str | None = None
    role: Role = "other"
    receipts: tuple[Receipt, ...] = ()
    kept: tuple[Kept, ...] = ()
    """What was cut. It is in the ledger before the request goes out, or else the request goes out as it came."""
    events: tuple[Event, ...] = ()
    """What must be in the ledger before, likewise: a new session's settings."""
    reader: AnswerReader | None = None
    """For this request's answer only."""
    memo: object = None
    """What `learn` is given back."""
    spare: Callable[[frozenset[str]], Prepared] | None = None
    """What is sent where these, by their hashes, could not be stored; None: the request as it came."""
    owed: Sequence[Event] = ()
    """What must be in the ledger before the end of the answer goes out: it grows while the reader reads."""
    unsent: Callable[[], object] | None = None
    """To be called where the request went out as it came after all: what follows must fit to that."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one request to the upstream."""

    at: int
    project: str
    dialect: Dialect
    operation: Operation
    session: str | None
    role: Role
    sent: Literal["untouched", "changed", "shadow", "followup"]
    """Whether what was prepared is what was sent."""
    receipts: tuple[Receipt, ...]
    status: int
    outcome: Outcome
    model: str
    """As the answer names it; empty where it does not."""
    usage: Usage | None
    """None where the answer told none, or could not be read."""
    memo: object


class Treatment(Protocol):
    """Decides what is sent for a request, and learns what it cost."""

    def is_quick(self, asked: Asked) -> bool:
        """Whether `prepare` takes less than two milliseconds, and so may keep the event loop waiting."""

    def prepare(self, asked: Asked) -> Prepared:
        """What is sent. If it raises, the request goes out as it came, and the ledger has the reason.

        Called from the event loop where `is_quick`, else from one worker thread: what the calls share is guarded.
        """

    def learn(self, answered: Answered) -> Sequence[Event]:
        """What the ledger should hear of it besides. Called from the recorder's thread, one at a time."""


class Untouched:
    """The treatment that changes nothing."""

    def is_quick(self, asked: Asked) -> bool:  # noqa: ARG002
        """True."""
        return True

    def prepare(self, asked: Asked) -> Prepared:
        """The request as it came."""
        return Prepared(asked.body)

    def learn(self, answered: Answered) -> Sequence[Event]:  # noqa: ARG002
        """Nothing."""
        return ()
