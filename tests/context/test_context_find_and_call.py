from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.find_and_call import CALL, FIND, FoundAndCalled, find_tool, wrapped
from agentforge.wire import Json, Tool, ToolUse

OPEN = Tool("mcp__hub__open", "Opens.", Json.of({"type": "object"}))
READ = Tool("Read", "Reads.", Json.of({"type": "object"}))
BEHIND = FoundAndCalled([OPEN], [READ])


def call(value, name=CALL):
    return ToolUse("t1", name, Json.of(value))


def test_a_call_carries_the_call_of_a_hidden_tool_or_of_one_in_view():
    for tool in (OPEN, READ):
        carried = BEHIND.carried(call({"name": tool.name, "arguments": {"a": 1}}))
        assert carried == ToolUse("t1", tool.name, Json.of({"a": 1}))


def test_no_arguments_are_none():
    assert BEHIND.carried(call({"name": OPEN.name})) == ToolUse("t1", OPEN.name, Json(b"{}"))


def test_a_search_without_words_says_what_it_takes():
    for odd in ({}, [], {"query": 7}, "words"):
        assert "query" in BEHIND.found(call(odd, FIND))


def test_the_tool_that_finds_names_where_tools_come_from_but_not_hundreds():
    assert "hub, notes" in (find_tool(["hub", "notes"]).description or "")
    assert "and 60 more" in (find_tool([f"s{n}" for n in range(100)]).description or "")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=4)


@given(objects)
def test_law_1_what_a_call_carries_goes_up_again_as_it_was_said(arguments):
    said = call({"name": OPEN.name, "arguments": arguments})
    carried = BEHIND.carried(said)
    assert isinstance(carried, ToolUse)
    assert wrapped(carried) == said
    assert wrapped(carried).input.text == said.input.text


@given(values)
def test_whatever_a_model_writes_it_is_told_something_or_understood(odd):
    for given_ in (odd, {"name": odd}, {"name": OPEN.name, "arguments": odd}):
        answer = BEHIND.carried(call(given_))
        assert isinstance(answer, ToolUse) or CALL in answer or FIND in answer or OPEN.name in answer
