import pytest

from agentforge.knowledge.sources.codex import read_setup
from knowledge.laid import front, lay, told

CONFIG = """\
model = "gpt-5.5"
project_doc_fallback_filenames = ["CLAUDE.md"]

[mcp_servers.files]
command = "run"
args = ["x"]
env_vars = ["TOKEN", "ABSENT"]
startup_timeout_sec = 40
env = { A = "1" }

[mcp_servers.far]
url = "http://localhost/mcp"
bearer_token_env_var = "TOKEN"
enabled = false
"""


def test_one_file_a_folder_from_the_repository_down_after_the_users(tmp_path):
    lay(
        tmp_path,
        {
            "h/.codex/config.toml": CONFIG,
            "h/.codex/AGENTS.md": "not read\n",
            "h/.codex/AGENTS.override.md": "mine\n\n",
            "AGENTS.md": "out",
            "r/.git/HEAD": "",
            "r/AGENTS.md": "ours  \n",
            "r/a/CLAUDE.md": "fallback",
            "r/a/b/AGENTS.md": "no",
            "r/a/b/AGENTS.override.md": "override",
        },
    )
    setup = read_setup(tmp_path / "r/a/b", tmp_path / "h", {})
    assert [(item.source.scope, item.body) for item in setup.items] == [
        ("user", "mine"),
        ("project", "ours  \n"),
        ("project", "fallback"),
        ("project", "override"),
    ]


@pytest.mark.parametrize(("limit", "bodies"), [(0, []), (6, ["12345", "1"]), (100, ["12345", "12345"])])
def test_what_is_over_the_limit_is_cut_at_the_near_end_and_is_a_problem(limit, bodies, tmp_path):
    lay(
        tmp_path,
        {
            "h/.codex/config.toml": f"project_doc_max_bytes = {limit}",
            "p/.git/HEAD": "",
            "p/AGENTS.md": "12345",
            "p/a/AGENTS.md": "12345",
        },
    )
    setup = read_setup(tmp_path / "p/a", tmp_path / "h", {})
    assert [item.body for item in setup.items] == bodies
    assert len(told(setup)) == [limit < 5, limit < 10].count(True)


def test_servers_get_the_variables_they_name_and_no_others(tmp_path):
    lay(tmp_path, {"h/.codex/config.toml": CONFIG})
    files, far = read_setup(tmp_path / "p", tmp_path / "h", {"TOKEN": "t", "OTHER": "o"}).servers
    assert (files.command, files.env, files.timeout, files.source.line) == (
        ("run", "x"),
        {"TOKEN": "t", "A": "1"},
        40.0,
        4,
    )
    assert (far.transport, far.headers, far.enabled) == ("http", {"Authorization": "Bearer t"}, False)


def test_skills_and_prompts_are_found_in_the_project_and_with_the_user(tmp_path):
    lay(
        tmp_path,
        {
            "p/.codex/skills/a/SKILL.md": front(description="d"),
            "p/.agents/skills/b/SKILL.md": front(name="bee", description="d"),
            "own/skills/c/SKILL.md": front(description="d"),
            "own/skills/.system/x/SKILL.md": front(description="built in"),
            "h/.agents/skills/d/SKILL.md": front(description="d"),
            "own/prompts/say.md": front("Say it.", description="says"),
        },
    )
    setup = read_setup(tmp_path / "p", tmp_path / "h", {"CODEX_HOME": str(tmp_path / "own")})
    assert [(item.kind, item.name, item.source.scope) for item in setup.items] == [
        ("skill", "bee", "project"),
        ("skill", "a", "project"),
        ("skill", "c", "user"),
        ("skill", "d", "user"),
        ("command", "say", "user"),
    ]
    assert setup.items[-1].activation == "user_invoked"


def test_a_broken_config_costs_only_itself(tmp_path):
    lay(tmp_path, {"h/.codex/config.toml": "a = [", "p/AGENTS.md": "ours"})
    setup = read_setup(tmp_path / "p", tmp_path / "h", {})
    assert len(setup.items) == 1
    assert "not TOML" in told(setup)[0]
