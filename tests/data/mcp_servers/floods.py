"""Writes 100 MB to stdout or stderr, in lines or in one, before it does its work."""

import sys

from speak import HELLO, serve, tool

where, line = (
    getattr(sys, sys.argv[1]),
    {"lines": "noise " * 20 + "\n", "one": "x" * 120, "brace": "{" * 120}[sys.argv[2]],
)
chunk = line * 10_000
for _ in range(100_000_000 // len(chunk)):
    where.write(chunk)
where.write("\nthe end\n")
where.flush()
serve({"initialize": HELLO, "tools/list": {"tools": [tool("one")]}})
