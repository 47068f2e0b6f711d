"""What transcripts say of the set-up: never used, long unused, used for one thing only, never referred to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from typing import Final

from agentforge.audit.findings.evidence import (
    Evidence,
    Unmentioned,
    hide_each,
    named,
    places_of,
    sureness,
)
from agentforge.audit.remedies import drop_servers, move_to_project, on_demand, shorten
from agentforge.audit.report import Finding, Part
from agentforge.knowledge import Item, Kind, Server
from agentforge.transcripts import SessionUsage, Used

KINDS: Final[tuple[Kind, ...]] = ("persona", "skill", "command")
LONG_UNUSED: Final = timedelta(days=60)
ENOUGH_USES: Final = 3
"""Sessions in which something was used, before the kind of these sessions says anything."""
FEW: Final = 0.5
"""A kind of session that is most of them is no kind at all."""
ENOUGH_SESSIONS: Final = 3
"""To search for words of instructions."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Something that is in view of every request, with its parts and its uses."""

    of: Item | Server
    parts: list[Part]
    uses: list[Used]

    @property
    def scope(self) -> str:
        """Where it is set up."""
        return self.of.source.scope

    @property
    def name(self) -> str:
        """What it is, in words."""
        return f"the MCP server {self.of.name}" if isinstance(self.of, Server) else f"the {self.of.kind} {self.of.name}"


def never_used(evidence: Evidence) -> Iterator[Finding]:
    """What the transcripts never show in use, one finding a kind."""
    for kind in filter(evidence.tells_of, KINDS):
        for scope in ("user", "project"):
            seen = len(evidence.sessions_with(scope))
            own = [
                (part, item)
                for part, item in evidence.listed(kind)
                if _is_local(item.source.scope) == (scope != "user")
            ]
            idle = [(part, item) for part, item in own if not evidence.uses_of(item)]
            if not seen or not idle:
                continue
            items = [item for _, item in idle]
            what = f"{len(items):,} of {len(own):,} {kind}s were never used in {seen:,} sessions"
            saving = evidence.together(part for part, _ in idle)
            remedy = hide_each(items, everywhere=scope == "user")
            yield Finding("never used", what, places_of(items), saving, sureness(seen), remedy)
    for server in evidence.setup.servers if evidence.tells_of("mcp_server") else ():
        parts = evidence.parts_of_server(server)
        seen = len(evidence.sessions_with(server.source.scope))
        if seen and parts and not evidence.uses_of_server(server):
            what = f"no tool of the MCP server {server.name} was ever used in {seen:,} sessions"
            remedy = drop_servers(evidence.setup.client, [server])
            place = (str(server.source),)
            yield Finding("never used", what, place, evidence.together(parts), sureness(seen), remedy)


def long_unused(evidence: Evidence) -> Iterator[Finding]:
    """What was used once, and not for a long time while sessions went on."""
    for each in _in_view(evidence):
        last = max(use.last[:10] for use in each.uses)
        sessions = evidence.sessions_with(each.scope)
        newest = _day(max((session.last[:10] for session in sessions), default=""))
        before = _day(last)
        if newest is None or before is None or newest - before < LONG_UNUSED:
            continue
        since = sum(session.last[:10] > last for session in sessions)
        what = (
            f"{each.name} was last used on {last}, {(newest - before).days} days and {since:,} sessions before the last"
        )
        if isinstance(each.of, Server):
            remedy = drop_servers(evidence.setup.client, [each.of])
        else:
            remedy = hide_each([each.of], everywhere=not _is_local(each.scope))
        saving = evidence.together(each.parts)
        yield Finding("stale", what, (str(each.of.source),), saving, sureness(since, "medium"), remedy)


def used_for_one_thing(evidence: Evidence) -> Iterator[Finding]:
    """What stands in every request, and was used only in one project, or in one kind of task."""
    for each in _in_view(evidence):
        sessions = evidence.sessions_with(each.scope)
        ids = {session for use in each.uses for session in use.sessions}
        where = [session for session in sessions if session.session in ids]
        if len(where) < ENOUGH_USES:
            continue
        times = f"all {len(where):,} sessions that used {each.name}, of {len(sessions):,},"
        if not _is_local(each.scope) and (project := _one_project(where, sessions)):
            what, remedy = f"{times} were in {project}", move_to_project(each.of, project)
        elif task := _one_task(where, sessions):
            what, remedy = f"{times} were for {task}", on_demand(each.of)
        else:
            continue
        saving = evidence.together(each.parts)
        yield Finding("one use", what, (str(each.of.source),), saving, sureness(len(sessions), "medium"), remedy)


def never_referred_to(evidence: Evidence) -> Iterator[Finding]:
    """Sections of instructions whose own commands, paths and names no agent ever wrote, one finding a file."""
    by_item: dict[str, list[Unmentioned]] = {}
    for each in evidence.observed.unmentioned:
        if each.sessions >= ENOUGH_SESSIONS:
            by_item.setdefault(str(each.item.source), []).append(each)
    for group in by_item.values():
        item, sessions = group[0].item, group[0].sessions
        titles = named([f'"{each.section.heading}"' if each.section.heading else "its beginning" for each in group])
        signs = sum(each.signs for each in group)
        what = (
            f"{item.name}: of the {signs:,} commands, paths and names that stand only in {titles}, agents wrote none "
            f"in the last {sessions:,} sessions"
        )
        places = tuple(evidence.observed.lines.place(each.item, each.section.line) for each in group)
        saving = evidence.weigh(each.section.text for each in group)
        yield Finding("never referred to", what, places, saving, sureness(sessions, "medium"), shorten(item))


def _in_view(evidence: Evidence) -> Iterator[Idle]:
    """What is in every request and was used, with its parts and uses."""
    by_item: dict[int, Idle] = {}
    for part, item in evidence.listed(*KINDS):
        if uses := evidence.uses_of(item):
            by_item.setdefault(id(item), Idle(item, [], uses)).parts.append(part)
    yield from by_item.values()
    for server in evidence.setup.servers:
        parts, uses = evidence.parts_of_server(server), evidence.uses_of_server(server)
        if parts and uses:
            yield Idle(server, parts, uses)


def _is_local(scope: str) -> bool:
    return scope in ("project", "local", "directory")


def _one_project(where: Sequence[SessionUsage], sessions: Sequence[SessionUsage]) -> str:
    """The folder in which these sessions all were, where others were elsewhere."""
    tops = _outermost({session.cwd for session in sessions if session.cwd})
    used_in = {tops.get(session.cwd, "") for session in where}
    one = used_in.pop()
    elsewhere = sum(bool(session.cwd) and tops[session.cwd] != one for session in sessions)
    return one if not used_in and one and elsewhere >= FEW * len(sessions) else ""


def _outermost(folders: set[str]) -> dict[str, str]:
    """Of each folder the outermost of the others that it lies in, or itself."""
    trails = {folder: (*reversed(PurePath(folder).parents), PurePath(folder)) for folder in folders}
    return {
        folder: next(str(each) for each in trail if str(each) in folders or each == PurePath(folder))
        for folder, trail in trails.items()
    }


def _one_task(where: Sequence[SessionUsage], sessions: Sequence[SessionUsage]) -> str:
    """The kind of task that these sessions all were for, where most sessions were for others."""
    tasks = {session.task for session in where}
    one = tasks.pop()
    like_it = sum(session.task == one for session in sessions)
    return one if not tasks and like_it <= FEW * len(sessions) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # A client that writes no times, or other ones.
