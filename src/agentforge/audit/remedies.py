"""What takes a part out of a client's first request: an edit the user can make by hand today."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from agentforge.knowledge import Item, Server

_SETTINGS: Final = ".claude/settings.json"
_OPENCODE: Final = "opencode.json"


def hide(items: Sequence[Item], *, everywhere: bool = False) -> str:
    """The edit that keeps these items, all of one kind and client, out of what is sent before the first word.

    `everywhere`: in all projects of the user, and not in this one only.
    """
    one, names = items[0], sorted(item.name for item in items)
    settings = f"~/{_SETTINGS}" if everywhere else _SETTINGS
    opencode = f"~/.config/opencode/{_OPENCODE}" if everywhere else _OPENCODE
    match one.source.client, one.kind:
        case "claude-code", "persona":
            rules = [f"Agent({name})" for name in names]
            return f'in {settings}, add to "permissions": {{"deny": {_json(rules)}}}'
        case "claude-code", "skill" | "command" if not one.source.scope.startswith("plugin:"):
            return f'in {settings}, add "skillOverrides": {_json(dict.fromkeys(names, "off"))}'
        case "opencode", "persona":
            return f'in {opencode}, add "agent": {_json({name: {"disable": True} for name in names})}'
        case _:
            return "move away or delete " + ", ".join(sorted({item.source.path for item in items}))


def shorten(item: Item) -> str:
    """The edit that makes an item's part smaller and keeps the rest."""
    if item.kind in ("memory", "rule"):
        if item.source.client == "claude-code":
            return (
                f"move what only some tasks need from {Path(item.source.path).name} into .claude/rules/NAME.md, with "
                '`paths: "src/**"` in its front matter: it is then read only with such files'
            )
        return f"move what only some tasks need from {item.source.path} into a file that it names without importing"
    return f"shorten the description in {item.source}"


def deny_tool(client: str, name: str) -> str:
    """The edit that keeps one tool of a server out."""
    if client == "claude-code":
        return f'in {_SETTINGS}, add to "permissions": {{"deny": {_json([name])}}}'
    if client == "opencode":
        return f'in {_OPENCODE}, add "tools": {_json({name: False})}'
    return f"switch {name} off in the server's own settings, or take the server out"


def drop_servers(client: str, servers: Sequence[Server]) -> str:
    """The command or edit that takes servers out."""
    if client == "claude-code":
        return " && ".join(f"claude mcp remove {quote(server.name)}" for server in servers)
    return "take out of the configuration: " + ", ".join(f"{server.name} ({server.source})" for server in servers)


def move_to_project(of: Item | Server, project: str) -> str:
    """The edit that leaves something in one project only."""
    if isinstance(of, Server):
        if of.source.client == "claude-code":
            return f"claude mcp remove --scope user {quote(of.name)}, then add it with --scope local in {project}"
        return f"move {of.name} from {of.source} into the configuration of {project}"
    path = Path(of.source.path)
    path = path.parent if path.name == "SKILL.md" else path
    folder = f"{project}/.claude/{path.parent.name}" if of.source.client == "claude-code" else f"a folder of {project}"
    return f"move {path} to {folder}"


def on_demand(of: Item | Server) -> str:
    """The edit that keeps something out of every request, and how to have it when it is needed."""
    if isinstance(of, Server):
        if of.source.client == "claude-code":
            return (
                f"{drop_servers(of.source.client, [of])}, keep its entry in a file of its own, and start such sessions "
                "with `claude --mcp-config FILE`"
            )
        return f"{drop_servers(of.source.client, [of])}, and switch it on when you need it"
    everywhere = of.source.scope == "user"
    if of.kind in ("skill", "command") and of.source.client == "claude-code":
        rule = _json({of.name: "user-invocable-only"})
        settings = f"~/{_SETTINGS}" if everywhere else _SETTINGS
        return f'in {settings}, add "skillOverrides": {rule}; then call it by /{of.name}'
    return f"{hide([of], everywhere=everywhere)}, and name {of.source.path} in the prompt when you need it"


def delete_paragraphs(kept: str, spare: Sequence[str], *, same: bool) -> str:
    """The edit that leaves one of several paragraphs."""
    first = "" if same else f"write what the others add into {kept}, then "
    return f"{first}delete the paragraph{'s' if len(spare) > 1 else ''} at {', '.join(spare)}; {kept} says it"


def correct_lines(places: Sequence[str]) -> str:
    """The edit that makes instructions true again."""
    return f"correct or delete {', '.join(places)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
