"""Two tools in place of many: `find_tools` tells how a tool is called, `call_tool` calls it.

What the model calls through `call_tool` reaches the client as the tool's own call, and goes up again in the client's
history as it was said: no state is kept for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from agentforge.context.tool_signature import fault, signature
from agentforge.context.tools_found import ToolsFound, clipped
from agentforge.wire import Json, Tool, ToolUse
from agentforge.wire.errors import NotJson
from agentforge.wire.jsontext import load, parse_object

FIND: Final = "find_tools"
CALL: Final = "call_tool"
_SERVERS_NAMED: Final = 40
_FORM: Final = f"{CALL} takes `name`, the name of a tool as {FIND} gives it, and `arguments`, an object."

CALL_TOOL: Final = Tool(
    CALL,
    f"Calls a tool that {FIND} found.",
    Json.of(
        {
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": f"The tool's whole name, as {FIND} gives it"},
                "arguments": {"type": "object", "description": "What the tool is given, by parameter"},
            },
            "required": ["name", "arguments"],
        }
    ),
)


def find_tool(servers: Sequence[str]) -> Tool:
    """The tool that finds others; `servers` are where they come from."""
    more = f", and {len(servers) - _SERVERS_NAMED} more" if len(servers) > _SERVERS_NAMED else ""
    of = f" There are tools of: {', '.join(servers[:_SERVERS_NAMED])}{more}." if servers else ""
    query = {"type": "string", "description": "What it acts on and what it does, or names of tools"}
    return Tool(
        FIND,
        f"Finds more tools than are listed here, and tells their parameters; {CALL} calls them.{of}",
        Json.of({"type": "object", "properties": {"query": query}, "required": ["query"]}),
    )


class FoundAndCalled:
    """The tools behind the two: what a search is answered, and which call of the client's a call carries."""

    def __init__(self, lazy: Sequence[Tool], others: Sequence[Tool] = ()) -> None:
        self._lazy = lazy
        self._index: ToolsFound | None = None
        self._tools: Mapping[str, Tool] = {tool.name: tool for tool in (*others, *lazy)}

    def found(self, use: ToolUse) -> str:
        """What a call of `find_tools` is answered."""
        plain = use.input.value
        query = plain.get("query") if isinstance(plain, dict) else None
        if not isinstance(query, str):
            return f"{FIND} takes `query`, a string."
        return self._search().answer(query)

    def carried(self, use: ToolUse) -> ToolUse | str:
        """The client's call that a call of `call_tool` carries, or what is wrong with it."""
        plain = use.input.value
        name = plain.get("name") if isinstance(plain, dict) else None
        if not isinstance(name, str):
            return _FORM
        tool = self._tools.get(name)
        if tool is None:
            near = self._search().nearest(name[:200])
            told = f" Nearest: {', '.join(near)}." if near else ""
            return f"There is no tool {clipped(name, 80)}.{told} {FIND} finds tools and their parameters."
        arguments = _arguments(use)
        if arguments is None:
            return f"`arguments` is to be an object. {signature(tool)}"
        wrong = fault(tool, arguments.value)
        return f"{wrong}. {signature(tool)}" if wrong else replace(use, name=name, input=arguments)

    def _search(self) -> ToolsFound:
        if self._index is None:
            self._index = ToolsFound(self._lazy)
        return self._index


def wrapped(use: ToolUse) -> ToolUse:
    """A call of a tool that is not in view, as the model said it."""
    name = Json.of(use.name).text
    return replace(use, name=CALL, input=Json(b'{"name":%b,"arguments":%b}' % (name, use.input.text)))


def _arguments(use: ToolUse) -> Json | None:
    """The arguments in a call, as they were written; models also write them as JSON in a string."""
    given = Json(parse_object(use.input.text).get("arguments", b"{}"))
    if isinstance(given.value, str):
        try:
            inner = load(given.value.encode("utf-8", "surrogatepass"))
        except NotJson:
            return None
        given = Json(given.value.encode()) if isinstance(inner, dict) else given
    return given if isinstance(given.value, dict) else None
