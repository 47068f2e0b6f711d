import json

import pytest

from agentforge.knowledge.mcp import Probed


@pytest.fixture(scope="module")
def answers(script, ask) -> dict[str, Probed]:
    odd = {
        "no start": ("initialize",),
        "no tools": ("tools/list",),
        "no prompts": ("prompts/list",),
        "no list": ("tools/list", {"tools": "none"}),
        "odd cursor": ("tools/list", {"tools": [], "nextCursor": 2}),
        "last cursor": ("tools/list", {"tools": [], "nextCursor": ""}),
        "silent": ("initialize", {}),
        "nothing": ("initialize", {"protocolVersion": "2024-11-05", "capabilities": {}, "serverInfo": {"name": 1}}),
    }
    servers = [script("refuses", method, *map(json.dumps, answer)) for method, *answer in odd.values()]
    return dict(zip(odd, ask(*servers), strict=True))


def test_a_refusal_is_told_in_the_servers_words(answers):
    assert (answers["no start"].status, answers["no start"].problem) == ("failed", "refuses to start: not today")
    assert (answers["no tools"].status, answers["no tools"].problem) == ("failed", "tools/list: not today")


def test_a_refused_list_of_prompts_costs_the_prompts_only(answers):
    row = answers["no prompts"]
    assert (row.status, row.problem) == ("ok", "prompts/list: not today")
    assert [tool.name for tool in row.tools] == ["one"]


def test_an_answer_without_its_list_is_noted(answers):
    assert answers["no list"].status == "ok"
    assert "its tools/list has no list" in answers["no list"].problem


def test_a_cursor_that_is_no_text_ends_the_list(answers):
    assert "its tools/list has a cursor that is no text" in answers["odd cursor"].problem
    assert answers["last cursor"].problem == ""


def test_a_server_that_does_not_say_what_it_offers_is_asked_for_tools(answers):
    row = answers["silent"]
    assert (row.status, [tool.name for tool in row.tools]) == ("ok", ["one"])
    assert "greets without saying what it offers (capabilities)" in row.problem


def test_a_server_that_offers_nothing_has_no_tools(answers):
    row = answers["nothing"]
    assert (row.status, row.tools, row.protocol) == ("ok", (), "2024-11-05")


def test_servers_see_a_client_with_the_abilities_of_a_coding_agent(script, ask):
    (row,) = ask(script("good"))
    assert row.instructions == "has elicitation roots"
