"""What to do about a set-up: rules in an ordered list, each from what was read and weighed to findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agentforge.audit.likeness import pairs_alike
from agentforge.audit.remedies import deny_tool, drop_servers, hide, shorten
from agentforge.audit.report import BUILT_IN, Category, Confidence, Finding, Part, Report, weigh_together
from agentforge.knowledge import Item, Setup
from agentforge.knowledge.mcp import tool_name
from agentforge.tokens import Count
from agentforge.transcripts import UsageReport

ALIKE: Final = 0.6
CERTAINLY_ALIKE: Final = 0.9
TOO_LONG: Final[dict[Category, int]] = {
    "memory": 2_000,
    "personas": 150,
    "skills and commands": 150,
    "MCP tools": 1_000,
    "MCP instructions": 500,
}
"""Tokens of one part that is always in view; what is above is the saving."""
SESSIONS_TO_BE_SURE: Final = 20
_OF_KIND: Final = {"persona": "agent", "skill": "skill", "command": "command"}
_LISTED: Final[frozenset[Category]] = frozenset({"personas", "skills and commands"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at."""

    setup: Setup
    report: Report
    """Without findings."""
    shown: tuple[tuple[Part, Item], ...]
    """The parts that show an item of the user's, with it."""
    usage: UsageReport | None = None


Rule: TypeAlias = Callable[[Evidence], Iterable[Finding]]


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """Every finding, the largest saving first."""
    found = [finding for rule in RULES for finding in rule(evidence)]
    return tuple(sorted(found, key=lambda finding: -finding.saving.value))


def duplicated(evidence: Evidence) -> Iterator[Finding]:
    """Items in view that say the very same."""
    same: dict[tuple[Category, str, str], list[tuple[Part, Item]]] = defaultdict(list)
    for part, item in evidence.shown:
        same[_said(part, item)].append((part, item))
    for group in same.values():
        items = list({id(item): item for _, item in group}.values())
        if len(items) < 2:
            continue
        spare = [part for part, item in group if item is not items[0]]
        what = f"{_names(items)} say the very same"
        yield Finding("duplicated", what, _places(items), _together(evidence, spare), "high", _hide_each(items[1:]))


def alike(evidence: Evidence) -> Iterator[Finding]:
    """Personas, skills and commands whose descriptions are nearly the same: the model has to guess between them."""
    # Those that say the very same are found above: one of each is enough here, so that nothing is saved twice.
    first_of = {_said(part, item): (part, item) for part, item in reversed(evidence.shown)}
    listed = [
        (part, item)
        for part, item in reversed(first_of.values())
        if part.category in _LISTED and item.description.strip()
    ]
    near: dict[int, int] = {}
    share: dict[int, float] = {}
    for one, other, likeness in pairs_alike([item.description for _, item in listed], least=ALIKE):
        first, second = sorted((_root(near, one), _root(near, other)))
        near[second] = first
        share[first] = min(likeness, share.pop(second, 1.0), share.get(first, 1.0))
        near.setdefault(first, first)
    groups: dict[int, list[int]] = defaultdict(list)
    for at in sorted({*near, *near.values()}):
        groups[_root(near, at)].append(at)
    for first, members in groups.items():
        group = sorted((listed[at] for at in members), key=lambda pair: -pair[0].count.value)
        items = [item for _, item in group]
        much = "are the same" if share[first] == 1 else f"share {share[first]:.0%} or more of their phrases"
        what = f"the descriptions of {_names(items)} {much}"
        sure: Confidence = "medium" if share[first] >= CERTAINLY_ALIKE else "low"
        saving = _together(evidence, [part for part, _ in group[1:]])
        remedy = f"keep the one you use; for the others {_hide_each(items[1:])}"
        yield Finding("near-duplicate", what, _places(items), saving, sure, remedy)


def oversize(evidence: Evidence) -> Iterator[Finding]:
    """Single parts that take more of every request than such a part should."""
    items = dict(evidence.shown)
    for part in evidence.report.parts:
        limit = TOO_LONG.get(part.category)
        if part.source == BUILT_IN or limit is None or part.count.value <= limit:
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


def never_used(evidence: Evidence) -> Iterator[Finding]:
    """What the transcripts never show in use, one finding a kind."""
    usage = evidence.usage
    if usage is None or not usage.sessions:
        return
    seen = len(usage.sessions)
    sure: Confidence = "high" if seen >= SESSIONS_TO_BE_SURE else "low"
    used = {(one.kind, one.name.removeprefix("/")) for one in usage.used}
    tools = {name for kind, name in used if kind == "tool"}
    for kind, word in _OF_KIND.items():
        # A skill may be called like a command, and the other way round.
        words = ("skill", "command") if word != "agent" else ("agent",)
        idle = [
            (part, item)
            for part, item in evidence.shown
            if item.kind == kind and not any((each, item.name) in used for each in words)
        ]
        if idle:
            items = [item for _, item in idle]
            all_of_them = sum(item.kind == kind for _, item in evidence.shown)
            what = f"{len(items):,} of {all_of_them:,} {kind}s were never used in {seen:,} sessions"
            saving = _together(evidence, [part for part, _ in idle])
            yield Finding("never used", what, _places(items), saving, sure, _hide_each(items))
    for server in evidence.setup.servers:
        prefix = tool_name(server.name, "")
        parts = [
            part
            for part in evidence.report.parts
            if f":tool:{server.source.scope}:{prefix}" in part.item
            or (part.category in ("MCP instructions", "deferred tool names") and part.name == server.name)
        ]
        if parts and not any(name.startswith(prefix) for name in tools):
            what = f"no tool of the MCP server {server.name} was ever used in {seen:,} sessions"
            saving = _together(evidence, parts)
            remedy = drop_servers(evidence.setup.client, [server])
            yield Finding("never used", what, (str(server.source),), saving, sure, remedy)


def unreadable(evidence: Evidence) -> Iterator[Finding]:
    """Files that could not be read as they were meant; what they hold is missing from the client too."""
    nothing = Count(0, "counted", evidence.report.model, 0.0)
    for problem in evidence.setup.problems:
        if problem.severity == "error":
            yield Finding("unreadable", problem.what, (problem.where,), nothing, "high", f"mend {problem.where}")


RULES: Final[tuple[Rule, ...]] = (duplicated, alike, oversize, never_used, unreadable)


def _said(part: Part, item: Item) -> tuple[Category, str, str]:
    """What two items have in common that say the same; an item without a body says the same as none but itself."""
    body = " ".join(item.body.split())
    return part.category, " ".join(item.description.split()), body or item.id


def _root(near: dict[int, int], at: int) -> int:
    while near.get(at, at) != at:
        at = near[at]
    return at


def _together(evidence: Evidence, parts: Sequence[Part]) -> Count:
    return weigh_together((part.count for part in parts), evidence.report.model)


def _hide_each(items: Sequence[Item]) -> str:
    """One edit for each kind of item and origin."""
    groups: dict[tuple[str, bool], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.kind, item.source.scope.startswith("plugin:")].append(item)
    return "; ".join(hide(group) for group in groups.values())


def _names(items: Sequence[Item]) -> str:
    names = [item.name for item in items]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3:,} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _places(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item.source) for item in items))
