"""Claude Code's MCP servers: every level, with variables filled in, and which of them it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from agentforge.knowledge.files import Reading
from agentforge.knowledge.items import Problem, Server
from agentforge.knowledge.sources.claude_plugins import Plugin
from agentforge.knowledge.sources.claude_settings import Places, section, texts
from agentforge.knowledge.sources.servers import servers_in


def read_servers(
    places: Places,
    settings: Mapping[str, Any],
    plugins: Iterable[Plugin],
    env: Mapping[str, str],
    reading: Reading,
) -> tuple[Server, ...]:
    """The servers by name, the strongest level first: local, project, user, plugins."""
    state = reading.json(places.state)
    own = section(section(state, "projects"), str(places.root))
    found = [*servers_in(own, places.state, "local", "claude-code", env, reading)]
    for folder in places.upward:
        path = folder / ".mcp.json"
        for server in servers_in(reading.json(path), path, "project", "claude-code", env, reading):
            answer = _answer(server.name, settings, own)
            if answer is None:
                what = (
                    f"the MCP server {server.name} is not approved yet: `claude -p` starts it, "
                    "an interactive session asks first"
                )
                reading.note(Problem(what, str(server.source)))
            found.append(replace(server, enabled=server.enabled and answer is not False))
    found += servers_in(state, places.state, "user", "claude-code", env, reading)
    for plugin in plugins:
        known = {**env, "CLAUDE_PLUGIN_ROOT": str(plugin.root)}
        named = plugin.manifest.get("mcpServers")
        path = plugin.root / (named if isinstance(named, str) else ".mcp.json")
        inline = isinstance(named, dict)
        content = dict(plugin.manifest) if inline else reading.json(path)
        if "mcpServers" not in content:
            content = {"mcpServers": content}
        path = plugin.root / ".claude-plugin" / "plugin.json" if inline else path
        found += [
            replace(server, name=f"plugin:{plugin.name}:{server.name}")
            for server in servers_in(content, path, plugin.scope, "claude-code", known, reading)
        ]
    off = {*texts(own, "disabledMcpServers"), *texts(settings, "disabledMcpServers")}
    by_name: dict[str, Server] = {}
    for server in found:
        by_name.setdefault(server.name, replace(server, enabled=False) if server.name in off else server)
    return tuple(by_name.values())


def _answer(name: str, settings: Mapping[str, Any], own: Mapping[str, Any]) -> bool | None:
    """What the user said to a server that came with the project; None where nothing was said."""
    levels = (settings, own)
    if any(name in texts(level, "disabledMcpjsonServers") for level in levels):
        return False
    if any(
        level.get("enableAllProjectMcpServers") is True or name in texts(level, "enabledMcpjsonServers")
        for level in levels
    ):
        return True
    return None
