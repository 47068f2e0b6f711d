from agentforge.audit.remedies import (
    correct_lines,
    delete_paragraphs,
    deny_tool,
    drop_servers,
    hide,
    move_to_project,
    on_demand,
    shorten,
)
from agentforge.knowledge import Source
from audit.audited import server
from knowledge.laid import item

PLUGIN = Source("claude-code", "plugin:kit", "/k/skills/s/SKILL.md")


def test_each_client_is_told_in_its_own_settings():
    assert hide([item("persona", "b"), item("persona", "a")]) == (
        'in .claude/settings.json, add to "permissions": {"deny": ["Agent(a)", "Agent(b)"]}'
    )
    assert hide([item("skill", "s")]) == 'in .claude/settings.json, add "skillOverrides": {"s": "off"}'
    opencode = item("persona", "a", source=Source("opencode", "project", "/p/a.md"))
    assert hide([opencode]) == 'in opencode.json, add "agent": {"a": {"disable": true}}'


def test_what_is_of_the_user_is_hidden_in_all_projects_where_that_is_meant():
    assert hide([item("persona", "a")], everywhere=True).startswith("in ~/.claude/settings.json, ")
    opencode = item("persona", "a", source=Source("opencode", "user", "/home/dev/.config/opencode/agent/a.md"))
    assert hide([opencode], everywhere=True).startswith("in ~/.config/opencode/opencode.json, ")
    skill = item("skill", "s", source=Source("claude-code", "user", "/home/dev/.claude/skills/s/SKILL.md"))
    assert on_demand(skill).startswith("in ~/.claude/settings.json, ")


def test_where_no_setting_hides_it_the_file_has_to_go():
    assert hide([item("skill", "s", source=PLUGIN)]) == "move away or delete /k/skills/s/SKILL.md"
    assert hide([item("memory", "m")]) == "move away or delete /p/file.md"


def test_memory_moves_to_where_it_is_read_when_needed_and_descriptions_get_shorter():
    assert ".claude/rules/" in shorten(item("memory", "m"))
    assert "without importing" in shorten(item("memory", "m", source=Source("codex", "project", "/p/AGENTS.md")))
    assert shorten(item()) == "shorten the description in /p/file.md:1"


def test_tools_and_servers_have_their_own_switches():
    assert deny_tool("claude-code", "mcp__a__b").endswith('{"deny": ["mcp__a__b"]}')
    assert deny_tool("opencode", "a_b") == 'in opencode.json, add "tools": {"a_b": false}'
    assert "a_b" in deny_tool("cursor", "a_b")
    assert drop_servers("claude-code", [server("my post")]) == "claude mcp remove 'my post'"
    assert drop_servers("codex", [server("post")]).endswith("post (/p/.mcp.json:3)")


def test_what_one_project_uses_moves_there():
    home = Source("claude-code", "user", "/home/dev/.claude/agents/a.md")
    assert move_to_project(item("persona", "a", source=home), "/p") == (
        "move /home/dev/.claude/agents/a.md to /p/.claude/agents"
    )
    skill = Source("claude-code", "user", "/home/dev/.claude/skills/s/SKILL.md")
    assert move_to_project(item("skill", "s", source=skill), "/p") == (
        "move /home/dev/.claude/skills/s to /p/.claude/skills"
    )
    assert "--scope user post" in move_to_project(server("post"), "/p")
    codex = server("post", source=Source("codex", "user", "/home/dev/.codex/config.toml", 3))
    assert move_to_project(codex, "/p") == "move post from /home/dev/.codex/config.toml:3 into the configuration of /p"


def test_what_one_kind_of_task_uses_is_brought_in_when_it_is_needed():
    assert '"user-invocable-only"' in on_demand(item("skill", "s"))
    assert on_demand(item("persona", "a")).endswith("name /p/file.md in the prompt when you need it")
    assert "--mcp-config" in on_demand(server("post"))
    codex = server("post", source=Source("codex", "user", "/home/dev/.codex/config.toml"))
    assert on_demand(codex).endswith("switch it on when you need it")


def test_paragraphs_and_lines_are_named_by_their_places():
    assert delete_paragraphs("a:1", ["b:2", "c:3"], same=True) == "delete the paragraphs at b:2, c:3; a:1 says it"
    assert delete_paragraphs("a:1", ["b:2"], same=False) == (
        "write what the others add into a:1, then delete the paragraph at b:2; a:1 says it"
    )
    assert correct_lines(["a:1", "b:2"]) == "correct or delete a:1, b:2"
