from dataclasses import replace

import pytest

from agentforge.audit.sending import Sending
from agentforge.audit.servers import failed, not_weighed, offers_resources, server_parts, whole_tools
from agentforge.knowledge import Setup
from agentforge.knowledge.mcp import Probed
from agentforge.tokens import counter_for
from audit.audited import row, server

MODEL = "claude-opus-5-5"
NAMES, DEFINITIONS = Sending(definitions=False, names=True), Sending(definitions=True, names=False)
CLAUDE = Setup("claude-code")


def shown(setup: Setup, *probed: Probed, sending: Sending = NAMES):
    parts = server_parts(setup, probed, sending, counter_for(MODEL))
    return [(part.category, part.name) for part in parts]


def test_claude_code_names_the_tools_and_sends_what_servers_say_of_themselves():
    assert shown(CLAUDE, row("post", "find", instructions="Ask for parcels.")) == [
        ("deferred tool names", "mcp__post__find"),
        ("MCP instructions", "post"),
    ]


def test_definitions_names_or_both_are_sent():
    whole, name = ("MCP tools", "mcp__post__find"), ("deferred tool names", "mcp__post__find")
    assert shown(CLAUDE, row("post", "find"), sending=DEFINITIONS) == [whole]
    assert shown(CLAUDE, row("post", "find"), sending=Sending(definitions=True, names=True)) == [whole, name]
    assert shown(CLAUDE, row("post", "find", always_load=True)) == [whole]


@pytest.mark.parametrize("rule", ["mcp__post__find", "mcp__post", "mcp__post__*"])
def test_what_permissions_deny_is_not_sent(rule):
    setup = Setup("claude-code", settings={"permissions": {"deny": [rule, "Bash(rm *)", 3]}})
    assert shown(setup, row("post", "find"), row("posters", "find")) == [("deferred tool names", "mcp__posters__find")]


def test_opencode_sends_all_with_closed_schemas_and_codex_the_servers_names():
    assert shown(Setup("opencode"), row("post", "find", instructions="Ask."), sending=DEFINITIONS) == [
        ("MCP tools", "post_find"),
        ("MCP instructions", "post"),
    ]
    assert shown(Setup("codex"), row("post", "find", "send")) == [("deferred tool names", "post")]
    (theirs,) = whole_tools(Setup("opencode"), [row("post", "find")], counter_for(MODEL))
    (ours,) = whole_tools(CLAUDE, [row("post", "find")], counter_for(MODEL))
    more = len(',"additionalProperties":false,"eager_input_streaming":true') - len("mcp__") - len("_")
    assert theirs.bytes == ours.bytes + more


def test_long_descriptions_are_cut_where_the_client_cuts_them():
    (part,) = server_parts(CLAUDE, [row("post", "find", long=999)], DEFINITIONS, counter_for(MODEL))
    assert 4_096 < part.bytes < 4_096 + 300
    assert part.source == "/p/.mcp.json:3"


def test_a_server_that_did_not_start_is_named_where_tools_are():
    broken = Probed(server("two"), "failed", problem="ended before it was asked")
    assert shown(CLAUDE, row("one"), broken) == [("deferred tool names", "two did not start")]
    assert shown(CLAUDE, row("one"), broken, sending=DEFINITIONS) == []
    off = replace(broken, server=server("off", enabled=False))
    assert failed([row("one"), broken, off]) == [broken]


def test_resources_are_offered_by_servers_that_have_them_and_in_codex_by_any():
    reading = replace(row("post"), offers_resources=True)
    assert offers_resources(CLAUDE, [row("one"), reading])
    assert not offers_resources(CLAUDE, [row("one"), replace(reading, status="failed")])
    assert offers_resources(Setup("codex", servers=(server(),)), ())
    assert not offers_resources(Setup("codex", servers=(server(enabled=False),)), ())


def test_servers_that_were_not_asked_or_did_not_answer_are_named():
    setup = Setup("claude-code", servers=(server("one"), server("two"), server("off", enabled=False)))
    assert list(not_weighed(setup, ())) == ["MCP servers that were not started: one, two"]
    lines = list(not_weighed(setup, [row("one"), Probed(server("two"), "failed", problem="no such program")]))
    assert lines == ["the MCP server two (/p/.mcp.json:3): no such program"]
