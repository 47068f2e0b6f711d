from agentforge.knowledge.sources.cursor import read_setup
from knowledge.laid import front, lay


def test_a_rules_front_matter_says_when_it_enters(tmp_path):
    rules = {
        "always": {"alwaysApply": "true", "globs": "*.py"},
        "scoped": {"globs": "src/**, *.ts", "alwaysApply": "false"},
        "asked": {"description": "when mailing"},
        "manual": {},
    }
    lay(tmp_path, {f"p/.cursor/rules/{name}.mdc": front(f"Rule {name}.", **meta) for name, meta in rules.items()})
    setup = read_setup(tmp_path / "p", tmp_path / "h", {})
    assert {item.name: (item.activation, item.triggers) for item in setup.items} == {
        "always": ("always", ("*.py",)),
        "scoped": ("path_globs", ("src/**", "*.ts")),
        "asked": ("model_invoked", ()),
        "manual": ("user_invoked", ()),
    }


def test_plain_files_commands_and_servers_are_read(tmp_path):
    lay(
        tmp_path,
        {
            "p/.cursorrules": "old",
            "p/AGENTS.md": "ours",
            "p/.cursor/commands/say.md": "Say it.",
            "h/.cursor/mcp.json": {"mcpServers": {"a": {"command": "user"}, "b": {"url": "http://localhost/${env:P}"}}},
            "p/.cursor/mcp.json": {"mcpServers": {"a": {"command": "project"}}},
        },
    )
    setup = read_setup(tmp_path / "p", tmp_path / "h", {"P": "1"})
    assert [(item.kind, item.name, item.body) for item in setup.items] == [
        ("memory", ".cursorrules", "old"),
        ("memory", "AGENTS.md", "ours"),
        ("command", "say", "Say it."),
    ]
    assert [(server.name, server.command, server.url) for server in setup.servers] == [
        ("a", ("project",), ""),
        ("b", (), "http://localhost/1"),
    ]
