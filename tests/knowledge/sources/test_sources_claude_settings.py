from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.claude_settings import (
    denied_agents,
    enabled,
    find_places,
    merge,
    read_settings,
    section,
    texts,
)
from knowledge.laid import lay


def places(folder: Path, env=None):
    return find_places(folder / "p", folder / "h", env or {}, folder / "managed")


def test_higher_levels_win_lists_add_up_and_a_fallback_model_is_taken_whole(tmp_path):
    levels = {
        "h/.claude/settings.json": ("user", {"model": "a", "env": {"A": "1", "B": "1"}, "fallbackModel": ["x"]}),
        "p/.claude/settings.json": ("project", {"env": {"B": "2"}}),
        "p/.claude/settings.local.json": ("local", {"model": "b", "fallbackModel": ["y"]}),
        "managed/managed-settings.json": ("managed", {"model": "c"}),
    }
    lay(
        tmp_path,
        {
            path: {**said, "permissions": {"deny": [f"Agent({who})", "Agent(all)"]}}
            for path, (who, said) in levels.items()
        },
    )
    settings = read_settings(places(tmp_path), Reading())

    assert settings["model"] == "c"
    assert settings["env"] == {"A": "1", "B": "2"}
    assert settings["fallbackModel"] == ["y"]
    assert denied_agents(settings) == {"user", "project", "local", "managed", "all"}
    assert len(settings["permissions"]["deny"]) == 5


def test_a_level_that_is_no_json_costs_only_itself(tmp_path):
    lay(tmp_path, {"h/.claude/settings.json": "{", "p/.claude/settings.json": {"model": "a"}})
    reading = Reading()
    assert read_settings(places(tmp_path), reading) == {"model": "a"}
    assert len(reading.problems) == 1


def test_a_variable_moves_what_is_the_users(tmp_path):
    moved = places(tmp_path, {"CLAUDE_CONFIG_DIR": str(tmp_path / "c")})
    assert (moved.config, moved.state) == (tmp_path / "c", tmp_path / "c" / ".claude.json")
    usual = places(tmp_path)
    assert (usual.config, usual.state) == (tmp_path / "h" / ".claude", tmp_path / "h" / ".claude.json")


def test_a_project_reaches_up_to_its_repository(tmp_path):
    lay(tmp_path, {"r/.git/HEAD": "", "r/a/b/x": ""})
    found = find_places(tmp_path / "r" / "a" / "b", tmp_path / "h", {}, tmp_path)
    assert found.upward == (tmp_path / "r" / "a" / "b", tmp_path / "r" / "a", tmp_path / "r")
    assert found.downward[-1] == found.root
    assert found.downward[0] == Path(found.root.anchor)


def test_deny_rules_are_read_for_agents():
    settings = {"permissions": {"deny": ["Task(a)", " Agent( b ) ", "Agent", "Bash", "Bash(rm *)", 3, "(("]}}
    assert denied_agents(settings) == {"a", "b", "*"}


def test_what_has_another_shape_is_as_good_as_absent():
    assert section({"a": []}, "a") == {}
    assert texts({"a": "x"}, "a") == []
    assert texts({"a": ["x", 1]}, "a") == ["x"]
    assert denied_agents({"permissions": []}) == frozenset()


def test_something_is_off_by_setting_or_by_variable():
    assert enabled({}, "k", {}, "V")
    assert not enabled({"k": False}, "k", {}, "V")
    assert not enabled({}, "k", {"V": "1"}, "V")
    assert enabled({"k": True}, "k", {"V": "0"}, "V")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(
    st.sampled_from("abc"), JSON | st.dictionaries(st.sampled_from("xy"), JSON, max_size=2), max_size=3
)


@given(OBJECTS, OBJECTS)
def test_merging_keeps_every_key_and_merging_nothing_changes_nothing(low, high):
    assert merge(low, high).keys() == low.keys() | high.keys()
    assert merge(low, {}) == low
    assert merge({}, high) == high
