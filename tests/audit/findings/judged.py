"""Set-ups and usage to judge."""

from typing import Any

from agentforge.audit import Finding, Report
from agentforge.knowledge import Item, Source
from agentforge.transcripts import SessionUsage, Totals, UsageReport, Used
from knowledge.laid import item

WORDS = "sorts all parcels by town and street and then loads them into the right van"


def persona(name: str, description: str = "", body: str = "", **given: Any) -> Item:
    """A persona of a project."""
    scope = given.pop("scope", "project")
    source = Source("claude-code", scope, f"/p/{name}.md")
    words = description or f"does {name} in its very own {name} way"
    return item("persona", name, words, body=body or name, source=source, **given)


def memory(name: str, body: str, scope: str = "project", line: int = 1) -> Item:
    """A memory file that is always in view."""
    source = Source("claude-code", scope, f"/p/{name}", line)
    return item("memory", name, "", body=body, source=source, activation="always")


def session(id: str, **given: Any) -> SessionUsage:
    """A session of Claude Code."""
    day = given.pop("day", "2026-01-01")
    told = {"client": "claude-code", "parent": "", "path": "", "cwd": "/p", "branch": "", "version": ""}
    ends = {"first": f"{day}T10:00:00Z", "last": f"{day}T11:00:00Z", "prompts": 1, "first_call": None}
    return SessionUsage(id, **{**told, **ends, "totals": Totals(), **given})


def use(kind: str, name: str, *sessions: str, last: str = "2026-01-01T10:30:00Z") -> Used:
    """Uses in these sessions, one in each."""
    return Used(kind, name, max(len(sessions), 1), last, last, sessions)


def usage(sessions: list[SessionUsage], *used: Used) -> UsageReport:
    """What these sessions used."""
    return UsageReport(Totals(), Totals(), {}, {}, sessions, used, [], [], [], [], {}, [], 1, 0, 0)


def used(sessions: int, *names: tuple[str, str]) -> UsageReport:
    """So many sessions, in which these were used."""
    return usage([session(f"s{number}") for number in range(sessions)], *(use(*name) for name in names))


def found(report: Report, rule: str) -> list[Finding]:
    """The findings of a rule."""
    return [finding for finding in report.findings if finding.rule == rule]
