"""Lists as many tools as it is told, on pages of 6,000 where it is asked to."""

import sys

from speak import HELLO, serve

tools = [{"name": f"t{i}", "inputSchema": {"type": "object"}} for i in range(int(sys.argv[1]))]
size = 6_000 if len(sys.argv) > 2 else len(tools)


def page(asked):
    start = int(asked.get("cursor", "0"))
    more = {"nextCursor": str(start + size)} if start + size < len(tools) else {}
    return {"tools": tools[start : start + size], **more}


serve({"initialize": HELLO, "tools/list": page})
