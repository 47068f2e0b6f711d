from pathlib import Path

import pytest

from agentforge.knowledge.files import Reading
from agentforge.knowledge.sources.claude_files import read_agents, read_commands, read_skills, read_styles, worded
from knowledge.laid import front, lay


@pytest.fixture
def reading() -> Reading:
    return Reading()


def told(reading: Reading) -> list[str]:
    return [f"{Path(problem.where).name} {problem.what}" for problem in reading.problems]


def test_an_agent_is_a_file_with_name_and_description(reading, tmp_path):
    lay(tmp_path, {"in/a.md": front("Be brief.", name="one", description="does it", tools="Read", model="opus")})
    (item,) = read_agents(tmp_path, "project", reading)

    assert (item.kind, item.name, item.description, item.body) == ("persona", "one", "does it", "Be brief.")
    assert item.activation == "model_invoked"
    assert item.extra == {"name": "one", "tools": "Read", "model": "opus"}
    assert str(item.source) == f"{tmp_path}/in/a.md:3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\ndescription: d\n---\n", "no name"),
        ("---\nname: a\n---\n", "no description"),
        ("---\nname: a\ndescription:\n---\n", "no description"),
        ("---\nname: a\ndescription: 42\n---\n", "no description"),
        ("---\nname: a\ndescription: [x]\n---\n", "no description"),
        ("---\nname: 'a:b'\ndescription: d\n---\n", "has a colon"),
        ("---\nname: a\ndescription: x: y\n\n<e>\n---\n", "cannot be read"),
    ],
)
def test_an_agent_the_client_leaves_out_is_hidden_and_a_problem(text, problem, reading, tmp_path):
    lay(tmp_path, {"f.md": text})
    (item,) = read_agents(tmp_path, "project", reading)
    assert item.activation == "hidden"
    assert problem in told(reading)[-1]


def test_a_file_without_front_matter_is_no_agent(reading, tmp_path):
    lay(tmp_path, {"README.md": "# Agents\n", "b.md": "# B\n", "c.md": b"\0\1"})
    assert [*read_agents(tmp_path, "project", reading)] == []
    assert sorted(told(reading)) == [
        "b.md:1 there is no name in its front matter, so this is no agent",
        "c.md:1 binary, not text",
    ]


def test_a_plugins_agents_always_count_and_carry_its_name_and_their_folders(reading, tmp_path):
    lay(
        tmp_path,
        {"in/a.md": front(name="x", description="d"), "b.md": "Just text.", "c.md": front(name="C", description="5")},
    )
    items = {item.name: item for item in read_agents(tmp_path, "plugin:kit", reading, "kit")}

    assert items.keys() == {"kit:in:x", "kit:b", "kit:C"}
    assert items["kit:b"].description == "Agent from kit plugin"
    assert items["kit:C"].description == "5"
    assert not reading.problems


def test_a_single_file_of_a_plugin_is_an_agent(reading, tmp_path):
    lay(tmp_path, {"deep/a.md": front(name="x", description="d")})
    assert [item.name for item in read_agents(tmp_path / "deep" / "a.md", "plugin:kit", reading, "kit")] == ["kit:x"]


def test_a_skill_is_called_like_its_folder_whatever_it_is_named(reading, tmp_path):
    lay(
        tmp_path,
        {"b/SKILL.md": front(name="label", description="d"), "a/SKILL.md": "x", "a/in/SKILL.md": "y", "loose.md": "z"},
    )
    assert [item.name for item in read_skills(tmp_path, "user", reading)] == ["a", "b"]
    assert [item.name for item in read_skills(tmp_path, "plugin:k", reading, "k")] == ["k:a", "k:b"]


def test_a_plugin_may_name_one_skills_folder(reading, tmp_path):
    lay(tmp_path, {"SKILL.md": front(description="d")})
    assert [item.name for item in read_skills(tmp_path, "plugin:k", reading, "k")] == [f"k:{tmp_path.name}"]


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("First line.\nsecond\n", "First line."),
        ("\n## Title\n\ntext", "Title"),
        ("", "Skill"),
        ("x" * 101, "x" * 97 + "..."),
        ("---\ndescription: 42\n---\n", "42"),
        ("---\ndescription: true\n---\n", "true"),
        ("---\ndescription: 1.50\n---\n", "1.5"),
        ("---\ndescription: '  '\n---\nBody", "Body"),
        ("---\ndescription: [a]\n---\nBody", "Body"),
        ("---\ndescription: a: b\n\n<x>\n---\nBody", "Body"),
    ],
)
def test_a_skill_without_a_description_is_described_by_its_first_line(text, description, reading, tmp_path):
    lay(tmp_path, {"s/SKILL.md": text})
    (item,) = read_skills(tmp_path, "project", reading)
    assert item.description == description


@pytest.mark.parametrize(
    ("key", "value", "activation"),
    [
        ("disable-model-invocation", "true", "user_invoked"),
        ("disable-model-invocation", "on", "user_invoked"),
        ("disable-model-invocation", "1", "user_invoked"),
        ("disable-model-invocation", "no", "model_invoked"),
        ("user-invocable", "false", "model_invoked"),
        ("paths", "src/**", "path_globs"),
    ],
)
def test_front_matter_says_who_may_call_a_skill(key, value, activation, reading, tmp_path):
    lay(tmp_path, {"s/SKILL.md": front(description="d", **{key: value})})
    (item,) = read_skills(tmp_path, "project", reading)
    assert item.activation == activation


def test_commands_are_files_named_with_their_folders(reading, tmp_path):
    lay(
        tmp_path,
        {
            "b.md": front(name="other", description="d", paths="x"),
            "in/deep/a.md": "# Title\n",
            "cs/SKILL.md": "x",
            "c.md": "",
        },
    )
    items = [*read_commands(tmp_path, "project", reading)]
    assert [item.name for item in items] == ["b", "c", "cs", "in:deep:a"]
    assert [item.description for item in items] == ["d", "Custom command", "x", "Title"]
    assert {item.activation for item in items} == {"model_invoked"}


def test_a_plugins_commands_are_listed_only_if_they_say_what_they_do(reading, tmp_path):
    lay(tmp_path, {"a.md": front(description="d"), "b.md": front(when_to_use="w"), "c.md": "# Title"})
    items = [*read_commands(tmp_path, "plugin:k", reading, "k")]
    assert [(item.name, item.activation) for item in items] == [
        ("k:a", "model_invoked"),
        ("k:b", "model_invoked"),
        ("k:c", "user_invoked"),
    ]


def test_a_broken_command_is_a_problem_and_stays_a_command(reading, tmp_path):
    lay(tmp_path, {"a.md": "---\ndescription: x\n\tb: c\n---\nBody line.\n"})
    (item,) = read_commands(tmp_path, "project", reading)
    assert item.description == "Body line."
    assert "sees no description" in told(reading)[-1]


def test_styles_have_their_own_name_or_the_files(reading, tmp_path):
    lay(tmp_path, {"a.md": front("Shout.", name="Loud"), "b.md": "Whisper.", "c.txt": "no"})
    assert [(item.name, item.body) for item in read_styles(tmp_path, "user", reading)] == [
        ("Loud", "Shout."),
        ("b", "Whisper."),
    ]


def test_scalars_are_worded_as_the_client_words_them():
    assert [worded(value) for value in ("x", True, False, 42, 1.5, 2.0, None, [], {})] == [
        "x",
        "true",
        "false",
        "42",
        "1.5",
        "2",
        "",
        "",
        "",
    ]
