"""A small MCP server of ours: beside it a client says all that it says about servers, and nothing of the user's."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

NAME: Final = "agentforgewitness"
_TOOL: Final = {"name": "nothing", "description": NAME, "inputSchema": {"type": "object", "properties": {}}}
_ANSWERS: Final[Mapping[str, Any]] = {
    "ping": {},
    "tools/list": {"tools": [_TOOL]},
    "resources/list": {"resources": [{"uri": f"{NAME}://nothing", "name": NAME}]},
    "resources/templates/list": {"resourceTemplates": []},
    "prompts/list": {"prompts": []},
}


def answer(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer to a request; None where it is a notification."""
    if "id" not in request:
        return None
    method = str(request.get("method"))
    if method == "initialize":
        asked = request.get("params", {}).get("protocolVersion", "2025-06-18")
        result: Any = {
            "protocolVersion": asked,
            "capabilities": {"tools": {}, "resources": {}},
            "serverInfo": {"name": NAME, "version": "1"},
            "instructions": NAME,
        }
    elif method in _ANSWERS:
        result = _ANSWERS[method]
    else:
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "not known here"}}
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


def main() -> None:
    """Serves over standard input and output, a message a line, until the input ends."""
    for line in sys.stdin:
        reply = answer(json.loads(line))
        if reply is not None:
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
