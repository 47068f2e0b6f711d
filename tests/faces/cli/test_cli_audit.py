import json

import pytest

from agentforge.faces.cli.audit import LOOKED_FOR
from agentforge.faces.cli.entry import main
from agentforge.knowledge import SOURCES


@pytest.fixture
def nothing(project, tmp_path, monkeypatch):
    """A folder in which nothing is set up, to be in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_one_number_comes_first_and_every_line_fits_80_columns_but_for_paths(project, capsys):
    assert main(["audit", str(project)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("claude-code: ")
    assert lines[0].endswith(" tokens before the first word")
    assert [line for line in lines if len(line) > 80 and str(project) not in line] == []
    assert lines[-1] == "Next: agentforge audit --live claude-code | audit --usage | simulate --demo"


def test_the_json_has_a_version_and_what_the_table_shows(project, capsys):
    assert main(["audit", "--json", "--client", "claude-code", str(project)]) == 0
    said = json.loads(capsys.readouterr().out)
    (report,) = said["reports"]
    assert said["schema"] == 1
    assert said["path"] == str(project)
    assert report["client"] == "claude-code"
    assert [finding["rule"] for finding in report["findings"]] == ["duplicated"]


def test_the_markdown_is_a_page(project, capsys):
    assert main(["audit", "--md", str(project)]) == 0
    assert capsys.readouterr().out.startswith("# claude-code: ")


def test_the_page_is_written_where_it_was_wanted(project, tmp_path, capsys):
    assert main(["audit", "--html", str(tmp_path / "audit.html"), str(project)]) == 0
    assert capsys.readouterr().out == f"Written to {tmp_path / 'audit.html'}: open it in a browser.\n"
    assert (tmp_path / "audit.html").read_text(encoding="utf-8").startswith("<!")


def test_a_page_that_cannot_be_written_is_named(project, tmp_path, capsys):
    assert main(["audit", "--html", str(tmp_path / "nowhere" / "audit.html"), str(project)]) == 3
    assert f"{tmp_path / 'nowhere' / 'audit.html'}: the page cannot be written" in capsys.readouterr().err


def test_a_file_is_no_project(project, capsys):
    assert main(["audit", str(project / "CLAUDE.md")]) == 2
    assert "CLAUDE.md is a file" in capsys.readouterr().err


def test_where_nothing_is_set_up_a_sample_is_shown_and_says_so(nothing, capsys):
    assert main(["audit"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("SAMPLE  claude-code: ")
    assert f"No set-up of a coding agent in {nothing} or your home folder. Looked for:" in lines
    assert all(any(line.strip().startswith(client) for line in lines) for client in SOURCES)
    assert lines[-1] == "Next: agentforge audit --sample --live claude-code | simulate --demo"


def test_who_asks_about_one_folder_or_client_is_shown_no_sample(nothing, capsys):
    for words in (["--client", "codex"], ["--client", "codex", str(nothing)], [str(nothing)]):
        assert main(["audit", *words]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"No set-up of a coding agent in {nothing}")
        assert "tokens" not in shown
        assert ("opencode" in shown) == ("--client" not in words)


@pytest.mark.parametrize("form", ["--json", "--md"])
def test_no_sample_ever_stands_in_for_programs(form, nothing, capsys):
    assert main(["audit", form]) == 0
    shown, said = capsys.readouterr()
    assert (json.loads(shown)["reports"] if form == "--json" else shown.strip().splitlines()) == []
    assert ("No set-up of a coding agent was found" in said) == (form == "--md")


def test_the_sample_is_weighed_alike_whatever_the_user_has_set_up(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert main(["audit", "--sample", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(project / ".claude"))
    monkeypatch.setenv("ENABLE_TOOL_SEARCH", "false")
    assert main(["audit", "--sample", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == said
    assert {report["client"] for report in said["reports"]} == {"claude-code"}
    assert str(project) not in json.dumps(said)


@pytest.mark.parametrize("words", [["--usage"], ["."], ["--client", "codex"], ["--live", "opencode"]])
def test_the_sample_goes_with_nothing_that_is_not_in_it(words, project, capsys):
    assert main(["audit", "--sample", *words]) == 2
    assert "--sample is a set-up of claude-code without transcripts" in capsys.readouterr().err


def test_json_and_markdown_together_are_wrong_usage(project, capsys):
    assert main(["audit", "--json", "--md", str(project)]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_network_without_a_live_client_is_wrong_usage(project, capsys):
    assert main(["audit", "--network", str(project)]) == 2
    assert "--network goes with --live" in capsys.readouterr().err


def test_another_client_beside_a_live_one_is_wrong_usage(project, capsys):
    assert main(["audit", "--live", "codex", "--client", "opencode", str(project)]) == 2
    assert "leave --client opencode out" in capsys.readouterr().err


def test_it_knows_what_each_client_reads():
    assert list(LOOKED_FOR) == list(SOURCES)
