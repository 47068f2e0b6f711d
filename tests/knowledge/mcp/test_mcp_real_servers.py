"""Real servers of npm, where `make clients` has installed them."""

import json
import shutil
from pathlib import Path

import pytest

from agentforge.knowledge.items import Server, Source

MODULES = Path(__file__).parents[3] / ".clients" / "node_modules"
SOURCE = Source("claude-code", "project", "/p/.mcp.json")

REAL = {
    "@modelcontextprotocol/server-everything": (["stdio"], 16),
    "@modelcontextprotocol/server-filesystem": (["/tmp"], 14),
    "@modelcontextprotocol/server-memory": ([], 9),
    "@modelcontextprotocol/server-sequential-thinking": ([], 1),
    "@playwright/mcp": (["--headless"], 25),
    "chrome-devtools-mcp": (["--headless"], 32),
}
"""Package to its arguments and the number of its tools."""

QUIET = {
    "NO_UPDATE_NOTIFIER": "1",
    "CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS": "1",
    "CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS": "1",
}


def installed(package: str, arguments: list[str]) -> Server:
    manifest = MODULES / package / "package.json"
    if shutil.which("node") is None or not manifest.is_file():
        pytest.skip(f"{package} is not installed here: `make clients` gets it")
    programs = json.loads(manifest.read_bytes())["bin"]
    program = programs if isinstance(programs, str) else next(iter(programs.values()))
    return Server(package, "stdio", SOURCE, ("node", str(manifest.parent / program), *arguments), env=QUIET)


@pytest.mark.client
def test_real_servers_are_listed_in_full_and_the_second_time_from_the_cache(ask, tmp_path):
    servers = [installed(package, arguments) for package, (arguments, _) in REAL.items()]
    rows = ask(*servers, cache_dir=tmp_path, timeout=60.0)
    for row in rows:
        size = sum(len(tool.raw) for tool in row.tools)
        print(f"{row.server.name:50} {len(row.tools):4} tools {size:8,} bytes {row.seconds:6.2f} s")  # noqa: T201
    assert [(row.status, row.problem) for row in rows] == [("ok", "")] * len(rows)
    assert [len(row.tools) for row in rows] == [count for _, count in REAL.values()]
    again = ask(*servers, cache_dir=tmp_path, timeout=60.0)
    assert all(row.cached for row in again)
    assert [row.tools for row in again] == [row.tools for row in rows]
