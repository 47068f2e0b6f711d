from decimal import Decimal
from pathlib import Path

import pytest

from agentforge.audit import Sent
from agentforge.faces.cli.audit_view import clean, cut, cut_share, dollars, how, show_sent, tilde
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
    assert dollars(None) == "an unknown price"
    assert dollars(Decimal("1.005")) == "$1.00"


def test_a_long_text_is_one_line_and_cut():
    assert cut("a  b\nc", 3) == "a …"
    assert cut("a  b\nc", 5) == "a b c"


def test_what_is_clean_stays_as_it_is():
    assert clean("a b\nc\td é 日本") == "a b\nc\td é 日本"
    assert clean("\x1b[0m\r\u202e") == "\ufffd[0m\ufffd\ufffd"


def test_what_was_really_sent_is_said_with_how_far_the_files_alone_were_off(capsys):
    show_sent("codex", Sent("1.2.3", 123_456, attributed=0.9987, from_files=1_000, predicted=1_020, isolated=True))
    shown = " ".join(capsys.readouterr().out.split())
    assert "codex 1.2.3, run once without any network but loopback, sent 123,456 bytes: 99.8 % attributed." in shown
    assert "1,000 bytes are of your files; reading them predicted 1,020 (+2.0%)." in shown


def test_a_client_that_kept_its_network_is_said_to_and_no_files_are_no_prediction(capsys):
    show_sent("codex", Sent("", 9, attributed=1.0, from_files=0, predicted=0, isolated=False))
    assert capsys.readouterr().out == "codex, run once with its network, sent 9 bytes: 100.0 % attributed.\n"


@pytest.mark.parametrize(("share", "shown"), [(0.99999, "99.9 %"), (1.0, "100.0 %"), (0.0, "0.0 %")])
def test_a_share_that_is_not_whole_never_looks_whole(share, shown):
    assert cut_share(share) == shown
