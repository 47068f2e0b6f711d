"""The real MCP servers that `make clients` installs: their commands, and how many tools they list."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parents[2] / ".clients"
NAMED: Mapping[str, Mapping[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "real_servers.json").read_bytes()
)
TOOLS: Mapping[str, int] = {name: said["tools"] for name, said in NAMED.items()}
SIX = tuple(name for name, said in NAMED.items() if "npm" in said)
QUIET = {
    "NO_UPDATE_NOTIFIER": "1",
    "CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS": "1",
    "CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS": "1",
}
"""Keeps them from looking for updates."""


def command_of(name: str) -> tuple[str, ...]:
    """The command of a server; skips where it is not installed."""
    said = NAMED[name]
    if "pypi" in said:
        program = CLIENTS / "servers" / "bin" / said["pypi"]
        if program.is_file():
            return (str(program), *said["arguments"])
    else:
        manifest = CLIENTS / "node_modules" / said["npm"] / "package.json"
        if shutil.which("node") and manifest.is_file():
            programs = json.loads(manifest.read_bytes())["bin"]
            program = programs if isinstance(programs, str) else next(iter(programs.values()))
            return ("node", str(manifest.parent / program), *said["arguments"])
    pytest.skip(f"the MCP server {name} is not installed here: `make clients` gets it")
