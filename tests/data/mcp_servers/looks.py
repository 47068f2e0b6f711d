"""Tells what it can see of its environment, and counts its starts in a file."""

import os
import sys
from pathlib import Path

from speak import HELLO, serve, tool

if len(sys.argv) > 1:
    with Path(sys.argv[1]).open("a") as file:
        file.write("started\n")
told = " ".join(sorted(os.environ)) + " at " + str(Path.cwd()) + " " + os.environ.get("SAY", "")
serve({"initialize": {**HELLO, "instructions": told}, "tools/list": {"tools": [tool("one")]}})
