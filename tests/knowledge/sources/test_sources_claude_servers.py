from pathlib import Path

from agentforge.knowledge.sources.claude_code import read_setup
from knowledge.laid import lay, told


def servers(folder: Path, root: str = "p", env=None, plugin_dirs=()):
    (folder / root).mkdir(parents=True, exist_ok=True)
    setup = read_setup(folder / root, folder / "h", env or {}, managed=folder / "managed", plugin_dirs=plugin_dirs)
    return {server.name: server for server in setup.servers}, setup


def one(command: str) -> dict:
    return {"command": command}


def test_the_local_level_is_stronger_than_the_projects_and_this_than_the_users(tmp_path):
    lay(
        tmp_path,
        {
            "h/.claude.json": {
                "mcpServers": {"a": one("user"), "b": one("user"), "c": one("user")},
                "projects": {str(tmp_path / "p"): {"mcpServers": {"a": one("local")}}},
            },
            "p/.mcp.json": {"mcpServers": {"a": one("project"), "b": one("project")}},
            ".mcp.json": {"mcpServers": {"d": one("above")}},
            "p/.claude/settings.json": {"enableAllProjectMcpServers": True},
        },
    )
    found, setup = servers(tmp_path)
    assert {name: server.command[0] for name, server in found.items()} == {
        "a": "local",
        "b": "project",
        "d": "above",
        "c": "user",
    }
    assert [server.source.scope for server in setup.servers] == ["local", "project", "project", "user"]
    assert not setup.problems


def test_a_projects_server_needs_a_yes_and_a_no_turns_it_off(tmp_path):
    lay(tmp_path, {"p/.mcp.json": {"mcpServers": {name: one("x") for name in ("yes", "no", "open", "off")}}})
    own = {"enabledMcpjsonServers": ["yes"], "disabledMcpServers": ["off"]}
    lay(
        tmp_path,
        {
            "h/.claude.json": {"projects": {str(tmp_path / "p"): own}},
            "p/.claude/settings.local.json": {"disabledMcpjsonServers": ["no"]},
        },
    )
    found, setup = servers(tmp_path)
    assert {name: server.enabled for name, server in found.items()} == {
        "yes": True,
        "no": False,
        "open": True,
        "off": False,
    }
    assert [problem for problem in told(setup) if "open is not approved yet" in problem]


def test_a_plugins_servers_carry_its_name_and_know_its_folder(tmp_path):
    lay(
        tmp_path / "k",
        {
            ".claude-plugin/plugin.json": {"name": "kit"},
            ".mcp.json": {"mcpServers": {"s": one("${CLAUDE_PLUGIN_ROOT}/run")}},
        },
    )
    lay(tmp_path / "bare", {".mcp.json": {"s": one("run")}})
    lay(tmp_path / "inline", {".claude-plugin/plugin.json": {"name": "in", "mcpServers": {"s": one("run")}}})
    found, _ = servers(tmp_path, plugin_dirs=[tmp_path / "k", tmp_path / "bare", tmp_path / "inline"])
    assert found.keys() == {"plugin:kit:s", "plugin:bare:s", "plugin:in:s"}
    assert found["plugin:kit:s"].command == (f"{tmp_path}/k/run",)
    assert found["plugin:in:s"].source.path.endswith("plugin.json")
