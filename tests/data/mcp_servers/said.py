"""Has one tool; with `--instructions TEXT` it says that of itself, with `--resources` it offers resources."""

import sys

from speak import HELLO, serve, tool

told = sys.argv[1:]
hello = dict(HELLO)
if "--instructions" in told:
    hello["instructions"] = told[told.index("--instructions") + 1]
if "--resources" in told:
    hello["capabilities"] = {"tools": {}, "resources": {}}
lists = {"resources/list": {"resources": []}, "resources/templates/list": {"resourceTemplates": []}}
serve({"initialize": hello, "tools/list": {"tools": [tool("find")]}, **lists})
