"""Answers with lines that are nearly JSON-RPC."""

import json
import sys

from speak import HELLO, requests, tool

for message in requests():
    if "id" not in message:
        continue
    number = message["id"]
    if message["method"] == "initialize":
        line = json.dumps({"id": str(number), "result": HELLO})
    else:
        broken = '"description": "half \\ud800 and \xff", "x": NaN'
        line = json.dumps({"jsonrpc": "2.0", "id": number, "result": {"tools": [tool("one"), "?"]}})
        line = line.replace('"description": "Does one."', broken)
    sys.stdout.buffer.write(line.encode("latin-1") + b"\n")
    sys.stdout.buffer.flush()
