import json
import os
from pathlib import Path

import pytest

from agentforge.audit import clean
from agentforge.faces.cli.audit_usage import LOOKED_FOR, none_found
from agentforge.faces.cli.entry import main
from agentforge.transcripts import CLIENTS
from knowledge.laid import lay
from transcripts.recorded_transcripts import OURS, answer, write_lines


@pytest.fixture
def home(project, tmp_path, monkeypatch):
    """The home of a user whose clients keep their transcripts where they do unless they are told otherwise."""
    for name in ("XDG_DATA_HOME", "GEMINI_CLI_HOME", "COPILOT_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(project)
    return tmp_path / "home"


def test_the_one_number_comes_first_and_every_line_fits_80_columns_but_for_paths(home, capsys):
    assert main(["audit", "--usage", str(OURS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "19,392 tokens in 10 sessions, at least $0.02; 68% read from the cache"
    assert [line for line in lines if len(line) > 80 and "/" not in line] == []
    shown = "\n".join(lines)
    assert "118 tokens were in the window before any work (median of first calls)" in shown
    assert "10    1 x  /home/dev/shop/cart.py" in shown
    assert "Compactions: 3" in shown
    assert "\N{FULL BLOCK}" in shown
    assert "estimated" in shown
    assert "hologram 1" in shown
    assert "\x1b[" not in shown


def test_the_next_report_comes_from_the_cache_and_is_the_same(home, tmp_path, capsys):
    assert main(["audit", "--usage", "--json", str(OURS)]) == 0
    first = capsys.readouterr().out
    assert list((tmp_path / "cache" / "agentforge" / "transcripts").iterdir())
    assert main(["audit", "--usage", "--json", str(OURS)]) == 0
    assert capsys.readouterr().out == first


def test_without_a_folder_all_transcripts_of_this_machine_are_read(home, tmp_path, monkeypatch, capsys):
    write_lines(home / ".claude" / "projects" / "-p" / "a.jsonl", [answer("a", "r", 5)])
    lay(home / ".codex" / "sessions", {"rollout-1.jsonl": ""})
    assert main(["audit", "--usage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usage"]["totals"]["output"] == 5
    write_lines(tmp_path / "moved" / "projects" / "-p" / "b.jsonl", [answer("b", "r", 7)])
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "moved"))
    assert main(["audit", "--usage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["usage"]["totals"]["output"] == 7


def test_usage_says_what_of_the_set_up_here_was_never_used(home, project, capsys):
    lines = [answer("a", "r", 5, cwd=str(project))]
    write_lines(home / ".claude" / "projects" / "-p" / "a.jsonl", lines)
    assert main(["audit", "--usage", "--json", "--client", "claude-code"]) == 0
    said = json.loads(capsys.readouterr().out)
    (report,) = said["reports"]
    assert "never used" in [finding["rule"] for finding in report["findings"]]


def test_a_folder_without_transcripts_says_what_was_looked_for_and_what_to_give(home, tmp_path, capsys):
    folder = tmp_path / "empty"
    folder.mkdir()
    assert main(["audit", "--usage", str(folder)]) == 0
    said = capsys.readouterr()
    assert f"No transcripts in {folder}" in said.err
    assert all(client in said.err for client in CLIENTS)
    assert "fix: agentforge audit --usage, without a folder" in said.err
    assert main(["audit", "--usage", "--json", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["usage"]["files"] == 0


def test_a_machine_without_transcripts_says_where_it_looked(home, capsys):
    assert main(["audit", "--usage"]) == 0
    assert str(home / ".claude" / "projects") in capsys.readouterr().err


def test_every_clients_transcripts_are_told_of():
    assert set(LOOKED_FOR) == set(CLIENTS)
    assert next(none_found(Path("/t"), [])) == "No transcripts in /t. Looked for:"


def test_bad_files_are_named_with_their_lines_and_the_rest_is_counted(home, tmp_path, capsys):
    folder = tmp_path / "bad"
    write_lines(folder / "good.jsonl", [answer("m", "r", 5)])
    future = {"type": "hologram", "sessionId": "s1", "beam": 1}
    strange = {**answer("f", "r", 9), "message": {"usage": "much"}}
    write_lines(folder / "future.jsonl", [answer("n", "r", 7), future, strange])
    whole = json.dumps(answer("o", "r", 11)).encode()
    (folder / "torn.jsonl").write_bytes(whole + b"\n" + whole[:50])
    (folder / "binary.jsonl").write_bytes(b"\xff\x00" + os.urandom(4096))
    (folder / "empty.jsonl").touch()
    (folder / "round.jsonl").symlink_to("round.jsonl")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.jsonl")
    assert main(["audit", "--usage", "--json", str(folder)]) == 0
    usage = json.loads(capsys.readouterr().out)["usage"]
    assert usage["totals"]["output"] == 5 + 7 + 11
    assert usage["skipped"] == {"hologram": 1}
    assert [(Path(each["path"]).name, each["line"]) for each in usage["problems"]] == [
        ("binary.jsonl", 0),
        ("future.jsonl", 3),
        ("pipe.jsonl", 0),
        ("round.jsonl", 0),
        ("torn.jsonl", 2),
    ]
    assert main(["audit", "--usage", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert f"{folder}/torn.jsonl:2: the last line is half written" in shown
    assert main(["audit", "--usage", "--md", str(folder)]) == 0
    assert "future.jsonl:3" in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(home, tmp_path, capsys):
    folder = tmp_path / "some"
    write_lines(folder / "good.jsonl", [answer("m", "r", 5)])
    closed = folder / "closed"
    closed.mkdir(mode=0)
    assert main(["audit", "--usage", "--json", str(folder)]) == 0
    (problem,) = json.loads(capsys.readouterr().out)["usage"]["problems"]
    assert problem["path"] == str(closed)


def test_a_name_in_a_transcript_cannot_speak_to_the_terminal(home, tmp_path, capsys):
    line = answer("m", "r", 5)
    line["message"]["content"] = [{"type": "tool_use", "id": "t", "name": "\x1b[2Jgone", "input": {}}]
    write_lines(tmp_path / "t" / "a.jsonl", [line])
    assert main(["audit", "--usage", str(tmp_path / "t")]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert clean("a\x1b\u202eb\n") == "a\ufffd\ufffdb\n"
