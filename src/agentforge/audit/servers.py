"""What MCP servers put into a request: whole definitions, or names only where the client defers them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from agentforge.audit.report import Part, weigh_together
from agentforge.knowledge import Setup, deferred_lines, instructions_text, wire_bytes
from agentforge.knowledge.mcp import Probed, ProbedTool, items_of, tool_name
from agentforge.tokens import Count, Counter
from agentforge.wire.jsontext import dump

MOST_OF_A_TEXT: Final = 2_048
"""Claude Code cuts descriptions and instructions of servers there."""
_OFF: Final = frozenset({"false", "0", "no", "off"})
_AUTO: Final = re.compile(r"auto(?::(\d+))?")
_SHARE: Final = 10


def denied_tools(setup: Setup) -> frozenset[str]:
    """The tools, and `mcp__SERVER` for whole servers, that Claude Code's permissions take out of the request."""
    permissions = setup.settings.get("permissions")
    rules = permissions.get("deny") if isinstance(permissions, dict) else None
    if setup.client != "claude-code" or not isinstance(rules, list):
        return frozenset()
    return frozenset(rule.removesuffix("__*") for rule in rules if isinstance(rule, str) and "(" not in rule)


def names_listed(setup: Setup, env: Mapping[str, str]) -> bool:
    """Whether the client names tools it can search for: Claude Code unless it is told not to, and Codex."""
    if setup.client != "claude-code":
        return setup.client == "codex"
    if "ToolSearch" in denied_tools(setup) or env.get("CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS") == "1":
        return False
    return env.get("ENABLE_TOOL_SEARCH", "").strip().lower() not in _OFF


def sent_whole(setup: Setup, env: Mapping[str, str], tokens: int, window: int) -> bool:
    """Whether MCP tools that together weigh so much are sent with their schemas."""
    if not names_listed(setup, env):
        return True
    auto = _AUTO.fullmatch(env.get("ENABLE_TOOL_SEARCH", "").strip().lower())
    if auto is None or setup.client != "claude-code":
        return False
    return tokens < window * int(auto[1] or _SHARE) / 100


def server_parts(
    setup: Setup, probed: Sequence[Probed], env: Mapping[str, str], counter: Counter, window: int
) -> tuple[Part, ...]:
    """What the servers that could be asked put into the first request."""
    denied = denied_tools(setup)
    tools = [(row, tool) for row in probed for tool in row.tools if not _denied(row, tool, denied)]
    whole = {(row.server.name, tool.name): _whole(setup.client, row, tool, counter) for row, tool in tools}
    eager = sent_whole(setup, env, sum(part.count.value for part in whole.values()), window)
    found: list[Part] = []
    for row, tool in tools:
        if eager or row.server.always_load or tool.always_load:
            found.append(whole[row.server.name, tool.name])
    if names_listed(setup, env):
        found += _names(setup.client, tools, counter, eager=eager)
    if setup.client == "claude-code":
        found += (_instructions(row, counter) for row in probed if row.instructions)
    return tuple(found)


def not_weighed(setup: Setup, probed: Iterable[Probed]) -> Iterator[str]:
    """A line for the servers that were not asked, and one for each that did not answer."""
    rows = {row.server.name: row for row in probed}
    missing = [server.name for server in setup.servers if server.enabled and server.name not in rows]
    if missing:
        yield f"MCP servers that were not started: {', '.join(missing)}"
    for row in rows.values():
        if row.server.enabled and row.status != "ok":
            yield f"the MCP server {row.server.name} ({row.server.source}): {row.problem or row.status}"


def _denied(row: Probed, tool: ProbedTool, denied: Collection[str]) -> bool:
    return bool({tool_name(row.server.name, tool.name), tool_name(row.server.name, "").removesuffix("__")} & {*denied})


def _name(client: str, row: Probed, tool: ProbedTool) -> str:
    name = tool_name(row.server.name, tool.name)
    return name.removeprefix("mcp__").replace("__", "_", 1) if client == "opencode" else name


def _whole(client: str, row: Probed, tool: ProbedTool, counter: Counter) -> Part:
    name = _name(client, row, tool)
    description = tool.description[:MOST_OF_A_TEXT] if client == "claude-code" else tool.description
    schema = tool.input_schema.text
    sent = b'{"name":%b,"description":%b,"input_schema":%b},' % (dump(name), dump(description), schema)
    frame = Count(counter.family.tool, "estimated", counter.model, 0.0)
    texts = (name, description, schema.decode("utf-8", "replace"))
    count = weigh_together((*(counter.text(text) for text in texts), frame), counter.model)
    return Part("MCP tools", name, len(sent), count, str(row.server.source), _id(row, tool))


def _names(client: str, tools: Iterable[tuple[Probed, ProbedTool]], counter: Counter, *, eager: bool) -> Iterator[Part]:
    if client == "codex":
        servers = {row.server.name: row for row, _ in tools}
        for name, row in servers.items():
            text = f"{tool_name(name, '').removesuffix('__')}\n"
            yield Part("deferred tool names", name, wire_bytes(text), counter.text(text), str(row.server.source))
        return
    for row, tool in tools:
        # Below the threshold of `auto` the client sends the schemas and still lists the names.
        if eager or not (row.server.always_load or tool.always_load):
            name = tool_name(row.server.name, tool.name)
            text = deferred_lines([name])
            source = str(row.server.source)
            yield Part("deferred tool names", name, wire_bytes(text), counter.text(text), source, _id(row, tool))


def _instructions(row: Probed, counter: Counter) -> Part:
    text = instructions_text(row.server.name, row.instructions[:MOST_OF_A_TEXT])
    item = items_of(row)[0]
    source = str(row.server.source)
    return Part("MCP instructions", row.server.name, wire_bytes(text), counter.text(text), source, item.id)


def _id(row: Probed, tool: ProbedTool) -> str:
    return f"{row.server.source.client}:tool:{row.server.source.scope}:{tool_name(row.server.name, tool.name)}"
