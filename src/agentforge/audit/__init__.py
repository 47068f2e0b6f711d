"""What a set-up costs before the first word: every part weighed, with its place, and what to do about it."""

from agentforge.audit.attribution import Recorded
from agentforge.audit.findings import Observed, Unmentioned
from agentforge.audit.likeness import pairs_alike
from agentforge.audit.live import Surroundings, audit_request
from agentforge.audit.markdown import markdown
from agentforge.audit.page import page
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
    Sent,
    bill,
    heaviest,
)
from agentforge.audit.sections import Section, sections_of, signs_of
from agentforge.audit.static import audit_setup
from agentforge.audit.usage import (
    KINDS,
    compactions_words,
    cost_words,
    filled_by_kind,
    first_call,
    plain_usage,
    usage_markdown,
)
from agentforge.audit.words import before_words, clean, cut_share, dollars, known, many, off_by, sent_words, told_as

__all__ = [
    "BUILT_IN",
    "KINDS",
    "SCHEMA",
    "TURNS",
    "Bill",
    "Category",
    "Confidence",
    "Finding",
    "Observed",
    "Part",
    "Recorded",
    "Report",
    "Section",
    "Sent",
    "Surroundings",
    "Unmentioned",
    "audit_request",
    "audit_setup",
    "before_words",
    "bill",
    "clean",
    "compactions_words",
    "cost_words",
    "cut_share",
    "dollars",
    "filled_by_kind",
    "first_call",
    "heaviest",
    "known",
    "many",
    "markdown",
    "off_by",
    "page",
    "pairs_alike",
    "plain",
    "plain_usage",
    "sections_of",
    "sent_words",
    "signs_of",
    "told_as",
    "usage_markdown",
]
