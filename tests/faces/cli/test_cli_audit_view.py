from pathlib import Path

import pytest

from agentforge.faces.cli.audit_view import cut, how, tilde
from agentforge.faces.cli.entry import main
from agentforge.tokens import Count
from knowledge.laid import front, lay


def test_a_report_says_what_it_costs_how_that_is_known_where_it_stands_and_what_to_do(project, capsys):
    assert main(["audit", "--client", "claude-code", str(project)]) == 0
    shown = capsys.readouterr().out
    assert "estimated, claude-opus-5-5, ±" in shown.splitlines()[1]
    assert "100 turns cost $" in shown
    assert f"{project}/CLAUDE.md:1" in shown
    assert "- duplicated (saves " in shown
    assert "Agent(two)" in shown or "Agent(one)" in shown


def test_paths_below_the_home_folder_are_short(project, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(project.parent))
    assert main(["audit", "--client", "claude-code", str(project)]) == 0
    shown = capsys.readouterr().out
    assert "~/project/CLAUDE.md:1" in shown
    assert str(project.parent) not in shown


def test_names_made_to_move_the_terminal_are_seen_and_not_obeyed(project, capsys):
    evil = {
        ".claude/agents/evil.md": front("Evil.", name="evil\x1b]0;owned\x07", description="words " * 500),
        ".claude/agents/red\x1b[31m.md": "No agent.",
        ".mcp.json": {"mcpServers": {"moves\x1b[2J": {"command": "x"}}},
    }
    assert main(["audit", "--client", "claude-code", str(lay(project, evil))]) == 0
    shown = capsys.readouterr().out
    assert [sign for sign in shown if not sign.isprintable() and sign != "\n"] == []
    assert "evil\ufffd]0;owned\ufffd" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/dev/shop/a.md:1", "~/shop/a.md:1"),
        ("the server post (/home/dev/a, /home/dev/b)", "the server post (~/a, ~/b)"),
        ("/home/developer/a", "/home/developer/a"),
        ("/backup/home/dev/a", "/backup/home/dev/a"),
        ("/home/dev", "/home/dev"),
    ],
)
def test_a_tilde_stands_for_the_home_folder_and_for_nothing_else(text, shown):
    assert tilde(text, Path("/home/dev")) == shown
    assert tilde(text, Path("/")) == text


def test_no_figure_is_shown_without_how_it_is_known():
    assert how(Count(1, "estimated", "m", 0.084)) == "estimated, m, ±8%"
    assert how(Count(1, "estimated", "m")) == "estimated, m, error unknown"


def test_a_long_text_is_one_line_and_cut():
    assert cut("a  b\nc", 3) == "a …"
    assert cut("a  b\nc", 5) == "a b c"
