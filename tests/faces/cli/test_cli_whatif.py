import json

import pytest

from agentforge.faces.cli.entry import main
from simulate.whatif.told import reading, told


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder with one session."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    told(tmp_path / ".claude" / "projects" / "-home-dev-shop" / "a.jsonl", reading(6, back=2))
    return tmp_path


def test_the_one_number_comes_first_then_how_it_is_known(home, capsys):
    assert main(["whatif"]) == 0
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("default would have cost $")
    assert " % less; " in first
    assert second.startswith("Prompts calibrated, from what 8 requests were charged: the direct replay is off by 0.0 %")
    assert any(line.startswith("direct ") for line in rest)


def test_the_json_has_a_version_and_every_plan(home, capsys):
    (home / "mine.yaml").write_text("admit_above: 900\nadmit_to: 500\n", encoding="utf-8")
    assert main(["whatif", "--json", "--plan", str(home / "mine.yaml"), "--compare", "default", str(home)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == 1
    assert said["plans"] == ["direct", str(home / "mine.yaml"), "default"]
    assert said["saved"][str(home / "mine.yaml")] > 0


def test_what_was_replayed_is_kept_unless_everything_is_wanted_fresh(home, capsys):
    assert main(["whatif", "--fresh"]) == 0
    assert not (home / ".cache").exists()
    assert main(["whatif"]) == 0
    assert len(list((home / ".cache" / "agentforge" / "whatif").iterdir())) == 2
    assert main(["whatif", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))["remembered"] == 1


def test_the_page_is_written_where_it_was_wanted(home, capsys):
    assert main(["whatif", "--html", str(home / "whatif.html")]) == 0
    assert capsys.readouterr().out == f"Written to {home / 'whatif.html'}: open it in a browser.\n"
    assert (home / "whatif.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["whatif", "--html", str(home / "nowhere" / "whatif.html")]) == 3
    assert "the page cannot be written" in capsys.readouterr().err


def test_the_direct_plan_tells_how_near_the_replay_comes(home, capsys):
    assert main(["whatif", "--plan", "direct"]) == 0
    assert capsys.readouterr().out.startswith("direct: $")


def test_where_there_is_nothing_to_replay_it_says_where_it_looked(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["whatif", str(tmp_path)]) == 3
    assert f"there is nothing to replay in {tmp_path}" in capsys.readouterr().err


def test_a_plan_that_is_none_is_a_usage_error_that_names_those_there_are(home, capsys):
    assert main(["whatif", "--plan", "best"]) == 2
    assert "there are direct, default, and files of settings" in capsys.readouterr().err


def test_two_forms_of_the_same_are_one_too_many(home, capsys):
    assert main(["whatif", "--json", "--html", "a.html"]) == 2
    assert "give one of them" in capsys.readouterr().err
