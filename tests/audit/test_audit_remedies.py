from agentforge.audit.remedies import deny_tool, drop_servers, hide, shorten
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
