"""Speaks only the protocol without a handshake."""

from speak import serve, tool

SAYS = {
    "supportedVersions": ["2026-07-28"],
    "capabilities": {"tools": {}},
    "instructions": "no handshake",
    "resultType": "complete",
    "ttlMs": 0,
    "cacheScope": "public",
    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "modern", "version": "9"}},
}
LIST = {"tools": [tool("now")], "resultType": "complete", "ttlMs": 0, "cacheScope": "public"}
serve({"server/discover": SAYS, "tools/list": LIST})
