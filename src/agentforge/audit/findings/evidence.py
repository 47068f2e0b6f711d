"""What the rules look at, and the words they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from agentforge.audit.remedies import hide
from agentforge.audit.report import Confidence, Finding, Part, Report, weigh_together
from agentforge.audit.sections import Section
from agentforge.knowledge import FileLines, Item, Kind, Project, Server, Setup
from agentforge.knowledge.mcp import tool_name
from agentforge.tokens import Count, counter_for
from agentforge.transcripts import SessionUsage, UsageReport, Used

SESSIONS_TO_BE_SURE: Final = 20
_LOCAL: Final = frozenset({"project", "local", "directory"})
_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "persona": ("agent",),
    # A skill may be called like a command, and the other way round.
    "skill": ("skill", "command"),
    "command": ("skill", "command"),
}
_TOLD: Final[Mapping[str, frozenset[Kind]]] = {
    "claude-code": frozenset({"persona", "skill", "command", "mcp_server"}),
    "opencode": frozenset({"persona", "skill", "mcp_server"}),
}
"""Whose use shows in a client's transcripts; elsewhere nothing can be said to be unused."""


@dataclass(frozen=True, slots=True)
class Unmentioned:
    """A section of instructions of whose signs no agent ever wrote one, and how many signs it has."""

    item: Item
    section: Section
    signs: int
    sessions: int
    """So many were searched."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was looked up for the rules on disk and in transcripts, as they read nothing themselves."""

    project: Project | None = None
    lines: FileLines = field(default_factory=FileLines)
    unmentioned: tuple[Unmentioned, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at."""

    setup: Setup
    report: Report
    """Without findings."""
    shown: tuple[tuple[Part, Item], ...]
    """The parts that show an item of the user's, with it."""
    usage: UsageReport | None = None
    observed: Observed = field(default_factory=Observed)

    def sessions_with(self, scope: str) -> list[SessionUsage]:
        """The sessions of this client in which something of a scope was there to be used."""
        sessions = [each for each in self.usage.sessions if each.client == self.setup.client] if self.usage else []
        project = self.observed.project
        if project is None or scope not in _LOCAL:
            return sessions
        below = (f"{project.root}/", f"{project.root}\\")
        return [each for each in sessions if each.cwd == project.root or each.cwd.startswith(below)]

    def tells_of(self, kind: Kind) -> bool:
        """Whether the client's transcripts tell of the use of such things."""
        return kind in _TOLD.get(self.setup.client, ())

    def uses_of(self, item: Item) -> list[Used]:
        """What transcripts tell of uses of an item."""
        words = _OF_KIND.get(item.kind, ())
        used = self.usage.used if self.usage else ()
        return [each for each in used if each.kind in words and each.name.removeprefix("/") == item.name]

    def uses_of_server(self, server: Server) -> list[Used]:
        """What transcripts tell of uses of a server's tools."""
        prefix = tool_name(server.name, "", self.setup.client)
        used = self.usage.used if self.usage else ()
        return [each for each in used if each.kind == "tool" and each.name.startswith(prefix)]

    def parts_of_server(self, server: Server) -> list[Part]:
        """The parts that are there because of a server."""
        prefixes = {tool_name(server.name, "", client) for client in ("", self.setup.client)}
        return [
            part
            for part in self.report.parts
            if any(f":tool:{server.source.scope}:{prefix}" in part.item for prefix in prefixes)
            or (part.category in ("MCP instructions", "deferred tool names") and part.name == server.name)
        ]

    def together(self, parts: Iterable[Part]) -> Count:
        """The weight of parts."""
        return weigh_together((part.count for part in parts), self.report.model)

    def weigh(self, texts: Iterable[str]) -> Count:
        """The weight of texts."""
        counter = counter_for(self.report.model)
        return weigh_together((counter.text(text) for text in texts), self.report.model)

    def listed(self, *kinds: str) -> Iterator[tuple[Part, Item]]:
        """The parts that show an item of these kinds."""
        return ((part, item) for part, item in self.shown if item.kind in kinds)


Rule: TypeAlias = Callable[[Evidence], Iterable[Finding]]


def sureness(sessions: int, most: Confidence = "high") -> Confidence:
    """How sure one can be of what so many sessions do not show."""
    return most if sessions >= SESSIONS_TO_BE_SURE else "low"


def hide_each(items: Sequence[Item], *, everywhere: bool = False) -> str:
    """One edit for each kind of item and origin, in this project or in all of the user's."""
    groups: dict[tuple[str, bool], list[Item]] = defaultdict(list)
    for item in items:
        groups[item.kind, item.source.scope.startswith("plugin:")].append(item)
    return "; ".join(hide(group, everywhere=everywhere) for group in groups.values())


def named(names: Sequence[str]) -> str:
    """A few names as words."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3:,} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def names_of(items: Sequence[Item]) -> str:
    """The names of a few items as words."""
    return named([item.name for item in items])


def places_of(items: Iterable[Item]) -> tuple[str, ...]:
    """Where items stand, each place once."""
    return tuple(dict.fromkeys(str(item.source) for item in items))
