import json

import pytest

from agentforge.gateway.talk import ENOUGH, MOST_ROUNDS, OwnTools, Talk
from agentforge.wire import Json, Message, Other, Request, Response, Text, ToolUse

RECALL, FAULTY = ToolUse("r", "recall", Json.of({})), ToolUse("f", "call_tool", Json.of({}))
GOOD, READ = ToolUse("g", "call_tool", Json.of({"name": "Real"})), ToolUse("c", "Read", Json.of({}))
SEARCH = Other("server_tool_use", Json.of({"type": "server_tool_use", "id": "s", "name": "tool_search_tool_bm25"}))
OWN = OwnTools(
    {"recall": lambda use: f"about {use.id}"},
    {"call_tool": lambda use: ToolUse(use.id, "Real", use.input) if use.input.value else "No name."},
)


def talk(remembered, dialect="anthropic", own=OWN):
    return Talk(Request(dialect, "m", [Message("user", "Go.")]), own, remembered.append)


def answer(*blocks, stop="tool_use", dialect="anthropic"):
    return Response(dialect, "a", "m", (Message("assistant", blocks),), stop)


def test_the_client_gets_what_is_not_ours_and_the_call_that_one_of_ours_carries():
    said = talk([]).read(answer(Text("a"), RECALL, GOOD, READ, FAULTY))
    assert said.shown == (Text("a"), ToolUse("g", "Real", GOOD.input), READ)
    assert said.hidden == ((1, RECALL), (4, FAULTY))
    assert said.others
    assert not said.is_ours


def test_in_chat_places_count_the_calls_alone():
    said = talk([], "openai-chat").read(answer(Text("a"), READ, RECALL, dialect="openai-chat"))
    assert said.hidden == ((1, RECALL),)


def test_a_round_is_ours_where_it_waits_for_nobody_else():
    assert talk([]).read(answer(RECALL, FAULTY)).is_ours
    assert not talk([]).read(answer(RECALL, stop="max_tokens")).is_ours
    assert not talk([]).read(answer(RECALL, stop="end_turn")).is_ours
    assert talk([], "openai-chat").read(answer(RECALL, stop="end_turn", dialect="openai-chat")).is_ours


@pytest.mark.parametrize("dialect", ["anthropic", "openai-chat"])
def test_what_is_asked_next_has_every_result_and_a_fault_is_an_error_where_that_can_be_said(dialect):
    own = talk([], dialect)
    body = json.loads(own.go_on(own.read(answer(RECALL, FAULTY, dialect=dialect))).body)
    said = json.dumps(body["messages"][2:])
    assert "about r" in said
    assert "No name." in said
    assert ('"is_error": true' in said) == (dialect == "anthropic")
    assert len(body["messages"]) == (3 if dialect == "anthropic" else 4)


def test_after_many_rounds_the_model_is_told_to_go_on():
    own = talk([])
    bodies = [own.go_on(own.read(answer(RECALL))).body.decode() for _ in range(MOST_ROUNDS + 1)]
    assert ENOUGH not in bodies[-2]
    assert ENOUGH in bodies[-1]


def test_only_what_the_client_does_not_know_is_remembered():
    remembered = []
    talk(remembered).close(talk([]).read(answer(GOOD, READ)))
    talk(remembered).close(talk([]).read(answer(RECALL, stop="max_tokens")))
    assert not remembered
    own = talk(remembered)
    own.close(own.read(answer(READ, FAULTY)))
    assert remembered[0].places == (1,)
    assert remembered[0].ours == Message("assistant", (FAULTY,))


def test_a_search_of_the_providers_is_hidden_only_where_it_is_our_doing():
    assert OWN.shown(SEARCH) is SEARCH
    assert OwnTools(hides_search=True).shown(SEARCH) is None
    assert not OwnTools()
    assert OwnTools(hides_search=True)
