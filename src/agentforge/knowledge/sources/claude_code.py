"""What Claude Code is set up with: settings, memory, agents, skills, commands, styles, hooks, plugins, servers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentforge.knowledge.collation import collated
from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Item, Problem, Setup
from agentforge.knowledge.parsed import ParsedFiles
from agentforge.knowledge.sources.claude_files import read_agents, read_commands, read_skills, read_styles
from agentforge.knowledge.sources.claude_hooks import read_hooks
from agentforge.knowledge.sources.claude_memory import read_memory
from agentforge.knowledge.sources.claude_plugins import Plugin, find_plugins
from agentforge.knowledge.sources.claude_servers import read_servers
from agentforge.knowledge.sources.claude_settings import (
    MANAGED,
    Places,
    denied_agents,
    find_places,
    merge,
    read_settings,
    section,
)


def read_setup(
    root: Path,
    home: Path,
    env: Mapping[str, str],
    *,
    managed: Path = MANAGED,
    plugin_dirs: Sequence[Path] = (),
    parsed: ParsedFiles | None = None,
) -> Setup:
    """The set-up of Claude Code started in `root`; items in the order the client sends them.

    `plugin_dirs` are the folders that `--plugin-dir` would name.
    """
    reading = Reading(parsed)
    places = find_places(root, home, env, managed)
    settings = read_settings(places, reading)
    plugins = find_plugins(places, settings, reading, plugin_dirs)
    items = [
        *read_memory(places, settings, env, reading),
        *_agents(places, settings, plugins, reading),
        *_skills_and_commands(places, settings, plugins, reading),
        *_styles(places, settings, plugins, reading),
        *read_hooks(places, plugins, reading),
    ]
    usage = section(reading.json(places.state), "skillUsage")
    return Setup(
        client="claude-code",
        items=tuple(items),
        servers=read_servers(places, settings, plugins, env, reading),
        settings=merge(settings, {"skillUsage": dict(usage)} if usage else {}),
        files=reading.files,
        problems=reading.problems,
    )


def _agents(places: Places, settings: Mapping[str, Any], plugins: Iterable[Plugin], reading: Reading) -> list[Item]:
    found = [*read_agents(places.managed / ".claude" / "agents", "managed", reading)]
    for folder in places.upward:
        found += read_agents(folder / ".claude" / "agents", "project", reading)
    found += read_agents(places.config / "agents", "user", reading)
    for plugin in plugins:
        for path in plugin.parts("agents"):
            found += read_agents(path, plugin.scope, reading, plugin.name)
    denied = denied_agents(settings)
    active = _first_of_each(found, reading)
    return [_hidden(item, "permissions.deny") if item.name in denied or "*" in denied else item for item in active]


def _skills_and_commands(
    places: Places, settings: Mapping[str, Any], plugins: Sequence[Plugin], reading: Reading
) -> list[Item]:
    skills = [*read_skills(places.config / "skills", "user", reading)]
    commands = [*read_commands(places.config / "commands", "user", reading)]
    for folder in places.upward:
        skills += read_skills(folder / ".claude" / "skills", "project", reading)
        commands += read_commands(folder / ".claude" / "commands", "project", reading)
    added = [
        *(
            item
            for plugin in plugins
            for path in plugin.parts("commands")
            for item in read_commands(path, plugin.scope, reading, plugin.name)
        ),
        *(
            item
            for plugin in plugins
            for path in plugin.parts("skills")
            for item in read_skills(path, plugin.scope, reading, plugin.name)
        ),
    ]
    active = _first_of_each([*skills, *commands], reading)
    own = [item for item in active if item.kind == "skill"]
    own += sorted((item for item in active if item.kind == "command"), key=lambda item: collated(item.name))
    overrides = section(settings, "skillOverrides")
    return [_overridden(item, overrides.get(item.name)) for item in (*own, *_first_of_each(added, reading))]


def _overridden(item: Item, override: object) -> Item:
    if override == "off":
        return _hidden(item, "skillOverrides")
    if item.activation != "model_invoked":
        return item
    if override == "user-invocable-only":
        return replace(item, activation="user_invoked")
    if override == "name-only":
        return replace(item, extra={**item.extra, "listed": "name-only"})
    return item


def _styles(places: Places, settings: Mapping[str, Any], plugins: Iterable[Plugin], reading: Reading) -> list[Item]:
    found: list[Item] = []
    for folder in places.upward:
        found += read_styles(folder / ".claude" / "output-styles", "project", reading)
    found += read_styles(places.config / "output-styles", "user", reading)
    for plugin in plugins:
        for path in plugin.parts("outputStyles"):
            found += read_styles(path, plugin.scope, reading, plugin.name)
    chosen = settings.get("outputStyle")
    return [
        replace(item, activation="always") if item.name == chosen and item.activation != "hidden" else item
        for item in _first_of_each(found, reading)
    ]


def _first_of_each(items: Iterable[Item], reading: Reading) -> list[Item]:
    """The items, those hidden whose name an earlier one has, and one file counted once however it is reached."""
    first: dict[str, Item] = {}
    files: set[str] = set()
    kept: list[Item] = []
    for item in items:
        file = os.path.realpath(item.source.path)
        if file in files:
            continue
        files.add(file)
        if item.activation == "hidden":
            kept.append(item)
            continue
        other = first.setdefault(item.name, item)
        if other is item:
            kept.append(item)
            continue
        kept.append(_hidden(item, str(other.source)))
        if item.source.scope == other.source.scope:
            what = f"the {item.kind} {item.name} is here and in {other.source}; the client takes the other one"
            reading.note(Problem(what, str(item.source)))
    return kept


def _hidden(item: Item, by: str) -> Item:
    return replace(item, activation="hidden", extra={**item.extra, "hidden_by": by})
