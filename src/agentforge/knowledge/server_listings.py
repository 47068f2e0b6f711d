"""How each client shows MCP servers in its first request: names, instructions, and those that did not start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from agentforge.knowledge.items import Server
from agentforge.knowledge.utf16 import cut, units

MOST_OF_A_TEXT: Final = 4_096
"""Claude Code cuts descriptions and instructions of servers there."""
MOST_OF_A_NAMESPACE: Final = 250
"""Codex cuts what it shows of a server's instructions there."""
TIMEOUT: Final = 30_000
"""Milliseconds Claude Code waits for a server, unless MCP_TIMEOUT says otherwise."""


def deferred_lines(names: Iterable[str]) -> str:
    """How Claude Code names the tools whose schemas it does not send."""
    return "".join(f"{name}\n" for name in names)


def description_sent(client: str, description: str) -> str:
    """As much of a tool's description as the client sends."""
    return _clamped(description) if client == "claude-code" else description


def instructions_text(server: str, instructions: str, client: str = "claude-code") -> str:
    """How a client shows what a server says about itself; empty where it does not."""
    if client == "claude-code":
        return f"## {server}\n{_clamped(instructions)}\n\n"
    if client == "opencode":
        inner = "".join(f"    {line}\n" for line in instructions.strip().split("\n"))
        return f'  <server name="{server}">\n{inner}  </server>\n'
    return ""


def namespace_line(namespace: str, instructions: str) -> str:
    """How Codex names a server whose tools can be searched for: with the first line of its instructions."""
    first = instructions.strip().split("\n")[0].strip()
    if len(first) > MOST_OF_A_NAMESPACE:
        first = f"{first[: MOST_OF_A_NAMESPACE - 3]}..."
    return f"- {namespace}: {first}\n" if first else f"- {namespace}\n"


def failure_line(server: Server, problem: str, *, late: bool) -> str:
    """How Claude Code names a server that did not start, as far as its words follow from the cause."""
    if late:
        code, words = "CONNECT_TIMEOUT", f"MCP server {server.name} connection timed out after {TIMEOUT}ms"
    elif server.transport != "stdio":
        code, words = "ECONNREFUSED", "ECONNREFUSED: Unable to connect. Is the computer able to access the url?"
    elif server.command and problem.startswith("cannot be started"):
        code, words = "ENOENT", f"ENOENT: no such file or directory, posix_spawn '{server.command[0]}'"
    else:
        code, words = "CONNECTION_CLOSED", "Connection closed"
    return f'{server.name} ({code}): "{words}"\n'


def _clamped(text: str) -> str:
    return text if units(text) <= MOST_OF_A_TEXT else f"{cut(text, MOST_OF_A_TEXT)}… [truncated]"
