"""The tool by which a model asks for what was cut."""

from __future__ import annotations

from typing import Final

from agentforge.context.recall.query import USUAL
from agentforge.wire import Json, Tool

NAME: Final = "recall"

RECALL_TOOL: Final = Tool(
    NAME,
    "Gives back exact parts of an earlier tool result that was shortened. Its last line names the handle. "
    "Ask for just what you need: answers are short.",
    Json.of(
        {
            "type": "object",
            "properties": {
                "handle": {"type": "string", "description": "As in recall:1a2b3c4d5e6f"},
                "pattern": {"type": "string", "description": "Regular expression: the lines that match"},
                "lines": {"type": "string", "description": '"120-180"; "-20" for the last 20'},
                "characters": {"type": "string", "description": '"201-900", where a gap names characters'},
                "path": {"type": "string", "description": "Into JSON: items[3].name, items[10-20], items[*].id"},
                "where": {"type": "string", "description": "Records of JSON or a table: status=error and total>9"},
                "limit": {"type": "integer", "description": f"Characters of the answer; {USUAL} unless said"},
            },
            "required": ["handle"],
        }
    ),
)
