"""Writes docs/reference/audit.schema.json from the values themselves; with --check, fails when it is not current.

What the JSON adds to a value (sums, prices as texts) is said here; everything else is read off the dataclasses. The
tests hold real output against it, so that neither can go its own way.
"""

import ast
import inspect
import json
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal, NotRequired, TypedDict

import msgspec

from agentforge.audit import SCHEMA, Category, Finding, Part, Sent
from agentforge.knowledge import Problem
from agentforge.tokens import Count
from agentforge.transcripts import Compaction, Filled, Reread, Task

FILE = Path(__file__).parent.parent / "docs" / "reference" / "audit.schema.json"


class Bill(TypedDict):
    """What the idle part of so many turns costs, in dollars; null where a price is not known."""

    turns: int
    uncached_usd: str | None
    cached_usd: str | None
    """Written once, read in every later turn."""


class Report(TypedDict):
    """One client's set-up, weighed for one model."""

    client: str
    model: str
    window: int | None
    """Tokens; null where it is not known."""
    measured: str
    """Which build of the client the built-in sizes are of, and when they were taken; empty where there are none."""
    total: Count
    """All of it: what stands in the first request before the first word."""
    share_of_window: float | None
    """From 0 to 1."""
    governed: Count
    """What the user's own files and servers bring: all but what is built into the client."""
    by_category: dict[Category, Count]
    """The heaviest first."""
    bill: Bill
    parts: list[Part]
    findings: list[Finding]
    """The largest saving first."""
    problems: list[Problem]
    """What could not be read as it was meant."""
    unknown: list[str]
    """What may be sent too, but was not weighed, and why."""
    sent: Sent | None
    """With --live: then the parts are what the client really sent, and none is left out."""


class Totals(TypedDict):
    """Tokens as the provider charged them."""

    answers: int
    input: int
    output: int
    cache_creation: int
    cache_creation_5m: int
    cache_creation_1h: int
    cache_read: int
    thinking: int
    """The share of the output that was reasoning, where the client tells."""
    total: int
    cache_share: float
    """How much of what went in was read from the cache, from 0 to 1."""
    cost_usd: str | None
    """Null where a model has no known price."""


class Session(TypedDict):
    """What one session used."""

    session: str
    client: str
    parent: str
    path: str
    cwd: str
    branch: str
    version: str
    first: str
    """ISO 8601, in UTC, as all times here."""
    last: str
    prompts: int
    first_call: int | None
    """The prompt of its first answer: what was in the window before any work; null where no answer is known."""
    task: Task
    """What it was for, by the tools it called: the first of these that it did."""
    totals: Totals


class Used(TypedDict):
    """A tool, agent, skill or command that was used, how often, in how many sessions, and when."""

    kind: Literal["tool", "agent", "skill", "command"]
    name: str
    times: int
    sessions: int
    first: str
    last: str


class Unread(TypedDict):
    """What could not be read of a transcript, and where; line 0: the file as a whole."""

    what: str
    line: int
    path: str


class Usage(TypedDict):
    """What transcripts say was used."""

    totals: Totals
    retold: Totals
    """Of the totals, what was probably told twice."""
    first_call_median: int | None
    by_model: dict[str, Totals]
    by_day: dict[str, Totals]
    """Days are in UTC; an empty day is that of answers without a time."""
    sessions: list[Session]
    used: list[Used]
    filled: list[Filled]
    rereads: list[Reread]
    compactions: list[Compaction]
    unpriced: list[str]
    """Models without a known price."""
    skipped: dict[str, int]
    """Lines of types that are not known here."""
    problems: list[Unread]
    files: int
    """Transcripts counted."""
    others: int
    """Files that looked like transcripts by their names, and are none."""
    bytes: int


class Audit(TypedDict):
    """What `agentforge audit --json` prints. New members may come without a new number: read past what you do not know.

    The number changes when a member goes, or means something else.
    """

    schema: int
    path: str
    """The folder that was audited."""
    reports: list[Report]
    """One for each client that is set up there."""
    usage: NotRequired[Usage]
    """With --usage."""


def main() -> int:
    """Exit code 1 when --check finds the file out of date."""
    wanted = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        if FILE.is_file() and FILE.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/reference/audit.schema.json is not what the values say; run: make docs", file=sys.stderr)
        return 1
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(wanted, encoding="utf-8")
    return 0


def schema() -> dict[str, Any]:
    """The JSON Schema of the command's output."""
    _, parts = msgspec.json.schema_components([Audit], ref_template="#/$defs/{name}")
    described(parts)
    whole = parts.pop("Audit")
    whole["properties"]["schema"] = {"const": SCHEMA, "description": "The version of this form."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "agentforge audit --json",
        "$defs": dict(sorted(parts.items())),
    }


def described(parts: dict[str, dict[str, Any]]) -> None:
    """Adds what the sources say about each member; every member of a dataclass is always there."""
    known = globals()
    for name, part in parts.items():
        kind, said, members = known[name], said_of(known[name]), part["properties"]
        part["description"] = inspect.cleandoc(part["description"])
        part["properties"] = {member: members[member] for member in kind.__annotations__}
        part["required"] = [
            member for member in part["properties"] if member not in getattr(kind, "__optional_keys__", ())
        ]
        for member, about in members.items():
            about.pop("default", None)
            if member in said:
                about["description"] = said[member].replace("None:", "null:")


def said_of(kind: type) -> dict[str, str]:
    """The texts below a class's members."""
    (body,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    told = {}
    for member, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(member, ast.AnnAssign)
            and isinstance(member.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            told[member.target.id] = inspect.cleandoc(str(text.value.value))
    return told


if __name__ == "__main__":
    sys.exit(main())
