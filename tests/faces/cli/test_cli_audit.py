import json
import sys
from pathlib import Path

import pytest

from agentforge.faces.cli.audit import LOOKED_FOR, cut, dollars, how
from agentforge.faces.cli.entry import main
from agentforge.knowledge import SOURCES
from agentforge.tokens import Count
from knowledge.laid import front, lay

WORDS = "sorts all parcels by town and street and then loads them into the right van"
SERVER = Path(__file__).parents[2] / "data" / "mcp_servers" / "good.py"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "ENABLE_TOOL_SEARCH"):
        monkeypatch.delenv(name, raising=False)
    files = {f".claude/agents/{name}.md": front("Same.", name=name, description=WORDS) for name in ("one", "two")}
    return lay(tmp_path / "project", {"CLAUDE.md": "# Post office\n", **files})


def test_the_one_number_comes_first_and_every_line_fits_80_columns_but_for_paths(project, capsys):
    assert main(["audit", str(project)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("claude-code: ")
    assert lines[0].endswith(" tokens before the first word")
    assert "estimated, claude-opus-5-5, ±" in lines[1]
    assert [line for line in lines if len(line) > 80 and str(project) not in line] == []
    shown = "\n".join(lines)
    assert "Agent(two)" in shown or "Agent(one)" in shown
    assert f"{project}/CLAUDE.md:1" in shown
    assert "100 turns cost $" in shown


def test_the_json_has_a_version_and_what_the_table_shows(project, capsys):
    assert main(["audit", "--json", "--client", "claude-code", str(project)]) == 0
    said = json.loads(capsys.readouterr().out)
    (report,) = said["reports"]
    assert said["schema"] == 1
    assert report["client"] == "claude-code"
    assert [finding["rule"] for finding in report["findings"]] == ["duplicated"]


def test_the_markdown_is_a_page(project, capsys):
    assert main(["audit", "--md", str(project)]) == 0
    assert capsys.readouterr().out.startswith("# claude-code: ")


def test_where_there_is_no_set_up_it_says_what_it_looked_for(project, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["audit", str(tmp_path / "empty")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"No set-up of a coding agent in {tmp_path / 'empty'}")
    assert all(client in shown for client in SOURCES)
    assert main(["audit", "--client", "codex", str(tmp_path / "empty")]) == 0
    assert "opencode" not in capsys.readouterr().out
    assert main(["audit", "--json", str(tmp_path / "empty")]) == 0
    assert json.loads(capsys.readouterr().out)["reports"] == []


def test_servers_are_started_only_when_asked(project, capsys):
    settings = {"enableAllProjectMcpServers": True}
    server = {"command": sys.executable, "args": [str(SERVER)]}
    lay(project, {".mcp.json": {"mcpServers": {"post": server}}, ".claude/settings.local.json": settings})
    assert main(["audit", str(project)]) == 0
    shown = capsys.readouterr().out
    assert "MCP servers that were not started: post" in shown
    assert "--mcp starts them" in shown
    assert main(["audit", "--mcp", "--json", str(project)]) == 0
    parts = json.loads(capsys.readouterr().out)["reports"][0]["parts"]
    assert [part for part in parts if part["name"].startswith("mcp__post__")]


def test_json_and_markdown_together_are_wrong_usage(project, capsys):
    assert main(["audit", "--json", "--md", str(project)]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_it_knows_what_each_client_reads():
    assert list(LOOKED_FOR) == list(SOURCES)


def test_no_figure_is_shown_without_how_it_is_known():
    assert how(Count(1, "estimated", "m", 0.084)) == "estimated, m, ±8%"
    assert how(Count(1, "estimated", "m")) == "estimated, m, error unknown"
    assert dollars(None) == "an unknown price"
    assert cut("a  b\nc", 3) == "a …"
