"""The kinds of text that are told apart, in the order they are tried."""

from __future__ import annotations

from agentforge.context.admission.families.columns import COLUMNS
from agentforge.context.admission.families.diffs import DIFFS
from agentforge.context.admission.families.findings import FINDINGS
from agentforge.context.admission.families.json_document import JSON
from agentforge.context.admission.families.json_lines import JSON_LINES
from agentforge.context.admission.families.keyed import KEYED
from agentforge.context.admission.families.listings import LISTINGS
from agentforge.context.admission.families.logs import LOGS
from agentforge.context.admission.families.markup import MARKUP
from agentforge.context.admission.families.matches import MATCHES
from agentforge.context.admission.families.prose import PROSE
from agentforge.context.admission.families.separated import SEPARATED
from agentforge.context.admission.families.source import SOURCE
from agentforge.context.admission.families.test_runs import TEST_RUNS

FAMILIES = (
    JSON,
    JSON_LINES,
    DIFFS,
    TEST_RUNS,
    FINDINGS,
    SOURCE,
    MARKUP,
    MATCHES,
    LISTINGS,
    SEPARATED,
    COLUMNS,
    KEYED,
    PROSE,
    LOGS,
)

__all__ = [
    "COLUMNS",
    "DIFFS",
    "FAMILIES",
    "FINDINGS",
    "JSON",
    "JSON_LINES",
    "KEYED",
    "LISTINGS",
    "LOGS",
    "MARKUP",
    "MATCHES",
    "PROSE",
    "SEPARATED",
    "SOURCE",
    "TEST_RUNS",
]
