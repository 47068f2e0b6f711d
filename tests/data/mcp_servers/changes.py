"""Finds another tool while it is asked for the first, and asks the client a thousand things meanwhile."""

from speak import HELLO, serve, tool, write

tools = [tool("first")]


def listing(_):
    for number in range(1_000):
        write({"id": f"p{number}", "method": "ping" if number else "roots/list"})
    seen = list(tools)
    if len(tools) < 2:
        tools.append(tool("second"))
        write({"method": "notifications/tools/list_changed"})
    return {"tools": seen}


serve({"initialize": HELLO, "tools/list": listing})
