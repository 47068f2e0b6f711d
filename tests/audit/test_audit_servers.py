import pytest

from agentforge.audit.servers import MOST_OF_A_TEXT, denied_tools, names_listed, not_weighed, sent_whole, server_parts
from agentforge.knowledge import Setup
from agentforge.knowledge.mcp import Probed
from agentforge.tokens import counter_for
from audit.audited import row, server

MODEL = "claude-opus-5-5"


def shown(setup: Setup, *probed: Probed, env=None, window: int = 1_000_000):
    parts = server_parts(setup, probed, env or {}, counter_for(MODEL), window)
    return [(part.category, part.name) for part in parts]


def test_claude_code_names_the_tools_and_sends_what_servers_say_of_themselves():
    assert shown(Setup("claude-code"), row("post", "find", instructions="Ask for parcels.")) == [
        ("deferred tool names", "mcp__post__find"),
        ("MCP instructions", "post"),
    ]


@pytest.mark.parametrize("value", ["false", "0", "False", " off "])
def test_without_tool_search_the_definitions_are_sent(value):
    got = shown(Setup("claude-code"), row("post", "find"), env={"ENABLE_TOOL_SEARCH": value})
    assert got == [("MCP tools", "mcp__post__find")]


def test_below_the_threshold_of_auto_definitions_are_sent_and_the_names_too():
    both = [("MCP tools", "mcp__post__find"), ("deferred tool names", "mcp__post__find")]
    assert shown(Setup("claude-code"), row("post", "find"), env={"ENABLE_TOOL_SEARCH": "auto"}) == both
    got = shown(Setup("claude-code"), row("post", "find"), env={"ENABLE_TOOL_SEARCH": "auto"}, window=100)
    assert got == both[1:]
    assert sent_whole(Setup("claude-code"), {"ENABLE_TOOL_SEARCH": "auto:50"}, 49, 100)
    assert not sent_whole(Setup("claude-code"), {"ENABLE_TOOL_SEARCH": "auto:50"}, 50, 100)


def test_a_server_that_is_always_loaded_is_sent_whole():
    assert shown(Setup("claude-code"), row("post", "find", always_load=True)) == [("MCP tools", "mcp__post__find")]


@pytest.mark.parametrize("rule", ["mcp__post__find", "mcp__post", "mcp__post__*"])
def test_what_permissions_deny_is_not_sent(rule):
    setup = Setup("claude-code", settings={"permissions": {"deny": [rule, "Bash(rm *)", 3]}})
    assert shown(setup, row("post", "find"), row("posters", "find")) == [("deferred tool names", "mcp__posters__find")]
    assert denied_tools(setup) == {rule.removesuffix("__*")}


def test_tool_search_can_be_denied_or_switched_off_with_the_betas():
    assert not names_listed(Setup("claude-code", settings={"permissions": {"deny": ["ToolSearch"]}}), {})
    assert not names_listed(Setup("claude-code"), {"CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS": "1"})
    assert names_listed(Setup("claude-code"), {})


def test_other_clients_send_all_or_only_the_servers_names():
    assert shown(Setup("opencode"), row("post", "find", instructions="Ask.")) == [("MCP tools", "post_find")]
    assert shown(Setup("codex"), row("post", "find", "send")) == [("deferred tool names", "post")]


def test_long_descriptions_are_cut_where_the_client_cuts_them():
    (part,) = server_parts(
        Setup("claude-code"),
        [row("post", "find", long=999)],
        {"ENABLE_TOOL_SEARCH": "false"},
        counter_for(MODEL),
        1,
    )
    assert MOST_OF_A_TEXT < part.bytes < MOST_OF_A_TEXT + 300
    assert part.source == "/p/.mcp.json:3"


def test_servers_that_were_not_asked_or_did_not_answer_are_named():
    setup = Setup("claude-code", servers=(server("one"), server("two"), server("off", enabled=False)))
    assert list(not_weighed(setup, ())) == ["MCP servers that were not started: one, two"]
    lines = list(not_weighed(setup, [row("one"), Probed(server("two"), "failed", problem="no such program")]))
    assert lines == ["the MCP server two (/p/.mcp.json:3): no such program"]
