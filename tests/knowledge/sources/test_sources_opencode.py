import pytest

from agentforge.knowledge.sources.opencode import read_setup
from knowledge.laid import by_name, front, lay, told


def read(folder, env=None):
    (folder / "p").mkdir(parents=True, exist_ok=True)
    return read_setup(folder / "p", folder / "h", env or {})


def bodies(setup) -> list[str]:
    return [item.body for item in setup.items if item.kind == "memory"]


def test_of_instructions_the_users_first_one_and_the_projects_first_kind_count(tmp_path):
    lay(
        tmp_path,
        {
            "h/.config/opencode/AGENTS.md": "mine",
            "h/.claude/CLAUDE.md": "no",
            "p/AGENTS.md": "ours",
            "p/CLAUDE.md": "no",
        },
    )
    assert bodies(read(tmp_path)) == ["mine", "ours"]


def test_claude_files_stand_in_where_there_is_no_agents_md(tmp_path):
    lay(tmp_path, {"h/.claude/CLAUDE.md": "mine", "p/CLAUDE.md": "ours"})
    assert bodies(read(tmp_path)) == ["mine", "ours"]


def test_instructions_name_more_files_and_one_that_matches_none_is_a_problem(tmp_path):
    wanted = ["docs/*.md", "~/x.md", "none/*.md", "https://example.org/x.md"]
    lay(tmp_path, {"p/opencode.json": {"instructions": wanted}, "p/docs/b.md": "B", "p/docs/a.md": "A", "h/x.md": "X"})
    setup = read(tmp_path)
    assert bodies(setup) == ["A", "B", "X"]
    assert told(setup) == ["opencode.json:1 the instructions none/*.md match no file"]


def test_skills_need_a_name_and_a_description_and_are_sorted(tmp_path):
    good = {
        "z": "p/.claude/skills/z",
        "y": "p/.agents/skills/y",
        "x": "p/.opencode/skill/x",
        "w": "h/.config/opencode/skills/w",
    }
    lay(tmp_path, {f"{path}/SKILL.md": front(name=name, description="d") for name, path in good.items()})
    lay(tmp_path, {"p/.claude/skills/bad/SKILL.md": front(description="d")})
    setup = read(tmp_path)
    assert [item.name for item in setup.items] == ["w", "x", "y", "z"]
    assert told(setup) == ["SKILL.md:1 opencode leaves this skill out: it needs a name and a description"]


def test_agents_come_from_files_and_from_the_config_and_a_primary_one_is_the_users(tmp_path):
    lay(
        tmp_path,
        {
            "p/.opencode/agent/a.md": front("Be a.", description="d", mode="subagent"),
            "p/.opencode/agents/in/b.md": front(description="d", mode="primary"),
            "h/.config/opencode/agents/c.md": front(description="d"),
            "p/.opencode/command/d.md": front("Do $ARGUMENTS", description="d"),
            "p/opencode.jsonc": '{ // ours\n"agent": {"e": {"prompt": "Be e.", "disable": true}},\n'
            '"command": {"f": {"template": "Do f"}},}',
        },
    )
    found = {item.name: (item.kind, item.activation) for item in read(tmp_path).items}
    assert found == {
        "a": ("persona", "model_invoked"),
        "in/b": ("persona", "user_invoked"),
        "c": ("persona", "model_invoked"),
        "d": ("command", "user_invoked"),
        "e": ("persona", "hidden"),
        "f": ("command", "user_invoked"),
    }
    assert by_name(read(tmp_path))["f"].body == "Do f"


def test_servers_are_read_in_opencodes_own_form(tmp_path):
    local = {"type": "local", "command": ["run", "x"], "environment": {"K": "{env:A}"}, "timeout": 30000}
    far = {"type": "remote", "url": "http://localhost/mcp", "headers": {"H": "v"}, "enabled": False}
    lay(
        tmp_path,
        {"p/opencode.json": {"mcp": {"a": local, "b": far}}, "h/.config/opencode/opencode.json": {"mcp": {"a": far}}},
    )
    a, b = read(tmp_path, {"A": "1"}).servers
    assert (a.transport, a.command, a.env, a.timeout, a.source.scope) == (
        "stdio",
        ("run", "x"),
        {"K": "1"},
        30.0,
        "project",
    )
    assert (b.transport, b.url, b.headers, b.enabled) == ("http", "http://localhost/mcp", {"H": "v"}, False)


@pytest.mark.parametrize("wanted", ["", "/", "~/", "**x/*.md"])
def test_instructions_that_are_no_pattern_match_no_file(wanted, tmp_path):
    lay(tmp_path, {"p/opencode.json": {"instructions": [wanted]}})
    assert told(read(tmp_path)) == [f"opencode.json:1 the instructions {wanted} match no file"]
