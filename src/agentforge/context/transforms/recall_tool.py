"""The tool by which the model asks for what was cut: there from the session's first request, so that nothing moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agentforge.context.recall import NAME, RECALL_TOOL
from agentforge.context.transform import Change, Receipt, SessionView, Transform
from agentforge.wire import Request

_SCHEMA: Final = RECALL_TOOL.input_schema.text.decode() if RECALL_TOOL.input_schema else ""
_TOLD: Final = f"{NAME}\n{RECALL_TOOL.description}\n{_SCHEMA}"
"""All that the model is told of it, to be weighed."""


def recall_tool(request: Request, view: SessionView) -> tuple[Request, Receipt]:
    """The request with the tool after all others, where the session has it."""
    changes: tuple[Change, ...] = ()
    if view.settings.recall == "tool" and request.tools and all(tool.name != NAME for tool in request.tools):
        request = replace(request, tools=(*request.tools, RECALL_TOOL))
        changes = (Change("tools", "", _TOLD, "what is cut can be asked for"),)
    return request, Receipt("recall tool", "causal", changes)


RECALL: Final = Transform("recall tool", "causal", recall_tool)
