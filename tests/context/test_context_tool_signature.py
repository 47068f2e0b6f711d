import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.context.tool_signature import LONGEST, fault, signature
from agentforge.wire import Json, Tool


def tool(required=(), more=None, **parameters):
    schema = {"type": "object", "properties": parameters, "required": list(required), **(more or {})}
    return Tool("t", "It does.", Json.of(schema))


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["string", "null"]}, "string|null"),
        ({"enum": ["open", "closed"]}, '"open"|"closed"'),
        ({"const": 3}, "3"),
        ({"type": "array", "items": {"type": "integer"}}, "integer[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a"|"b")[]'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string|null"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, "{a: string}"),
        ({"$ref": "#/$defs/Colour"}, '"red"|"blue"'),
        ({"$ref": "#/$defs/Nobody"}, "any"),
        (True, "any"),
        ({}, "any"),
    ],
)
def test_a_parameters_type_is_told_in_a_few_words(schema, said):
    defs = {"$defs": {"Colour": {"enum": ["red", "blue"]}}}
    assert signature(tool(["x"], defs, x=schema)) == f"t(x: {said})"


def test_what_is_required_is_always_told_and_what_may_be_left_out_is_marked():
    many = {f"option_{n}": {"type": "string"} for n in range(200)}
    said = signature(tool(["id"], **many, id={"type": "integer"}))
    assert "id: integer" in said
    assert "option_0?: string" in said
    assert "and " in said
    assert len(said) < LONGEST + 40


def test_a_schema_that_turns_in_circles_has_an_end():
    looped = tool(["x"], {"$defs": {"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}}, x={"$ref": "#/$defs/A"})
    assert signature(looped).startswith("t(x: ")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "properties", "required", "items", "enum", "anyOf", "$ref", "const"]),
            inner,
            max_size=4,
        )
    ),
)


@given(anything, st.dictionaries(st.text(max_size=3), anything, max_size=3))
def test_no_schema_makes_it_fail_or_long(schema, arguments):
    odd = Tool("t", None, Json.of(schema))
    assert len(signature(odd)) < 10 * LONGEST
    fault(odd, arguments)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"id": 1}, None),
        ({"id": 1.0, "flag": None}, None),
        ({"id": 1, "either": [1]}, None),
        ({}, "`id` is required"),
        ({"id": "1"}, "`id` is to be of type integer"),
        ({"id": True}, "`id` is to be of type integer"),
        ({"id": 1, "flag": "yes"}, "`flag` is to be of type boolean"),
        ({"id": 1, "more": 2}, "`more` is no parameter"),
    ],
)
def test_a_fault_is_named(arguments, wrong):
    one = tool(
        ["id"],
        {"additionalProperties": False},
        id={"type": "integer"},
        flag={"type": "boolean"},
        either={"type": ["array", "string"]},
    )
    assert fault(one, arguments) == wrong
