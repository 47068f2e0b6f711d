import json

import pytest

from agentforge.knowledge import Item, Source
from agentforge.knowledge.search import entries_of, entry_of

SOURCE = Source("mcp", "user", "/settings.json")


def item(kind="tool", name="mcp__hub__open", description="Opens it.", body="", activation="deferred", **more):
    return Item(kind, name, description, body, SOURCE, activation, **more)


def test_a_tool_has_the_parameters_of_its_schema_and_the_name_its_server_gives_it():
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string", "description": "What it is called"}, "draft": {"type": "boolean"}},
        "required": ["title"],
    }
    entry = entry_of(item(body=json.dumps(schema), extra={"server": "hub", "tool": "open"}))
    assert entry.parameters == (("title", "What it is called"), ("draft", ""))
    assert (entry.server, entry.aliases, entry.kind) == ("hub", ("open",), "tool")
    assert entry.signature == "mcp__hub__open(title: string, draft?: boolean)"


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", '{"properties": []}', '{"properties": {"a": true}}', "[" * 99_999]
)
def test_a_schema_that_lies_costs_the_parameters_only(body):
    assert entry_of(item(body=body)).name == "mcp__hub__open"


def test_what_has_no_description_is_found_by_its_first_words_and_triggers():
    entry = entry_of(item("rule", "python", "", "Write tests first.", triggers=("*.py", "pytest")))
    assert entry.description == "Write tests first."
    assert entry.aliases == ("*.py", "pytest")


def test_what_a_rule_hides_is_not_found():
    assert [entry.name for entry in entries_of([item(name="a"), item(name="b", activation="hidden")])] == ["a"]
