import json

import pytest

from agentforge.faces.cli.audit_observed import observe, project_at
from agentforge.faces.cli.entry import main
from agentforge.knowledge import read_setup
from agentforge.transcripts import usage_report
from knowledge.laid import lay
from transcripts.recorded_transcripts import answer, write_lines

LONG = "This is said at length, so that it weighs something. " * 4
BODY = f"""# Post office

## Loading

Run `ferry load` and then `ferry seal`. {LONG}

## Customs

Run `customs stamp` and read docs/customs/forms.md. {LONG}

## Style

Be short. {LONG}
"""


@pytest.fixture
def seen(tmp_path):
    """A project whose agents loaded the ferry and never went through customs."""
    root = lay(tmp_path / "project", {"CLAUDE.md": BODY, "docs/customs/forms.md": "", ".git/HEAD": ""})
    lines = []
    for number in range(4):
        line = answer(f"m{number}", "r", 5, session=f"s{number}", cwd=str(root))
        line["message"]["content"] = [
            {"type": "tool_use", "id": f"t{number}", "name": "Bash", "input": {"command": "ferry load"}}
        ]
        lines.append(write_lines(tmp_path / "home/.claude/projects/-p" / f"s{number}.jsonl", [line]))
    return root, tmp_path / "home"


def observed(root, home):
    setup = read_setup("claude-code", root, home, {})
    return observe(setup, project_at(root, home), usage_report(home))


def test_a_section_that_no_agent_followed_is_unmentioned_and_one_without_signs_is_not_judged(seen):
    (one,) = observed(*seen).unmentioned
    assert (one.section.heading, one.signs, one.sessions) == ("Customs", 2, 4)


def test_a_word_of_its_heading_is_enough_to_leave_a_section_alone(seen):
    root, home = seen
    line = answer("w", "r", 5, session="w", cwd=str(root))
    line["message"]["content"] = [{"type": "text", "text": "The customs papers are in order."}]
    write_lines(home / ".claude/projects/-p/w.jsonl", [line])
    assert observed(root, home).unmentioned == ()


def test_sessions_of_other_projects_say_nothing_of_this_projects_instructions(seen, tmp_path):
    _, home = seen
    other = lay(tmp_path / "other", {"CLAUDE.md": BODY})
    assert observed(other, home).unmentioned == ()


def test_the_users_own_instructions_are_looked_for_in_every_project(seen, tmp_path):
    _, home = seen
    lay(home, {".claude/CLAUDE.md": BODY})
    other = lay(tmp_path / "other", {"src/a.py": ""})
    (one,) = observed(other, home).unmentioned
    assert one.section.heading == "Customs"


def test_a_project_is_seen_from_where_git_begins_and_a_home_is_none(seen):
    root, home = seen
    project = project_at(root / "docs" / "customs", home)
    assert project.root == str(root)
    assert "docs/customs/forms.md" in project.paths
    assert project_at(home, home) is None
    assert project_at(home.parent, home) is None


def test_the_audit_tells_both_what_is_gone_and_what_nobody_referred_to(seen, monkeypatch, capsys):
    root, home = seen
    (root / "docs/customs/forms.md").unlink()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(root)
    assert main(["audit", "--usage", "--json", "--client", "claude-code"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    places = {finding["rule"]: finding["where"] for finding in report["findings"]}
    assert places == {"never referred to": [f"{root}/CLAUDE.md:7"], "stale": [f"{root}/CLAUDE.md:9"]}
    sure = {finding["rule"]: finding["confidence"] for finding in report["findings"]}
    assert sure == {"never referred to": "low", "stale": "medium"}
