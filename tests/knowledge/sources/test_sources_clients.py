from pathlib import Path

from agentforge.knowledge import Catalogue, ParsedFiles, read_setup, read_setups
from agentforge.knowledge.sources import SOURCES
from knowledge.laid import front, lay


def test_only_clients_that_are_present_are_read(tmp_path):
    lay(
        tmp_path,
        {
            "p/.git/HEAD": "",
            "p/.cursor/rules/r.mdc": front(description="d"),
            "p/.claude/agents/a.md": front(name="a", description="d"),
        },
    )
    setups = read_setups(tmp_path / "p", tmp_path / "h", {})
    assert [setup.client for setup in setups] == ["claude-code", "cursor"]
    assert setups[0].items[0].listing == "- a: d (Tools: All tools)"


def test_one_agents_md_is_what_several_clients_read(tmp_path):
    lay(tmp_path, {"p/.git/HEAD": "", "p/AGENTS.md": "ours"})
    setups = read_setups(tmp_path / "p", tmp_path / "h", {})
    assert [setup.client for setup in setups] == ["claude-code", "codex", "opencode", "cursor", "agents-md"]
    assert len(Catalogue(setups)) == 5


def test_a_second_reading_parses_nothing_and_says_the_same(tmp_path):
    lay(tmp_path, {f"p/.claude/agents/{at}.md": front(name=f"a{at}", description="a: b: c") for at in range(5)})
    parsed = ParsedFiles()
    first = read_setups(tmp_path / "p", tmp_path / "h", {}, parsed=parsed)
    kept = ParsedFiles.load(parsed.dump())
    assert len(kept) == 5
    assert read_setups(tmp_path / "p", tmp_path / "h", {}, parsed=kept) == first


def test_nothing_comes_from_the_real_environment(tmp_path, monkeypatch):
    lay(tmp_path, {"elsewhere/CLAUDE.md": "E", "elsewhere/AGENTS.md": "E", "p/.git/HEAD": ""})
    for name in ("HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert read_setups(tmp_path / "p", tmp_path / "h", {}) == ()


def test_a_hostile_set_up_costs_problems_and_nothing_else(tmp_path):
    agents = "p/.claude/agents"
    lay(
        tmp_path,
        {
            f"{agents}/bomb.md": "---\nname: b\na: &a [x,x]\nb: [" + "*a," * 50 + "]\n---\n",
            f"{agents}/binary.md": b"\x7fELF\0\0",
            f"{agents}/latin.md": b"---\nname: l\ndescription: caf\xe9\n---\n",
            f"{agents}/good.md": front(name="good", description="fine"),
            "p/CLAUDE.md": "@CLAUDE.md @a.md",
            "p/a.md": "@CLAUDE.md",
            "p/.claude/skills": "a file where a folder should be",
            "p/.claude/settings.json": "[",
            "p/.mcp.json": {"mcpServers": {"x": 1}},
            "p/opencode.json": "{",
            "p/.cursor/mcp.json": "null",
            "h/.codex/config.toml": "=",
            "h/.gemini/settings.json": b"\xff\xfe\0",
        },
    )
    (tmp_path / agents / "again").symlink_to(tmp_path / agents)
    (tmp_path / agents / "loop.md").symlink_to("loop.md")
    setups = {setup.client: setup for setup in read_setups(tmp_path / "p", tmp_path / "h", {})}

    assert "good" in {item.name for item in setups["claude-code"].items}
    wrong = {Path(problem.where.rpartition(":")[0]).name for setup in setups.values() for problem in setup.problems}
    files = {"bomb.md", "binary.md", "latin.md", "loop.md", "again", "settings.json", ".mcp.json", "opencode.json"}
    assert files | {"mcp.json", "config.toml", "a.md", "CLAUDE.md"} <= wrong
    assert all(problem.where.rpartition(":")[2].isdigit() for setup in setups.values() for problem in setup.problems)


def test_every_source_reads_an_empty_place(tmp_path):
    for client in SOURCES:
        setup = read_setup(client, tmp_path, tmp_path / "h", {})
        assert (setup.client, setup.items, setup.servers) == (client, (), ())
