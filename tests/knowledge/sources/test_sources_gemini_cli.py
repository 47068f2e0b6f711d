from agentforge.knowledge.sources.gemini_cli import read_setup
from knowledge.laid import front, lay


def read(folder, env=None):
    (folder / "p").mkdir(parents=True, exist_ok=True)
    return read_setup(folder / "p", folder / "h", env or {})


def test_context_files_run_from_the_user_to_the_project(tmp_path):
    lay(tmp_path, {"h/.gemini/GEMINI.md": "mine\n", "p/GEMINI.md": "ours\n", "p/AGENTS.md": "no"})
    assert [(item.source.scope, item.body) for item in read(tmp_path).items] == [("user", "mine"), ("project", "ours")]


def test_settings_rename_the_context_file(tmp_path):
    lay(
        tmp_path,
        {
            "p/.gemini/settings.json": '{"context": {"fileName": ["AGENTS.md", "X.md"],},} // end',
            "p/AGENTS.md": "A",
            "p/X.md": "X",
            "p/GEMINI.md": "no",
        },
    )
    assert [item.body for item in read(tmp_path).items] == ["A", "X"]


def test_extensions_bring_context_and_servers(tmp_path):
    manifest = {"name": "e", "contextFileName": "E.md", "mcpServers": {"s": {"command": "run"}}}
    lay(tmp_path / "h/.gemini/extensions/e", {"gemini-extension.json": manifest, "E.md": "from e"})
    setup = read(tmp_path)
    assert [(item.source.scope, item.body) for item in setup.items] == [("plugin:e", "from e")]
    assert [server.source.scope for server in setup.servers] == ["plugin:e"]


def test_commands_and_skills_are_found(tmp_path):
    lay(
        tmp_path,
        {
            "p/.gemini/commands/git/say.toml": 'description = "d"\nprompt = "Say it."',
            "h/.gemini/skills/s/SKILL.md": front(name="s", description="d"),
        },
    )
    found = [(item.kind, item.name, item.body, item.activation) for item in read(tmp_path).items]
    assert found == [("skill", "s", "Body.", "model_invoked"), ("command", "git:say", "Say it.", "user_invoked")]


def test_servers_of_the_project_replace_the_users_and_variables_come_in_two_forms(tmp_path):
    lay(
        tmp_path,
        {
            "h/.gemini/settings.json": {
                "mcpServers": {"a": {"command": "user"}, "b": {"httpUrl": "http://localhost/$P"}}
            }
        },
    )
    lay(tmp_path, {"p/.gemini/settings.json": {"mcpServers": {"a": {"command": "project", "args": ["${P}"]}}}})
    a, b = read(tmp_path, {"P": "1"}).servers
    assert (a.command, a.source.scope) == (("project", "1"), "project")
    assert (b.transport, b.url) == ("http", "http://localhost/1")
