import dataclasses

import pytest

from agentforge.wire import (
    Json,
    Media,
    Message,
    Other,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
    Usage,
    decode_request,
)

VALUES = [
    Text("a"),
    Thinking("a"),
    Media("image", Json(b"{}")),
    ToolUse("1", "f", Json(b"{}")),
    ToolReference("f"),
    ToolResult("1"),
    Other("t", Json(b"{}")),
    Message("user"),
    Tool("f"),
    Request("anthropic", "m", ()),
    Usage(),
    Response("anthropic", "r", "m", ()),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_are_frozen_and_have_no_room_for_more(value):
    field = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_made_alike_are_equal_and_show_their_fields_but_not_their_origin(value):
    assert dataclasses.replace(value) == value
    assert type(value).__name__ in repr(value)
    assert "origin" not in repr(value)


def test_where_a_value_came_from_is_no_part_of_what_it_says():
    request = decode_request("anthropic", b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}')
    assert request.origin is not None
    assert request == Request("anthropic", "m", (Message("user", "hi"),))


@pytest.mark.parametrize(
    ("content", "blocks"), [(None, ()), ("hi", (Text("hi"),)), ("", (Text(""),)), ((Text("a"),), (Text("a"),))]
)
def test_a_message_gives_its_content_as_blocks_whichever_way_it_was_written(content, blocks):
    assert Message("user", content).blocks == blocks


def test_an_answer_gives_the_blocks_of_all_its_messages_in_order():
    call = ToolUse("1", "f", Json(b"{}"))
    answer = Response("openai-responses", "r", "m", (Message("assistant", "hi"), Message("assistant", (call,))))
    assert answer.blocks == (Text("hi"), call)


def test_the_prompt_is_its_three_parts_and_nothing_twice():
    usage = Usage(input_tokens=3, cache_read=5, cache_write=7, cache_write_1h=7, output_tokens=11, thinking_tokens=2)
    assert usage.prompt == 15
