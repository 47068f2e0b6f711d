"""Ten real servers of npm and PyPI, where `make clients` has installed them."""

from time import perf_counter

import pytest

from agentforge.knowledge.items import Server, Source
from knowledge.real_servers import QUIET, TOOLS, command_of

SOURCE = Source("claude-code", "project", "/p/.mcp.json")
TITLE = "table: Real MCP servers, started and listed in parallel"


@pytest.mark.client
def test_ten_real_servers_are_listed_in_full_and_the_second_time_from_the_cache(ask, tmp_path, record_property):
    servers = [Server(name, "stdio", SOURCE, command_of(name), env=QUIET) for name in TOOLS]
    start = perf_counter()
    rows = ask(*servers, cache_dir=tmp_path, timeout=60.0)
    took = perf_counter() - start
    for number, row in enumerate(rows):
        size = sum(len(tool.raw) for tool in row.tools)
        record_property(TITLE, [number, f"{row.server.name:20} {len(row.tools):4} tools {size:8,} bytes"])
    record_property(TITLE, [len(rows), f"all {len(rows)} in {took:.1f} s"])
    assert [(row.status, row.problem) for row in rows] == [("ok", "")] * len(rows)
    assert {row.server.name: len(row.tools) for row in rows} == TOOLS
    again = ask(*servers, cache_dir=tmp_path, timeout=60.0)
    assert all(row.cached for row in again)
    assert [row.tools for row in again] == [row.tools for row in rows]
    assert [row.offers_resources for row in again] == [row.offers_resources for row in rows]
