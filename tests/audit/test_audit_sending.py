import pytest

from agentforge.audit.sending import Sending, denied_tools, sending_of
from agentforge.knowledge import Setup

CLAUDE = Setup("claude-code")
DENYING = Setup("claude-code", settings={"permissions": {"deny": ["ToolSearch", "Bash(rm *)", "mcp__post__*", 3]}})


def sent(setup: Setup, tokens: int = 49, **env: str) -> tuple[bool, bool]:
    sending = sending_of(setup, env, tokens, 100)
    assert sending == Sending(sending.definitions, sending.names)
    return sending.definitions, sending.names


def test_claude_code_lists_names_unless_it_is_told_not_to():
    assert sent(CLAUDE) == (False, True)
    assert sent(DENYING) == (True, False)
    assert sent(CLAUDE, CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS="1") == (True, False)


@pytest.mark.parametrize("value", ["false", "0", "False", " off "])
def test_without_tool_search_the_definitions_are_sent(value):
    assert sent(CLAUDE, ENABLE_TOOL_SEARCH=value) == (True, False)


def test_below_the_threshold_of_auto_definitions_are_sent_and_the_names_too():
    assert sent(CLAUDE, 9, ENABLE_TOOL_SEARCH="auto") == (True, True)
    assert sent(CLAUDE, 10, ENABLE_TOOL_SEARCH="auto") == (False, True)
    assert sent(CLAUDE, 49, ENABLE_TOOL_SEARCH="auto:50") == (True, True)
    assert sent(CLAUDE, 50, ENABLE_TOOL_SEARCH="auto:50") == (False, True)


def test_other_clients_send_all_or_only_names():
    assert sent(Setup("opencode")) == (True, False)
    assert sent(Setup("codex")) == (False, True)


def test_rules_for_whole_tools_and_servers_deny_them():
    assert denied_tools(DENYING) == {"ToolSearch", "mcp__post"}
    assert denied_tools(Setup("codex", settings=DENYING.settings)) == frozenset()
    assert denied_tools(Setup("claude-code", settings={"permissions": "none"})) == frozenset()
