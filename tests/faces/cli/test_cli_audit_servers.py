import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from agentforge.faces.cli.entry import main
from knowledge.laid import lay

GOOD = Path(__file__).parents[2] / "data" / "mcp_servers" / "good.py"


@pytest.fixture
def served(project):
    """The project with an MCP server that the user has approved."""
    settings = {"enableAllProjectMcpServers": True}
    server = {"command": sys.executable, "args": [str(GOOD)]}
    return lay(project, {".mcp.json": {"mcpServers": {"post": server}}, ".claude/settings.local.json": settings})


def test_no_server_is_started_unasked(served, tmp_path, capsys):
    assert main(["audit", str(served)]) == 0
    shown = capsys.readouterr().out
    assert "MCP servers that were not started: post" in shown
    assert "--mcp starts them" in shown
    assert not (tmp_path / "cache").exists()


def test_the_tools_of_servers_are_weighed_when_they_are_asked(served, tmp_path, capsys):
    assert main(["audit", "--mcp", "--json", str(served)]) == 0
    said = capsys.readouterr()
    parts = json.loads(said.out)["reports"][0]["parts"]
    assert [part for part in parts if part["name"].startswith("mcp__post__")]
    assert [*(tmp_path / "cache" / "agentforge" / "mcp").iterdir()]
    assert said.err == ""  # no terminal, no progress


def test_in_a_terminal_the_servers_that_are_still_awaited_are_named(project, tmp_path):
    slow = {"command": "sh", "args": ["-c", f"sleep 1.5; exec '{sys.executable}' '{GOOD}'"]}
    quick = {"command": sys.executable, "args": [str(GOOD)]}
    settings = {"enableAllProjectMcpServers": True}
    servers = {"mcpServers": {"turtle": slow, "hare": quick}}
    lay(project, {".mcp.json": servers, ".claude/settings.local.json": settings})
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "agentforge.faces.cli", "audit", "--mcp", "--json", str(project)]
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "TERM": "xterm"}
    run = subprocess.run(command, env=environ, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    last = shown.rpartition("awaiting ")[2]
    assert last.startswith("turtle")
    assert "hare" not in last
    assert json.loads(run.stdout)["reports"]
