from pathlib import Path

from agentforge.knowledge.claude_listing import SkillBudget, claude_code_pieces
from agentforge.knowledge.sources.claude_code import read_setup
from knowledge.laid import by_name, front, lay, told


def read(folder: Path, root: str = "p", **given):
    (folder / root).mkdir(parents=True, exist_ok=True)
    return read_setup(folder / root, folder / "h", {}, managed=folder / "managed", **given)


def agent(name: str, description: str = "d") -> str:
    return front(name=name, description=description)


def test_nothing_is_read_of_nothing(tmp_path):
    setup = read(tmp_path)
    assert (setup.items, setup.servers, setup.settings, setup.files, setup.problems) == ((), (), {}, (), ())


def test_of_agents_with_one_name_the_managed_then_the_projects_then_the_users_counts(tmp_path):
    lay(
        tmp_path,
        {
            "managed/.claude/agents/a.md": agent("a", "managed"),
            "p/.claude/agents/a.md": agent("a", "project"),
            "p/.claude/agents/b.md": agent("b", "project"),
            ".claude/agents/b.md": agent("b", "above"),
            "h/.claude/agents/b.md": agent("b", "user"),
            "h/.claude/agents/c.md": agent("c", "user"),
        },
    )
    setup = read(tmp_path)
    assert {name: item.description for name, item in by_name(setup).items()} == {
        "a": "managed",
        "b": "project",
        "c": "user",
    }
    hidden = [item for item in setup.items if item.activation == "hidden"]
    assert sorted(item.description for item in hidden) == ["above", "project", "user"]
    assert all(item.extra["hidden_by"].endswith(":3") for item in hidden)


def test_two_agents_of_one_project_with_one_name_are_a_problem(tmp_path):
    lay(tmp_path, {"p/.claude/agents/x.md": agent("a"), "p/.claude/agents/y.md": agent("a")})
    setup = read(tmp_path)
    assert len(by_name(setup)) == 1
    assert ["the persona a is here and in" in problem for problem in told(setup)] == [True]


def test_a_repository_ends_the_search_for_agents_and_skills(tmp_path):
    files = {
        f"{place}.claude/{kind}": agent(name)
        for place, name in (("", "out"), ("r/", "top"), ("r/a/", "in"))
        for kind in (f"agents/{name}.md", f"skills/{name}s/SKILL.md")
    }
    lay(tmp_path, {**files, "r/.git/HEAD": ""})
    assert by_name(read(tmp_path, "r/a")).keys() == {"in", "top", "ins", "tops"}


def test_a_users_own_files_are_not_the_projects_when_one_works_at_home(tmp_path):
    lay(tmp_path, {"h/.claude/agents/a.md": agent("a"), "h/.claude/CLAUDE.md": "Mine."})
    setup = read(tmp_path, "h/p")
    assert [(item.name, item.source.scope) for item in setup.items] == [
        ("~/.claude/CLAUDE.md", "user"),
        ("a", "project"),
    ]


def test_denied_agents_are_hidden_and_say_why(tmp_path):
    lay(tmp_path, {f"p/.claude/agents/{name}.md": agent(name) for name in "abc"})
    lay(tmp_path, {"p/.claude/settings.json": {"permissions": {"deny": ["Agent(a)", "Task(b)", "Skill(c)"]}}})
    setup = read(tmp_path)
    assert by_name(setup).keys() == {"c"}
    assert {item.extra.get("hidden_by") for item in setup.items if item.name in "ab"} == {"permissions.deny"}


def test_the_users_skills_come_before_the_projects_and_skills_before_commands(tmp_path):
    lay(
        tmp_path,
        {
            "h/.claude/skills/z/SKILL.md": front(description="user"),
            "p/.claude/skills/z/SKILL.md": front(description="project"),
            "p/.claude/skills/a/SKILL.md": front(description="project"),
            "p/.claude/commands/a.md": front(description="a command"),
            "p/.claude/commands/n.md": front(description="project"),
            "h/.claude/commands/n.md": front(description="user"),
            "h/.claude/commands/b.md": front(description="user"),
        },
    )
    listed = [(item.kind, item.name, item.description) for item in read(tmp_path).items if item.activation != "hidden"]
    assert listed == [
        ("skill", "z", "user"),
        ("skill", "a", "project"),
        ("command", "b", "user"),
        ("command", "n", "user"),
    ]


def test_overrides_change_who_may_call_a_skill_and_deny_rules_do_not(tmp_path):
    lay(tmp_path, {f"p/.claude/skills/{name}/SKILL.md": front(description="d") for name in "abcd"})
    overrides = {"a": "name-only", "b": "user-invocable-only", "c": "off"}
    lay(tmp_path, {"h/.claude/settings.json": {"skillOverrides": overrides, "permissions": {"deny": ["Skill(d)"]}}})
    setup = read(tmp_path)
    assert {item.name: item.activation for item in setup.items} == {
        "a": "model_invoked",
        "b": "user_invoked",
        "c": "hidden",
        "d": "model_invoked",
    }
    pieces = claude_code_pieces(setup, SkillBudget(1000))
    assert [piece.text for piece in pieces] == ["- a\n", "- d: d\n"]


def test_the_chosen_style_is_always_sent(tmp_path):
    lay(
        tmp_path,
        {"p/.claude/output-styles/l.md": front("Shout.", name="Loud"), "p/.claude/output-styles/q.md": "Whisper."},
    )
    lay(tmp_path, {"p/.claude/settings.json": {"outputStyle": "Loud"}})
    assert {item.name: item.activation for item in read(tmp_path).items} == {"Loud": "always", "q": "user_invoked"}


def test_plugins_bring_agents_then_all_their_commands_then_all_their_skills(tmp_path):
    folders = []
    for name in ("z", "a"):
        lay(
            tmp_path / name,
            {
                ".claude-plugin/plugin.json": {"name": name},
                "agents/g.md": agent("g"),
                "commands/c.md": front(description="d"),
                "skills/s/SKILL.md": front(description="d"),
                "CLAUDE.md": "not read",
            },
        )
        folders.append(tmp_path / name)
    setup = read(tmp_path, plugin_dirs=folders)
    assert [item.name for item in setup.items] == ["z:g", "a:g", "z:c", "a:c", "z:s", "a:s"]


def test_what_was_used_is_part_of_the_settings(tmp_path):
    lay(tmp_path, {"h/.claude.json": {"skillUsage": {"s": {"usageCount": 2, "lastUsedAt": 5}}}})
    assert read(tmp_path).settings == {"skillUsage": {"s": {"usageCount": 2, "lastUsedAt": 5}}}


def test_files_are_named_once_in_the_order_they_were_read(tmp_path):
    lay(tmp_path, {"p/CLAUDE.md": "@x.md", "p/x.md": "X", "p/.claude/settings.json": {}})
    names = [Path(path).name for path in read(tmp_path).files]
    assert sorted(names) == ["CLAUDE.md", "settings.json", "x.md"]
    assert names.index("settings.json") < names.index("CLAUDE.md") < names.index("x.md")
