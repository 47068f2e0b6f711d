"""What takes a part out of a client's first request: an edit the user can make by hand today."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from agentforge.knowledge import Item, Server

_SETTINGS: Final = ".claude/settings.json"


def hide(items: Sequence[Item]) -> str:
    """The edit that keeps these items, all of one kind and client, out of what is sent before the first word."""
    one, names = items[0], sorted(item.name for item in items)
    match one.source.client, one.kind:
        case "claude-code", "persona":
            rules = [f"Agent({name})" for name in names]
            return f'in {_SETTINGS}, add to "permissions": {{"deny": {_json(rules)}}}'
        case "claude-code", "skill" | "command" if not one.source.scope.startswith("plugin:"):
            return f'in {_SETTINGS}, add "skillOverrides": {_json(dict.fromkeys(names, "off"))}'
        case "opencode", "persona":
            return f'in opencode.json, add "agent": {_json({name: {"disable": True} for name in names})}'
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
        return f'in opencode.json, add "tools": {_json({name: False})}'
    return f"switch {name} off in the server's own settings, or take the server out"


def drop_servers(client: str, servers: Sequence[Server]) -> str:
    """The command or edit that takes servers out."""
    if client == "claude-code":
        return " && ".join(f"claude mcp remove {quote(server.name)}" for server in servers)
    return "take out of the configuration: " + ", ".join(f"{server.name} ({server.source})" for server in servers)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
