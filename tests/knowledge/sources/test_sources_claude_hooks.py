from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.claude_hooks import read_hooks
from agentforge.knowledge.sources.claude_plugins import Plugin
from agentforge.knowledge.sources.claude_settings import find_places
from knowledge.laid import lay


def handler(command: str) -> dict:
    return {"type": "command", "command": command}


def hooks(event: str, *commands: str, matcher: str | None = None) -> dict:
    group = {"hooks": [handler(command) for command in commands], **({"matcher": matcher} if matcher else {})}
    return {"hooks": {event: [group]}}


def test_every_level_adds_its_hooks_and_the_same_one_runs_once(tmp_path):
    lay(
        tmp_path,
        {
            "h/.claude/settings.json": hooks("SessionStart", "echo a", "echo b"),
            "p/.claude/settings.json": hooks("SessionStart", "echo a"),
            "p/.claude/settings.local.json": hooks("PreToolUse", "echo a", matcher="Bash"),
            "k/hooks/hooks.json": hooks("Stop", "echo k"),
        },
    )
    places = find_places(tmp_path / "p", tmp_path / "h", {}, tmp_path / "managed")
    items = [*read_hooks(places, [Plugin("kit", tmp_path / "k")], Reading())]

    assert [(item.source.scope, item.triggers, item.body) for item in items] == [
        ("user", ("SessionStart",), "echo a"),
        ("user", ("SessionStart",), "echo b"),
        ("local", ("PreToolUse",), "echo a"),
        ("plugin:kit", ("Stop",), "echo k"),
    ]
    assert len({item.id for item in items}) == 4
    assert items[2].extra["matcher"] == "Bash"
    assert {item.activation for item in items} == {"deferred"}


def test_hooks_of_another_shape_are_passed_over(tmp_path):
    lay(tmp_path, {"p/.claude/settings.json": {"hooks": {"A": 1, "B": [1, {"hooks": "x"}, {"hooks": [2]}]}}})
    places = find_places(tmp_path / "p", tmp_path / "h", {}, tmp_path / "managed")
    assert [*read_hooks(places, [], Reading())] == []
