"""What happened: append-only events and blobs by hash, without their secrets, and full-text search over them."""

from agentforge.ledger.events import (
    EVERYWHERE,
    Collected,
    Event,
    Finding,
    Ledger,
    Scope,
    Stored,
    handle,
)
from agentforge.ledger.redact import Redacted, redact, redact_value
from agentforge.ledger.store import LONGEST_KEEP, SqliteLedger, open_ledger

__all__ = [
    "EVERYWHERE",
    "LONGEST_KEEP",
    "Collected",
    "Event",
    "Finding",
    "Ledger",
    "Redacted",
    "Scope",
    "SqliteLedger",
    "Stored",
    "handle",
    "open_ledger",
    "redact",
    "redact_value",
]
