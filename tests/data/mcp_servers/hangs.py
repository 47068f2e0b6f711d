"""Falls silent at the method it is given, or at its start where it is given none."""

import sys
import time

from speak import HELLO, refuse, reply, requests, tool

silent = sys.argv[1] if len(sys.argv) > 1 else None
while silent is None:
    time.sleep(60)
for message in requests():
    if message["method"] == silent:
        time.sleep(600)
    if message["method"] == "initialize":
        reply(message, {**HELLO, "capabilities": {"tools": {}, "prompts": {}}, "instructions": "be patient"})
    elif message["method"] == "tools/list":
        if (message.get("params") or {}).get("cursor"):
            time.sleep(600)
        reply(message, {"tools": [tool("one")], **({"nextCursor": "2"} if silent == "page two" else {})})
    elif "id" in message:
        refuse(message)
