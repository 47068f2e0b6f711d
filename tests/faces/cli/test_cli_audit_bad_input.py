"""Whatever lies in a set-up, `agentforge audit` names the file and the line, ends well, and reports on the rest."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from agentforge.faces.cli.entry import main
from knowledge.laid import front, lay

MB = 1024 * 1024
SERVERS = Path(__file__).parents[2] / "data" / "mcp_servers"
KEY = "sk-ant-not-to-be-seen"
GROWING = "\n".join(
    ["a: &a x", *(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in pairwise("abcdefghi"))]
)


@pytest.fixture
def audit(project, capsys):
    """The report on the project after these files were laid into it, which must still hold what is sound."""

    def run(files=None, *words, client="claude-code"):
        lay(project, files or {})
        assert main(["audit", "--json", "--client", client, *words, str(project)]) == 0
        (report,) = json.loads(capsys.readouterr().out)["reports"]
        sound = {Path(part["source"]).name for part in report["parts"]}
        assert client != "claude-code" or "one.md:3" in sound
        assert main(["audit", "--client", client, *words, str(project)]) == 0
        assert " tokens before the first word" in capsys.readouterr().out
        return report

    return run


def told(report):
    """What is wrong, by file and line; each error is a finding too."""
    found = [finding["where"][0] for finding in report["findings"] if finding["rule"] == "unreadable"]
    assert found == [problem["where"] for problem in report["problems"] if problem["severity"] == "error"]
    return {"/".join(Path(one["where"]).parts[-2:]): one["what"] for one in report["problems"]}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(project, audit):
    lay(project, {".claude/skills/a/SKILL.md": front(name="a", description="b"), ".claude/agents/c.md": "c"})
    closed = [project / ".claude" / "skills", project / ".claude" / "agents" / "c.md"]
    for path in closed:
        path.chmod(0)
    try:
        report = audit()
    finally:
        for path in closed:
            path.chmod(0o700)
    assert told(report) == {
        ".claude/skills:1": "cannot be read: Permission denied",
        "agents/c.md:1": "cannot be read: Permission denied",
    }


def test_links_in_a_circle_are_named_and_followed_once(project, audit):
    agents = project / ".claude" / "agents"
    (agents / "again").symlink_to(agents)
    (agents / "self.md").symlink_to("self.md")
    (agents / "gone.md").symlink_to("nowhere.md")
    (project / "CLAUDE.local.md").symlink_to("CLAUDE.local.md")
    (project / "web").mkdir()
    (project / "web" / "up").symlink_to(project)
    assert told(audit()) == {
        "agents/again:1": "a folder that leads back to one above it, so it is read once",
        "agents/self.md:1": "a link that leads back to itself",
        "agents/gone.md:1": "a link that leads nowhere",
        "project/CLAUDE.local.md:1": "a link that leads back to itself",
    }


def test_imports_in_a_circle_enter_once(audit):
    report = audit(
        {"CLAUDE.md": "# Post\n\n@docs/a.md\n", "docs/a.md": "A.\n@b.md\n", "docs/b.md": "B.\n\n@a.md\n@b.md\n"}
    )
    memory = [Path(part["source"]).name for part in report["parts"] if part["item"].startswith("claude-code:memory")]
    assert memory == ["CLAUDE.md:1", "a.md:1", "b.md:1"]
    assert set(told(report)) == {"docs/b.md:3", "docs/b.md:4"}


def test_a_hundred_megabytes_are_weighed_by_their_beginning_in_bounded_memory(project):
    with (project / "CLAUDE.md").open("wb") as file:
        file.write(b"One line of words, as there are many.\n" * (4 * MB // 38 + 1))
        file.truncate(100 * MB)
    with (project / ".claude" / "agents" / "huge.md").open("wb") as file:
        file.write(front("Words.\n", name="huge", description="is huge").encode())
        file.truncate(100 * MB)
    program = (
        "import resource, sys\n"
        "from agentforge.faces.cli.entry import main\n"
        "code = main(['audit', '--json', '--client', 'claude-code', sys.argv[1]])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(project)], capture_output=True, text=True, check=True)
    (report,) = json.loads(done.stdout)["reports"]
    wrong = told(report)
    assert "104,857,600 bytes long; only the first 4,194,304 were read" in wrong["project/CLAUDE.md:110377"]
    assert int(done.stderr) < 600 * 1024  # kB


@pytest.mark.parametrize("name", ["CLAUDE.md", ".claude/agents/bin.md", ".claude/skills/bin/SKILL.md"])
def test_a_binary_called_markdown_is_named(name, audit):
    wrong = told(audit({name: b"\x7fELF\x02\x01\n\x00\x00" + bytes(range(256)) * 64}))
    assert wrong["/".join(Path("project", name).parts[-2:]) + ":2"] == "binary, not text"


@pytest.mark.parametrize("front_matter", [GROWING, "a: " + "[" * 100_000, "a: " + "{b: " * 100_000, "x: 1\n" * 500_000])
def test_yaml_made_to_grow_is_never_loaded(front_matter, audit):
    wrong = told(audit({".claude/agents/bomb.md": f"---\nname: bomb\n{front_matter}\n---\nBoom.\n"}))
    assert wrong
    assert {where.rpartition(":")[0] for where in wrong} == {"agents/bomb.md"}


@pytest.mark.parametrize(
    ("name", "client"),
    [
        (".claude/settings.json", "claude-code"),
        (".mcp.json", "claude-code"),
        ("opencode.json", "opencode"),
        (".gemini/settings.json", "gemini-cli"),
        ("../home/.codex/config.toml", "codex"),
    ],
)
@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"hooks": {"Stop": [\n{"hooks', id="half written"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"a": ' * 100_000, id="deep objects"),
        pytest.param("a = " + "[" * 100_000, id="deep TOML"),
        pytest.param("a = {b = " * 5_000, id="deep TOML tables"),
        pytest.param("[1, 2]", id="no object"),
        pytest.param(b"\x00\x01\x02{}", id="binary"),
        pytest.param(b"\xff\xfe{\x00", id="half written UTF-16"),
    ],
)
def test_a_broken_configuration_is_named_and_the_rest_read(name, client, content, audit):
    wrong = told(audit({name: content, "AGENTS.md": "# Rules\n", "GEMINI.md": "# Rules\n"}, client=client))
    assert wrong, f"{name} was read as if it were whole"
    assert {where.rpartition(":")[0] for where in wrong} == {"/".join(Path("project", name).parts[-2:])}
    assert all(where.rpartition(":")[2].isdecimal() for where in wrong)


def test_values_of_the_wrong_kind_break_nothing(audit):
    odd = [None, 1, "x", [1], {"x": 1}]
    keys = ("permissions", "hooks", "env", "model", "outputStyle", "skillOverrides", "enabledPlugins", "mcpServers")
    for value in odd:
        settings = dict.fromkeys(keys, value)
        audit({".claude/settings.json": settings, ".mcp.json": {"mcpServers": {"odd": value}}})
        audit({".mcp.json": {"mcpServers": {"odd": {"command": value, "args": value, "env": value, "timeout": value}}}})


def server(script, *words, **more):
    return {"command": sys.executable, "args": [str(SERVERS / f"{script}.py"), *words], **more}


def test_each_server_that_misbehaves_costs_its_own_row_only(project, audit, capsys):
    rows = {
        "good": server("good"),
        "needs a key": server("crashes", "initialize", env={"THE_KEY": KEY}),
        "crashes later": server("crashes", "tools/list"),
        "floods": server("floods", "stderr", "lines"),
        "never ends a line": server("floods", "stdout", "brace"),
        "refuses": server("refuses", "tools/list"),
        "is not there": {"command": "no-such-program-here"},
        "has no command": {"args": ["x"]},
        "lacks a variable": server("good", env={"TOKEN": "${NO_SUCH_VARIABLE_HERE}"}),
    }
    written = json.dumps({"mcpServers": rows}, indent=1)
    lines = {name: written[: written.index(f'"{name}":')].count("\n") + 1 for name in rows}
    report = audit({".mcp.json": written, ".claude/settings.local.json": {"enableAllProjectMcpServers": True}}, "--mcp")
    weighed = {part["name"].split("__")[1] for part in report["parts"] if part["name"].startswith("mcp__")}
    assert {"good", "floods"} <= weighed
    assert told(report)[f"project/.mcp.json:{lines['has no command']}"] == "the MCP server has no command has no url"
    assert "needs the variable" in told(report)[f"project/.mcp.json:{lines['lacks a variable']}"]
    for name in ("needs a key", "crashes later", "refuses", "is not there", "never ends a line"):
        (line,) = [line for line in report["unknown"] if line.startswith(f"the MCP server {name} (")]
        assert f"{project}/.mcp.json:{lines[name]}" in line
    assert KEY not in json.dumps(report)


def test_a_server_that_hangs_is_given_up(project, audit, monkeypatch):
    monkeypatch.setenv("MCP_TIMEOUT", "700")
    rows = {"hangs": server("hangs"), "hangs later": server("hangs", "tools/list")}
    settings = {"enableAllProjectMcpServers": True}
    report = audit({".mcp.json": {"mcpServers": rows}, ".claude/settings.local.json": settings}, "--mcp")
    assert [line for line in report["unknown"] if line.startswith("the MCP server hangs (") and "within 0.7 s" in line]
    assert [line for line in report["unknown"] if line.startswith("the MCP server hangs later (")]
