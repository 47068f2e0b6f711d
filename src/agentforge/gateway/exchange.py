"""One request to the upstream and what came of it, noted while it happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentforge.context import Receipt, Role
from agentforge.gateway.answers import Copy
from agentforge.gateway.routes import NO_PROJECT, Operation
from agentforge.gateway.treatment import Outcome
from agentforge.ledger import Event
from agentforge.wire import Dialect


@dataclass(slots=True)
class Exchange:
    """What is noted of it; the recorder reads it once it is over."""

    number: int
    at: int
    method: str
    path: str = ""
    project: str = NO_PROJECT
    dialect: Dialect = "anthropic"
    operation: Operation = "other"
    session: str | None = None
    role: Role = "other"
    sent: Literal["untouched", "changed", "shadow", "followup"] = "untouched"
    receipts: tuple[Receipt, ...] = ()
    memo: object = None
    asked_bytes: int = 0
    sent_bytes: int = 0
    status: int = 0
    """0 where nothing was answered."""
    kind: bytes = b""
    """The answer's content type."""
    packing: bytes = b""
    request_id: str = ""
    """The upstream's."""
    copy: Copy = field(default_factory=Copy)
    owed: list[Event] = field(default_factory=list)
    """Events that should be in the ledger already, but could not be stored."""
    outcome: Outcome = "ended"
    why: list[str] = field(default_factory=list)
    """What did not go as it should, and what was done instead."""
    prepare_ms: float = 0.0
    first_ms: float | None = None
    """From the request's arrival to the first byte of the answer."""
    whole_ms: float = 0.0
