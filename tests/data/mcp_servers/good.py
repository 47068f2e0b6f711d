"""Everything the protocol has to list, in pages, with a greeting for every ability of the client."""

from speak import HELLO, serve, tool

PAGES = {
    None: {"tools": [tool("one", annotations={"readOnlyHint": True})], "nextCursor": "2"},
    "2": {"tools": [tool("two", _meta={"anthropic/alwaysLoad": True})], "nextCursor": "3"},
    "3": {"tools": [tool("three", inputSchema={"type": "object", "properties": {"b": {"type": "number"}, "a": {}}})]},
}
serve(
    {
        "initialize": lambda asked: {
            **HELLO,
            "capabilities": {"tools": {}, "prompts": {}, "resources": {}},
            "instructions": "has " + " ".join(sorted(asked["capabilities"])),
        },
        "tools/list": lambda asked: PAGES[asked.get("cursor")],
        "prompts/list": {"prompts": [{"name": "greet", "arguments": [{"name": "who"}]}]},
        "resources/list": {"resources": [{"uri": "file:///a", "name": "a", "description": "A."}]},
        "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "file:///{x}", "name": "x"}]},
    }
)
