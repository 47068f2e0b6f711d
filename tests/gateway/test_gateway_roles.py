import json

import pytest

from agentforge.gateway.roles import is_continued_from_summary, role_of, session_key
from agentforge.wire import Message, Request, Text, Tool


def asked(*words, system=None, tools=()):
    return Request("anthropic", "m", [Message("user", [Text(word)]) for word in words], system=system, tools=tools)


TOOLS = [Tool("Read")]


@pytest.mark.parametrize(
    ("request_", "headers", "role"),
    [
        (asked("hello", tools=TOOLS), {}, "main"),
        (asked("hello"), {}, "main"),
        (asked("hello"), {"x-claude-code-request-class": "title"}, "title"),
        (asked("hello"), {"x-claude-code-request-class": "subagent"}, "subagent"),
        (asked("hello"), {"x-claude-code-request-class": "some new word"}, "main"),
        (asked("hello"), {"x-claude-code-agent-id": "a1"}, "subagent"),
        (asked("hello", system=[Text("x-billing: 1; cc_is_subagent=true;"), Text("You are")]), {}, "subagent"),
        (asked("hello", system="You are naming a coding session"), {}, "title"),
        (asked("hello", system="You are naming a coding session", tools=TOOLS), {}, "main"),
        (asked("hello", "CRITICAL: Respond with TEXT ONLY. Sum up.", tools=TOOLS), {}, "compaction"),
        (asked("CRITICAL: Respond with TEXT ONLY. Sum up.", "no, go on", tools=TOOLS), {}, "main"),
        (asked("hello", system="You are a context summarization agent"), {}, "compaction"),
        (asked("hello"), {"x-codex-turn-metadata": json.dumps({"request_kind": "compaction"})}, "compaction"),
        (asked("hello"), {"x-codex-turn-metadata": "{half"}, "main"),
        (asked("hello"), {"x-codex-turn-metadata": '{"request_kind": ["turn"]}'}, "main"),
        (asked(), {}, "main"),
    ],
)
def test_the_clients_hint_decides_and_then_its_words(request_, headers, role):
    assert role_of(request_, headers) == role


def test_in_chat_the_instructions_are_messages():
    said = [Message("system", "You are a title generator."), Message("user", "hello")]
    assert role_of(Request("openai-chat", "m", said), {}) == "title"
    assert role_of(Request("openai-chat", "m", said[::-1]), {}) == "main"


def test_a_session_that_goes_on_from_its_summary_says_so_in_its_first_messages():
    words = "This session is being continued from a previous conversation that ran out of context."
    assert is_continued_from_summary(asked("reminder", words))
    assert not is_continued_from_summary(asked("a", "b", "c", words))


def test_the_session_has_the_name_its_client_gives_it():
    assert session_key({"x-claude-code-session-id": "s1", "session-id": "s2"}) == "s1"
    assert session_key({"session-id": "s2"}) == "s2"
    assert session_key({}) == ""
