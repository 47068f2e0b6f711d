"""What was probed, as items among all other knowledge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentforge.knowledge.items import Item
from agentforge.knowledge.mcp.probed import Probed, ProbedTool
from agentforge.wire.jsontext import Json

_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")


def tool_name(server: str, tool: str, client: str = "") -> str:
    """The name a model sees: mcp__SERVER__TOOL, with an underscore for every character tool names cannot have."""
    server, tool = (_NOT_IN_NAMES.sub("_", name) for name in (server, tool))
    return f"{server}_{tool}" if client == "opencode" else f"mcp__{server}__{tool}"


def items_of(probed: Probed) -> tuple[Item, ...]:
    """The server, and each of its tools."""
    return (_server(probed), *_tools(probed))


def _server(probed: Probed) -> Item:
    told = " ".join(filter(None, (probed.program, probed.version)))
    return Item(
        kind="mcp_server",
        name=probed.server.name,
        description=told,
        body=probed.instructions,
        source=probed.server.source,
        activation="always" if probed.server.enabled else "hidden",
        listing=probed.instructions,
        extra={
            "status": probed.status,
            "problem": probed.problem,
            "protocol": probed.protocol,
            "transport": probed.server.transport,
            "tools": len(probed.tools),
            "prompts": [prompt.name for prompt in probed.prompts],
            "resources": [resource.uri for resource in probed.resources],
        },
    )


def _tools(probed: Probed) -> Iterator[Item]:
    for tool in probed.tools:
        name = tool_name(probed.server.name, tool.name)
        yield Item(
            kind="tool",
            name=name,
            description=tool.description,
            body=tool.input_schema.text.decode(),
            source=probed.server.source,
            activation="always" if probed.server.always_load or tool.always_load else "deferred",
            listing=name,
            extra=_extra(probed, tool),
        )


def _extra(probed: Probed, tool: ProbedTool) -> dict[str, object]:
    found = {"annotations": tool.annotations, "_meta": tool.meta}
    told = {key: value.value for key, value in found.items() if isinstance(value, Json)}
    return {"server": probed.server.name, "tool": tool.name, **told}
