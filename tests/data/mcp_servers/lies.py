"""Has something wrong with nearly everything it says."""

from speak import HELLO, serve, tool

TOOLS = [
    tool("fine"),
    tool("fine", description="again"),
    tool("no_schema", inputSchema="none"),
    tool("array", inputSchema={"type": "array"}),
    tool("wrong", inputSchema={"type": "object", "properties": {"a": {"type": "strange"}}}),
    tool("number", description=7),
    {"description": "has no name"},
    "just text",
]
serve(
    {
        "initialize": {**HELLO, "protocolVersion": "1999-01-01", "capabilities": {"tools": True}, "serverInfo": "me"},
        "tools/list": {"tools": TOOLS},
    }
)
