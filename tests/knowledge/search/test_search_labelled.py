import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.search import answers
from agentforge.wire.errors import UsageError

TOOLS = {
    "tools": [
        {"id": "1", "name": "sendMail", "description": "Sends a mail.", "server": "post", "params": [{"name": "to"}]},
        {"id": "2", "name": "openDoor", "description": None, "params": None},
        {"id": "3", "name": "läuten", "description": "Glocke", "params": [{"name": "wie", "description": None}, 7]},
    ]
}


def answered(*lines, **asked):
    told = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    return [json.loads(line) for line in answers(told, **asked)]


def test_each_query_is_answered_by_ids_best_first():
    assert answered(TOOLS, {"query": "mail"}, {"query": "open the door"}, {"query": "zzzz"}) == [["1"], ["2"], []]


def test_past_queries_teach():
    past = {"past": [{"query": "knackered thingummy", "used": ["2", "not there"]}]}
    assert answered(TOOLS, past, {"query": "thingummy"}) == [["2"]]


def test_tools_past_and_query_may_share_a_line_and_empty_lines_are_none():
    assert answered(TOOLS | {"past": []} | {"query": "mail"}, "", "\n", {"query": "door"}) == [["1"], ["2"]]


def test_answers_come_as_the_queries_do():
    lines = iter([json.dumps(TOOLS), '{"query": "mail"}', "broken"])
    found = answers(lines)
    assert next(found) == '["1"]'
    with pytest.raises(UsageError):
        next(found)


def test_of_two_tools_with_one_id_the_first_stands_and_it_is_said():
    said = []
    twice = {"tools": [{"id": "1", "name": "mail"}, {"id": "1", "name": "door"}]}
    assert answered(twice, {"query": "mail"}, {"query": "door"}, say=said.append) == [["1"], []]
    assert said == ["line 1: 1 tools have the id of an earlier one and are left out"]


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        (["{"], 1, "not JSON"),
        (["[1]"], 1, "no JSON object"),
        (['{"query": "a"}'], 1, 'no "tools"'),
        (['{"tools": {}}'], 1, '"tools" is no list'),
        (['{"tools": [3]}'], 1, "no list of objects"),
        (['{"tools": [{"name": 3}]}'], 1, "tool 1 has no id or name"),
        (['{"tools": []}', "", '{"query": null}'], 3, '"query" is no string'),
        (['{"tools": []}', '{"past": [{"query": "a"}]}'], 2, '"used" is no list'),
        (['{"tools": []}', '{"other": 1}'], 2, "none of"),
        (["[" * 200_000], 1, "not JSON"),
    ],
)
def test_a_line_that_is_wrong_is_named_with_what_is_wrong(lines, where, what):
    with pytest.raises(UsageError, match=what) as told:
        answered(*lines)
    assert told.value.where == f"line {where} of stdin"
    assert '"params"' in told.value.fix


plain = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))
tools = st.lists(st.dictionaries(st.sampled_from(["id", "name", "description", "server", "params"]), plain), max_size=4)


@given(tools, plain)
def test_any_json_is_answered_or_refused_by_its_line(given_tools, query):
    try:
        assert len(answered({"tools": given_tools}, {"query": query})) == 1
    except UsageError as refused:
        where = refused.where
    else:
        where = "line 1 of stdin"
    assert where in ("line 1 of stdin", "line 2 of stdin")
