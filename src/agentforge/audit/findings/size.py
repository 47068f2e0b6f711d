"""What takes too much of every request by itself, and what could not be read at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agentforge.audit.findings.evidence import Evidence
from agentforge.audit.remedies import deny_tool, drop_servers, shorten
from agentforge.audit.report import Category, Finding
from agentforge.tokens import Count

TOO_LONG: Final[dict[Category, int]] = {
    "memory": 2_000,
    "personas": 150,
    "skills and commands": 150,
    "MCP tools": 1_000,
    "MCP instructions": 500,
}
"""Tokens of one part that is always in view; what is above is the saving."""


def oversize(evidence: Evidence) -> Iterator[Finding]:
    """Single parts that take more of every request than such a part should."""
    items = dict(evidence.shown)
    for part in evidence.report.parts:
        limit = TOO_LONG.get(part.category)
        if not part.is_yours or limit is None or part.count.value <= limit:
            continue
        saving = Count(part.count.value - limit, part.count.method, part.count.model, part.count.error)
        what = f"{part.name} takes {part.count.value:,} tokens of every request ({part.category}: {limit:,} is long)"
        client = evidence.setup.client
        if part in items:
            remedy = shorten(items[part])
        elif part.category == "MCP tools":
            remedy = f"if you do not use it, {deny_tool(client, part.name)}"
        else:
            servers = [server for server in evidence.setup.servers if server.name == part.name]
            remedy = f"if you do not use it, {drop_servers(client, servers)}"
        yield Finding("oversize", what, (part.source,), saving, "low", remedy)


def unreadable(evidence: Evidence) -> Iterator[Finding]:
    """Files that could not be read as they were meant; what they hold is missing from the client too."""
    nothing = Count(0, "counted", evidence.report.model, 0.0)
    for problem in evidence.setup.problems:
        if problem.severity == "error":
            yield Finding("unreadable", problem.what, (problem.where,), nothing, "high", f"mend {problem.where}")
