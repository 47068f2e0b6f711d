import json
from dataclasses import replace

import pytest

from agentforge.tokens import counter_for, family
from agentforge.tokens.scale import Scale
from agentforge.wire import (
    Json,
    Media,
    Message,
    Other,
    Text,
    Thinking,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
    decode_request,
)

MODEL = "claude-opus-5-5"
SCALE = Scale(MODEL, family(MODEL))
MARK = Json.of({"type": "ephemeral"})
SCHEMA = Json.of({"type": "object", "properties": {"path": {"type": "string", "description": "Where to read."}}})

BLOCKS = [
    Text("Some words to weigh."),
    Thinking("Let me see.", signature="c2ln"),
    ToolUse("toolu_1", "Read", Json.of({"path": "a.py"})),
    ToolReference("Read"),
    ToolResult("toolu_1", "the file"),
    ToolResult("toolu_1", (Text("the file"),)),
    Other("search_result", Json.of({"type": "search_result", "title": "A title"})),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_law_8_honest_numbers_a_blocks_weight_says_how_it_is_known(block) -> None:
    count = SCALE.block(block)
    assert count.value > 0
    assert (count.method, count.model) == ("estimated", MODEL)
    assert count.error is not None


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if hasattr(block, "cache")], ids=lambda b: type(b).__name__
)
def test_cache_markers_weigh_nothing(block) -> None:
    assert SCALE.block(replace(block, cache=MARK)) == SCALE.block(block)


def test_cache_markers_of_unknown_blocks_weigh_nothing() -> None:
    plain, marked = {"type": "x", "a": "b"}, {"type": "x", "a": "b", "cache_control": {"type": "ephemeral"}}
    assert SCALE.block(Other("x", Json.of(marked))) == SCALE.block(Other("x", Json.of(plain)))


def test_ids_and_signatures_weigh_nothing() -> None:
    call = ToolUse("toolu_1", "Read", Json.of({}))
    assert SCALE.block(replace(call, id="toolu_" + "x" * 500)) == SCALE.block(call)
    thought = Thinking("Let me see.", signature="c2ln")
    assert SCALE.block(replace(thought, signature="c2ln" * 500)) == SCALE.block(thought)


@pytest.mark.parametrize("thought", [Thinking("", signature="c2ln"), Thinking("", signature="c2ln", redacted=True)])
def test_law_8_honest_numbers_hidden_reasoning_has_an_unknown_error(thought: Thinking) -> None:
    assert SCALE.block(thought).error is None
    assert SCALE.message(Message("assistant", (thought, Text("Done.")))).count.error is None


def test_a_result_weighs_the_same_as_a_string_and_as_a_block() -> None:
    assert SCALE.block(ToolResult("t", "words")) == SCALE.block(ToolResult("t", (Text("words"),)))


def test_a_result_without_content_weighs_its_wrapping() -> None:
    assert SCALE.block(ToolResult("t")).value == family(MODEL).tool_result


def test_a_message_weighs_its_blocks_and_what_is_around_them() -> None:
    message = SCALE.message(Message("user", tuple(BLOCKS)))
    assert [block.kind for block in message.blocks] == [
        "text", "thinking", "tool_use", "tool_reference", "tool_result", "tool_result", "search_result",
    ]  # fmt: skip
    assert message.count.value == sum(block.count.value for block in message.blocks) + family(MODEL).message


def test_a_message_tells_which_tools_it_brings_into_view() -> None:
    found = {
        "type": "tool_search_tool_search_result",
        "tool_references": [{"type": "tool_reference", "tool_name": "B"}],
    }
    added = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "C"}}
    removed = {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "D"}}
    blocks = (
        ToolResult("t", (ToolReference("A"),)),
        Other("tool_search_tool_result", Json.of({"type": "tool_search_tool_result", "content": found})),
        Other("tool_addition", Json.of(added)),
        Other("tool_removal", Json.of(removed)),
    )
    assert SCALE.message(Message("user", blocks)).references == ("A", "B", "C")


def test_a_tool_weighs_its_name_description_and_schema() -> None:
    tool = Tool("Read", "Reads a file.", SCHEMA)
    weight = SCALE.tool(tool)
    assert weight.count.value > SCALE.tool(replace(tool, description=None)).count.value
    assert weight.count.value > SCALE.tool(replace(tool, input_schema=None)).count.value
    assert SCALE.tool(replace(tool, cache=MARK)) == weight
    examples = replace(tool, extra={"input_examples": Json.of([{"path": "a.py"}])})
    assert SCALE.tool(examples).count.value > weight.count.value


def test_a_providers_own_tool_weighs_what_it_published() -> None:
    tool = Tool("bash", extra={"type": Json.of("bash_20250124")})
    assert SCALE.tool(tool).count.value == 245
    search = Tool("web_search", extra={"type": Json.of("web_search_20250305")})
    assert SCALE.tool(search).count.error is None


def test_a_deferred_tool_is_out_of_view() -> None:
    assert not SCALE.tool(Tool("Read", "Reads.", SCHEMA, deferred=True)).in_view


def test_a_document_weighs_its_words() -> None:
    source = Json.of({"type": "text", "media_type": "text/plain", "data": "Some words to weigh."})
    assert SCALE.block(Media("document", source)).value == SCALE.text("Some words to weigh.").value


def test_results_nested_without_end_are_weighed() -> None:
    block = ToolResult("t", "the end")
    for _ in range(5_000):
        block = ToolResult("t", (block,))
    assert SCALE.message(Message("user", (block,))).count.value > 5_000


def test_a_tool_weighs_the_same_whatever_white_space_its_client_writes():
    schema = {"type": "object", "properties": {"path": {"type": "string", "description": "where it is"}}}
    weights = [
        counter_for(MODEL).weigh(
            decode_request(
                "anthropic",
                json.dumps(
                    {"model": MODEL, "messages": [], "tools": [{"name": "read", "input_schema": schema}]}, indent=indent
                ).encode(),
            )
        )
        for indent in (None, 4)
    ]
    assert weights[0].estimate == weights[1].estimate


def test_a_tool_without_a_type_is_weighed_by_its_parts():
    body = {"model": MODEL, "messages": [], "tools": [{"function": {"name": "read", "parameters": {"type": "object"}}}]}
    weights = counter_for(MODEL).weigh(decode_request("openai-chat", json.dumps(body).encode()))
    assert weights.tools[0].count.value > 0
