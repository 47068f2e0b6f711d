import json
from dataclasses import replace

import pytest
from hypothesis import given

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
    canonical,
    decode_message,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
    without_origin,
)
from agentforge.wire.anthropic import read_block, write_block
from agentforge.wire.errors import NotTranslatable
from strategies import anthropic_blocks, texts

MARK = {"type": "ephemeral"}
BLOCKS = [
    ({"type": "text", "text": "a"}, Text("a")),
    ({"type": "text", "text": "a", "cache_control": MARK}, Text("a", cache=Json.of(MARK))),
    ({"type": "text", "text": "a", "citations": []}, Text("a", extra={"citations": Json(b"[]")})),
    ({"type": "thinking", "thinking": "a", "signature": "s"}, Thinking("a", "s")),
    ({"type": "redacted_thinking", "data": "s"}, Thinking("", "s", redacted=True)),
    ({"type": "image", "source": {"type": "url"}}, Media("image", Json(b'{"type": "url"}'))),
    ({"type": "document", "source": {"type": "file"}}, Media("document", Json(b'{"type": "file"}'))),
    ({"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}}, ToolUse("1", "f", Json(b'{"a":1}'))),
    ({"type": "tool_reference", "tool_name": "f"}, ToolReference("f")),
    ({"type": "tool_result", "tool_use_id": "1", "content": "a"}, ToolResult("1", "a")),
    ({"type": "tool_result", "tool_use_id": "1", "is_error": True}, ToolResult("1", is_error=True)),
    (
        {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "a"}]},
        ToolResult("1", (Text("a"),)),
    ),
    ({"type": "server_tool_use", "id": "1"}, Other("server_tool_use", Json(b'{"type":"server_tool_use","id":"1"}'))),
    ({"type": "text"}, Other("text", Json(b'{"type":"text"}'))),
    ({"type": "text", "text": 5}, Other("text", Json(b'{"type":"text","text":5}'))),
    ({"text": "a"}, Other("", Json(b'{"text":"a"}'))),
    ({"type": ["text"]}, Other("", Json(b'{"type":["text"]}'))),
    ("a", Other("", Json(b'"a"'))),
    (None, Other("", Json(b"null"))),
]


@pytest.mark.parametrize(("plain", "block"), BLOCKS, ids=lambda one: type(one).__name__)
def test_each_block_reads_as_its_value_and_the_value_writes_as_the_block(plain, block):
    assert read_block(json.dumps(plain).encode()) == block
    assert json.loads(write_block(block)) == plain


@given(texts(anthropic_blocks))
def test_law_1_every_block_is_written_as_it_was_read(text):
    block = read_block(text)
    assert write_block(block) == text
    assert canonical(write_block(without_origin(block))) == canonical(text)


def test_a_result_inside_a_result_is_kept_whole_so_that_nesting_has_an_end():
    text = b'{"role":"user","content":[%s]}' % (
        b'{"type":"tool_result","tool_use_id":"1","content":[' * 400 + b"]}" * 400
    )
    message = decode_message("anthropic", text)
    (inner,) = message.content[0].content
    assert inner.type == "tool_result"
    assert isinstance(inner, Other)
    assert without_origin(message) == message


REQUEST = {
    "model": "m",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "s", "cache_control": MARK}],
    "tools": [
        {"name": "f", "description": "does f", "input_schema": {"type": "object"}},
        {"type": "web_search_20990101", "name": "web_search", "max_uses": 2},
        {"name": "g", "input_schema": {}, "defer_loading": True},
    ],
    "messages": [{"role": "user", "content": "hi"}],
    "stream": True,
    "thinking": {"type": "adaptive"},
}


def test_a_request_reads_as_its_fields():
    request = decode_request("anthropic", json.dumps(REQUEST).encode())
    assert request == Request(
        "anthropic",
        "m",
        (Message("user", "hi"),),
        system=(Text("s", cache=Json.of(MARK)),),
        tools=(
            Tool("f", "does f", Json(b'{"type":"object"}')),
            Tool("web_search", extra={"type": Json(b'"web_search_20990101"'), "max_uses": Json(b"2")}),
            Tool("g", input_schema=Json(b"{}"), deferred=True),
        ),
        max_tokens=100,
        stream=True,
        extra={"thinking": Json(b'{"type":"adaptive"}')},
    )
    assert json.loads(encode_request(without_origin(request))) == REQUEST


def test_a_cache_marker_is_put_on_and_taken_off_in_place():
    body = json.dumps(REQUEST, indent=2).encode()
    request = decode_request("anthropic", body)
    bare = encode_request(replace(request, system=(replace(request.system[0], cache=None),)))
    assert json.loads(bare)["system"] == [{"type": "text", "text": "s"}]
    tools = (*request.tools[:2], replace(request.tools[2], cache=Json.of(MARK)))
    marked = encode_request(replace(request, tools=tools))
    assert json.loads(marked)["tools"][2]["cache_control"] == MARK
    assert marked.startswith(body[: body.index(b'"defer_loading"')])
    assert marked.endswith(body[body.index(b'"messages"') :])


RESPONSE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "hi"}, {"type": "tool_use", "id": "1", "name": "f", "input": {}}],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 5},
}


def test_a_response_reads_as_its_fields():
    response = decode_response("anthropic", json.dumps(RESPONSE).encode())
    assert (response.id, response.model, response.stop_reason) == ("msg_1", "m", "tool_use")
    assert response.blocks == (Text("hi"), ToolUse("1", "f", Json(b"{}")))
    assert replace(response.usage, extra={}) == Usage(3, output_tokens=5)
    assert set(response.extra) == {"stop_sequence"}


def test_an_edited_answer_leaves_every_byte_before_and_after():
    body = json.dumps(RESPONSE, indent=2).encode()
    response = decode_response("anthropic", body)
    (message,) = response.output
    edited = replace(message, content=(replace(message.content[0], text="ho"), message.content[1]))
    assert encode_response(replace(response, output=(edited,))) == body.replace(b'"hi"', b'"ho"')
    assert encode_response(replace(response, stop_reason="refusal")) == body.replace(
        b'"stop_reason": "tool_use"', b'"stop_reason": "refusal"'
    )


@pytest.mark.parametrize("role", ["assistant", 'as"sist\\ant', "é\n"])
def test_a_role_of_any_letters_is_written_as_json(role):
    body = json.dumps(RESPONSE | {"role": role}).encode()
    response = decode_response("anthropic", body)
    assert json.loads(encode_response(without_origin(response))) == RESPONSE | {"role": role}
    edited = encode_response(replace(response, output=(replace(response.output[0], content="hi"),)))
    assert json.loads(edited)["role"] == role


def test_an_answer_of_several_messages_is_refused_as_untranslatable():
    answer = Response("anthropic", "msg_1", "m", (Message("assistant", "one"), Message("assistant", "two")))
    with pytest.raises(NotTranslatable, match="not 2"):
        encode_response(answer)
