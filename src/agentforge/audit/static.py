"""The audit without running the client: what its first request holds by the files and servers it is set up with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from agentforge.audit.built_in import built_in_parts, left_out_part
from agentforge.audit.findings import Evidence, Observed, find
from agentforge.audit.report import Category, Part, Report, bill
from agentforge.audit.sending import denied_tools, sending_of
from agentforge.audit.servers import failed, not_weighed, offers_resources, server_parts, whole_tools
from agentforge.knowledge import Build, Item, Piece, Setup, build_for, own_words_left_out, pieces_of
from agentforge.knowledge.mcp import Probed
from agentforge.tokens import counter_for, known_models, model
from agentforge.transcripts import UsageReport

MODEL: Final = "claude-opus-5-5"
"""Weighed for when neither the user nor the set-up names a model, and the client was never measured."""
_CATEGORIES: Final[Mapping[str, Category]] = MappingProxyType(
    {"memory": "memory", "agents": "personas", "skills": "skills and commands", "output_style": "system prompt"}
)
_SPEAKING_HOOKS: Final = frozenset({"SessionStart", "UserPromptSubmit"})


def audit_setup(
    setup: Setup,
    *,
    env: Mapping[str, str],
    model_id: str | None = None,
    probed: Sequence[Probed] = (),
    usage: UsageReport | None = None,
    in_git: bool = False,
    now: float = 0,
    observed: Observed | None = None,
) -> Report:
    """What one client's set-up costs before the first word is typed, part by part, and what to do about it.

    `probed`: its servers as they answered. `usage`: what transcripts say was ever used. `in_git`: whether the client
    starts in a git repository, whose state some send. `now`: seconds since 1970. `observed`: what was looked up for
    the findings on disk and in transcripts.
    """
    build, measured = _build(setup, model_id)
    chosen = model_id or _told(setup) or (build.model if measured else MODEL)
    told = setup.settings.get("env")
    env = {**env, **{key: str(value) for key, value in (told if isinstance(told, dict) else {}).items()}}
    window = build.window if measured and build.model == chosen else model(chosen).window
    counter = counter_for(chosen)

    parts: list[Part] = []
    items: dict[int, Item] = {}
    pieces = pieces_of(setup, build, env, now=now)
    deferrable = sum(part.count.value for part in whole_tools(setup, probed, counter))
    deferrable += sum(size.tokens for size in build.deferred.values())
    sending = sending_of(setup, env, deferrable, window or build.window)
    servers = server_parts(setup, probed, sending, counter)
    if measured:
        frames = {*_frames(pieces, servers), *(["git_status"] if in_git else [])}
        if sending.names and (missing := failed(probed)):
            remote = any(row.server.transport != "stdio" for row in missing)
            frames.add("failed_remote_servers" if remote else "failed_servers")
        resources = offers_resources(setup, probed)
        denied = denied_tools(setup)
        parts += built_in_parts(build, chosen, sending=sending, frames=frames, denied=denied, resources=resources)
        if lost := own_words_left_out(setup, build, env, now=now):
            parts.append(left_out_part(build, chosen, lost))
    for piece in pieces:
        part = Part(
            _CATEGORIES[piece.part],
            piece.item.name,
            piece.wire_bytes,
            counter.text(piece.text),
            str(piece.item.source),
            piece.item.id,
        )
        items[len(parts)] = piece.item
        parts.append(part)
    parts += servers

    report = Report(
        client=setup.client,
        model=chosen,
        window=window,
        measured=f"{build.client} {build.version} with {build.model}, {build.measured}" if measured else "",
        parts=tuple(parts),
        bill=bill(sum(part.count.value for part in parts), model(chosen)),
        problems=setup.problems,
        unknown=tuple(_unknown(setup, build, chosen, probed, measured=measured)),
    )
    shown = tuple((parts[at], item) for at, item in items.items())
    evidence = Evidence(setup, report, shown, usage, observed or Observed())
    return replace(report, findings=find(evidence))


def _frames(pieces: Iterable[Piece], servers: Iterable[Part]) -> Iterator[str]:
    """What the client puts its own words around."""
    for piece in pieces:
        if piece.part == "memory":
            yield "memory"
        if piece.part == "output_style":
            keeping = piece.item.extra.get("keep-coding-instructions") is True
            yield "output_style_keeping" if keeping else "output_style"
        if "lines_cut" in piece.item.extra:
            yield "auto_memory_warning"
    if any(part.category == "MCP instructions" for part in servers):
        yield "mcp_instructions"


def _build(setup: Setup, model_id: str | None) -> tuple[Build, bool]:
    """The build measured nearest, and whether it is of this client at all."""
    build = build_for(setup.client, model_id or _told(setup))
    return build, build.client == setup.client


def _told(setup: Setup) -> str | None:
    """The model that the set-up itself names, if it is a known one."""
    told = setup.settings.get("model")
    if not isinstance(told, str):
        return None
    name = told.rpartition("/")[2]
    return name if model(name).known else None


def _unknown(setup: Setup, build: Build, chosen: str, probed: Sequence[Probed], *, measured: bool) -> Iterator[str]:
    if not measured:
        yield f"the prompt and the tools that are built into {setup.client}: they were not measured"
    elif build.model != chosen:
        yield f"how the prompt for {chosen} differs from that for {build.model}, which was measured"
    if not model(chosen).known:
        near = ", ".join(sorted(one.id for one in known_models())[:6])
        yield f"window and prices of {chosen}, which is no model in the table (there is {near}, ...)"
    yield from not_weighed(setup, probed)
    speaking = [item for item in setup.items if item.kind == "hook" and item.extra.get("event") in _SPEAKING_HOOKS]
    for hook in speaking:
        yield f"what the hook {hook.name} ({hook.source}) says: it was not run"
