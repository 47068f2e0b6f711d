import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentforge.knowledge.mcp.listing import prompts_of, resources_of, tools_of

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["name", "description", "inputSchema", "annotations", "_meta", "uri", "uriTemplate", "arguments"]
ENTRIES = st.lists(st.dictionaries(st.sampled_from(FIELDS), ANY) | ANY)


@given(ENTRIES)
def test_no_entry_breaks_the_reader_and_every_name_is_there_once(entries):
    flaws = []
    names = [tool.name for tool in tools_of(entries, flaws.append)]
    assert len(set(names)) == len(names)
    assert len(names) == len(entries) or flaws
    prompts_of(entries, flaws.append)
    resources_of(entries, flaws.append)
    resources_of(entries, flaws.append, template=True)


@pytest.mark.parametrize(
    ("entry", "flaw"),
    [
        ("text", "tool 1 is a string, not an object"),
        ({}, "a tool has nothing for a name; it was left out"),
        ({"name": ["a"]}, "a tool has an array for a name; it was left out"),
        ({"name": "a"}, "a: its inputSchema is nothing, not an object"),
        ({"name": "a", "inputSchema": {"type": "array"}}, 'a: its inputSchema is not of type "object"'),
        (
            {"name": "a", "inputSchema": {"type": "object", "required": "b"}},
            "a: no valid JSON Schema at /required: 'b' is not of type 'array'",
        ),
        (
            {"name": "a", "description": True, "inputSchema": {"type": "object"}},
            "a: its description is a boolean, not a string",
        ),
    ],
)
def test_a_flaw_names_the_tool_and_what_is_wrong(entry, flaw):
    flaws = []
    tools_of([entry], flaws.append)
    assert flaw in flaws


def test_a_schema_keeps_the_order_of_its_keys_and_its_numbers():
    schema = {"type": "object", "properties": {"b": {"maximum": 1.5}, "a": {"maximum": 2**70}}}
    (tool,) = tools_of([{"name": "t", "description": "D", "inputSchema": schema}], pytest.fail)
    assert tool.raw == (
        b'{"name":"t","description":"D","input_schema":{"type":"object",'
        b'"properties":{"b":{"maximum":1.5},"a":{"maximum":1180591620717411303424}}}}'
    )


def test_meta_and_annotations_are_kept():
    entry = {
        "name": "t",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
        "_meta": {"anthropic/alwaysLoad": True},
    }
    (tool,) = tools_of([entry], pytest.fail)
    assert tool.annotations is not None
    assert tool.annotations.value == {"readOnlyHint": True}
    assert tool.always_load
