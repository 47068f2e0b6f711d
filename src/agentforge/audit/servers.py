"""What MCP servers put into a request: whole definitions, or names only where the client defers them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from agentforge.audit.report import Category, Part, weigh_together
from agentforge.audit.sending import Sending, denied_tools
from agentforge.knowledge import (
    Setup,
    deferred_lines,
    description_sent,
    failure_line,
    instructions_text,
    namespace_line,
    wire_bytes,
)
from agentforge.knowledge.mcp import Probed, ProbedTool, items_of, tool_name
from agentforge.tokens import Count, Counter
from agentforge.wire.jsontext import dump

_FAILED: Final = frozenset({"failed", "timeout"})


def whole_tools(setup: Setup, probed: Sequence[Probed], counter: Counter) -> tuple[Part, ...]:
    """The definition of every tool that is not denied, whether it is sent or not."""
    return tuple(_whole(setup.client, row, tool, counter) for row, tool in _tools(setup, probed))


def server_parts(setup: Setup, probed: Sequence[Probed], sending: Sending, counter: Counter) -> tuple[Part, ...]:
    """What the servers that could be asked put into the first request."""
    tools = _tools(setup, probed)
    found = [
        _whole(setup.client, row, tool, counter)
        for row, tool in tools
        if sending.definitions or row.server.always_load or tool.always_load
    ]
    if setup.client == "codex":
        named = {row.server.name: row for row, _ in tools}
        found += (_namespace(row, counter) for row in named.values())
    elif sending.names:
        found += (
            _deferred(row, tool, counter)
            for row, tool in tools
            if sending.definitions or not (row.server.always_load or tool.always_load)
        )
        found += (_failure(row, counter) for row in failed(probed))
    for row in probed:
        text = instructions_text(row.server.name, row.instructions, setup.client) if row.instructions else ""
        if text:
            item = items_of(row)[0].id
            found.append(_part("MCP instructions", row.server.name, text, row, item, counter))
    return tuple(found)


def failed(probed: Iterable[Probed]) -> list[Probed]:
    """The servers that were to start and did not."""
    return [row for row in probed if row.server.enabled and row.status in _FAILED]


def offers_resources(setup: Setup, probed: Iterable[Probed]) -> bool:
    """Whether the client adds tools to read resources with; Codex does so for any server."""
    if setup.client == "codex":
        return any(server.enabled for server in setup.servers)
    return any(row.offers_resources for row in probed if row.status == "ok")


def not_weighed(setup: Setup, probed: Iterable[Probed]) -> Iterator[str]:
    """A line for the servers that were not asked, and one for each that did not answer."""
    rows = {row.server.name: row for row in probed}
    missing = [server.name for server in setup.servers if server.enabled and server.name not in rows]
    if missing:
        yield f"MCP servers that were not started: {', '.join(missing)}"
    for row in rows.values():
        if row.server.enabled and row.status != "ok":
            yield f"the MCP server {row.server.name} ({row.server.source}): {row.problem or row.status}"


def _tools(setup: Setup, probed: Iterable[Probed]) -> list[tuple[Probed, ProbedTool]]:
    denied = denied_tools(setup)
    return [(row, tool) for row in probed for tool in row.tools if not _denied(row, tool, denied)]


def _denied(row: Probed, tool: ProbedTool, denied: Collection[str]) -> bool:
    return bool({tool_name(row.server.name, tool.name), _space(row)} & {*denied})


def _space(row: Probed) -> str:
    return tool_name(row.server.name, "").removesuffix("__")


def _whole(client: str, row: Probed, tool: ProbedTool, counter: Counter) -> Part:
    name, description = tool_name(row.server.name, tool.name, client), description_sent(client, tool.description)
    schema = tool.input_schema.text if client != "opencode" else dump(_closed(tool.input_schema.value))
    more = b',"eager_input_streaming":true' if client == "opencode" else b""
    sent = b'{"name":%b,"description":%b,"input_schema":%b%b},' % (dump(name), dump(description), schema, more)
    frame = Count(counter.family.tool, "estimated", counter.model, 0.0)
    texts = (name, description, schema.decode("utf-8", "replace"))
    count = weigh_together((*(counter.text(text) for text in texts), frame), counter.model)
    return Part("MCP tools", name, len(sent), count, str(row.server.source), _id(row, tool))


def _closed(schema: Any) -> dict[str, Any]:
    """A schema as opencode sends it."""
    said = schema if isinstance(schema, dict) else {}
    return {**said, "type": "object", "properties": said.get("properties") or {}, "additionalProperties": False}


def _deferred(row: Probed, tool: ProbedTool, counter: Counter) -> Part:
    name = tool_name(row.server.name, tool.name)
    return _part("deferred tool names", name, deferred_lines([name]), row, _id(row, tool), counter)


def _namespace(row: Probed, counter: Counter) -> Part:
    # Codex allows fewer signs in names than others do.
    line = namespace_line(_space(row).replace("-", "_"), row.instructions)
    return _part("deferred tool names", row.server.name, line, row, "", counter)


def _failure(row: Probed, counter: Counter) -> Part:
    line = failure_line(row.server, row.problem, late=row.status == "timeout")
    return _part("deferred tool names", f"{row.server.name} did not start", line, row, items_of(row)[0].id, counter)


def _part(category: Category, name: str, text: str, row: Probed, item: str, counter: Counter) -> Part:
    return Part(category, name, wire_bytes(text), counter.text(text), str(row.server.source), item)


def _id(row: Probed, tool: ProbedTool) -> str:
    return f"{row.server.source.client}:tool:{row.server.source.scope}:{tool_name(row.server.name, tool.name)}"
