import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.simulate import Turn
from agentforge.simulate.answering import answered, aside_text, example_of
from agentforge.wire import Json, Text, Thinking, ToolUse
from simulate.asking import MODEL
from strategies import json_values

CALL = ToolUse("a", "read", Json(b'{"path":"x"}'))


def answer(*blocks, turn=None, thought=0, limit=None, stops=()):
    return answered(turn or Turn(), blocks, MODEL, thought=thought, limit=limit, stops=stops)


def test_why_an_answer_ends():
    assert answer(Text("x")).stop_reason == "end_turn"
    assert answer(Text("x"), CALL).stop_reason == "tool_use"
    assert answer(Text("x"), turn=Turn(stop_reason="refusal")).stop_reason == "refusal"


def test_thinking_counts_as_what_was_thought_and_not_as_what_is_shown():
    one = answer(Thinking("", "s"), Text("word"), thought=100)
    assert (one.tokens - answer(Text("word")).tokens, one.thinking) == (100, 100)


def test_an_answer_is_cut_at_the_most_tokens():
    cut = answer(Text("word " * 100), CALL, limit=20)
    assert (cut.stop_reason, cut.tokens) == ("max_tokens", 20)
    (block,) = cut.blocks
    assert 0 < len(block.text) < 200


def test_a_call_that_does_not_fit_is_not_made():
    cut = answer(Text("hi"), CALL, limit=5)
    assert [type(block) for block in cut.blocks] == [Text]


def test_thinking_may_use_up_the_limit():
    cut = answer(Thinking("", "s"), Text("x"), thought=50, limit=10)
    assert (cut.tokens, cut.thinking, len(cut.blocks)) == (10, 10, 1)


def test_no_tokens_at_all_give_no_answer():
    assert answer(Text("x"), limit=0).blocks == ()
    assert answer(limit=0).stop_reason == "max_tokens"


@pytest.mark.parametrize(
    ("stops", "said", "stop"),
    [(["END"], "a ", "END"), (["b", "END"], "a ", "END"), (["nowhere"], "a END b", None), ([""], "a END b", None)],
)
def test_an_answer_ends_at_the_first_stop_sequence(stops, said, stop):
    one = answer(Text("a END b"), CALL, stops=stops)
    assert one.blocks[0].text == said
    assert one.stop_sequence == stop
    assert one.stop_reason == ("stop_sequence" if stop else "tool_use")
    assert len(one.blocks) == (1 if stop else 2)


def test_a_stop_sequence_at_the_start_leaves_no_empty_block():
    assert answer(Text("END b"), stops=["END"]).blocks == ()


@given(st.text(max_size=300), st.integers(0, 60), st.integers(0, 60))
def test_an_answer_never_exceeds_its_limit(words, thought, limit):
    one = answer(Text(words), thought=thought, limit=limit)
    assert one.tokens <= limit or one.tokens == 0
    assert one.thinking <= one.tokens


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "object", "properties": {"title": {"type": "string"}}}, {"title": "ok"}),
        ({"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}, "required": ["b"]}, {"b": 0}),
        ({"type": "object"}, {}),
        ({"enum": ["x", "y"]}, "x"),
        ({"const": 7}, 7),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, False),
        ({"type": ["null", "string"]}, None),
        ({"type": "array", "items": {}}, []),
        ({"type": "number"}, 0),
    ],
)
def test_the_smallest_value_that_fits_a_schema(schema, example):
    assert example_of(schema, "ok") == example


@given(json_values)
def test_any_schema_has_an_example(schema):
    assert isinstance(aside_text(schema, "ok"), str)


def test_a_schema_without_end_has_one_all_the_same():
    schema = {"type": "object", "required": ["a"]}
    schema["properties"] = {"a": schema}
    assert aside_text(schema, "ok").count("a") == 21
