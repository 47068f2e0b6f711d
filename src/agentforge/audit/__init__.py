"""What a set-up costs before the first word: every part weighed, with its place, and what to do about it."""

from agentforge.audit.likeness import pairs_alike
from agentforge.audit.markdown import markdown
from agentforge.audit.plain import plain
from agentforge.audit.report import (
    BUILT_IN,
    SCHEMA,
    TURNS,
    Bill,
    Category,
    Confidence,
    Finding,
    Part,
    Report,
    bill,
    heaviest,
)
from agentforge.audit.static import audit_setup

__all__ = [
    "BUILT_IN",
    "SCHEMA",
    "TURNS",
    "Bill",
    "Category",
    "Confidence",
    "Finding",
    "Part",
    "Report",
    "audit_setup",
    "bill",
    "heaviest",
    "markdown",
    "pairs_alike",
    "plain",
]
