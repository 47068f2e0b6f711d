import json
from dataclasses import replace

import pytest

from agentforge.wire import (
    Json,
    Media,
    Message,
    Other,
    Response,
    Text,
    Tool,
    ToolReference,
    ToolResult,
    ToolUse,
    Usage,
    decode_message,
    decode_request,
    decode_response,
    encode_message,
    encode_request,
    encode_response,
    without_origin,
)
from agentforge.wire.errors import NotThisDialect, NotTranslatable

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
CUSTOM = {"id": "call_2", "type": "custom", "custom": {"name": "g", "input": "any text"}}
USE = ToolUse("call_1", "f", Json(b'{"a": 1}'))
CUSTOM_USE = ToolUse("call_2", "g", Json(b'"any text"'), extra={"type": Json(b'"custom"')})
MESSAGES = [
    ({"role": "user", "content": "hi"}, "hi"),
    ({"role": "user", "content": [{"type": "text", "text": "hi"}]}, (Text("hi"),)),
    ({"role": "user", "content": []}, ()),
    (
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]},
        (Media("image", Json(b'{"url":"u"}')),),
    ),
    ({"role": "user", "content": [{"type": "file", "file": {}}]}, (Media("document", Json(b"{}")),)),
    ({"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}, (Media("audio", Json(b"{}")),)),
    ({"role": "user", "content": [{"type": "odd"}, 5]}, (Other("odd", Json(b'{"type":"odd"}')), Other("", Json(b"5")))),
    ({"role": "assistant", "content": "hi", "tool_calls": [CALL]}, (Text("hi"), USE)),
    ({"role": "assistant", "content": None, "tool_calls": [CALL, CUSTOM]}, (USE, CUSTOM_USE)),
    ({"role": "assistant", "tool_calls": [CALL]}, (USE,)),
    ({"role": "assistant", "content": "", "tool_calls": [CALL]}, (Text(""), USE)),
    ({"role": "assistant", "content": [], "tool_calls": [CALL]}, (USE,)),
    (
        {"role": "assistant", "content": [{"type": "text", "text": "hi"}], "tool_calls": [CALL]},
        (Text("hi", extra={"type": Json(b'"text"')}), USE),
    ),
    (
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            "tool_calls": [CALL],
        },
        (Text("a"), Text("b"), USE),
    ),
    ({"role": "assistant", "content": "hi", "tool_calls": []}, "hi"),
    ({"role": "assistant", "content": "hi", "tool_calls": ["odd"]}, "hi"),
    ({"role": "assistant", "content": None, "refusal": "no"}, None),
    ({"role": "tool", "tool_call_id": "call_1", "content": "done"}, (ToolResult("call_1", "done"),)),
    ({"role": "tool", "tool_call_id": "call_1", "content": None}, (ToolResult("call_1"),)),
    (
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "done"}]},
        (ToolResult("call_1", (Text("done"),)),),
    ),
    ({"role": "tool", "tool_call_id": 5, "content": "done"}, None),
]


@pytest.mark.parametrize(("plain", "content"), MESSAGES)
def test_each_message_reads_as_its_blocks_and_is_written_from_them(plain, content):
    message = decode_message("openai-chat", json.dumps(plain).encode())
    assert message.content == content
    assert message.role == plain["role"]
    assert json.loads(encode_message("openai-chat", without_origin(message))) == plain


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ('{"a": 1}', b'{"a": 1}'),
        ("", b'""'),
        ('{"a": ', b'"{\\"a\\": "'),
        ('"quoted"', b'"\\"quoted\\""'),
        ("5", b"5"),
        ("NaN", b'"NaN"'),
        ("[" * 10**4, b'"%s"' % (b"[" * 10**4)),
    ],
)
def test_arguments_that_are_no_json_stand_as_a_string(arguments, value):
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    text = json.dumps({"role": "assistant", "tool_calls": [call]}).encode()
    message = decode_message("openai-chat", text)
    assert message.content[0].input.text == value
    assert json.loads(encode_message("openai-chat", without_origin(message))) == json.loads(text)


def test_a_changed_call_leaves_its_neighbours_and_their_spacing():
    plain = {"role": "assistant", "content": "hi", "tool_calls": [CALL, CUSTOM, CALL | {"id": "call_3"}]}
    text = json.dumps(plain, indent=3).encode()
    message = decode_message("openai-chat", text)
    same = replace(message, content=(*message.content[:2], replace(message.content[2], name="h"), message.content[3]))
    assert encode_message("openai-chat", same) == text.replace(b'"g"', b'"h"')
    other = replace(message.content[2], input=Json.of("other text"))
    spoken = replace(message, content=(*message.content[:2], other, message.content[3]))
    assert encode_message("openai-chat", spoken) == text.replace(b"any text", b"other text")


def test_changed_words_leave_the_calls_beside_them_and_a_changed_part_its_neighbours():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    text = json.dumps({"role": "assistant", "content": parts, "tool_calls": [CALL]}, indent=3).encode()
    message = decode_message("openai-chat", text)
    first, second, call = message.content
    edited = replace(message, content=(first, replace(second, text="c"), call))
    assert encode_message("openai-chat", edited) == text.replace(b'"b"', b'"c"')
    mute = json.loads(encode_message("openai-chat", replace(message, content=(call,))))
    assert mute == {"role": "assistant", "tool_calls": [CALL]}
    silent = json.loads(encode_message("openai-chat", replace(message, content=(first, second))))
    assert silent == {"role": "assistant", "content": parts}


def test_a_changed_result_keeps_its_call_and_a_null_that_stood_for_nothing():
    text = b'{"role": "tool", "tool_call_id": "c\\u0061ll", "content": "a"}'
    message = decode_message("openai-chat", text)
    edited = replace(message, content=(replace(message.content[0], content="b"),))
    assert encode_message("openai-chat", edited) == text.replace(b'"a"', b'"b"')
    text = b'{"role": "tool", "tool_call_id": "call_1", "content": null}'
    message = decode_message("openai-chat", text)
    edited = replace(message, content=(replace(message.content[0], tool_use_id="call_2"),))
    assert encode_message("openai-chat", edited) == text.replace(b"call_1", b"call_2")


def test_a_tool_reads_through_its_function():
    plain = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}, "strict": True}}
    body = json.dumps(
        {"model": "m", "messages": [], "tools": [plain, {"type": "custom", "custom": {"name": "g"}}]}
    ).encode()
    request = decode_request("openai-chat", body)
    assert request.tools[0] == Tool("f", "d", Json(b"{}"), extra={"function/strict": Json(b"true")})
    assert request.tools[1].name == ""
    edited = encode_request(replace(request, tools=(replace(request.tools[0], description="e"), request.tools[1])))
    assert edited == body.replace(b'"d"', b'"e"')


def test_a_tool_with_a_member_named_like_a_path_is_refused_but_goes_out_as_it_came():
    body = b'{"model": "m", "messages": [], "tools": [{"function": {}, "function/name": "f"}]}'
    request = decode_request("openai-chat", body)
    assert encode_request(request) == body
    with pytest.raises(NotThisDialect, match="path into its function"):
        request.tools[0]


def test_the_limit_is_read_where_the_dialect_has_it_now():
    request = decode_request("openai-chat", b'{"model":"m","messages":[],"max_completion_tokens":5,"max_tokens":7}')
    assert request.max_tokens == 5
    assert request.extra == {"max_tokens": Json(b"7")}


# --- answers


def answer(**choice):
    plain = {"id": "r", "object": "chat.completion", "model": "m"}
    return plain | {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}} | choice]}


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"finish_reason": "stop"}, "end_turn"),
        ({"finish_reason": "length"}, "max_tokens"),
        ({"finish_reason": "tool_calls"}, "tool_use"),
        ({"finish_reason": "content_filter"}, "refusal"),
        ({"finish_reason": "later"}, "later"),
        ({"finish_reason": None}, None),
        ({"finish_reason": ["stop"]}, None),
        ({}, None),
    ],
)
def test_why_an_answer_ended_is_told_in_our_words_and_stays_as_it_was(choice, reason):
    body = json.dumps(answer(**choice)).encode()
    response = decode_response("openai-chat", body)
    assert response.stop_reason == reason
    assert encode_response(response) == body
    assert json.loads(encode_response(without_origin(response))) == answer(**choice)


@pytest.mark.parametrize("choice", [{"finish_reason": "stop"}, {"finish_reason": None}, {}])
def test_a_changed_reason_is_written_in_the_dialects_word(choice):
    body = json.dumps(answer(**choice)).encode()
    changed = encode_response(replace(decode_response("openai-chat", body), stop_reason="max_tokens"))
    assert json.loads(changed) == answer(finish_reason="length")
    assert json.loads(encode_response(replace(decode_response("openai-chat", changed), stop_reason=None))) == answer(
        finish_reason=None
    )


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_an_answer_may_have_any_number_of_choices(number):
    plain = answer() | {
        "choices": [
            {"index": at, "message": {"role": "assistant", "content": f"hi {at}"}, "finish_reason": "stop"}
            for at in range(number)
        ]
    }
    body = json.dumps(plain, indent=1).encode()
    response = decode_response("openai-chat", body)
    assert [message.content for message in response.output] == [f"hi {at}" for at in range(number)]
    assert encode_response(response) == body
    assert json.loads(encode_response(without_origin(response))) == plain
    if number:
        output = (*response.output[:-1], replace(response.output[-1], content="ho"))
        assert encode_response(replace(response, output=output)) == body.replace(b"hi %d" % (number - 1), b"ho")


def test_an_answer_made_by_hand_is_one_the_dialect_knows():
    response = Response("openai-chat", "r", "m", (Message("assistant", (Text("hi"), USE)),), "tool_use", Usage(1))
    plain = json.loads(encode_response(response))
    assert plain["object"] == "chat.completion"
    assert plain["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hi", "tool_calls": [CALL]},
            "finish_reason": "tool_calls",
        }
    ]
    unfinished = json.loads(encode_response(replace(response, stop_reason=None)))
    assert unfinished["choices"][0]["finish_reason"] is None
    again = decode_response("openai-chat", encode_response(response))
    assert (again.blocks, again.stop_reason, again.usage.prompt) == (response.blocks, "tool_use", 1)


@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses"])
def test_a_block_the_dialect_has_no_part_for_is_refused_and_never_written_as_nothing(dialect):
    answer = Message("user", (Text("see"), ToolReference("Read")))
    with pytest.raises(NotTranslatable, match="ToolReference"):
        encode_message(dialect, answer)
