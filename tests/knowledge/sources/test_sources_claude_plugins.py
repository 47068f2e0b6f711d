from pathlib import Path

import pytest

from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.claude_plugins import Plugin, find_plugins
from agentforge.knowledge.sources.claude_settings import find_places
from knowledge.laid import lay

ON = {"enabledPlugins": {"kit@market": True, "off@market": False}}


def find(folder: Path, settings=None, dirs=()):
    reading = Reading()
    places = find_places(folder / "p", folder / "h", {}, folder / "managed")
    return find_plugins(places, settings or ON, reading, dirs), reading


def test_a_plugin_is_where_it_was_installed(tmp_path):
    root = tmp_path / "somewhere"
    lay(root, {".claude-plugin/plugin.json": {"name": "own-name"}})
    entry = {"scope": "user", "installPath": str(root)}
    lay(tmp_path / "h/.claude/plugins", {"installed_plugins.json": {"version": 2, "plugins": {"kit@market": [entry]}}})
    (plugin,), _ = find(tmp_path)
    assert (plugin.name, plugin.root, plugin.scope) == ("own-name", root, "plugin:own-name")


def test_a_plugin_installed_for_another_project_is_not_this_ones(tmp_path):
    entries = [{"installPath": str(tmp_path / name), "projectPath": str(tmp_path / name)} for name in ("other", "p")]
    lay(tmp_path, {"other/x": "", "p/x": ""})
    lay(tmp_path / "h/.claude/plugins", {"installed_plugins.json": {"plugins": {"kit@market": entries}}})
    (plugin,), _ = find(tmp_path)
    assert plugin.root == tmp_path / "p"


def test_without_a_record_the_newest_in_the_cache_is_taken(tmp_path):
    lay(tmp_path / "h/.claude/plugins/cache/market/kit", {"1.0.0/x": "", "1.1.0/x": ""})
    (plugin,), _ = find(tmp_path)
    assert (plugin.name, plugin.root.name) == ("kit", "1.1.0")


def test_a_marketplace_that_is_a_folder_serves_its_plugins_in_place(tmp_path):
    entry = {"name": "kit", "source": "./plugins/kit"}
    lay(tmp_path / "m", {".claude-plugin/marketplace.json": {"plugins": [1, entry]}, "plugins/kit/x": ""})
    markets = {"market": {"source": {"source": "directory", "path": str(tmp_path / "m")}}}
    lay(tmp_path / "h/.claude/plugins", {"known_marketplaces.json": markets, "cache/market/kit/1.0/x": ""})
    (plugin,), _ = find(tmp_path)
    assert plugin.root == tmp_path / "m" / "plugins" / "kit"


def test_an_enabled_plugin_that_is_not_there_is_a_problem(tmp_path):
    plugins, reading = find(tmp_path)
    assert plugins == ()
    assert [problem.what for problem in reading.problems] == ["the plugin kit@market is enabled, but is not installed"]


def test_folders_given_for_one_run_come_last(tmp_path):
    lay(tmp_path, {"h/.claude/plugins/cache/market/kit/1/x": "", "d/x": ""})
    plugins, _ = find(tmp_path, dirs=[tmp_path / "d"])
    assert [plugin.name for plugin in plugins] == ["kit", "d"]


@pytest.mark.parametrize(
    ("key", "named", "parts"),
    [
        ("agents", None, ["agents"]),
        ("agents", ["./x/a.md"], ["x/a.md"]),
        ("commands", "./c", ["c"]),
        ("skills", ["./more"], ["skills", "more"]),
        ("outputStyles", None, ["output-styles"]),
        ("agents", 3, ["agents"]),
    ],
)
def test_a_manifest_adds_skills_and_replaces_the_rest(key, named, parts):
    plugin = Plugin("k", Path("/k"), {key: named} if named is not None else {})
    assert [str(path.relative_to("/k")) for path in plugin.parts(key)] == parts
